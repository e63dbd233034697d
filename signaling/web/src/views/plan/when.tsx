import { useId } from 'preact/hooks';
import { plan } from '../../i18n/plan';
import { today } from '../../store/civil';
import { type Draft, LENGTHS } from './draft';
import { zoneText } from './words';

/** Day, time, length and zone of a meeting. */
export function When({ draft, set }: { draft: Draft; set(more: Partial<Draft>): void }) {
  const p = plan.value.form;
  const id = useId();
  const lengths = [...new Set([...LENGTHS, draft.minutes])].sort((a, b) => a - b);
  const all = Intl.supportedValuesOf?.('timeZone') ?? [];
  const zones = all.includes(draft.zone) ? all : [draft.zone, ...all];
  return (
    <fieldset class="when plan-set">
      <legend class="offscreen">{p.when}</legend>
      <div class="field">
        <label for={`${id}-d`}>{p.date}</label>
        <input
          id={`${id}-d`}
          type="date"
          required
          min={today(draft.zone)}
          value={draft.day}
          data-testid="schedule-day"
          onInput={(event) => {
            if (event.currentTarget.value) set({ day: event.currentTarget.value });
          }}
        />
      </div>
      <div class="field">
        <label for={`${id}-t`}>{p.time}</label>
        <input
          id={`${id}-t`}
          type="time"
          required
          step={300}
          value={draft.time}
          data-testid="schedule-time"
          onInput={(event) => {
            if (event.currentTarget.value) set({ time: event.currentTarget.value });
          }}
        />
      </div>
      <div class="field">
        <label for={`${id}-l`}>{p.length}</label>
        <select
          id={`${id}-l`}
          value={String(draft.minutes)}
          data-testid="schedule-length"
          onChange={(event) => set({ minutes: Number(event.currentTarget.value) })}
        >
          {lengths.map((n) => (
            <option key={n} value={String(n)}>
              {p.lasting(n)}
            </option>
          ))}
        </select>
      </div>
      <div class="field when-zone">
        <label for={`${id}-z`}>{p.zone}</label>
        <select
          id={`${id}-z`}
          value={draft.zone}
          aria-describedby={`${id}-h`}
          onChange={(event) => set({ zone: event.currentTarget.value })}
        >
          {zones.map((zone) => (
            <option key={zone} value={zone}>
              {zone === draft.zone ? zoneText(zone) : zone.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
        <p class="field-hint" id={`${id}-h`}>
          {p.zoneHint}
        </p>
      </div>
    </fieldset>
  );
}
