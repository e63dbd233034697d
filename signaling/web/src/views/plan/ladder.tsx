import type { Signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { plan } from '../../i18n/plan';
import { type Rung, STEPS } from '../../wire/plan';
import { Icon } from '../parts/icons';
import { LADDER } from './draft';

type Step = (typeof STEPS)[number];

const icons = { ask: 'bell', ring: 'sound', call: 'phone', host: 'crown' } as const;
/** How far from the start each step may be, minutes. */
const most = { ask: 1440, ring: 10, call: 30, host: 60 } as const;
const before = (step: Step) => step === 'ask' || step === 'ring';

/** When invitees are reminded by what; each step may be left out. */
export function Ladder({ rungs }: { rungs: Signal<readonly Rung[]> }) {
  const p = plan.value.ladder;
  const now = rungs.value;
  const change = (step: Step, minutes: number | undefined) => {
    const others = now.filter((one) => one.step !== step);
    const all = minutes === undefined ? others : [...others, { step, minutes }];
    rungs.value = all.sort((a, b) => a.minutes - b.minutes);
  };
  const chosen = STEPS.filter((step) => now.some((one) => one.step === step));
  return (
    <details class="ladder">
      <summary>
        <Icon name="bell" size={18} />
        <strong>{p.title}</strong>
        <span class="ladder-sum">{chosen.map((step) => p[step]).join(' → ')}</span>
      </summary>
      <p class="field-hint">{p.lead}</p>
      <ol class="ladder-steps">
        {STEPS.map((step) => (
          <StepLine
            key={step}
            step={step}
            minutes={now.find((one) => one.step === step)?.minutes}
            change={(minutes) => change(step, minutes)}
          />
        ))}
      </ol>
    </details>
  );
}

interface StepProps {
  step: Step;
  /** Undefined: the step is not taken. */
  minutes: number | undefined;
  change(minutes: number | undefined): void;
}

function StepLine({ step, minutes, change }: StepProps) {
  const p = plan.value.ladder;
  const id = useId();
  const texts = { ask: p.askText, ring: p.ringText, call: p.callText, host: p.hostText };
  const usual = LADDER.find((one) => one.step === step)?.minutes ?? 0;
  const size = Math.abs(minutes ?? usual);
  return (
    <li class={minutes === undefined ? 'ladder-step off' : 'ladder-step'}>
      <input
        id={id}
        type="checkbox"
        checked={minutes !== undefined}
        onChange={(event) => change(event.currentTarget.checked ? usual : undefined)}
      />
      <Icon name={icons[step]} size={18} />
      <span class="row-main">
        <label for={id}>{p[step]}</label>
        <span class="field-hint">{texts[step](size)}</span>
      </span>
      <input
        type="number"
        class="ladder-minutes"
        min={step === 'host' ? 1 : 0}
        max={most[step]}
        value={size}
        disabled={minutes === undefined}
        aria-label={p.minutesOf(p[step])}
        onInput={(event) => {
          const n = Math.min(most[step], Math.max(0, Math.round(Number(event.currentTarget.value)) || 0));
          change(before(step) ? -n : n);
        }}
      />
    </li>
  );
}
