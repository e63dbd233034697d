import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { speaking } from '../../i18n';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { companyZone } from '../../store/company';
import { type CostRow, type Costs, paidApi, type Query, query } from '../../wire/paid';
import { Bars } from '../paid/bars';
import { type Span, spanOf } from '../paid/spans';
import { className, count, countryName } from '../paid/words';
import { Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { type Column, Table } from '../parts/table';
import { Head, ZoneNote } from './head';

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

/** Beyond so many, the chart sums up the rest. */
const MOST = 12;

/** What was spent, by whatever it may be asked for: a chart, and the same as a table. */
export default function CostsPage() {
  const p = paid.value.admin.costs;
  const by = useSignal<Group>('cost_centre');
  const span = useSignal<Span>('month');
  const { loaded, again } = useLoad(
    () => paidApi.costs(by.value, spanOf(span.value, companyZone())),
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
        <ZoneNote />
      </div>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.rows.length === 0 && (
        <div class="card">
          <Empty icon="chart" title={p.nothing} text={p.nothingText} />
        </div>
      )}
      {now.state === 'ready' && now.value.rows.length > 0 && (
        <Result costs={now.value} by={by.value} when={spanOf(span.value, companyZone())} />
      )}
    </>
  );
}

function nameOf(row: CostRow, by: Group): string {
  if (!row.key && !row.name) return paid.value.admin.costs.none;
  if (by === 'country') return countryName(row.key);
  if (by === 'class') return className(row.key);
  if (by === 'day' || by === 'month') return dateName(row.key, by);
  return row.name || row.key;
}

/** "Mon, 23 Nov", "November 2026", of "2026-11-23" and "2026-11". */
function dateName(key: string, by: 'day' | 'month'): string {
  const at = new Date(`${key.slice(0, 7)}-${key.slice(8, 10) || '01'}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return key;
  const form: Intl.DateTimeFormatOptions =
    by === 'day' ? { weekday: 'short', day: 'numeric', month: 'short' } : { month: 'long', year: 'numeric' };
  return new Intl.DateTimeFormat(speaking.value, { ...form, timeZone: 'UTC' }).format(at);
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

function Result({ costs, by, when }: { costs: Costs; by: Group; when: Query }) {
  const p = paid.value.admin.costs;
  const { rows, total, currency } = costs;
  const shown = by === 'day' || by === 'month' ? rows : rows.slice(0, MOST);
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
      <Table
        card
        id="costs"
        label={p.groups[by]}
        columns={columnsOf(by, when, currency, total.cost)}
        rows={rows}
        keyOf={(row) => row.key}
        foot={{ ...total, key: TOTAL }}
      />
    </>
  );
}

/** The key of the row that sums up the others. */
const TOTAL = '\0total';

function columnsOf(by: Group, when: Query, currency: string, all: number): Column<CostRow>[] {
  const p = paid.value.admin.costs;
  const share = new Intl.NumberFormat(speaking.value, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const figure = (head: string, value: (row: CostRow) => string): Column<CostRow> => ({
    head,
    cell: value,
    number: true,
  });
  return [
    { head: p.groups[by], cell: (row) => <Name row={row} by={by} when={when} /> },
    figure(p.calls, (row) => count(row.calls)),
    figure(p.answered, (row) => count(row.answered)),
    figure(p.minutes, (row) => count(Math.round(row.durationMs / 60_000))),
    figure(p.billed, (row) => count(Math.round(row.billedSeconds / 60))),
    { head: p.cost, cell: (row) => <strong>{money(row.cost, currency)}</strong>, number: true },
    figure(p.share, (row) => (all > 0 ? share.format(row.cost / all) : '')),
  ];
}

/** What a row is about; its calls are behind it. */
function Name({ row, by, when }: { row: CostRow; by: Group; when: Query }) {
  const p = paid.value.admin.costs;
  if (row.key === TOTAL) return <>{p.total}</>;
  const name = nameOf(row, by);
  const filter = filters[by];
  if (!filter || !row.key) return <>{name}</>;
  return (
    <Link to={`/company/calls${query({ ...when, [filter]: row.key })}`} label={p.callsOf(name)}>
      {name}
    </Link>
  );
}
