import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { amountOf } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import type { Query } from '../../wire/paid';
import { Button } from '../parts/button';

interface Field {
  name: string;
  label: string;
  type?: 'date' | 'number';
  options?: readonly { value: string; text: string }[];
}

/** The filters that an address names; what is no filter is left out. */
export function queryOf(search: URLSearchParams): Query {
  const known = new Set([...mainFields(), ...moreFields()].map(({ name }) => name));
  return Object.fromEntries([...search].filter(([name, value]) => known.has(name) && value !== ''));
}

/** Without any filter, the calls of about a month. */
export function lately(now = new Date()): Query {
  return { from: new Date(now.getFullYear(), now.getMonth(), now.getDate() - 30).toISOString() };
}

interface Unit {
  /** What is asked of the server for what was typed; undefined: nothing. */
  ask(typed: string): string | undefined;
  show(asked: string): string;
}

const micros: Unit = {
  ask: (typed) => amountOf(typed)?.toString(),
  show: (asked) => String(Number(asked) / 1e6),
};
const seconds: Unit = {
  ask: (typed) => (Number(typed) >= 0 ? String(Number(typed) * 1000) : undefined),
  show: (asked) => String(Number(asked) / 1000),
};

/** Fields that are asked for in other units than they are searched by. */
export const units: Record<string, Unit> = {
  minCost: micros,
  minDuration: seconds,
  from: { ask: (day) => dayAt(day, 0), show: dayOf },
  // The last day is meant whole.
  to: { ask: (day) => dayAt(day, 1), show: (at) => dayOf(new Date(Date.parse(at) - 1).toISOString()) },
};

function dayAt(day: string, later: number): string | undefined {
  const [y = 0, m = 1, d = 1] = day.split('-').map(Number);
  const at = new Date(y, m - 1, d + later);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

function dayOf(at: string): string {
  const day = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

const options = (words: Record<string, string>) =>
  Object.entries(words).map(([value, text]) => ({ value, text }));

function mainFields(): Field[] {
  const p = paid.value;
  const c = p.admin.calls;
  return [
    { name: 'from', label: c.from, type: 'date' },
    { name: 'to', label: c.to, type: 'date' },
    { name: 'name', label: c.name },
    { name: 'number', label: c.number },
    { name: 'cause', label: p.record.field.cause, options: options(p.cause) },
  ];
}

function moreFields(): Field[] {
  const p = paid.value;
  const f = p.record.field;
  const c = p.admin.calls;
  const yesNo = options({ true: c.yes, false: c.no });
  return [
    { name: 'department', label: f.department },
    { name: 'costCentre', label: f.costCentre },
    { name: 'payerKind', label: f.payer, options: options(p.payers) },
    { name: 'payer', label: c.id(f.payer) },
    { name: 'direction', label: c.direction, options: options({ outbound: c.outbound, inbound: c.inbound }) },
    { name: 'kind', label: c.kind, options: options(c.kinds) },
    { name: 'state', label: c.state, options: options({ open: c.open, ...p.record.state }) },
    { name: 'answered', label: c.answered, options: yesNo },
    { name: 'class', label: f.class, options: options(p.classes) },
    { name: 'country', label: f.country },
    { name: 'destination', label: f.destination },
    { name: 'prefix', label: f.prefix },
    { name: 'trunk', label: f.trunk },
    { name: 'deck', label: f.deck },
    {
      name: 'rule',
      label: c.rule,
      options: options(Object.fromEntries(Object.keys(p.rules).map((r) => [r, r]))),
    },
    { name: 'status', label: f.status, type: 'number' },
    { name: 'q850', label: f.q850, type: 'number' },
    { name: 'hangup', label: f.hangup, options: options(p.record.hangup) },
    { name: 'codec', label: f.codec },
    { name: 'quality', label: f.quality },
    { name: 'maxMos', label: c.maxMOS, type: 'number' },
    { name: 'minLoss', label: c.minLoss, type: 'number' },
    { name: 'minJitter', label: c.minJitter, type: 'number' },
    { name: 'minPdd', label: c.minPDD, type: 'number' },
    { name: 'minCost', label: c.minCost, type: 'number' },
    { name: 'minDuration', label: c.minDuration, type: 'number' },
    { name: 'minAttempt', label: c.minAttempt, type: 'number' },
    { name: 'joinMethod', label: f.joinMethod },
    { name: 'recorded', label: f.recorded, options: yesNo },
    { name: 'sipCallId', label: 'Call-ID' },
    { name: 'meeting', label: c.id(f.meeting) },
    { name: 'batch', label: c.id(c.batch) },
    { name: 'person', label: c.id(f.person) },
  ];
}

/** What to look for: the usual fields at once, all others on demand. */
export function Filters({ filter, apply }: { filter: Query; apply(filter: Query): void }) {
  const p = paid.value.admin.calls;
  const more = moreFields();
  const cleared = useSignal(0);
  function read(form: HTMLFormElement) {
    const chosen: Query = {};
    for (const [name, value] of new FormData(form)) {
      const text = String(value).trim();
      const asked = text && (units[name]?.ask ?? String)(text);
      if (asked) chosen[name] = asked;
    }
    apply(chosen);
  }
  return (
    <form
      key={cleared.value}
      class="card filters"
      aria-label={p.filters}
      data-testid="filters"
      onSubmit={(event) => {
        event.preventDefault();
        read(event.currentTarget);
      }}
    >
      <div class="filter-grid">
        {mainFields().map((field) => (
          <FilterField key={field.name} field={field} value={filter[field.name]} />
        ))}
      </div>
      <details open={more.some(({ name }) => filter[name] !== undefined)}>
        <summary>{p.more}</summary>
        <div class="filter-grid">
          {more.map((field) => (
            <FilterField key={field.name} field={field} value={filter[field.name]} />
          ))}
        </div>
      </details>
      <div class="form-foot">
        <Button
          tone="quiet"
          onClick={() => {
            cleared.value++;
            apply(lately());
          }}
        >
          {p.clear}
        </Button>
        <Button type="submit" tone="primary" icon="search" id="apply">
          {p.apply}
        </Button>
      </div>
    </form>
  );
}

function FilterField({ field, value = '' }: { field: Field; value: string | undefined }) {
  const id = useId();
  const { name, label, type } = field;
  const shown = value && (units[name]?.show ?? String)(value);
  return (
    <div class="field small">
      <label for={id}>{label}</label>
      {field.options ? (
        <select id={id} name={name}>
          <option value="">{paid.value.admin.calls.any}</option>
          {field.options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.text}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          name={name}
          type={(type ?? 'text') as 'text'}
          step="any"
          min={0}
          defaultValue={shown}
        />
      )}
    </div>
  );
}
