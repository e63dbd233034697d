import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { speaking } from '../../i18n';
import { plan } from '../../i18n/plan';
import { type Day, dayOf, daysBetween, wallAt } from '../../store/civil';
import type { Person } from '../../wire/api';
import { type Ahead, type Free, type Guest, type Plan, planApi } from '../../wire/plan';
import { Chip } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { explain } from '../parts/problem';
import { clockText, dayText, momentText } from './words';

interface PreviewProps {
  wish: Plan;
  /** With their names and zones. */
  guests: readonly Guest[];
  self: Person;
  /** Of the meeting that is changed. */
  meeting: string;
  take(day: Day, time: string): void;
}

/** So many dates are enough to see what happens. */
const SHOWN = 6;
/** How far ahead free times are looked for, ms. */
const AHEAD = 14 * 86_400_000;

/** What scheduling it would mean for everybody, as it is being written. */
export function PreviewPanel({ wish, guests, self, meeting, take }: PreviewProps) {
  const p = plan.value.preview;
  const dates = useAsked(wish, async (now) => (await planApi.preview(now, meeting)).dates);
  const people = [self.id, ...guests.flatMap((one) => one.person ?? [])];
  const free = useAsked({ people, minutes: wish.minutes }, async (now) => {
    const [from, to] = [new Date(), new Date(Date.now() + AHEAD)];
    return (await planApi.suggest(now.people, now.minutes, from, to)).times;
  });
  const named = (ids: readonly string[]) =>
    ids.map((id) => ({ id, name: guests.find((one) => one.person === id)?.name ?? '' }));
  return (
    <>
      <section class="card preview" aria-labelledby="preview">
        <h2 id="preview">{p.title}</h2>
        <p>{p.lead}</p>
        {dates.error && (
          <p class="note warn" role="status">
            {dates.error}
          </p>
        )}
        {dates.value && (
          <ol class="dates" data-testid="preview">
            {dates.value.slice(0, SHOWN).map((one) => (
              <AheadLine key={one.start} ahead={one} zone={wish.timeZone} guests={guests} self={self} />
            ))}
            {dates.value.length > SHOWN && <li class="dates-more">{p.more}</li>}
          </ol>
        )}
      </section>
      <section class="card" aria-labelledby="free">
        <h2 id="free">{p.free}</h2>
        <p>{p.freeText}</p>
        {free.value?.length === 0 && <p class="field-hint">{p.noneFree}</p>}
        <ul class="frees">
          {free.value?.map((one) => (
            <FreeLine
              key={one.start}
              free={one}
              zone={wish.timeZone}
              late={listOf(named(one.late), self)}
              take={take}
            />
          ))}
        </ul>
      </section>
    </>
  );
}

interface AheadProps {
  ahead: Ahead;
  zone: string;
  guests: readonly Guest[];
  self: Person;
}

function AheadLine({ ahead, zone, guests, self }: AheadProps) {
  const p = plan.value.preview;
  const day = dayOf(ahead.wall);
  const others = ahead.zones.filter((one) => one.timeZone !== zone);
  const shifts = ahead.zones.filter((one) => one.shifted !== 0);
  const suits = ahead.busy.length + ahead.quiet.length === 0;
  return (
    <li
      class="date"
      data-busy={ahead.busy.length}
      data-quiet={ahead.quiet.length}
      data-shifts={shifts.length}
    >
      <p class="date-head">
        <strong>{dayText(day)}</strong>
        <span class="digits">{clockText(Date.parse(ahead.start), zone)}</span>
        {suits && <Icon name="check" size={16} />}
        {suits && <span class="offscreen">{p.fine}</span>}
      </p>
      {others.length > 0 && (
        <ul class="date-zones">
          {others.map((one) => {
            const days = daysBetween(day, dayOf(one.wall));
            return (
              <li key={one.timeZone}>
                <span class="digits">{clockText(Date.parse(ahead.start), one.timeZone)}</span>
                {days !== 0 && <span>{days > 0 ? p.nextDay : p.dayBefore}</span>}
                <span class="truncate">{who(one.timeZone, guests, self)}</span>
              </li>
            );
          })}
        </ul>
      )}
      <p class="date-flags">
        {ahead.fit === 'gap' && <Chip tone="warn">{p.gap}</Chip>}
        {ahead.fit === 'twice' && <Chip tone="warn">{p.twice}</Chip>}
        {shifts.map((one) => (
          <Chip key={one.timeZone} tone="warn" icon="clock">
            {`${city(one.timeZone)}: ${p.shifted(one.shifted)}`}
          </Chip>
        ))}
        {ahead.busy.length > 0 && (
          <Chip tone="bad" icon="calendar">
            {p.busy(listOf(ahead.busy, self))}
          </Chip>
        )}
        {ahead.quiet.length > 0 && (
          <Chip tone="warn" icon="moon">
            {p.quiet(listOf(ahead.quiet, self))}
          </Chip>
        )}
      </p>
    </li>
  );
}

const city = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

/** "London · Zoë, Tom": whose clock it is. */
function who(zone: string, guests: readonly Guest[], self: Person): string {
  const there = guests.filter((one) => one.timeZone === zone).map((one) => one.name);
  if (self.timeZone === zone) there.unshift(plan.value.preview.you);
  return [city(zone), there.slice(0, 3).join(', ')].filter(Boolean).join(' · ');
}

interface FreeProps {
  free: Free;
  zone: string;
  /** Names of those for whom it is late. */
  late: string;
  take(day: Day, time: string): void;
}

function FreeLine({ free, zone, late, take }: FreeProps) {
  const p = plan.value.preview;
  const wall = wallAt(Date.parse(free.start), zone);
  const when = momentText(free.start, zone);
  return (
    <li>
      <Button
        size="small"
        label={p.take(when)}
        id="free-time"
        onClick={() => take(dayOf(wall), wall.slice(11))}
      >
        {when}
      </Button>
      {late && <span class="field-hint">{p.late(late)}</span>}
    </li>
  );
}

/** "you, Zoë, +3". */
function listOf(people: readonly { id: string; name: string }[], self: Person): string {
  const names = people.map(({ id, name }) => (id === self.id ? plan.value.preview.you : name || '?'));
  const shown = names.length > 4 ? [...names.slice(0, 3), `+${names.length - 3}`] : names;
  return new Intl.ListFormat(speaking.value, { type: 'unit', style: 'short' }).format(shown);
}

/** Asks again a moment after what is asked has changed; what was known stays until then. */
function useAsked<W, T>(wish: W, load: (wish: W) => Promise<T>): { value: T | undefined; error: string } {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal('');
  const asked = JSON.stringify(wish);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      load(wish).then(
        (found) => {
          if (!current) return;
          value.value = found;
          error.value = '';
        },
        (thrown: unknown) => {
          if (!current) return;
          value.value = undefined;
          error.value = explain(thrown);
        },
      );
    }, 300);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [asked]);
  return { value: value.value, error: error.value };
}
