import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { plan } from '../../i18n/plan';
import { addDays, clockOf, type Day, dayOf, daysBetween, minutesOf, today, wallAt } from '../../store/civil';
import { columns, type Span } from '../../store/columns';
import { go } from '../../store/router';
import { announce } from '../../store/toasts';
import type { Occurrence } from '../../wire/plan';
import { Link } from '../parts/link';
import { useNow } from '../parts/now';
import { dayText, LONG_DAY, minutesText, rangeText } from './words';

/** A place in the week that the arrow keys move, in half hours. */
export interface Cursor {
  day: Day;
  /** Since midnight. */
  minutes: number;
}

interface WeekProps {
  occurrences: readonly Occurrence[];
  zone: string;
  monday: Day;
  /** A day of the week that is shown. */
  day: Signal<Day>;
  cursor: Signal<Cursor | undefined>;
}

interface Piece extends Span {
  occurrence: Occurrence;
}

const STEP = 30;
const LAST = 24 * 60 - STEP;
/** What is seen first, in minutes since midnight. */
const MORNING = 7.5 * 60;
const HOURS = Array.from({ length: 23 }, (_, n) => n + 1);

/** Of the whole day, as a length of styles. */
const share = (minutes: number) => `${(minutes / 1440) * 100}%`;

/** Seven days side by side, each from midnight to midnight. */
export function Week({ occurrences, zone, monday, day, cursor }: WeekProps) {
  const p = plan.value.calendar;
  const box = useRef<HTMLDivElement>(null);
  const now = wallAt(useNow(30_000), zone);
  const days = Array.from({ length: 7 }, (_, n) => addDays(monday, n));
  const pieces = days.map((one) => piecesOf(occurrences, one, zone));
  const first = Math.min(MORNING, ...pieces.flat().map((piece) => piece.from));
  useEffect(() => {
    const { current } = box;
    if (current) current.scrollTop = (current.scrollHeight * first) / 1440 - 8;
  }, [monday, first]);
  useEffect(() => {
    // The first pieces on the screen are where the cursor begins.
    box.current?.querySelector('.week-cursor')?.scrollIntoView?.({ block: 'nearest' });
  }, [cursor.value]);

  function move(days: number, minutes: number) {
    const at = cursor.value ?? {
      day: dayOf(now) >= monday && daysBetween(monday, dayOf(now)) < 7 ? dayOf(now) : monday,
      minutes: 9 * 60,
    };
    const next = cursor.value
      ? { day: addDays(at.day, days), minutes: Math.min(LAST, Math.max(0, at.minutes + minutes)) }
      : at;
    cursor.value = next;
    if (next.day < monday || daysBetween(monday, next.day) > 6) day.value = next.day;
    const there = piecesOf(occurrences, next.day, zone).filter((one) => covers(one, next.minutes));
    const what = there.map((one) => one.occurrence.title).join(', ') || p.free;
    announce(p.cursor(dayText(next.day, LONG_DAY), minutesText(next.minutes), what));
  }

  function press(event: KeyboardEvent) {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const step = steps[event.key];
    if (step && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      move(...step);
    } else if (event.key === 'Enter' && event.target === event.currentTarget && cursor.value) {
      event.preventDefault();
      const at = cursor.value;
      const there = piecesOf(occurrences, at.day, zone).find((one) => covers(one, at.minutes));
      go(there ? dateAddress(there.occurrence) : `/schedule?at=${at.day}T${clockOf(at.minutes)}`);
    }
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table would read 336 empty cells; the arrow keys say what is there
    <div
      ref={box}
      class="week card"
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={p.grid(dayText(monday))}
      onKeyDown={press}
    >
      <div class="week-heads" aria-hidden="true">
        <span />
        {days.map((one) => (
          <span key={one} class={one === dayOf(now) ? 'week-head today' : 'week-head'}>
            <span>{dayText(one, { weekday: 'short' })}</span>
            <strong>{dayText(one, { day: 'numeric' }).replace(/\D/g, '')}</strong>
          </span>
        ))}
      </div>
      <div class="week-body">
        <div class="week-hours" aria-hidden="true">
          {HOURS.map((hour) => (
            <span key={hour} style={{ top: share(hour * 60) }}>
              {minutesText(hour * 60)}
            </span>
          ))}
        </div>
        {days.map((one, n) => (
          <DayColumn
            key={one}
            day={one}
            pieces={pieces[n] ?? []}
            zone={zone}
            now={dayOf(now) === one ? minutesOf(now) : undefined}
            cursor={cursor.value?.day === one ? cursor.value.minutes : undefined}
          />
        ))}
      </div>
    </div>
  );
}

