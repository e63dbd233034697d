import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { plan } from '../../i18n/plan';
import { addDays, type Day, instantOf, today, weekOf } from '../../store/civil';
import { go } from '../../store/router';
import type { Person } from '../../wire/api';
import { planApi } from '../../wire/plan';
import { Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { Icon } from '../parts/icons';
import { lazyPlan } from '../parts/lazyplan';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { PlanSections } from '../parts/sections';
import { Agenda } from './agenda';
import { type Cursor, Week } from './week';
import { dayText, zoneText } from './words';

const Elsewhere = lazyPlan(() => import('./elsewhere'));

/** Days that the agenda shows. */
const AHEAD = 14;
const NARROW = '(max-width: 47.99rem)';

/** Everything that one is invited to, by week or as a list. */
export default function Calendar({ person }: { person: Person }) {
  const p = plan.value;
  const zone = person.timeZone;
  const narrow = useMedia(NARROW);
  const list = useSignal(false);
  const elsewhere = useSignal(false);
  const day = useSignal<Day>(today(zone));
  const cursor = useSignal<Cursor | undefined>(undefined);
  const agenda = narrow || list.value;
  const from = agenda ? day.value : weekOf(day.value);
  const to = addDays(from, agenda ? AHEAD : 7);
  const midnight = (at: Day) => new Date(instantOf(`${at}T00:00`, zone));
  const { loaded, again } = useLoad(
    () => planApi.occurrences(midnight(from), midnight(to)),
    [from, to, zone],
  );
  const now = loaded.value;
  const turn = (days: number) => {
    day.value = addDays(day.value, days);
    cursor.value = undefined;
  };
  const toToday = () => {
    day.value = today(zone);
    cursor.value = undefined;
  };
  useKeys({
    t: toToday,
    n: () => go(cursor.value ? scheduleAt(cursor.value) : '/schedule'),
    w: () => {
      list.value = false;
    },
    a: () => {
      list.value = true;
    },
    PageUp: () => turn(-7),
    PageDown: () => turn(7),
    ...(agenda ? { ArrowLeft: () => turn(-7), ArrowRight: () => turn(7) } : {}),
  });
  const options = { day: 'numeric', month: 'short', year: 'numeric' } as const;
  const span = `${dayText(from, { day: 'numeric', month: 'short' })} – ${dayText(addDays(to, -1), options)}`;
  return (
    <>
      <PlanSections here="calendar" />
      <header class="page-head">
        <div>
          <PageTitle>{p.calendar.title}</PageTitle>
          <p class="row-sub">{p.calendar.zone(zoneText(zone))}</p>
        </div>
        <div class="page-actions wrap">
          <Button
            icon="download"
            id="calendar-elsewhere"
            onClick={() => {
              elsewhere.value = true;
            }}
          >
            {p.calendar.link}
          </Button>
          <Link to="/schedule" class="button primary normal" id="schedule">
            <Icon name="plus" />
            {p.calendar.create}
          </Link>
        </div>
      </header>
      <div class="calendar-bar">
        <div class="button-row">
          <Button icon="back" iconOnly onClick={() => turn(-7)}>
            {agenda ? p.calendar.earlier : p.calendar.before}
          </Button>
          <Button icon="arrow" iconOnly onClick={() => turn(7)}>
            {agenda ? p.calendar.later : p.calendar.after}
          </Button>
          <Button onClick={toToday}>{p.calendar.today}</Button>
        </div>
        <h2 class="calendar-span" aria-live="polite">
          {span}
        </h2>
        {!narrow && (
          <fieldset class="choice">
            <legend class="offscreen">{p.calendar.view}</legend>
            {([false, true] as const).map((one) => (
              <Button
                key={String(one)}
                pressed={list.value === one}
                onClick={() => {
                  list.value = one;
                }}
              >
                {one ? p.calendar.agenda : p.calendar.week}
              </Button>
            ))}
          </fieldset>
        )}
      </div>
      {now.state === 'failed' && (
        <div class="card">
          <Failed error={now.error} retry={again} />
        </div>
      )}
      {now.state === 'loading' && <Loading />}
      {now.state === 'ready' && agenda && (
        <Agenda occurrences={now.value} zone={zone} from={from} to={to} person={person.id} />
      )}
      {now.state === 'ready' && !agenda && (
        <Week occurrences={now.value} zone={zone} monday={from} day={day} cursor={cursor} />
      )}
      {!narrow && <p class="field-hint">{p.calendar.keys}</p>}
      {elsewhere.value && (
        <Dialog
          title={p.calendar.link}
          wide
          onClose={() => {
            elsewhere.value = false;
          }}
        >
          <Elsewhere changed={again} />
        </Dialog>
      )}
    </>
  );
}

export const scheduleAt = (at: Cursor): string => `/schedule?at=${at.day}T${clock(at.minutes)}`;

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Whether a media query holds, as it changes. */
function useMedia(query: string): boolean {
  const holds = useSignal(globalThis.matchMedia?.(query).matches ?? false);
  useEffect(() => {
    const media = globalThis.matchMedia?.(query);
    const look = () => {
      holds.value = media?.matches ?? false;
    };
    media?.addEventListener('change', look);
    return () => media?.removeEventListener('change', look);
  }, [query]);
  return holds.value;
}

/** Single keys, wherever the focus is, unless one types or a dialog is open. */
function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const at = event.target as HTMLElement | null;
      if (at?.closest?.('input, select, textarea, dialog') || document.querySelector('dialog[open]')) return;
      const run = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      run();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
