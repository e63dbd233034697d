import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  head: string;
  /** What a row says here; nothing leaves the cell out where rows are cards. */
  cell(row: Row): ComponentChildren;
  /** Figures, one below the other by their last digit. */
  number?: boolean;
  /** Takes a line of its own where rows are cards. */
  wide?: boolean;
}

interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
  /** A last row that sums up the others. */
  foot?: Row;
  /** In a card of its own. */
  card?: boolean;
  id?: string;
  /** Marks each row for tests. */
  rowId?: string;
}

/** A table, whose first column names its rows; on narrow screens each row is a card. */
export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, keyOf, foot, card = false, id, rowId } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class={`table-box${card ? ' card' : ''}`} tabIndex={0} aria-label={label}>
      <table class="table" data-testid={id}>
        <thead>
          <tr>
            {columns.map(({ head, number }) => (
              <th key={head} class={number ? 'number' : ''}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={keyOf(row)} row={row} columns={columns} rowId={rowId} />
          ))}
        </tbody>
        {foot && (
          <tfoot>
            <Line row={foot} columns={columns} rowId={undefined} />
          </tfoot>
        )}
      </table>
    </section>
  );
}

interface LineProps<Row> {
  row: Row;
  columns: readonly Column<Row>[];
  rowId: string | undefined;
}

function Line<Row>({ row, columns: [first, ...others], rowId }: LineProps<Row>) {
  return (
    <tr data-testid={rowId}>
      <th scope="row" class={first?.number ? 'number digits' : ''}>
        {first?.cell(row)}
      </th>
      {others.map(({ head, cell, number, wide }) => (
        <td key={head} data-head={head} class={`${number ? 'number digits' : ''}${wide ? ' wide' : ''}`}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}
