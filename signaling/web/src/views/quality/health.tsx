import './words';
import { speaking } from '../../i18n';
import { quality } from '../../i18n/quality';
import { beginOf, zoneOf } from '../../i18n/zone';
import { go } from '../../store/router';
import type { Query } from '../../wire/paid';
import { type Day, type Health, qualityApi, type Targets } from '../../wire/quality';
import { Bars } from '../paid/bars';
import { Empty, Failed, Loading } from '../parts/bits';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { type Column, Table } from '../parts/table';
import { type Axis, useAxis } from './axis';
import { SpanTabs, timesOf, useFilter } from './filter';
import { ClassBar, CSVLink, pageFor, QualityHead, Scores } from './parts';
import { Plot } from './plot';
import { RatingsCard } from './ratings';
import { count, ms, percent } from './words';

type Measure = keyof Targets;
const MEASURES = ['poor', 'setUp', 'drop'] as const;

/** How calls went, day by day, against the targets. */
export default function HealthPage() {
  const q = quality.value.health;
  const filter = useFilter();
  const { loaded, again } = useLoad(() => qualityApi.health(filter), [JSON.stringify(filter)]);
  const now = loaded.value;
  return (
    <>
      <QualityHead title={q.title} lead={q.lead}>
        <CSVLink table="health" filter={filter} what={q.byDay} />
      </QualityHead>
      <SpanTabs />
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && <Result health={now.value} filter={filter} />}
    </>
  );
}

function Result({ health, filter }: { health: Health; filter: Query }) {
  const q = quality.value.health;
  const axis = useAxis();
  const { total, because } = health;
  if (total.legs + total.joins + total.calls === 0)
    return (
      <div class="card">
        <Empty icon="chart" title={q.none} text={q.noneText} />
      </div>
    );
  return (
    <>
      <div class="measures">
        {MEASURES.map((one) => (
          <MeasureCard key={one} measure={one} health={health} filter={filter} axis={axis} />
        ))}
      </div>
      <section class="card" aria-label={q.legs}>
        <ClassBar shares={total} />
        {total.unclassified > 0 && <p class="field-hint">{q.unclassifiedText(count(total.unclassified))}</p>}
      </section>
      <div class="two">
        <Burn health={health} />
        {because.length > 0 && (
          <section class="card" aria-labelledby="because">
            <h2 id="because">{q.because}</h2>
            <p class="field-hint">{q.becauseText}</p>
            <Bars
              label={q.because}
              bars={because.map((one) => ({
                key: one.because,
                name: quality.value.because[one.because],
                value: one.legs,
                text: count(one.legs),
              }))}
            />
          </section>
        )}
      </div>
      <Days health={health} />
      <RatingsCard filter={filter} />
    </>
  );
}

/** What a target is about, of a day: how many were bad, of how many. */
function partOf(day: Day, measure: Measure): [bad: number, all: number] {
  switch (measure) {
    case 'poor':
      return [day.poor, day.good + day.degraded + day.poor];
    case 'setUp':
      return [day.joinsFailed + day.callsFailed, day.joins + day.calls];
    case 'drop':
      return [day.dropped, day.legs];
  }
}

function shareOf(day: Day, measure: Measure): number | undefined {
  const [bad, all] = partOf(day, measure);
  return all > 0 ? bad / all : undefined;
}

/** Where the red number leads: to what concentrates it. */
function lookAt(measure: Measure, times: Query): string {
  switch (measure) {
    case 'poor':
      return pageFor('breakdowns', { by: 'site', ...times });
    case 'setUp':
      return pageFor('joins', times);
    case 'drop':
      return pageFor('meetings', { ...times, dropped: 'true' });
  }
}

interface MeasureProps {
  measure: Measure;
  health: Health;
  filter: Query;
  axis: Axis;
}

