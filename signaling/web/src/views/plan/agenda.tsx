import { useRef } from 'preact/hooks';
import { plan } from '../../i18n/plan';
import { addDays, type Day, today } from '../../store/civil';
import type { Occurrence } from '../../wire/plan';
import { Chip, Empty } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { dateAddress, stateOf } from './week';
import { dayText, LONG_DAY, localDay, rangeText } from './words';

interface AgendaProps {
  occurrences: readonly Occurrence[];
  zone: string;
  from: Day;
  /** The day after the last. */
  to: Day;
  /** Who looks. */
  person: string;
}

/** What is planned, day by day; the arrow keys go from one to the next. */
export function Agenda({ occurrences, zone, from, to, person }: AgendaProps) {
  const p = plan.value;
  const box = useRef<HTMLDivElement>(null);
  const days = new Map<Day, Occurrence[]>();
  for (const one of [...occurrences].sort((a, b) => a.start.localeCompare(b.start))) {
    const day = localDay(one.start, zone);
    // What began the day before and goes on stands on the first day.
    const shown = day < from ? from : day;
    if (shown < to) days.set(shown, [...(days.get(shown) ?? []), one]);
  }
  function press(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [...(box.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    event.preventDefault();
    links[Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  }
  if (days.size === 0) {
    return (
      <div class="card">
        <Empty icon="calendar" title={p.calendar.empty} text={p.calendar.emptyText} />
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside have the focus
    <div ref={box} class="agenda" onKeyDown={press}>
      {[...days].map(([day, all]) => (
        <section key={day} aria-labelledby={`day-${day}`}>
          <h3 id={`day-${day}`} class="agenda-day">
            {dayText(day, LONG_DAY)}
            {relative(day, zone) && <Chip tone="accent">{relative(day, zone)}</Chip>}
          </h3>
          <ul class="card rows">
            {all.map((one) => (
              <AgendaRow key={one.id} occurrence={one} zone={zone} person={person} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** "Today" or "Tomorrow", else nothing. */
export function relative(day: Day, zone: string): string {
  const h = plan.value.home;
  const now = today(zone);
  if (day === now) return h.today;
  return day === addDays(now, 1) ? h.tomorrow : '';
}

/** One date on a line. */
export function AgendaRow(props: { occurrence: Occurrence; zone: string; person: string; day?: string }) {
  const { occurrence, zone, person, day } = props;
  const p = plan.value;
  const state = stateOf(occurrence);
  const live = Date.parse(occurrence.start) <= Date.now() && Date.parse(occurrence.end) > Date.now();
  const { organiser } = occurrence;
  return (
    <li class="row agenda-row" data-testid="occurrence" data-id={occurrence.id}>
      <span class="agenda-time">
        {day && <strong>{day} </strong>}
        {rangeText(occurrence.start, occurrence.end, zone)}
      </span>
      <div class="row-main">
        <Link to={dateAddress(occurrence)} class={`row-title${state === 'cancelled' ? ' struck' : ''}`}>
          {occurrence.title}
        </Link>
        <p class="row-sub">
          {organiser && organiser.id !== person && <span>{organiser.name}</span>}
          {state && <Chip tone={state === 'cancelled' ? 'bad' : 'plain'}>{p.calendar[state]}</Chip>}
          {live && !state && <Chip tone="good">{p.home.running}</Chip>}
        </p>
      </div>
      {!occurrence.cancelled && (
        <Link to={`/room/${occurrence.meeting}`} class={`button small ${live ? 'primary' : 'quiet'}`}>
          {p.home.join}
          <Icon name="arrow" size={16} />
        </Link>
      )}
    </li>
  );
}
