import type { ComponentChildren } from 'preact';
import { quality } from '../../i18n/quality';
import type { LegDetail } from '../../wire/legs';
import type { Axis, Stretch } from './axis';
import { placeOf, runsOf, seconds, shareOf } from './course';
import { momentText } from './plot';

interface StripProps {
  detail: LegDetail;
  axis: Axis;
  whole: Stretch;
}

/** What happened on a connection, and its SIP messages, on the axis of the charts below. */
export function Strip({ detail, axis, whole }: StripProps) {
  const l = quality.value.legs.leg;
  const shown = axis.span.value ?? whole;
  const { ladder = [] } = detail;
  return (
    <div class="strip" data-testid="strip">
      <p class="plot-label">{l.strip}</p>
      <Marks detail={detail} shown={shown} />
      <Track axis={axis} shown={shown} kind="events">
        <Events detail={detail} axis={axis} shown={shown} />
      </Track>
      {ladder.length > 0 && (
        <>
          <p class="plot-label">
            {l.sip}{' '}
            <span class="strip-key">
              ↓ {l.to} · ↑ {l.from}
            </span>
          </p>
          <Track axis={axis} shown={shown} kind="sip">
            <Arrows detail={detail} axis={axis} shown={shown} />
          </Track>
        </>
      )}
    </div>
  );
}

interface TrackProps {
  axis: Axis;
  shown: Stretch;
  kind: string;
  children: ComponentChildren;
}

function Track({ axis, shown, kind, children }: TrackProps) {
  const cursor = axis.cursor.value;
  const share = cursor === undefined ? -1 : shareOf(cursor, shown);
  return (
    <div class={`strip-track ${kind}`}>
      {children}
      {share >= 0 && share <= 1 && <span class="lane-cursor" style={{ left: `${share * 100}%` }} />}
    </div>
  );
}

/** The stretches that samples are marked with: muted, on hold, relayed …, each on a line. */
function Marks({ detail: { samples }, shown }: { detail: LegDetail; shown: Stretch }) {
  const l = quality.value.legs.leg;
  const names = [...new Set(samples.marks.flat())];
  if (names.length === 0) return null;
  return (
    <ul class="strip-marks">
      {names.map((name) => (
        <li key={name}>
          <span class="strip-name">{l.marks[name] ?? name}</span>
          <span class="strip-track thin">
            {runsOf(samples.at, samples.everyMs / 1000, (n) =>
              samples.marks[n]?.includes(name) ? name : undefined,
            ).map((run) => {
              const place = placeOf(run, shown);
              return (
                place && (
                  <span
                    key={run.from}
                    class={`strip-run ${name}`}
                    style={place}
                    title={`${l.marks[name] ?? name} ${momentText(run.from, 0)}–${momentText(run.to, 0)}`}
                  />
                )
              );
            })}
          </span>
        </li>
      ))}
    </ul>
  );
}

interface PartProps {
  detail: LegDetail;
  axis: Axis;
  shown: Stretch;
}

function Events({ detail, axis, shown }: PartProps) {
  const l = quality.value.legs;
  const worded = wordedOf(detail.events, shown, 0.14);
  return (
    <>
      {detail.events.map((one, n) => {
        const at = seconds(one.at);
        const share = shareOf(at, shown);
        if (share < 0 || share > 1) return null;
        const text = [l.events[one.what] ?? one.what, one.note, momentText(at, 0)]
          .filter(Boolean)
          .join(' · ');
        return (
          <button
            key={`${one.at}${one.what}`}
            type="button"
            class={`strip-event ${one.what}${share > 0.8 ? ' left' : ''}`}
            style={{ left: `${share * 100}%` }}
            title={text}
            aria-label={text}
            onClick={() => {
              axis.cursor.value = at;
            }}
          >
            {worded.has(n) && (
              <span class="strip-word" aria-hidden="true">
                {l.events[one.what] ?? one.what}
              </span>
            )}
          </button>
        );
      })}
    </>
  );
}

/** A SIP message is an arrow at its moment: down when we sent it, up when it came. */
function Arrows({ detail: { ladder = [] }, axis, shown }: PartProps) {
  const l = quality.value.legs.ladder;
  const worded = new Set(
    [true, false].flatMap((out) => [...wordedOf(ladder, shown, 0.07, (one) => one.out === out)]),
  );
  return (
    <>
      {ladder.map((one, n) => {
        const at = seconds(one.at);
        const share = shareOf(at, shown);
        if (share < 0 || share > 1) return null;
        const text = l.message(one.line, momentText(at, 0), one.out ? l.sent : l.received);
        return (
          <button
            key={n}
            type="button"
            class={`strip-arrow ${one.out ? 'out' : 'in'}${/^[4-6]/.test(one.sort) ? ' refused' : ''}`}
            style={{ left: `${share * 100}%` }}
            title={text}
            aria-label={text}
            onClick={() => {
              axis.cursor.value = at;
              document.getElementById(`sip-${n}`)?.scrollIntoView({ block: 'nearest' });
            }}
          >
            {worded.has(n) && (
              <span class="strip-word" aria-hidden="true">
                {one.sort}
              </span>
            )}
          </button>
        );
      })}
    </>
  );
}

/** Which of what happened has room for its word: up to the next there is so much of what is shown. */
export function wordedOf<T extends { at: string }>(
  happened: readonly T[],
  shown: Stretch,
  room: number,
  counts: (one: T) => boolean = () => true,
): Set<number> {
  const places = happened
    .map((one, n) => ({ n, share: shareOf(seconds(one.at), shown), counts: counts(one) }))
    .filter((one) => one.counts && one.share >= 0 && one.share <= 1)
    .sort((a, b) => a.share - b.share);
  return new Set(
    places.filter(({ share }, k) => (places[k + 1]?.share ?? 1 + room) - share >= room).map(({ n }) => n),
  );
}
