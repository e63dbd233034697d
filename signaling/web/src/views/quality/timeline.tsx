import { speaking } from '../../i18n';
import { quality } from '../../i18n/quality';
import { figuresAddress, type Lane, legsApi, type Span, type Timeline } from '../../wire/legs';
import { query } from '../../wire/paid';
import { moment } from '../paid/words';
import { Failed, Loading } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import type { Axis, Stretch } from './axis';
import { placeOf, seconds, shareOf, statesOf, ticks, writeZoom } from './course';
import { useFilter } from './filter';
import { MatrixCard } from './matrix';
import { sessionName } from './meetings';
import { wayOf } from './names';
import { ClassChip, Freshness, QualityHead } from './parts';
import { momentText } from './plot';
import { useRunning } from './running';
import { VerdictCard } from './verdict';
import { count, reasons, UNKNOWN } from './words';
import { around, useSharedAxis, ZoomBar } from './zoom';

/** One run of a meeting: what was wrong, a lane for each connection, and who heard whom. */
export default function TimelinePage({ meeting }: { meeting: string }) {
  const { at } = useFilter();
  const page = useRunning(
    () => legsApi.timeline(meeting, speaking.value, at),
    [meeting, at, speaking.value],
    ({ to }) => !to,
  );
  const now = page.loaded.value;
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failed error={now.error} retry={page.again} />;
  return <Shown key={now.value.from} timeline={now.value} at={page.at.value} />;
}

/** All that is known of: to the last end, or to now while it runs. */
export function wholeOf(timeline: Timeline, now = Date.now()): Stretch {
  const from = seconds(timeline.from);
  return { from, to: Math.max(from + 10, timeline.to ? seconds(timeline.to) : now / 1000) };
}

/** From the first to the last that was degraded or poor, with something around it. */
export function troubleOf(lanes: readonly Lane[], whole: Stretch): Stretch | undefined {
  const bad = lanes.flatMap((lane) => lane.spans.filter((one) => one.class === 'poor'));
  if (bad.length === 0) return undefined;
  const from = Math.min(...bad.map((one) => seconds(one.from)));
  const to = Math.max(...bad.map((one) => seconds(one.to)));
  const span = around({ from, to }, whole);
  return span.to - span.from < (whole.to - whole.from) * 0.9 ? span : undefined;
}

function Shown({ timeline, at }: { timeline: Timeline; at: number }) {
  const q = quality.value;
  const l = q.legs.timeline;
  const axis = useSharedAxis();
  const whole = wholeOf(timeline);
  const people = new Set(timeline.lanes.map(({ leg }) => leg.person || leg.participant)).size;
  const when = moment(timeline.from);
  return (
    <>
      <QualityHead
        title={sessionName(timeline)}
        lead={`${when} · ${l.lead(count(people), count(timeline.lanes.length))}`}
      >
        {!timeline.to && <Freshness at={at} heard={at} />}
        <a
          class="button plain normal"
          href={figuresAddress('meetings', timeline.meeting, { at: timeline.from })}
          download
          aria-label={q.csvOf(sessionName(timeline))}
        >
          <Icon name="download" />
          {q.csv}
        </a>
      </QualityHead>
      <VerdictCard verdict={timeline.verdict} axis={axis} whole={whole} />
      <Lanes timeline={timeline} axis={axis} whole={whole} />
      <MatrixCard
        meeting={timeline.meeting}
        at={timeline.from}
        name={sessionName(timeline)}
        people={timeline.lanes.length}
        runs={!timeline.to}
      />
    </>
  );
}

interface LanesProps {
  timeline: Timeline;
  axis: Axis;
  whole: Stretch;
}

function Lanes({ timeline, axis, whole }: LanesProps) {
  const l = quality.value.legs.timeline;
  const shown = axis.span.value ?? whole;
  const cursor = axis.cursor.value;
  return (
    <section class="card lanes-card" aria-labelledby="lanes">
      <h2 id="lanes">{l.lanes}</h2>
      <p>{l.lanesLead}</p>
      {!timeline.complete && (
        <p class="note warn" role="note">
          {l.incomplete}
        </p>
      )}
      <ZoomBar
        axis={axis}
        whole={whole}
        places={[{ text: l.trouble, span: troubleOf(timeline.lanes, whole) }]}
      />
      <Scale shown={shown} />
      <ol class="lanes">
        {timeline.lanes.map((lane) => (
          <LaneRow key={lane.leg.id} lane={lane} shown={shown} end={whole.to} cursor={cursor} />
        ))}
      </ol>
      <Legend />
    </section>
  );
}

function Scale({ shown }: { shown: Stretch }) {
  const { at, step } = ticks(shown, matchMedia('(max-width: 52rem)').matches ? 4 : 6);
  return (
    <div class="lane-scale digits" aria-hidden="true">
      {at.map((one) => (
        <span key={one} style={{ left: `${shareOf(one, shown) * 100}%` }}>
          {momentText(one, step)}
        </span>
      ))}
    </div>
  );
}

