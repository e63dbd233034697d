import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { quality } from '../../i18n/quality';
import { go } from '../../store/router';
import type { Hour } from '../../wire/legs';
import type { Query } from '../../wire/paid';
import { hourName, weekdayName } from './names';
import { pageFor } from './parts';
import { count, percent, poorShare } from './words';

/** Monday comes first. */
const DAYS = [1, 2, 3, 4, 5, 6, 0] as const;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Up to which share of poor ones a shade goes. */
const LEVELS = [0, 0.02, 0.05, 0.1] as const;

/** The shade of a share: 0 for none, 4 for the most; undefined where nothing was judged. */
export function levelOf(share: number | undefined): number | undefined {
  if (share === undefined) return undefined;
  const level = LEVELS.findIndex((most) => share <= most);
  return level < 0 ? LEVELS.length : level;
}

interface HeatMapProps {
  cells: readonly Hour[];
  zone: string;
  filter: Query;
}

/** When in the week calls are poor; one moves about in it by the arrow keys. */
export function HeatMap({ cells, zone, filter }: HeatMapProps) {
  const l = quality.value.legs;
  const b = l.breakdowns;
  const table = useRef<HTMLTableElement>(null);
  const at = useSignal({ day: 0, hour: 9 });
  const of = (weekday: number, hour: number) =>
    cells.find((one) => one.weekday === weekday && one.hour === hour);
  function move(key: string): boolean {
    const { day, hour } = at.value;
    const to = {
      ArrowLeft: [day, hour - 1],
      ArrowRight: [day, hour + 1],
      ArrowUp: [day - 1, hour],
      ArrowDown: [day + 1, hour],
    }[key];
    const [d = -1, h = -1] = to ?? [];
    if (d < 0 || d >= DAYS.length || h < 0 || h >= HOURS.length) return false;
    at.value = { day: d, hour: h };
    table.current?.querySelector<HTMLElement>(`[data-at="${d}/${h}"]`)?.focus();
    return true;
  }
  return (
    <section class="card" aria-labelledby="heat">
      <h2 id="heat">{b.hours}</h2>
      <p>{b.hoursLead(zone.replace(/^Etc\//, '').replaceAll('_', ' '))}</p>
      <div class="heat-box">
        <table
          ref={table}
          class="heat"
          aria-labelledby="heat"
          data-testid="heat"
          onKeyDown={(event) => {
            if (move(event.key)) event.preventDefault();
          }}
        >
          <thead>
            <tr>
              <td />
              {HOURS.map((hour) => (
                <th key={hour} scope="col">
                  <span class={hour % 3 === 0 ? '' : 'offscreen'}>{hour}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {DAYS.map((weekday, day) => (
              <tr key={weekday}>
                <th scope="row">{weekdayName(weekday, 'short')}</th>
                {HOURS.map((hour) => (
                  <Cell
                    key={hour}
                    weekday={weekday}
                    hour={hour}
                    place={`${day}/${hour}`}
                    found={of(weekday, hour)}
                    filter={filter}
                    here={at.value.day === day && at.value.hour === hour}
                    onFocus={() => {
                      at.value = { day, hour };
                    }}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="heat-key">
        <span class="heat-sample" aria-hidden="true" /> {b.noCalls}
        {b.levels.map((text, level) => (
          <span key={text} class="heat-step">
            <span class={`heat-sample level-${level}`} aria-hidden="true" /> {text}
          </span>
        ))}
      </p>
    </section>
  );
}

interface CellProps {
  weekday: number;
  hour: number;
  place: string;
  found: Hour | undefined;
  filter: Query;
  here: boolean;
  onFocus(): void;
}

function Cell({ weekday, hour, place, found, filter, here, onFocus }: CellProps) {
  const l = quality.value.legs;
  const day = weekdayName(weekday, 'long');
  const share = found && poorShare(found);
  const level = levelOf(share);
  const text = found
    ? l.breakdowns.hour(day, hourName(hour), percent(share), l.legsOf(count(found.legs)))
    : l.breakdowns.none(day, hourName(hour));
  const to = pageFor('search', { ...filter, weekday: String(weekday), hour: String(hour) });
  return (
    <td class={level === undefined ? '' : `level-${level}`}>
      <a
        href={to}
        title={text}
        data-at={place}
        data-share={level !== undefined && level > 1 ? Math.round((share ?? 0) * 100) : undefined}
        tabIndex={here ? 0 : -1}
        onFocus={onFocus}
        onClick={(event) => {
          if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          go(to);
        }}
      >
        <span class="offscreen">{text}</span>
      </a>
    </td>
  );
}
