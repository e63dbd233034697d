import { useEffect, useRef } from 'preact/hooks';
import { elapsed } from '../../i18n';
import { money } from '../../i18n/money';
import { quality } from '../../i18n/quality';
import { heardAt, nowError, now as nowSignal, watchNow } from '../../store/now';
import { announce } from '../../store/toasts';
import type { Present, PresentLeg, PresentMeeting } from '../../wire/fare';
import { Empty, Failed, Loading } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { type Column, Table } from '../parts/table';
import { ClassBar, ClassChip, Freshness, QualityHead } from './parts';
import { count, mos, ms, percent, reasons } from './words';

/** What goes on this moment: nobody presses reload. */
export default function NowPage() {
  const q = quality.value.now;
  useEffect(watchNow, []);
  const news = nowSignal.value;
  useAlarm(news?.classes.poor ?? 0);
  return (
    <>
      <QualityHead title={q.title} lead={q.lead}>
        {news && <Freshness at={news.at} heard={heardAt.value} />}
      </QualityHead>
      {!news &&
        (nowError.value === undefined ? (
          <Loading />
        ) : (
          <Failed error={nowError.value} retry={() => location.reload()} />
        ))}
      {news && <Picture news={news} />}
    </>
  );
}

/** Says when somebody begins to suffer. */
function useAlarm(poor: number): void {
  const before = useRef(poor);
  useEffect(() => {
    if (poor > before.current) announce(quality.value.now.announce(count(poor)));
    before.current = poor;
  }, [poor]);
}

function Picture({ news }: { news: Present }) {
  const q = quality.value;
  const bad = news.worst.filter((leg) => leg.class === 'poor' || leg.class === 'degraded');
  const { good, degraded, poor, unclassified } = news.classes;
  const anybody = news.legs.browser + news.legs.phone > 0;
  return (
    <>
      {news.missing && <Remark text={q.missing} />}
      {news.refused > 0 && <Remark text={q.now.refused(count(news.refused))} />}
      <Figures news={news} />
      {anybody && <ClassBar shares={{ good, degraded, poor, unclassified }} />}
      <h2 id="suffering">{q.now.worst}</h2>
      {bad.length === 0 ? (
        <div class="card">
          <Empty
            icon={anybody ? 'check' : 'moon'}
            title={anybody ? q.now.worstNone : q.now.quiet}
            text={anybody ? q.now.worstNoneText : q.now.quietText}
          />
        </div>
      ) : (
        <Worst legs={bad} all={degraded + poor} news={news} />
      )}
      <Meetings news={news} />
      <TrunkLights news={news} />
    </>
  );
}

function Remark({ text }: { text: string }) {
  return (
    <p class="remark tone-warn" data-testid="remark">
      <Icon name="warning" size={16} />
      <span>{text}</span>
    </p>
  );
}

function Figures({ news }: { news: Present }) {
  const q = quality.value.now;
  const { poor, degraded } = news.classes;
  const one = (name: string, value: string, tone = '', note = '', id = '') => (
    <div>
      <dt>{name}</dt>
      <dd class={`digits ${tone}`} data-testid={id || undefined}>
        {value}
        {note && <span class={`figure-note ${tone}`}>{note}</span>}
      </dd>
    </div>
  );
  return (
    <dl class="figures five" data-testid="now">
      {one(q.poor, count(poor), poor > 0 ? 'tone-bad' : '', '', 'now-poor')}
      {one(q.degraded, count(degraded), degraded > 0 ? 'tone-warn' : '', '', 'now-degraded')}
      {one(q.meetings, count(news.meetingsAll), '', '', 'now-meetings')}
      {one(q.browsers, count(news.legs.browser))}
      {one(q.phones, count(news.legs.phone))}
      {one(q.joins, count(news.joinsPerMinute))}
      {one(q.calls, count(news.callsPerMinute))}
      {one(q.failed, count(news.failedJoins), news.failedJoins > 0 ? 'tone-bad' : '')}
      {news.spend && one(q.spend, money(news.spend.perMinute, news.spend.currency))}
      {news.reminders &&
        one(
          q.reminders,
          count(news.reminders.due),
          news.reminders.late > 0 ? 'tone-bad' : '',
          news.reminders.late > 0 ? q.late(count(news.reminders.late)) : '',
        )}
    </dl>
  );
}

/** By what somebody is connected: "Wi-Fi, relayed · Shanghai". */
function wayOf(leg: PresentLeg): string {
  const q = quality.value;
  const how = [
    leg.access ? (q.access[leg.access] ?? leg.access) : leg.kind === 'phone' ? leg.trunk : undefined,
    leg.relayed ? q.relayed : undefined,
    leg.tcp ? q.tcp : undefined,
  ].filter(Boolean);
  return [how.join(q.comma), leg.site, leg.agent].filter(Boolean).join(' · ') || q.kinds[leg.kind];
}

