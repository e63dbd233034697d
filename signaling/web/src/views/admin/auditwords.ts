import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { companyCurrency } from '../../store/company';
import { targetText } from '../../store/trunk';
import { PAYER_KINDS } from '../../wire/dial';
import type { AuditEntry, Target } from '../../wire/paid';
import { countryName, moment, payerName, span } from '../paid/words';

/** The log names fields as the server keeps them; here they get the words of the pages. */

/** "per_person" as "perPerson". */
const camel = (field: string) => field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** What a trunk's field is called in its form, where the names differ. */
const TRUNK: Record<string, string> = {
  'outbound.caller.default': 'shown',
  'outbound.off': 'offSwitch',
  'outbound.accounts': 'account',
  'secrets.password': 'password',
  'secrets.clientKey': 'clientKey',
};

function trunkField(field: string): string {
  const words = paid.value.admin.trunks as unknown as Record<string, unknown>;
  const account = /^secrets\.accounts\.(.+)$/.exec(field)?.[1];
  if (account) return `${words.accountPassword}: ${account}`;
  const word = words[TRUNK[field] ?? field.split('.').at(-1) ?? field];
  return typeof word === 'string' ? word : field;
}

/** What a field of a line is called. */
export function fieldName(thing: string, field: string): string {
  const { audit, brakes } = paid.value.admin;
  if (thing === 'trunk') return trunkField(field);
  // Values here have their own units.
  if (thing === 'brakes') return (brakes.words[camel(field)]?.[0] ?? field).replace(/[,（].*$/, '');
  return audit.fields[field] ?? field;
}

const SWITCHES = new Set([
  ...['hard', 'vouches', 'register', 'privacy', 'diversion', 'off'],
  ...['internal', 'domestic', 'mobile', 'premium', 'firstCountry', 'night', 'invitees', 'lastLeave'],
]);

/** A value of a line as the pages show it; empty where there was or is nothing. */
export function valueText(thing: string, field: string, raw: string): string {
  const p = paid.value;
  const name = camel(field.split('.').at(-1) ?? field);
  if (SWITCHES.has(name) && (raw === '' || raw === 'true')) return raw ? p.record.yes : p.record.no;
  if (raw === '') return '';
  if (thing === 'brakes') return brakeText(name, raw);
  if (thing === 'budget') return budgetText(name, raw);
  if (thing === 'deck' && name === 'activeFrom') return moment(raw);
  if (thing === 'approval' && name === 'standing') return p.admin.audit.standings[raw] ?? raw;
  return listText(raw);
}

function brakeText(name: string, raw: string): string {
  switch (name) {
    case 'ceiling':
      return paid.value.dial.perMinute(money(Number(raw), companyCurrency()));
    case 'window':
    case 'longest':
      return span(Number(raw) / 1e9);
    case 'nightFrom':
    case 'nightTo': {
      const minutes = Math.round(Number(raw) / 6e10);
      const two = (n: number) => String(n).padStart(2, '0');
      return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
    }
    case 'countries':
      return listText(raw, countryName);
    default:
      return raw;
  }
}

function budgetText(name: string, raw: string): string {
  const p = paid.value;
  if (name === 'limit') return money(Number(raw), companyCurrency());
  if (name === 'kind') return (p.payers as Record<string, string>)[raw] ?? raw;
  if (name === 'period') return (p.admin.budgets.periods as Record<string, string>)[raw] ?? raw;
  return raw;
}

/** A list as its parts, servers and accounts by their names. */
function listText(raw: string, word: (one: string) => string = String): string {
  if (!raw.startsWith('[')) return raw;
  try {
    return (JSON.parse(raw) as unknown[]).map((one) => partText(one, word)).join(', ');
  } catch {
    // A long one is cut short in the log.
    return raw;
  }
}

function partText(one: unknown, word: (one: string) => string): string {
  if (typeof one !== 'object' || one === null) return one === '*' ? '*' : word(String(one));
  if ('host' in one) return targetText({ port: 0, transport: '', ...one } as Target);
  return 'user' in one ? String(one.user) : JSON.stringify(one);
}

/** What a line is about: "the brakes", "calls to Kenya", "rate deck 0007". */
export function subject({ thing, name }: AuditEntry): string {
  const { audit } = paid.value.admin;
  const about = audit.subjects[thing];
  if (!about) return `${thing} ${name}`.trim();
  if (thing === 'approval') return about(countryName(name));
  if (thing === 'budget') return about(budgetName(name));
  return about(name);
}

/** "cost_centre 4711, month" in words. */
function budgetName(name: string): string {
  const [, payer = '', id = '', period = ''] = /^(\S+?)(?: (.*))?, (\w+)$/.exec(name) ?? [];
  const kind = PAYER_KINDS.find((one) => one === payer);
  if (!kind) return name;
  const known = kind === 'department' || kind === 'cost_centre' ? { id } : {};
  return `${payerName({ kind, ...known })}, ${budgetText('period', period)}`;
}
