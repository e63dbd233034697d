import type { Signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { paid } from '../../i18n/paid';

/** How often somebody who did not come is called again, and how long between two tries, s. */
export interface Tries {
  retries: number;
  gap: number;
}

/** What the server takes is 15 to 90 s. */
const GAPS = [15, 30, 45, 60, 90];
const MOST = 3;

/** What happens if somebody does not answer. */
export function Retries({ tries, least }: { tries: Signal<Tries>; least: number }) {
  const p = paid.value.dial;
  const id = useId();
  const retries = Math.max(least, tries.value.retries);
  return (
    <div class="retries">
      <label for={id}>{p.howOften}</label>
      <select
        id={id}
        data-testid="retries"
        onChange={(event) => {
          tries.value = { ...tries.value, retries: Number(event.currentTarget.value) };
        }}
      >
        {Array.from({ length: MOST + 1 - least }, (_, n) => n + least).map((n) => (
          <option key={n} value={n} selected={n === retries}>
            {n === 0 ? p.once : p.again(n)}
          </option>
        ))}
      </select>
      {retries > 0 && (
        <select
          aria-label={p.gapLabel}
          data-testid="retry-gap"
          onChange={(event) => {
            tries.value = { ...tries.value, gap: Number(event.currentTarget.value) };
          }}
        >
          {GAPS.map((s) => (
            <option key={s} value={s} selected={s === tries.value.gap}>
              {p.gap(s)}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