function MeasureCard({ measure, health, filter, axis }: MeasureProps) {
  const q = quality.value.health;
  const { total, days, targets } = health;
  const share = shareOf(total, measure);
  const target = targets[measure];
  const over = share !== undefined && share > target;
  const [bad, all] = partOf(total, measure);
  const text = { poor: q.poorText, setUp: q.setUpText, drop: q.dropText }[measure];
  const at = days.map((day) => Date.parse(`${day.day}T00:00:00Z`) / 1000);
  return (
    <section class="card measure" aria-labelledby={`m-${measure}`} data-testid={`health-${measure}`}>
      <h2 id={`m-${measure}`}>{q[measure]}</h2>
      <p class={`measure-share digits ${over ? 'tone-bad' : share === undefined ? '' : 'tone-good'}`}>
        <Link
          to={lookAt(measure, timesOf(filter))}
          label={`${q[measure]} ${percent(share)}: ${q.look[measure]}`}
        >
          {percent(share)}
        </Link>
      </p>
      <p class="row-sub">
        <span>{quality.value.target(percent(target))}</span>
        {share !== undefined && <span class={over ? 'tone-bad' : ''}>{over ? q.over : q.within}</span>}
      </p>
      <p class="field-hint">{all > 0 ? text(count(bad), count(all)) : q.nothing}</p>
      <Plot
        label={q.daily(q[measure])}
        at={at}
        axis={axis}
        height={130}
        target={target}
        least={target * 1.5}
        text={percent}
        when={(when, step) => dayName(new Date(when * 1000).toISOString().slice(0, 10), step > 0)}
        lines={[
          {
            name: q.share,
            tone: 'accent',
            shape: 'bars',
            values: days.map((day) => shareOf(day, measure) ?? null),
          },
        ]}
        onPick={(when) => {
          const day = days[at.indexOf(when)];
          if (day) go(lookAt(measure, timesOfDay(day.day, health.zone)));
        }}
      />
      <Link to={lookAt(measure, timesOf(filter))} class="button plain small" id={`look-${measure}`}>
        {q.look[measure]}
      </Link>
    </section>
  );
}

/** How fast the targets are being used up. */
function Burn({ health }: { health: Health }) {
  const q = quality.value.health;
  const figure = (measure: Measure): Column<Health['burn'][number]> => ({
    head: q[measure],
    cell: (row) => (
      <span class={row[measure] > 1 ? 'tone-bad strong' : ''}>{q.times(oneDigit(row[measure]))}</span>
    ),
    number: true,
  });
  return (
    <div class="card">
      <h2>{q.burn}</h2>
      <p class="field-hint">{q.burnLead}</p>
      <Table
        id="burn"
        label={q.burn}
        columns={[{ head: quality.value.span, cell: (row) => q.hours(row.hours) }, ...MEASURES.map(figure)]}
        rows={health.burn}
        keyOf={(row) => String(row.hours)}
      />
    </div>
  );
}

const oneDigit = (value: number) =>
  new Intl.NumberFormat(speaking.value, { maximumFractionDigits: 1 }).format(value);

/** The same as the charts, and more, in figures; behind each day are its meetings. */
function Days({ health }: { health: Health }) {
  const q = quality.value.health;
  const over = (measure: Measure): Column<Day> => ({
    head: q[measure],
    cell: (day) => {
      const share = shareOf(day, measure);
      const bad = share !== undefined && share > health.targets[measure];
      return <span class={bad ? 'tone-bad strong' : ''}>{percent(share)}</span>;
    },
    number: true,
  });
  const figure = (head: string, write: (day: Day) => string): Column<Day> => ({
    head,
    cell: write,
    number: true,
  });
  const columns: Column<Day>[] = [
    {
      head: q.day,
      cell: (day) =>
        day.day === '' ? (
          q.total
        ) : (
          <Link
            to={pageFor('meetings', { ...timesOfDay(day.day, health.zone), sort: 'worst' })}
            id="health-day"
            class="cell-day"
          >
            {dayName(day.day)}
          </Link>
        ),
    },
    figure(q.legs, (day) => count(day.legs)),
    over('poor'),
    figure(q.people, (day) => count(day.joins + day.calls)),
    over('setUp'),
    over('drop'),
    figure(quality.value.now.loss, (day) => percent(day.loss)),
    figure(quality.value.now.jitter, (day) => ms(day.jitterMs)),
    { head: quality.value.now.mos, cell: (day) => <Scores of={day} />, number: true },
  ];
  const latest = [...health.days].reverse();
  return (
    <>
      <h2>{q.byDay}</h2>
      <Table
        card
        id="days"
        label={q.byDay}
        columns={columns}
        rows={latest}
        keyOf={(day) => day.day}
        foot={health.total}
      />
    </>
  );
}

/** "Mon, 23 Nov" of "2026-11-23"; on an axis "23/11". */
function dayName(day: string, short = false): string {
  const at = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  return new Intl.DateTimeFormat(speaking.value, {
    ...(short ? {} : { weekday: 'short' }),
    day: 'numeric',
    month: short ? 'numeric' : 'short',
    timeZone: 'UTC',
  }).format(at);
}

/** From when to when a day is, in a zone. */
export function timesOfDay(text: string, zone: string): Query {
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  const at = (add: number) => beginOf(zoneOf(zone), { year, month, day: day + add }).toISOString();
  return { from: at(0), to: at(1) };
}
