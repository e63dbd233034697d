import { useId } from 'preact/hooks';
import { quality } from '../../i18n/quality';
import { type Breakdown, DIMENSIONS, type Dimension, legsApi, NOT_KNOWN } from '../../wire/legs';
import { type Query, query } from '../../wire/paid';
import type { Counts } from '../../wire/quality';
import { Failed, Loading } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { type Column, Table } from '../parts/table';
import { SpanTabs, setFilter, useFilter } from './filter';
import { HeatMap } from './heat';
import { Narrowed, Nothing } from './list';
import { dimensionValue, legFilter } from './names';
import { ClassBar, CSVLink, pageFor, QualityHead } from './parts';
import { count, ms, percent, poorShare, UNKNOWN } from './words';

/** The share of poor connections that is aimed at, as Microsoft Teams has it. */
const TARGET = 0.02;

/** Where poor calls come from: by office, network, browser, trunk …, and by hour of the week. */
export default function Breakdowns() {
  const q = quality.value;
  const l = q.legs.breakdowns;
  const { by: asked, ...rest } = useFilter();
  const filter = legFilter(rest);
  const by = DIMENSIONS.find((one) => one === asked) ?? 'site';
  const wanted = JSON.stringify(filter);
  const rows = useLoad(() => legsApi.breakdown(by, filter), [by, wanted]);
  const hours = useLoad(() => legsApi.hours(filter), [wanted]);
  const [now, week] = [rows.loaded.value, hours.loaded.value];
  return (
    <>
      <QualityHead title={l.title} lead={l.lead}>
        <CSVLink table="breakdown" filter={{ ...filter, by }} what={l.title} />
      </QualityHead>
      <SpanTabs />
      <Narrowed />
      <Dimensions by={by} />
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={rows.again} />}
      {now.state === 'ready' && <Result found={now.value} filter={filter} />}
      {week.state === 'failed' && <Failed error={week.error} retry={hours.again} />}
      {week.state === 'ready' && week.value.cells.length > 0 && (
        <HeatMap cells={week.value.cells} zone={week.value.zone} filter={filter} />
      )}
    </>
  );
}

function Dimensions({ by }: { by: Dimension }) {
  const l = quality.value.legs;
  const id = useId();
  return (
    <div class="card cost-choice">
      <div class="field small">
        <label for={id}>{l.breakdowns.by}</label>
        <select id={id} data-testid="by" onChange={(event) => setFilter({ by: event.currentTarget.value })}>
          {DIMENSIONS.map((one) => (
            <option key={one} value={one} selected={one === by}>
              {l.dimensions[one]}
            </option>
          ))}
        </select>
      </div>
      {by === 'site' && (
        <p class="row-sub grow">
          <span>{l.breakdowns.noOffices}</span>
          <Link to="/quality/sites">{l.breakdowns.offices}</Link>
        </p>
      )}
    </div>
  );
}

type Row = Counts & { key: string };

function Result({ found, filter }: { found: Breakdown; filter: Query }) {
  const l = quality.value.legs;
  if (found.rows.length === 0) return <Nothing />;
  return (
    <>
      <Table
        card
        id="breakdown"
        label={l.breakdowns.chart(l.dimensions[found.by])}
        columns={columnsOf(found.by, filter)}
        rows={found.rows}
        keyOf={(row) => row.key}
        rowId="breakdown-row"
      />
      {found.more && <p class="field-hint">{l.breakdowns.more}</p>}
    </>
  );
}

function columnsOf(by: Dimension, filter: Query): Column<Row>[] {
  const l = quality.value.legs;
  const c = l.columns;
  const figure = (head: string, cell: (row: Row) => string): Column<Row> => ({ head, cell, number: true });
  return [
    { head: l.dimensions[by], cell: (row) => <Name row={row} by={by} filter={filter} /> },
    { head: c.poor, cell: (row) => <PoorShare counts={row} />, number: true },
    { head: c.share, cell: (row) => <ClassBar shares={row} />, wide: true },
    figure(c.legs, (row) => count(row.legs)),
    figure(c.dropped, (row) => count(row.dropped)),
    figure(c.loss, (row) => percent(row.loss)),
    figure(c.jitter, (row) => ms(row.jitterMs)),
    figure(c.roundTrip, (row) => ms(row.roundTripMs)),
    figure(c.mosNb, (row) => row.mosNb?.toFixed(1) ?? UNKNOWN),
    figure(c.mosWb, (row) => row.mosWb?.toFixed(1) ?? UNKNOWN),
  ];
}

/** The share of poor ones, red where it is more than aimed at. */
export function PoorShare({ counts }: { counts: Counts }) {
  const share = poorShare(counts);
  return <strong class={(share ?? 0) > TARGET ? 'tone-bad' : ''}>{percent(share)}</strong>;
}

/** What a row is about: its connections are one click away, the worst first. */
function Name({ row, by, filter }: { row: Row; by: Dimension; filter: Query }) {
  const l = quality.value.legs;
  const name = dimensionValue(by, row.key);
  const narrowed = { ...filter, [by]: row.key || NOT_KNOWN };
  return (
    <span class="breakdown-name">
      <Link to={pageFor('search', narrowed)} class="cell-main" label={l.breakdowns.open(name)}>
        {name}
      </Link>
      <Link
        to={`/quality/meetings${query(narrowed)}`}
        class="cell-sub quiet-link"
        label={l.breakdowns.meetingsOf(name)}
      >
        <Icon name="calendar" size={14} /> {l.breakdowns.meetings}
      </Link>
    </span>
  );
}
