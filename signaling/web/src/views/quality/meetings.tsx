import { quality } from '../../i18n/quality';
import { legsApi, type Session } from '../../wire/legs';
import { query } from '../../wire/paid';
import { moment, span } from '../paid/words';
import { Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Link } from '../parts/link';
import { type Column, Table } from '../parts/table';
import { PoorShare } from './breakdowns';
import { SpanTabs, setFilter, useFilter } from './filter';
import { More, Narrowed, Nothing, usePages } from './list';
import { legFilter } from './names';
import { ClassBar, CSVLink, QualityHead } from './parts';
import { count } from './words';

const SORTS = ['worst', 'newest'] as const;

/** Every run of every meeting, with how it sounded. */
export default function Meetings() {
  const l = quality.value.legs;
  const { sort: asked, ...rest } = useFilter();
  const filter = legFilter(rest);
  const sort = SORTS.find((one) => one === asked) ?? 'worst';
  const { loaded, rows, further, again } = usePages(
    async (cursor) => {
      const { meetings, next } = await legsApi.meetings({ ...filter, sort, limit: '50', cursor });
      return { rows: meetings, next };
    },
    [JSON.stringify(filter), sort],
  );
  const now = loaded.value;
  return (
    <>
      <QualityHead title={l.meetings.title} lead={l.meetings.lead}>
        <CSVLink table="meetings" filter={{ ...filter, sort }} what={l.meetings.title} />
      </QualityHead>
      <SpanTabs />
      <Narrowed />
      <fieldset class="tabs">
        <legend class="offscreen">{l.sorts.label}</legend>
        {SORTS.map((one) => (
          <Button
            key={one}
            tone="quiet"
            size="small"
            pressed={one === sort}
            onClick={() => setFilter({ sort: one })}
          >
            {l.sorts[one]}
          </Button>
        ))}
      </fieldset>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && rows.length === 0 && <Nothing />}
      {rows.length > 0 && <Sessions sessions={rows} />}
      <More further={further} />
    </>
  );
}

/** Runs of meetings, each with the way to its timeline. */
export function Sessions({ sessions }: { sessions: readonly Session[] }) {
  const l = quality.value.legs;
  const c = l.columns;
  const columns: Column<Session>[] = [
    { head: c.meeting, cell: (one) => <MeetingLink session={one} /> },
    { head: c.poor, cell: (one) => <PoorShare counts={one} />, number: true },
    { head: c.share, cell: (one) => <ClassBar shares={one} />, wide: true },
    { head: c.people, cell: (one) => count(one.people), number: true },
    { head: c.legs, cell: (one) => count(one.legs), number: true },
    { head: c.dropped, cell: (one) => count(one.dropped), number: true },
  ];
  return (
    <Table
      card
      id="meetings"
      label={l.meetings.title}
      columns={columns}
      rows={sessions}
      keyOf={(one) => `${one.meeting}/${one.from}`}
      rowId="meeting-row"
    />
  );
}

/** What a run is called: of meetings that one is not invited to, whose it is. */
export function sessionName({ name, organiser }: Pick<Session, 'name' | 'organiser'>): string {
  const l = quality.value.legs;
  return name || (organiser ? l.meetingOf(organiser) : l.noName);
}

function MeetingLink({ session }: { session: Session }) {
  const l = quality.value.legs;
  const name = sessionName(session);
  const when = moment(session.from);
  const length = session.to ? span((Date.parse(session.to) - Date.parse(session.from)) / 1000) : l.runs;
  return (
    <>
      <Link
        to={`/quality/meetings/${encodeURIComponent(session.meeting)}${query({ at: session.from })}`}
        class="cell-main"
        label={l.meetings.open(name, when)}
      >
        {name}
      </Link>
      <span class="cell-sub">
        {when} · {length}
      </span>
    </>
  );
}
