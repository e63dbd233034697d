import type { Signal } from '@preact/signals';
import { paid } from '../../i18n/paid';
import { api } from '../../wire/api';
import type { Dial, DialKind } from '../../wire/dial';
import { Field } from '../parts/form';
import { useLoad } from '../parts/load';

/** The company's numbers that phones are to show; empty: the line's own. */
export interface Shown {
  others: string;
  me: string;
}

/** A number as the server compares it, "+862155501234"; undefined where it cannot be meant. */
function clean(text: string): string | undefined {
  const digits = text.replace(/[\s().\-–\u00a0]/g, '').replace(/^00/, '+');
  return digits === '' || /^\+\d{5,15}$/.test(digits) ? digits : undefined;
}

/** What is asked for of the numbers that were typed; undefined where one cannot be meant. */
export function shownNumbers(
  way: DialKind,
  { others, me }: Shown,
): Pick<Dial, 'shown' | 'shownToMe'> | undefined {
  const [shown, shownToMe] = [clean(others), way === 'callback' ? clean(me) : ''];
  if (shown === undefined || shownToMe === undefined) return undefined;
  return { ...(shown ? { shown } : {}), ...(shownToMe ? { shownToMe } : {}) };
}

/** Which number those called see, and in a callback one's own phone. */
export function ShownNumbers({ shown, callback }: { shown: Signal<Shown>; callback: boolean }) {
  const p = paid.value.dial;
  const { loaded } = useLoad(() => api.dialIn(), []);
  const own = loaded.value.state === 'ready' ? loaded.value.value.numbers.map((one) => one.number) : [];
  const field = (which: keyof Shown, label: string) => (
    <Field
      label={label}
      name={`shown-${which}`}
      type="tel"
      required={false}
      value={shown.value[which]}
      placeholder={own[0] ?? '+86 21 5550 1234'}
      suggestions={own}
      id={`shown-${which}`}
      onInput={(text) => {
        shown.value = { ...shown.value, [which]: text };
      }}
    />
  );
  return (
    <details class="shown-numbers">
      <summary>{p.shownTitle}</summary>
      <p class="field-hint">{p.shownHint}</p>
      <div class="columns">
        {callback && field('me', p.shownToMe)}
        {field('others', p.shown)}
      </div>
    </details>
  );
}
