import { useId } from 'preact/hooks';
import { weekdayName } from '../../i18n/days';
import { plan } from '../../i18n/plan';
import { addDays, type Day, weekday } from '../../store/civil';
import { DAYS, type End, FREQUENCIES, nth, type Repeat } from '../../store/rule';
import { repeatWords } from './words';

interface RepeatProps {
  /** Undefined: a rule of another calendar, which is kept as it is. */
  repeat: Repeat | undefined;
  start: Day;
  set(repeat: Repeat): void;
}

/** How often a meeting takes place, in plain words. */
export function RepeatEditor({ repeat: now, start, set }: RepeatProps) {
  const r = plan.value.repeat;
  const id = useId();
  const change = (more: Partial<Repeat>) => {
    if (now) set({ ...now, ...more });
  };
  return (
    <fieldset class="repeat plan-set">
      <legend class="offscreen">{r.label}</legend>
      <div class="repeat-line">
        <div class="field">
          <label for={`${id}-f`}>{r.label}</label>
          <select
            id={`${id}-f`}
            data-testid="repeat"
            value={now?.frequency ?? 'custom'}
            onChange={(event) => {
              const frequency = event.currentTarget.value as Repeat['frequency'];
              const days = [DAYS[weekday(start)] ?? 'MO'] as const;
              set({ frequency, interval: 1, days, monthly: 'date', end: now?.end ?? { by: 'never' } });
            }}
          >
            {!now && <option value="custom">{r.custom}</option>}
            <option value="none">{r.none}</option>
            {FREQUENCIES.map((f) => (
              <option key={f} value={f}>
                {r[f]}
              </option>
            ))}
          </select>
        </div>
        {now && now.frequency !== 'none' && (
          <div class="field repeat-every">
            <label for={`${id}-n`}>{r.every}</label>
            <span class="with-unit">
              <input
                id={`${id}-n`}
                type="number"
                min={1}
                max={99}
                value={now.interval}
                data-testid="repeat-interval"
                onInput={(event) => change({ interval: whole(event.currentTarget.value, 99) })}
              />
              <span>{r.units[now.frequency](now.interval)}</span>
            </span>
          </div>
        )}
      </div>
      {now?.frequency === 'weekly' && <WeekDays repeat={now} change={change} />}
      {now?.frequency === 'monthly' && <Monthly repeat={now} start={start} change={change} />}
      {now && now.frequency !== 'none' && (
        <>
          <Ends end={now.end} start={start} change={(end) => change({ end })} />
          <p class="repeat-words" aria-live="polite" data-testid="repeat-words">
            {repeatWords(now, start)}
          </p>
        </>
      )}
    </fieldset>
  );
}

const whole = (text: string, most: number): number =>
  Math.min(most, Math.max(1, Math.round(Number(text)) || 1));

type Change = (more: Partial<Repeat>) => void;

function WeekDays({ repeat, change }: { repeat: Repeat; change: Change }) {
  const r = plan.value.repeat;
  return (
    <fieldset class="days plan-set">
      <legend>{r.on}</legend>
      {DAYS.map((day, n) => {
        const on = repeat.days.includes(day);
        return (
          <label key={day} class="day">
            <input
              type="checkbox"
              checked={on}
              aria-label={weekdayName(n)}
              onChange={() => {
                const days = on ? repeat.days.filter((other) => other !== day) : [...repeat.days, day];
                // One day is left at least.
                if (days.length > 0) change({ days });
              }}
            />
            <span aria-hidden="true">{weekdayName(n, 'short')}</span>
          </label>
        );
      })}
    </fieldset>
  );
}

function Monthly({ repeat, start, change }: { repeat: Repeat; start: Day; change: Change }) {
  const r = plan.value.repeat;
  const id = useId();
  const date = Number(start.slice(8));
  const name = weekdayName(weekday(start));
  const last = addDays(start, 7).slice(5, 7) !== start.slice(5, 7);
  return (
    <div class="field">
      <label for={id}>{r.on}</label>
      <select
        id={id}
        value={repeat.monthly}
        onChange={(event) => change({ monthly: event.currentTarget.value as Repeat['monthly'] })}
      >
        <option value="date">{r.monthlyDate(date)}</option>
        {nth(start) < 5 && <option value="nth">{r.monthlyNth(nth(start), name)}</option>}
        {last && <option value="last">{r.monthlyLast(name)}</option>}
      </select>
      {repeat.monthly === 'date' && date > 28 && <p class="field-hint">{r.skips}</p>}
    </div>
  );
}

function Ends({ end, start, change }: { end: End; start: Day; change(end: End): void }) {
  const r = plan.value.repeat;
  const id = useId();
  return (
    <div class="repeat-line">
      <div class="field">
        <label for={`${id}-e`}>{r.ends}</label>
        <select
          id={`${id}-e`}
          value={end.by}
          onChange={(event) => {
            const by = event.currentTarget.value as End['by'];
            if (by === 'never') change({ by });
            else change(by === 'count' ? { by, count: 10 } : { by, until: addDays(start, 90) });
          }}
        >
          <option value="never">{r.never}</option>
          <option value="count">{r.after}</option>
          <option value="until">{r.until}</option>
        </select>
      </div>
      {end.by === 'count' && (
        <div class="field repeat-every">
          <label for={`${id}-c`}>{r.count}</label>
          <input
            id={`${id}-c`}
            type="number"
            min={1}
            max={999}
            value={end.count}
            onInput={(event) => change({ by: 'count', count: whole(event.currentTarget.value, 999) })}
          />
        </div>
      )}
      {end.by === 'until' && (
        <div class="field">
          <label for={`${id}-u`}>{r.untilDate}</label>
          <input
            id={`${id}-u`}
            type="date"
            min={start}
            value={end.until}
            onInput={(event) => {
              if (event.currentTarget.value) change({ by: 'until', until: event.currentTarget.value });
            }}
          />
        </div>
      )}
    </div>
  );
}