interface ColumnProps {
  day: Day;
  pieces: readonly Piece[];
  zone: string;
  /** Minutes since midnight. */
  now: number | undefined;
  cursor: number | undefined;
}

function DayColumn({ day, pieces, zone, now, cursor }: ColumnProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys and Enter do the same
    <ol
      class="week-day"
      aria-label={dayText(day, LONG_DAY)}
      onClick={(event) => {
        if (event.target !== event.currentTarget) return;
        const { height } = event.currentTarget.getBoundingClientRect();
        const minutes = Math.floor(((event.offsetY / height) * 1440) / STEP) * STEP;
        go(`/schedule?at=${day}T${clockOf(Math.min(LAST, Math.max(0, minutes)))}`);
      }}
    >
      {columns(pieces).map(({ item, column, of }) => (
        <li
          key={item.occurrence.id}
          class="week-slot"
          style={{
            top: share(item.from),
            height: share(Math.max(item.to - item.from, 25)),
            left: `${(column / of) * 100}%`,
            width: `${100 / of}%`,
          }}
        >
          <Event occurrence={item.occurrence} zone={zone} small={item.to - item.from < 45} />
        </li>
      ))}
      {now !== undefined && <li class="week-now" style={{ top: share(now) }} aria-hidden="true" />}
      {cursor !== undefined && <li class="week-cursor" style={{ top: share(cursor) }} aria-hidden="true" />}
    </ol>
  );
}

function Event({ occurrence, zone, small }: { occurrence: Occurrence; zone: string; small: boolean }) {
  const p = plan.value.calendar;
  const when = rangeText(occurrence.start, occurrence.end, zone);
  const state = stateOf(occurrence);
  return (
    <Link
      to={dateAddress(occurrence)}
      class={`event${state ? ` ${state}` : ''}${small ? ' small' : ''}`}
      id="event"
    >
      <span class="event-title">{occurrence.title}</span>
      <span class="event-when">{when}</span>
      {state && <span class="offscreen">{p[state]}</span>}
    </Link>
  );
}

/** What is to be seen of a date beside its name. */
export function stateOf({
  cancelled,
  status,
}: Occurrence): 'cancelled' | 'declined' | 'tentative' | undefined {
  if (cancelled) return 'cancelled';
  return status === 'declined' || status === 'tentative' ? status : undefined;
}

export const dateAddress = ({ meeting, id }: Occurrence): string =>
  `/m/${meeting}?date=${encodeURIComponent(id)}`;

const covers = (piece: Span, minutes: number) => piece.from < minutes + STEP && piece.to > minutes;

/** The parts of occurrences that fall on a day, by the clock of a zone. */
function piecesOf(occurrences: readonly Occurrence[], day: Day, zone: string): Piece[] {
  return occurrences.flatMap((occurrence): Piece[] => {
    const [start, end] = [Date.parse(occurrence.start), Date.parse(occurrence.end)].map((at) =>
      wallAt(at, zone),
    );
    if (!start || !end || dayOf(start) > day || dayOf(end) < day) return [];
    const from = dayOf(start) < day ? 0 : minutesOf(start);
    const to = dayOf(end) > day ? 1440 : minutesOf(end);
    return to > from ? [{ occurrence, from, to }] : [];
  });
}

export const isToday = (day: Day, zone: string): boolean => day === today(zone);
