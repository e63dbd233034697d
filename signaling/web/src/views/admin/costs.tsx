import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { speaking } from '../../i18n';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { type CostRow, type Costs, paidApi, type Query, query } from '../../wire/paid';
import { Bars } from '../paid/bars';
import { className, count, countryName } from '../paid/words';
import { Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { Head } from './head';

const GROUPS = [
  'cost_centre',
  'department',
  'person',
  'destination',
  'country',
  'class',
  'trunk',
  'meeting',
  'day',
  'month',
] as const;
type Group = (typeof GROUPS)[number];
type Span = 'month' | 'last' | 'week' | 'year';

/** Beyond so many, the chart sums up the rest. */
const MOST = 12;

/** From when on, and until when. */
export function spanOf(span: Span, now = new Date()): Query {
  const at = (y: number, m: number, d = 1) => new Date(y, m, d).toISOString();
  const [y, m, d] = [now.getFullYear(), now.getMonth(), now.getDate()];
  switch (span) {
    case 'month':
      return { from: at(y, m) };
    case 'last':
      return { from: at(y, m - 1), to: at(y, m) };
    case 'week':
      return { from: at(y, m, d - 6) };
    case 'year':
      return { from: at(y, 0) };
  }
}

/** What was spent, by whatever it may be asked for: a chart, and the same as a table. */
export default function CostsPage() {
  const p = paid.value.admin.costs;
  const by = useSignal<Group>('cost_centre');
  const span = useSignal<Span>('month');
  const { loaded, again } = useLoad(
    () => paidApi.costs(by.value, spanOf(span.value)),
    [by.value, span.value],
  );
  const now = loaded.value;
  const id = useId();
  return (
    <>
      <Head title={p.title} lead={p.lead} />
      <div class="card cost-choice">
        <div class="field small">
          <label for={id}>{p.by}</label>
          <select
            id={id}
            data-testid="cost-by"
            onChange={(event) => {
              by.value = event.currentTarget.value as Group;
            }}
          >
            {GROUPS.map((one) => (
              <option key={one} value={one} selected={one === by.value}>
                {p.groups[one]}
              </option>
            ))}
          </select>
        </div>
        <fieldset class="tabs">
          <legend class="offscreen">{p.span}</legend>
          {(Object.keys(p.spans) as Span[]).map((one) => (
            <Button
              key={one}
              tone="quiet"
              size="small"
              pressed={span.value === one}
              onClick={() => {
                span.value = one;
              }}
            >
              {p.spans[one]}
            </Button>
          ))}
        </fieldset>
      </div>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.rows.length === 0 && (
        <div class="card">
          <Empty icon="chart" title={p.nothing} text="" />
        </div>
      )}
      {now.state === 'ready' && now.value.rows.length > 0 && (
        <Result costs={now.value} by={by.value} when={spanOf(span.value)} />
      )}
    </>
  );
}

function nameOf(row: CostRow, by: Group): string {
  if (!row.key && !row.name) return paid.value.admin.costs.none;
  if (by === 'country') return countryName(row.key);
  if (by === 'class') return className(row.key);
  return row.name || row.key;
}

/** The filter by which the calls of a row are found. */
const filters: Partial<Record<Group, string>> = {
  cost_centre: 'costCentre',
  department: 'department',
  person: 'person',
  destination: 'destination',
  country: 'country',
  class: 'class',
  trunk: 'trunk',
  meeting: 'meeting',
};

function callsOf(row: CostRow, by: Group, when: Query): { to?: string } {
  const filter = filters[by];
  return filter && row.key ? { to: `/company/calls${query({ ...when, [filter]: row.key })}` } : {};
}

function Result({ costs, by, when }: { costs: Costs; by: Group; when: Query }) {
  const p = paid.value.admin.costs;
  const { rows, total, currency } = costs;
  const shown = by === 'day' ? rows : rows.slice(0, MOST);
  const rest = rows.slice(shown.length);
  const bars = shown.map((row) => ({
    key: row.key || '-',
    name: nameOf(row, by),
    value: row.cost,
    text: money(row.cost, currency),
  }));
  if (rest.length > 0) {
    const sum = rest.reduce((all, row) => all + row.cost, 0);
    bars.push({ key: '…', name: p.others(rest.length), value: sum, text: money(sum, currency) });
  }
  return (
    <>
      <section class="card" aria-label={p.title}>
        <Bars bars={bars} label={p.chart(p.groups[by])} />
      </section>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section class="table-box card" tabIndex={0} aria-label={p.groups[by]}>
        <table class="table" data-testid="costs">
          <thead>
            <tr>
              <th>{p.groups[by]}</th>
              <th class="number">{p.calls}</th>
              <th class="number">{p.answered}</th>
              <th class="number">{p.minutes}</th>
              <th class="number">{p.billed}</th>
              <th class="number">{p.cost}</th>
              <th class="number">{p.share}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Line
                key={row.key}
                row={row}
                name={nameOf(row, by)}
                currency={currency}
                all={total.cost}
                {...callsOf(row, by, when)}
              />
            ))}
          </tbody>
          <tfoot>
            <Line row={total} name={p.total} currency={currency} all={total.cost} />
          </tfoot>
        </table>
      </section>
    </>
  );
}

interface LineProps {
  row: CostRow;
  name: string;
  currency: string;
  all: number;
  /** Where its calls are. */
  to?: string;
}

function Line({ row, name, currency, all, to }: LineProps) {
  const { callsOf: calls } = paid.value.admin.costs;
  const share = new Intl.NumberFormat(speaking.value, { style: 'percent', maximumFractionDigits: 1 });
  return (
    <tr>
      <th scope="row">
        {to ? (
          <Link to={to} label={calls(name)}>
            {name}
          </Link>
        ) : (
          name
        )}
      </th>
      <td class="number digits">{count(row.calls)}</td>
      <td class="number digits">{count(row.answered)}</td>
      <td class="number digits">{count(Math.round(row.durationMs / 60_000))}</td>
      <td class="number digits">{count(Math.round(row.billedSeconds / 60))}</td>
      <td class="number digits strong">{money(row.cost, currency)}</td>
      <td class="number digits">{all > 0 ? share.format(row.cost / all) : ''}</td>
    </tr>
  );
}
