import { Fragment } from 'preact';
import { quality } from '../../i18n/quality';
import type { LegDetail, Signalling, SipMessage } from '../../wire/legs';
import { span } from '../paid/words';
import type { Axis } from './axis';
import { seconds } from './course';
import { momentText } from './plot';
import { count, ms, percent, UNKNOWN } from './words';

/** Which message, the ACK, ended the set-up of a call that was answered; -1 if none did. */
export function answeredBy(ladder: readonly SipMessage[]): number {
  const answer = ladder.findIndex((one) => one.sort === '200' && /INVITE/.test(one.cseq));
  return answer < 0 ? -1 : ladder.findIndex((one, n) => n > answer && one.sort === 'ACK');
}

/** Every SIP message of a call, as an arrow between us and the carrier. */
export function Ladder({ detail, axis }: { detail: LegDetail; axis: Axis }) {
  const l = quality.value.legs.ladder;
  const { ladder = [], signalling, leg } = detail;
  const first = seconds(ladder[0]?.at ?? leg.began);
  const acked = answeredBy(ladder);
  return (
    <section class="card" aria-labelledby="ladder">
      <h2 id="ladder">{l.title}</h2>
      <p>{l.lead}</p>
      {signalling && <SignallingFacts of={signalling} />}
      {ladder.length === 0 && <p class="field-hint">{leg.ended ? l.none : l.notYet}</p>}
      {ladder.length > 0 && (
        <div class="sip-ends" aria-hidden="true">
          <span>{l.us}</span>
          <span>{l.them}</span>
        </div>
      )}
      <ol class="sip-ladder" data-testid="ladder">
        {ladder.map((one, n) => (
          <Fragment key={`${one.at}/${n}`}>
            <Message n={n} message={one} first={first} axis={axis} />
            {n === acked && (
              <li class="sip-media">
                <strong>{l.media}</strong>{' '}
                {l.mediaText(span(leg.seconds), percent(leg.said.loss), percent(leg.heard.loss))}
              </li>
            )}
          </Fragment>
        ))}
      </ol>
    </section>
  );
}

interface MessageProps {
  n: number;
  message: SipMessage;
  first: number;
  axis: Axis;
}

function Message({ n, message, first, axis }: MessageProps) {
  const l = quality.value.legs.ladder;
  const at = seconds(message.at);
  const marked = axis.cursor.value === at;
  const after = `+${(at - first).toFixed(3)} s`;
  const bad = /^[4-6]/.test(message.sort);
  return (
    <li id={`sip-${n}`} class={`sip-message${marked ? ' marked' : ''}`} data-testid="sip-message">
      <button
        type="button"
        class="sip-time digits"
        aria-label={`${after}: ${l.mark(momentText(at, 0))}`}
        title={momentText(at, 0)}
        onClick={() => {
          axis.cursor.value = at;
        }}
      >
        {after}
      </button>
      <div
        class={`sip-arrow ${message.out ? 'out' : 'in'}${bad ? ' refused' : ''}${message.again ? ' again' : ''}`}
      >
        <p class="sip-line">
          <span class="offscreen">{message.out ? l.sent : l.received}: </span>
          <strong>{message.sort}</strong> {restOf(message)}
          {message.again && <em> ({l.again})</em>}
        </p>
        <div class="sip-shaft" aria-hidden="true" />
        {message.media && <p class="sip-sdp">{message.media}</p>}
      </div>
      {message.headers && (
        <details class="sip-headers">
          <summary>
            {l.headers}
            <span class="offscreen">: {message.line}</span>
          </summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
          <pre class="mono" tabIndex={0}>
            {message.headers}
          </pre>
        </details>
      )}
    </li>
  );
}

/** What the first line says beyond the status: "Ringing". */
function restOf({ line }: SipMessage): string {
  const [, reason = ''] = /^SIP\/2\.0 \d{3} (.*)$/.exec(line) ?? [];
  return reason;
}

function SignallingFacts({ of }: { of: Signalling }) {
  const l = quality.value.legs.ladder;
  const facts: [string, string | undefined][] = [
    [l.facts.pdd, of.pddMs === undefined ? undefined : ms(of.pddMs)],
    [l.facts.answer, of.answerMs === undefined ? undefined : ms(of.answerMs)],
    [l.facts.status, of.status === undefined ? undefined : String(of.status)],
    [l.facts.q850, of.q850 ? String(of.q850) : undefined],
    [l.facts.retransmissions, count(of.retransmissions)],
    [l.facts.challenges, of.challenges > 0 ? count(of.challenges) : undefined],
    [l.facts.holds, of.holds > 0 ? l.times(of.holds, span(of.heldMs / 1000)) : undefined],
    [l.facts.bye, of.bye ? l.byes[of.bye] : UNKNOWN],
  ];
  return (
    <dl class="facts sip-facts">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
