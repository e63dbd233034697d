import { amountOf } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { beginOf, dayIn } from '../../i18n/zone';
import { companyZone } from '../../store/company';
import type { Query } from '../../wire/paid';

type Options = readonly { value: string; text: string }[];

/** What calls are searched by: text, a day, a choice, or at least and at most so much. */
export type FilterField =
  | { kind: 'text'; name: string; label: string; hint?: string }
  | { kind: 'day'; name: string; label: string }
  | { kind: 'choice'; name: string; label: string; options: Options }
  | { kind: 'range'; min: string; max: string; label: string };

/** Fields by what they are about. */
export interface FilterGroup {
  title: string;
  fields: readonly FilterField[];
}

const text = (name: string, label: string, hint?: string): FilterField => ({
  kind: 'text',
  name,
  label,
  ...(hint ? { hint } : {}),
});
const range = (what: string, label: string): FilterField => ({
  kind: 'range',
  min: `min${what}`,
  max: `max${what}`,
  label,
});
const choice = (name: string, label: string, words: Record<string, string>): FilterField => ({
  kind: 'choice',
  name,
  label,
  options: Object.entries(words).map(([value, word]) => ({ value, text: word })),
});

/** The usual fields, which are always there. */
export function mainFields(): FilterField[] {
  const p = paid.value;
  const c = p.admin.calls;
  return [
    { kind: 'day', name: 'from', label: c.from },
    { kind: 'day', name: 'to', label: c.to },
    text('name', c.name),
    text('number', c.number, c.numberHint),
    choice('cause', p.record.field.cause, p.cause),
  ];
}

/** All others, on demand: every field of a record. */
export function moreFields(): FilterGroup[] {
  const p = paid.value;
  const f = p.record.field;
  const c = p.admin.calls;
  const yesNo = { true: c.yes, false: c.no };
  return [
    {
      title: c.group.who,
      fields: [
        text('department', f.department),
        text('costCentre', f.costCentre),
        choice('payerKind', f.payer, p.payers),
        text('payer', c.payerName),
        choice('known', c.known, yesNo),
        text('person', c.id(f.person)),
        text('meeting', c.id(f.meeting)),
        text('occurrence', c.occurrence, '2026-11-23'),
        text('batch', c.id(c.batch)),
        text('parent', c.id(c.parent)),
      ],
    },
    {
      title: c.group.how,
      fields: [
        choice('direction', c.direction, { outbound: c.outbound, inbound: c.inbound }),
        choice('kind', c.kind, c.kinds),
        choice('state', c.state, { open: c.open, ...p.record.state }),
        choice('answered', c.answered, yesNo),
        choice('hangup', f.hangup, p.record.hangup),
        choice('joinMethod', f.joinMethod, p.record.joins),
        choice('recorded', f.recorded, yesNo),
        choice('rule', c.rule, p.ruleNames),
        text('status', f.status, '486'),
        text('q850', f.q850, '17'),
        text('sipCallId', 'Call-ID'),
      ],
    },
    {
      title: c.group.where,
      fields: [
        choice('class', f.class, p.classes),
        text('country', f.country, 'CN'),
        text('destination', f.destination),
        text('prefix', f.prefix, '86138'),
        text('trunk', f.trunk),
        text('deck', f.deck, '0007'),
        text('codec', f.codec, 'PCMA'),
        choice('quality', f.quality, p.record.qualities),
      ],
    },
    {
      title: c.group.much,
      fields: [
        range('Cost', f.cost),
        range('Duration', c.seconds(f.duration)),
        range('Billed', c.seconds(f.billed)),
        range('Pdd', c.ms(f.pdd)),
        range('Mos', 'MOS'),
        range('Loss', c.loss),
        range('Jitter', c.ms(c.jitter)),
        range('Rtt', c.ms(f.rtt)),
        range('Attempt', f.attempt),
        range('Keys', f.keys),
      ],
    },
  ];
}

/** The parameters that a field stands for. */
export function namesOf(field: FilterField): string[] {
  return field.kind === 'range' ? [field.min, field.max] : [field.name];
}

/** The filters that an address names; what is no filter is left out. */
export function queryOf(search: URLSearchParams): Query {
  const fields = [...mainFields(), ...moreFields().flatMap((group) => group.fields)];
  const known = new Set(fields.flatMap(namesOf));
  return Object.fromEntries([...search].filter(([name, value]) => known.has(name) && value !== ''));
}

/** Without any filter, the calls of about a month. */
export function lately(zone: string, now = new Date()): Query {
  const today = dayIn(zone, now);
  return { from: beginOf(zone, { ...today, day: today.day - 30 }).toISOString() };
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
  maxCost: micros,
  minDuration: seconds,
  maxDuration: seconds,
  from: { ask: (day) => dayAt(day, 0), show: dayOf },
  // The last day is meant whole.
  to: { ask: (day) => dayAt(day, 1), show: (at) => dayOf(new Date(Date.parse(at) - 1).toISOString()) },
};

/** When a day of the company's begins, some days later. */
function dayAt(text: string, later: number): string | undefined {
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  const at = year > 0 && month > 0 && day > 0 && new Date(Date.UTC(year, month - 1, day));
  if (!at || Number.isNaN(at.getTime())) return undefined;
  return beginOf(companyZone(), { year, month, day: day + later }).toISOString();
}

function dayOf(at: string): string {
  const { year, month, day } = dayIn(companyZone(), new Date(at));
  const two = (n: number) => String(n).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}`;
}