/** A meeting by who organises it: what it is about is not for every administrator. */
const meetingOf = (organiser?: string): string => {
  const q = quality.value;
  return organiser ? q.meetingOf(organiser) : q.now.meeting;
};

function Worst({ legs, all, news }: { legs: readonly PresentLeg[]; all: number; news: Present }) {
  const q = quality.value;
  const names = new Map(news.meetings.map((one) => [one.meeting, one.organiser]));
  const columns: Column<PresentLeg>[] = [
    {
      head: q.now.who,
      cell: (leg) => (
        <>
          <Link to={`/quality/legs/${encodeURIComponent(leg.leg)}`} class="cell-main" id="now-leg">
            {leg.name || q.now.noName}
          </Link>
          {leg.number && <span class="cell-sub digits">{leg.number}</span>}
          <span class="cell-sub wraps">{wayOf(leg)}</span>
        </>
      ),
    },
    {
      head: q.now.state,
      cell: (leg) => (
        <>
          <ClassChip value={leg.class} /> <span class="cell-sub wraps">{whyOf(leg)}</span>
        </>
      ),
      wide: true,
    },
    { head: q.now.loss, cell: (leg) => percent(leg.loss), number: true },
    { head: q.now.jitter, cell: (leg) => ms(leg.jitterMs), number: true },
    { head: q.now.roundTrip, cell: (leg) => ms(leg.roundTripMs), number: true },
    { head: q.now.mos, cell: (leg) => mos(leg.mos, leg.band), number: true },
    {
      head: q.now.meeting,
      cell: (leg) => (
        <Link to={`/quality/meetings/${encodeURIComponent(leg.meeting)}`}>
          {meetingOf(names.get(leg.meeting))}
        </Link>
      ),
    },
    {
      head: q.now.since,
      cell: (leg) => <span class="when">{elapsed(news.at - leg.since)}</span>,
      number: true,
    },
  ];
  return (
    <>
      <Table
        card
        id="worst"
        rowId="now-row"
        label={q.now.worst}
        columns={columns}
        rows={legs}
        keyOf={(leg) => leg.leg}
      />
      {all > legs.length && <p class="field-hint">{q.now.more(count(all - legs.length))}</p>}
    </>
  );
}

/** "loss, jitter: what they say" */
function whyOf(leg: PresentLeg): string {
  const q = quality.value;
  return [leg.side && q.side[leg.side], reasons(leg.because)].filter(Boolean).join(q.colon);
}

function Meetings({ news }: { news: Present }) {
  const q = quality.value.now;
  if (news.meetings.length === 0) return null;
  const figure = (
    head: string,
    value: (one: PresentMeeting) => number,
    tone = '',
  ): Column<PresentMeeting> => ({
    head,
    cell: (one) => <span class={value(one) > 0 ? tone : ''}>{count(value(one))}</span>,
    number: true,
  });
  return (
    <>
      <h2>{q.running}</h2>
      <Table
        card
        id="running"
        label={q.running}
        columns={[
          {
            head: q.meeting,
            cell: (one) => (
              <Link to={`/quality/meetings/${encodeURIComponent(one.meeting)}`}>
                {meetingOf(one.organiser)}
              </Link>
            ),
          },
          figure(q.people, (one) => one.people),
          figure(q.phones, (one) => one.phones),
          figure(q.poor, (one) => one.poor, 'tone-bad strong'),
          figure(q.degraded, (one) => one.degraded, 'tone-warn strong'),
          { head: q.since, cell: (one) => elapsed(news.at - one.since), number: true },
        ]}
        rows={news.meetings}
        keyOf={(one) => one.meeting}
      />
      {news.meetingsAll > news.meetings.length && (
        <p class="field-hint">{q.more(count(news.meetingsAll - news.meetings.length))}</p>
      )}
    </>
  );
}

const lights = { up: 'good', down: 'bad', unknown: '' } as const;

function TrunkLights({ news }: { news: Present }) {
  const q = quality.value.now;
  if (news.trunks.length === 0) return null;
  return (
    <>
      <h2>{q.trunks}</h2>
      <ul class="card rows">
        {news.trunks.map((one) => (
          <li key={one.trunk} class="row" data-testid="now-trunk" data-state={one.state}>
            <span class={`light ${lights[one.state]}`} aria-hidden="true" />
            <div class="row-main">
              <p class="row-name">
                <Link to="/quality/trunks">{one.trunk}</Link>
              </p>
              <p class="row-sub">
                <span class={one.state === 'down' ? 'tone-bad' : ''}>{q.up[one.state]}</span>
                <span>
                  {q.callsNow} <span class="digits">{count(one.calls)}</span>
                </span>
              </p>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
