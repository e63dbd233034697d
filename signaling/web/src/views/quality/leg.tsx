import '../styles/leg.css';
import { useMemo } from 'preact/hooks';
import { speaking } from '../../i18n';
import { quality } from '../../i18n/quality';
import {
  EVIDENCE,
  evidenceAddress,
  figuresAddress,
  type LegDetail,
  legsApi,
  ownFiguresAddress,
} from '../../wire/legs';
import { query } from '../../wire/paid';
import type { Leg } from '../../wire/quality';
import { causeText, countryName, moment, span } from '../paid/words';
import { Empty, Failed, Loading } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import type { Stretch } from './axis';
import { Charts } from './charts';
import { seconds } from './course';
import { answeredBy, Ladder } from './ladder';
import { dimensionValue } from './names';
import { ClassChip, Freshness, QualityHead } from './parts';
import { useRunning } from './running';
import { Strip } from './strip';
import { VerdictCard } from './verdict';
import { ms, UNKNOWN } from './words';
import { useSharedAxis, ZoomBar } from './zoom';

/** One connection: what was wrong, its figures over time, and every SIP message on the same axis. */
export default function LegPage({ id, own = false }: { id: string; own?: boolean }) {
  const load = () => (own ? legsApi.mine : legsApi.leg)(id, speaking.value);
  const page = useRunning(load, [id, own, speaking.value], ({ leg }) => !leg.ended);
  const now = page.loaded.value;
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failed error={now.error} retry={page.again} />;
  return <Shown detail={now.value} at={page.at.value} own={own} />;
}

/** From the first message or sound to the end, or to the last that is known. */
export function wholeOfLeg({ leg, samples, ladder = [], join }: LegDetail): Stretch {
  const moments = [
    seconds(leg.began),
    ...(leg.ended ? [seconds(leg.ended)] : []),
    ...samples.at.slice(-1),
    ...ladder.map((one) => seconds(one.at)),
    ...(join ? [seconds(join.at)] : []),
  ].filter(Number.isFinite);
  const from = Math.min(...moments);
  return { from, to: Math.max(from + 5, ...moments) };
}

interface ShownProps {
  detail: LegDetail;
  /** When it was loaded, Unix ms. */
  at: number;
  /** It is the reader's. */
  own: boolean;
}

function Shown({ detail, at, own }: ShownProps) {
  const q = quality.value;
  const l = q.legs.leg;
  const { leg, samples } = detail;
  const axis = useSharedAxis();
  const whole = useMemo(() => wholeOfLeg(detail), [detail]);
  const name = own ? l.mine : leg.name || leg.number || UNKNOWN;
  return (
    <>
      <QualityHead
        title={name}
        lead={`${moment(leg.began, true)} · ${leg.ended ? span(leg.seconds) : q.legs.runs}`}
      >
        {!leg.ended && <Freshness at={at} heard={at} />}
        {own && (
          <Link to="/me/looks" class="button plain normal">
            {q.looks.mine}
          </Link>
        )}
        <a
          class="button plain normal"
          href={own ? ownFiguresAddress(leg.id) : figuresAddress('legs', leg.id)}
          download
          data-testid="csv"
          aria-label={`${l.csv}${q.colon}${name}`}
        >
          <Icon name="download" />
          {q.csv}
        </a>
      </QualityHead>
      <p class="leg-line">
        <ClassChip value={leg.class} />
        {own ? <OwnMeeting leg={leg} /> : <Noted leg={leg} name={name} />}
      </p>
      <VerdictCard verdict={detail.verdict} axis={axis} whole={whole} leg={leg.id} own={own} />
      <section class="card leg-charts" aria-labelledby="charts">
        <h2 id="charts">{l.charts}</h2>
        <ZoomBar axis={axis} whole={whole} places={[{ text: l.setUp, span: setUpOf(detail, whole) }]} />
        <Strip detail={detail} axis={axis} whole={whole} />
        {samples.at.length > 0 ? (
          <Charts samples={samples} axis={axis} whole={whole} own={own} />
        ) : (
          <Empty icon="chart" title={l.noSamples} text={leg.ended ? l.noSamplesText : l.noSamplesYet} />
        )}
        {leg.missing && <p class="field-hint">{l.missing}</p>}
      </section>
      {detail.ladder && leg.kind === 'phone' && <Ladder detail={detail} axis={axis} />}
      {detail.evidence && !own && <Evidence leg={leg.id} />}
      <Facts detail={detail} own={own} />
      {detail.join && <Join join={detail.join} />}
    </>
  );
}

