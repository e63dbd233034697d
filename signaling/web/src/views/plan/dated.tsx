import { useEffect } from 'preact/hooks';
import { plan } from '../../i18n/plan';
import { answersChanged } from '../../store/cards';
import { dayOf } from '../../store/civil';
import { go } from '../../store/router';
import { toast } from '../../store/toasts';
import type { Meeting, Person } from '../../wire/api';
import {
  type Guest,
  type Occurrence,
  planApi,
  type Schedule,
  type Series,
  type Status,
} from '../../wire/plan';
import { Avatar, Chip, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { ask } from '../parts/dialog';
import { lazyRemind } from '../parts/lazyplan';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { Attendance } from './attendance';
import { expectations, GuestOptions } from './guests';
import { chooseScope, ScopeQuestion } from './scope';
import { dateAddress } from './week';
import { momentText, ruleWords, whenText, zoneText } from './words';

const ReceiptsCard = lazyRemind(() => import('../remind/receipts'));

interface DatedProps {
  meeting: Meeting;
  person: Person;
  /** Whether the viewer organises it. */
  mine: boolean;
  /** Id of the date to be shown; empty: the next. */
  date: string;
}

const DAY = 86_400_000;
/** Which dates are listed, days around today. */
const BACK = 60;
const AHEAD = 180;
/** As many as are listed. */
const LISTED = 6;

/** The dates of a meeting: the one that is looked at, and those around it. */
export default function Dated({ meeting, person, mine, date }: DatedProps) {
  const p = plan.value;
  const { loaded, again } = useLoad(async () => {
    const now = Date.now();
    const [schedule, all, chosen] = await Promise.all([
      planApi.scheduleOf(meeting.id),
      planApi.occurrences(new Date(now - BACK * DAY), new Date(now + AHEAD * DAY)),
      date ? planApi.occurrence(date).catch(() => undefined) : undefined,
    ]);
    const dates = all.filter((one) => one.meeting === meeting.id);
    return { schedule, dates, shown: chosen ?? schedule.next ?? dates.at(-1) };
  }, [meeting.id, date]);
  useEffect(() => {
    if (answersChanged.value > 0) again();
  }, [answersChanged.value]);
  const now = loaded.value;
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failed error={now.error} retry={again} />;
  const { schedule, dates, shown } = now.value;
  const leads = mine || meeting.invitees.some((one) => one.person === person.id && one.coHost);
  if (!shown) {
    return (
      <section class="card">
        <p>{p.occasion.noDates}</p>
      </section>
    );
  }
  const series = schedule.series.find((one) => one.id === shown.series);
  const begun = Date.parse(shown.start) < Date.now();
  return (
    <>
      <DateCard occurrence={shown} series={series} person={person} mine={mine} again={again} />
      <DateList dates={dates} shown={shown} zone={person.timeZone} />
      {leads && <Replies schedule={schedule} occurrence={shown} mine={mine} again={again} />}
      {leads && !shown.cancelled && <ReceiptsCard key={shown.id} subject={shown.id} urge={mine} />}
      {leads && begun && <Attendance meeting={meeting.id} occurrence={shown} zone={person.timeZone} />}
      <ScopeQuestion />
    </>
  );
}

interface DateProps {
  occurrence: Occurrence;
  series: Series | undefined;
  person: Person;
  mine: boolean;
  again(): void;
}

function DateCard({ occurrence, series, person, mine, again }: DateProps) {
  const p = plan.value;
  const when = whenText(occurrence.start, occurrence.end, person.timeZone);
  const over = Date.parse(occurrence.end) < Date.now();
  const elsewhere = occurrence.timeZone !== person.timeZone;

  async function cancel() {
    const scope = occurrence.recurring
      ? await chooseScope(p.scope.cancelTitle)
      : (await ask(p.scope.cancelAll, p.scope.cancelText, p.scope.cancelAll)) && 'all';
    if (!scope) return;
    try {
      await planApi.cancel(occurrence.id, scope);
      toast(p.scope.cancelled, 'good');
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }

  return (
    <section class="card dated" aria-labelledby="date" data-testid="date" data-id={occurrence.id}>
      <h2 id="date" class={occurrence.cancelled ? 'struck' : ''}>
        {when}
      </h2>
      <p class="row-sub">
        {elsewhere && (
          <span>
            {momentText(occurrence.start, occurrence.timeZone)} · {zoneText(occurrence.timeZone)}
          </span>
        )}
        {series?.rule && <span>{ruleWords(series.rule, dayOf(series.start))}</span>}
        {occurrence.cancelled && <Chip tone="bad">{p.calendar.cancelled}</Chip>}
      </p>
      {occurrence.agenda && <p class="agenda-text">{occurrence.agenda}</p>}
      {occurrence.status !== '' && !over && !occurrence.cancelled && (
        <MyReply occurrence={occurrence} again={again} />
      )}
      {mine && !over && !occurrence.cancelled && (
        <div class="button-row">
          <Button
            icon="edit"
            id="date-change"
            onClick={() => go(`/schedule/${occurrence.meeting}?date=${encodeURIComponent(occurrence.id)}`)}
          >
            {p.occasion.change}
          </Button>
          <Button tone="danger" id="date-cancel" onClick={() => void cancel()}>
            {p.occasion.cancel}
          </Button>
        </div>
      )}
    </section>
  );
}

const ANSWERS = ['accepted', 'tentative', 'declined'] as const;

function MyReply({ occurrence, again }: { occurrence: Occurrence; again(): void }) {
  const o = plan.value.occasion;
  const words = { accepted: o.accept, tentative: o.tentative, declined: o.decline };
  async function reply(status: Status) {
    try {
      await planApi.reply(occurrence.id, status, 'one');
      toast(o.replied, 'good');
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <fieldset class="my-reply">
      <legend>{o.reply}</legend>
      <div class="button-row">
        {ANSWERS.map((status) => (
          <Button
            key={status}
            pressed={occurrence.status === status}
            id={`reply-${status}`}
            onClick={() => void reply(status)}
          >
            {words[status]}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}

function DateList({ dates, shown, zone }: { dates: readonly Occurrence[]; shown: Occurrence; zone: string }) {
  const p = plan.value;
  const now = Date.now();
  const coming = dates.filter((one) => Date.parse(one.end) > now).slice(0, LISTED);
  const past = dates.filter((one) => Date.parse(one.end) <= now).slice(-LISTED / 2);
  if (dates.length < 2) return null;
  return (
    <section class="card" aria-labelledby="dates">
      <h2 id="dates">{p.occasion.dates}</h2>
      <ul class="rows inner">
        {[...past, ...coming].map((one) => (
          <li key={one.id} class="row date-row">
            <Link
              to={dateAddress(one)}
              class={`row-main${one.cancelled ? ' struck' : ''}`}
              current={one.id === shown.id}
            >
              {whenText(one.start, one.end, zone)}
            </Link>
            {Date.parse(one.end) <= now && <Chip>{p.occasion.past}</Chip>}
            {one.cancelled && <Chip tone="bad">{p.calendar.cancelled}</Chip>}
          </li>
        ))}
      </ul>
    </section>
  );
}

const tones = { accepted: 'good', tentative: 'warn', declined: 'bad', 'needs-action': 'plain' } as const;

interface RepliesProps {
  schedule: Schedule;
  occurrence: Occurrence;
  /** Whether the viewer may change what is expected. */
  mine: boolean;
  again(): void;
}

/** Who said what, for hosts. */
function Replies({ schedule, occurrence, mine, again }: RepliesProps) {
  const o = plan.value.occasion;
  const { invitees } = schedule.meeting;
  if (invitees.length === 0) return null;
  const status = (invitee: string): Status => {
    const own = schedule.replies.filter((one) => one.invitee === invitee);
    const here =
      own.find((one) => one.occurrence === occurrence.id) ?? own.find((one) => one.occurrence === '');
    return here?.status ?? 'needs-action';
  };
  async function expect(invitee: string, more: Partial<Guest>) {
    try {
      await planApi.expect(schedule.meeting.id, invitee, more);
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  const count = (wanted: Status) => invitees.filter((one) => status(one.id) === wanted).length;
  return (
    <section class="card" aria-labelledby="replies">
      <h2 id="replies">{o.replies}</h2>
      <p>{o.counts(count('accepted'), count('tentative'), count('declined'), count('needs-action'))}</p>
      <ul class="rows inner">
        {invitees.map((one) => (
          <li key={one.id} class="row reply" data-testid="reply" data-status={status(one.id)}>
            <Avatar name={one.name} size="small" />
            <div class="row-main">
              <span class="row-name">{one.name}</span>
              {!mine && <p class="row-sub">{expectations(one).join(' · ')}</p>}
            </div>
            <Chip tone={tones[status(one.id)]}>{o.status[status(one.id)]}</Chip>
            {mine && <GuestOptions guest={one} change={(more) => void expect(one.id, more)} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