interface LaneProps {
  lane: Lane;
  shown: Stretch;
  end: number;
  cursor: number | undefined;
}

function LaneRow({ lane, shown, end, cursor }: LaneProps) {
  const q = quality.value;
  const { leg, events, spans } = lane;
  const name = leg.name || leg.number || UNKNOWN;
  const there = { from: seconds(leg.began), to: leg.ended ? seconds(leg.ended) : end };
  const present = placeOf(there, shown);
  const bad = spans.filter((one) => one.class === 'poor' || one.class === 'degraded');
  const points = events.filter(({ what }) => what in marks);
  return (
    <li class="lane" data-testid="lane" data-leg={leg.id}>
      <div class="lane-who">
        <Link
          to={`/quality/legs/${encodeURIComponent(leg.id)}`}
          class="lane-name"
          label={q.legs.timeline.lane(name)}
          id="lane-leg"
        >
          <Icon name={leg.kind === 'phone' ? 'phone' : 'browser'} size={16} />
          <span class="truncate">{name}</span>
        </Link>
        <span class="lane-way truncate">{wayOf(leg)}</span>
        <ClassChip value={leg.class} />
      </div>
      <div class="lane-track">
        {present && (
          <span class={`lane-there${leg.class === 'unclassified' ? ' unjudged' : ''}`} style={present} />
        )}
        {statesOf(events, there.to).map((one) => {
          const place = placeOf(one, shown);
          return (
            place && (
              <span
                key={`${one.state}${one.from}`}
                class={`lane-state ${one.state}`}
                style={place}
                title={q.legs.timeline.legend[one.state]}
              />
            )
          );
        })}
        {bad.map((one) => (
          <Trouble key={one.from} leg={leg.id} span={one} shown={shown} whole={there} />
        ))}
        {points.map((one) => {
          const share = shareOf(seconds(one.at), shown);
          return share >= 0 && share <= 1 ? (
            <span
              key={`${one.what}${one.at}`}
              class={`lane-mark ${one.what}`}
              style={{ left: `${share * 100}%` }}
              title={`${q.legs.events[one.what]} ${momentText(seconds(one.at), 0)}`}
            />
          ) : null;
        })}
        {leg.dropped && leg.ended && shareOf(there.to, shown) <= 1 && shareOf(there.to, shown) >= 0 && (
          <span
            class="lane-mark dropped"
            style={{ left: `${shareOf(there.to, shown) * 100}%` }}
            title={q.legs.cut}
          />
        )}
        {cursor !== undefined && shareOf(cursor, shown) >= 0 && shareOf(cursor, shown) <= 1 && (
          <span class="lane-cursor" style={{ left: `${shareOf(cursor, shown) * 100}%` }} />
        )}
        <span class="offscreen">{spokenOf(lane)}</span>
      </div>
    </li>
  );
}

/** Events that a lane marks with a dot; stretches are told by its colours. */
const marks: Record<string, true> = {
  'handed-over': true,
  reconnected: true,
  moved: true,
  codec: true,
  device: true,
  source: true,
};

/** What a lane shows, for those who hear it. */
function spokenOf({ leg, events, spans }: Lane): string {
  const q = quality.value;
  const told = events.map(({ what, at }) => `${q.legs.events[what] ?? what} ${momentText(seconds(at), 0)}`);
  const good = spans.every((one) => one.class !== 'poor' && one.class !== 'degraded');
  if (good && leg.class !== 'unclassified')
    told.unshift(q.legs.timeline.good(leg.name || leg.number || UNKNOWN));
  if (leg.dropped) told.push(q.legs.cut);
  return told.join(q.comma);
}

interface TroubleProps {
  leg: string;
  span: Span;
  shown: Stretch;
  whole: Stretch;
}

/** A stretch that was not good: its figures are behind it. */
function Trouble({ leg, span, shown, whole }: TroubleProps) {
  const q = quality.value;
  const stretch = { from: seconds(span.from), to: seconds(span.to) };
  const place = placeOf(stretch, shown);
  if (!place) return null;
  const why = [span.side && q.side[span.side], reasons(span.because)].filter(Boolean).join(q.comma);
  const text = q.legs.timeline.stretch(
    q.classes[span.class],
    momentText(stretch.from, 0),
    momentText(stretch.to, 0),
    why,
  );
  return (
    <Link
      to={`/quality/legs/${encodeURIComponent(leg)}${query({ zoom: writeZoom(around(stretch, whole)) })}`}
      class={`lane-trouble ${span.class}`}
      style={place}
      title={text}
      label={text}
      id="trouble"
    >
      <span class="offscreen">{text}</span>
    </Link>
  );
}

function Legend() {
  const l = quality.value.legs.timeline.legend;
  return (
    <ul class="lane-legend" aria-hidden="true">
      {(['good', 'degraded', 'poor', 'muted', 'held', 'broken'] as const).map((one) => (
        <li key={one}>
          <span class={`lane-sample ${one}`} />
          {l[one]}
        </li>
      ))}
    </ul>
  );
}