/** The way to the meeting's figures, and that the look is noted. */
function Noted({ leg, name }: { leg: Leg; name: string }) {
  const l = quality.value.legs;
  return (
    <>
      <Link
        to={`/quality/meetings/${encodeURIComponent(leg.meeting)}${query({ at: leg.began })}`}
        id="leg-meeting"
      >
        {leg.meetingName || l.noName}
      </Link>
      {leg.person && <span class="row-sub">{l.leg.noted(name)}</span>}
    </>
  );
}

/** The meeting itself: the others' figures are none of the reader's. */
function OwnMeeting({ leg }: { leg: Leg }) {
  if (!leg.meetingName) return <>{quality.value.looks.meeting}</>;
  return <Link to={`/m/${encodeURIComponent(leg.meeting)}`}>{leg.meetingName}</Link>;
}

/** The messages before the first sound, where they would be too close together to be told apart. */
export function setUpOf({ ladder = [] }: LegDetail, whole: Stretch): Stretch | undefined {
  const [first] = ladder;
  const acked = ladder[answeredBy(ladder)] ?? ladder.at(-1);
  if (!first || !acked || whole.to - whole.from < 60) return undefined;
  return { from: seconds(first.at) - 0.5, to: Math.max(seconds(acked.at), seconds(first.at) + 2) + 1 };
}

function Evidence({ leg }: { leg: string }) {
  const l = quality.value.legs.leg;
  return (
    <section class="card" aria-labelledby="evidence">
      <h2 id="evidence">{l.evidence}</h2>
      <p>{l.evidenceText}</p>
      <p class="button-row evidence">
        {EVIDENCE.map((as) => (
          <a
            key={as}
            class="button plain normal"
            href={evidenceAddress(leg, as)}
            download
            data-testid={`evidence-${as}`}
          >
            <Icon name="download" />
            {l.evidenceFiles[as]}
          </a>
        ))}
      </p>
    </section>
  );
}

/** Who, where and by what: what is not known is left out. */
function Facts({ detail: { leg, address, callId }, own }: { detail: LegDetail; own: boolean }) {
  const q = quality.value;
  const l = q.legs.leg;
  const way = [
    leg.candidate && dimensionValue('candidate', leg.candidate),
    leg.transport && dimensionValue('transport', leg.transport),
  ];
  const codec = leg.codec && `${leg.codec} (${leg.wideband ? l.wideband : l.narrowband})`;
  const number = leg.number && `${leg.number}, ${leg.outbound ? l.outbound : l.inbound}`;
  const facts: [string, string | undefined | false][] = [
    [l.fact.number, number],
    [l.fact.trunk, leg.trunk],
    [l.fact.country, leg.country && countryName(leg.country)],
    [l.fact.destination, leg.destination],
    [l.fact.site, leg.site],
    [l.fact.address, address],
    [l.fact.access, leg.access && dimensionValue('access', leg.access)],
    [l.fact.agent, leg.agent],
    [l.fact.system, leg.system],
    [l.fact.device, leg.device],
    [l.fact.codec, codec],
    [l.fact.callId, callId],
    [l.fact.way, way.filter(Boolean).join(q.comma)],
    [
      l.fact.ended,
      leg.dropped ? [q.legs.cut, causeText(leg.cause)].filter(Boolean).join(q.comma) : causeText(leg.cause),
    ],
    [own ? l.fact.ownRating : l.fact.rating, leg.rating !== undefined && l.stars(leg.rating)],
  ];
  return (
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">{l.facts}</h2>
      <dl class="facts">
        {facts.map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
    </section>
  );
}

/** How somebody came in, step by step. */
function Join({ join }: { join: NonNullable<LegDetail['join']> }) {
  const q = quality.value;
  const l = q.legs.leg;
  const last = Math.max(1, ...join.steps.map((one) => one.ms));
  return (
    <section class="card" aria-labelledby="join">
      <h2 id="join">{l.join}</h2>
      <ol class="join-steps">
        {join.steps.map((one) => (
          <li key={one.stage}>
            <span>{q.joins.stages[one.stage]}</span>
            <span class="join-bar" aria-hidden="true">
              <span style={{ width: `${(one.ms / last) * 100}%` }} />
            </span>
            <span class="digits">{ms(one.ms)}</span>
          </li>
        ))}
      </ol>
      {join.failed && (
        <p class="tone-bad">
          {l.joinFailed(
            q.joins.stages[join.failed],
            q.joins.causes[join.cause ?? ''] ?? join.cause ?? UNKNOWN,
          )}
        </p>
      )}
    </section>
  );
}
