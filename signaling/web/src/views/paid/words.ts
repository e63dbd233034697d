import '../styles/paid.css';
import { messages, speaking } from '../../i18n';
import { exact } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { format } from '../../store/civil';
import { selfZone } from '../../store/session';
import { type Call, PAYER_KINDS, type Payer, type Refusal } from '../../wire/dial';

/** What a class of numbers is called; a new one by its own word. */
export function className(name: string | undefined): string {
  return name ? ((paid.value.classes as Record<string, string>)[name] ?? name) : '';
}

/** "China", in the language in use; the code where there is no name. */
export function countryName(code: string | undefined): string {
  if (!code) return '';
  try {
    return new Intl.DisplayNames(speaking.value, { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** "Cost centre Sales". */
export function payerName({ kind, id, name }: Payer): string {
  const p = paid.value;
  const which = name || id;
  return which ? p.payerNamed[kind](which) : p.payers[kind];
}

/** What to do after a call failed, beside the words for why. */
export function todoText(refusal: Refusal, currency: string): string {
  const { cause = 'internal', rule, detail = {} } = refusal;
  if (rule && (cause === 'refused' || cause === 'no-money')) return ruleText(rule, detail, currency);
  return paid.value.todo[cause] ?? '';
}

/** Why a call is not placed or did not come about, as a sentence or two. */
export function refusalText(refusal: Refusal, currency: string): string {
  const { cause = 'internal', rule } = refusal;
  const todo = todoText(refusal, currency);
  if (rule && (cause === 'refused' || cause === 'no-money')) return todo;
  return [causeText(cause), todo].filter(Boolean).join(speaking.value === 'zh-CN' ? '。' : '. ');
}

/** Why a call ended, in a few words. */
export function causeText(cause: string | undefined): string {
  return cause ? (paid.value.cause[cause] ?? cause) : '';
}

/** Which rule refused a call, and what to do. */
export function ruleText(rule: string, detail: Record<string, string>, currency: string): string {
  const rules = paid.value.rules as Record<string, (d: Record<string, string>) => string>;
  const words: Record<string, string> = { ...detail };
  for (const key of ['price', 'ceiling', 'shown', 'left', 'needed']) {
    const amount = Number(words[key]);
    if (words[key] !== undefined && Number.isFinite(amount)) words[key] = exact(amount * 1e6, currency);
  }
  if (words.payer) words.payer = payerOf(words.payer, words.payer_id);
  const where = [className(words.class), countryName(words.country)].filter(Boolean).join(', ');
  return (rules[rule] ?? paid.value.rules.other)({ ...words, where });
}

/** Whose budget a refusal is about: people and meetings are known by id alone. */
function payerOf(kind: string, id: string | undefined): string {
  const one = PAYER_KINDS.find((known) => known === kind);
  if (!one) return kind;
  return payerName({ kind: one, ...(id && (one === 'department' || one === 'cost_centre') ? { id } : {}) });
}

/** How far a call is, in a few words. */
export function stateText(call: Call, now: number): string {
  const p = paid.value;
  switch (call.state) {
    case 'retrying':
      return p.state.retrying(call.retryAt && call.retryAt > now ? span((call.retryAt - now) / 1000) : '');
    case 'ended':
      return causeText(call.cause) || p.state.ended;
    default:
      return p.state[call.state];
  }
}

/** "1 hr 40 min", "48 sec": the two greatest units. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const unit = (n: number, name: string) =>
    new Intl.NumberFormat(speaking.value, { style: 'unit', unit: name, unitDisplay: 'short' }).format(n);
  const [d, h, m, s] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const parts = d
    ? [unit(d, 'day'), h && unit(h, 'hour')]
    : h
      ? [unit(h, 'hour'), m && unit(m, 'minute')]
      : m
        ? [unit(m, 'minute'), s && unit(s, 'second')]
        : [unit(s, 'second')];
  return parts.filter(Boolean).join(' ');
}

/** A time in the language in use and the reader's zone. */
const written = (when: string | number, form: Intl.DateTimeFormatOptions): string =>
  format(speaking.value, selfZone(), form).format(new Date(when));

/** "23 Nov 2026, 10:30:05". */
export function moment(when: string | number | undefined, seconds = false): string {
  return when ? written(when, { dateStyle: 'medium', timeStyle: seconds ? 'medium' : 'short' }) : '';
}

/** "10:30:05". */
export function clock(when: string | number): string {
  return written(when, { timeStyle: 'medium' });
}

export function count(n: number): string {
  return new Intl.NumberFormat(speaking.value).format(n);
}

/** The name of somebody in a call, or the number where there is none. */
export function calledName(call: { name?: string; toName?: string; number?: string; to?: string }): string {
  return call.name || call.toName || call.number || call.to || messages.value.common.partyline;
}
