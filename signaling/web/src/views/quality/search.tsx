import { useId } from 'preact/hooks';
import { quality } from '../../i18n/quality';
import { go } from '../../store/router';
import { type Found, legsApi } from '../../wire/legs';
import { type Query, query } from '../../wire/paid';
import type { Leg } from '../../wire/quality';
import { moment, span } from '../paid/words';
import { Avatar, Chip, Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { type Column, Table } from '../parts/table';
import { SpanTabs, setFilter, timesOf, useFilter } from './filter';
import { More, Narrowed, Nothing, usePages } from './list';
import { Sessions } from './meetings';
import { legFilter, NARROWING, wayOf } from './names';
import { ClassChip, CSVLink, QualityHead } from './parts';
import { ms, percent, reasons, UNKNOWN } from './words';

/** Looks for a person, a number, a meeting or a call; without words, lists the connections of a filter. */
export default function Search() {
  const l = quality.value.legs;
  const { q: text = '', ...rest } = useFilter();
  const filter = legFilter(rest);
  const narrowed = NARROWING.some((one) => filter[one]);
  return (
    <>
      <QualityHead title={l.search.title} lead={l.search.lead}>
        <CSVLink table="legs" filter={{ ...filter, q: text }} what={l.search.legs} />
      </QualityHead>
      <Ask key={text} text={text} />
      <SpanTabs />
      <Narrowed />
      {text && !narrowed ? (
        <Answer key={text} text={text} times={timesOf(filter)} />
      ) : (
        <Legs filter={{ ...filter, q: text }} />
      )}
    </>
  );
}

const CLASSES = ['poor', 'degraded', 'good', 'unclassified'] as const;

function Ask({ text }: { text: string }) {
  const q = quality.value;
  const s = q.legs.search;
  const id = useId();
  const filter = useFilter();
  return (
    <search class="card ask">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = String(new FormData(event.currentTarget).get('q') ?? '').trim();
          // Of another search one can go back to this one.
          if (wanted !== text) go(location.pathname + query({ ...filter, q: wanted }));
        }}
      >
        <div class="field grow">
          <label for={id}>{s.what}</label>
          <input
            id={id}
            name="q"
            type="search"
            defaultValue={text}
            placeholder={s.placeholder}
            maxLength={200}
            autocomplete="off"
            data-testid="search-text"
          />
        </div>
        <Button type="submit" tone="primary" icon="search" id="search-go">
          {s.go}
        </Button>
      </form>
      <div class="tabs">
        {CLASSES.map((one) => (
          <Button
            key={one}
            tone="quiet"
            size="small"
            pressed={filter.class === one}
            onClick={() => setFilter({ class: filter.class === one ? '' : one })}
          >
            {q.classes[one]}
          </Button>
        ))}
        <Button
          tone="quiet"
          size="small"
          pressed={filter.dropped === 'true'}
          onClick={() => setFilter({ dropped: filter.dropped ? '' : 'true' })}
        >
          {s.onlyDropped}
        </Button>
      </div>
    </search>
  );
}

function Answer({ text, times }: { text: string; times: Query }) {
  const s = quality.value.legs.search;
  const { loaded, again } = useLoad(
    () => legsApi.search({ ...times, q: text }),
    [text, JSON.stringify(times)],
  );
  const now = loaded.value;
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failed error={now.error} retry={again} />;
  const { people, meetings, legs } = now.value;
  if (people.length + meetings.length + legs.length === 0) {
    return (
      <div class="card">
        <Empty icon="search" title={s.none(text)} text={s.noneText} />
      </div>
    );
  }
  return (
    <>
      {people.length > 0 && <People people={people} times={times} />}
      {meetings.length > 0 && (
        <section class="found-part" aria-labelledby="found-meetings">
          <h2 id="found-meetings">{s.meetings}</h2>
          <Sessions sessions={meetings} />
        </section>
      )}
      {legs.length > 0 && (
        <section class="found-part" aria-labelledby="found-legs">
          <h2 id="found-legs">{s.legs}</h2>
          <LegTable legs={legs} />
        </section>
      )}
    </>
  );
}

function People({ people, times }: { people: Found['people']; times: Query }) {
  const s = quality.value.legs.search;
  return (
    <section class="found-part" aria-labelledby="found-people">
      <h2 id="found-people">{s.people}</h2>
      <ul class="card rows">
        {people.map((one) => (
          <li key={one.id} class="row" data-testid="found-person">
            <Avatar name={one.name} />
            <div class="row-main">
              <Link to={`/quality/search${query({ ...times, person: one.id })}`} class="row-title">
                {one.name}
              </Link>
              <p class="row-sub">{s.all}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Legs({ filter }: { filter: Query }) {
  const { loaded, rows, further, again } = usePages(
    async (cursor) => {
      const { legs, next } = await legsApi.legs({ sort: 'worst', ...filter, limit: '50', cursor });
      return { rows: legs, next };
    },
    [JSON.stringify(filter)],
  );
  const now = loaded.value;
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failed error={now.error} retry={again} />;
  if (rows.length === 0) return <Nothing />;
  return (
    <>
      <LegTable legs={rows} />
      <More further={further} />
    </>
  );
}

/** Connections, each with the way to its charts. */
export function LegTable({ legs }: { legs: readonly Leg[] }) {
  const q = quality.value;
  const l = q.legs;
  const c = l.columns;
  const columns: Column<Leg>[] = [
    {
      head: c.who,
      cell: (leg) => (
        <>
          <Link
            to={`/quality/legs/${encodeURIComponent(leg.id)}`}
            class="cell-main"
            id="leg-link"
            label={l.search.of(leg.name || leg.number || UNKNOWN)}
          >
            {leg.name || leg.number || UNKNOWN}
          </Link>
          <span class="cell-sub">
            <Icon name={leg.kind === 'phone' ? 'phone' : 'browser'} size={14} /> {wayOf(leg)}
          </span>
        </>
      ),
    },
    {
      head: c.class,
      cell: (leg) => (
        <>
          <ClassChip value={leg.class} /> {leg.dropped && <Chip tone="bad">{l.cut}</Chip>}
        </>
      ),
    },
    { head: c.why, cell: (leg) => reasons(leg.because) },
    {
      head: c.meeting,
      cell: (leg) => (
        <>
          <span class="cell-main">{leg.meetingName || l.noName}</span>
          <span class="cell-sub">
            {moment(leg.began)} · {leg.ended ? span(leg.seconds) : l.runs}
          </span>
        </>
      ),
      wide: true,
    },
    { head: `${c.loss} ↑`, cell: (leg) => percent(leg.said.loss), number: true },
    { head: `${c.loss} ↓`, cell: (leg) => percent(leg.heard.loss), number: true },
    { head: c.roundTrip, cell: (leg) => ms(leg.roundTripMs), number: true },
  ];
  return (
    <Table
      card
      id="legs"
      label={l.search.list}
      columns={columns}
      rows={legs}
      keyOf={(leg) => leg.id}
      rowId="leg-row"
    />
  );
}
