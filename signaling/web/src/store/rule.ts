// Recurrence rules (RFC 5545 section 3.3.10) as the editor offers them.
import { type Day, weekday } from './civil';

export const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export type WeekDay = (typeof DAYS)[number];

export const FREQUENCIES = ['daily', 'weekly', 'monthly', 'yearly'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

export type End = { by: 'never' } | { by: 'count'; count: number } | { by: 'until'; until: Day };

export interface Repeat {
  frequency: 'none' | Frequency;
  interval: number;
  /** When weekly. */
  days: readonly WeekDay[];
  /** When monthly: the same date, the nth such weekday, or the last one. */
  monthly: 'date' | 'nth' | 'last';
  end: End;
}

export const once: Repeat = {
  frequency: 'none',
  interval: 1,
  days: [],
  monthly: 'date',
  end: { by: 'never' },
};

const dayName = (day: Day): WeekDay => DAYS[weekday(day)] ?? 'MO';

/** Which one of its kind in the month a day is, from 1. */
export const nth = (day: Day): number => Math.ceil(Number(day.slice(8)) / 7);

/** The text of a rule for meetings that begin on a day; '' when there is but one. */
export function ruleText(repeat: Repeat, start: Day): string {
  if (repeat.frequency === 'none') return '';
  const parts = [`FREQ=${repeat.frequency.toUpperCase()}`];
  if (repeat.interval > 1) parts.push(`INTERVAL=${repeat.interval}`);
  if (repeat.frequency === 'weekly') {
    const days = DAYS.filter((day) => repeat.days.includes(day));
    parts.push(`BYDAY=${(days.length > 0 ? days : [dayName(start)]).join(',')}`);
  }
  if (repeat.frequency === 'monthly') {
    if (repeat.monthly === 'date') parts.push(`BYMONTHDAY=${Number(start.slice(8))}`);
    else parts.push(`BYDAY=${dayName(start)}`, `BYSETPOS=${repeat.monthly === 'last' ? -1 : nth(start)}`);
  }
  if (repeat.end.by === 'count') parts.push(`COUNT=${repeat.end.count}`);
  if (repeat.end.by === 'until') parts.push(`UNTIL=${repeat.end.until.replaceAll('-', '')}T235959`);
  return parts.join(';');
}

/** Reads a rule back; undefined for one that the editor cannot show. */
export function readRule(text: string, start: Day): Repeat | undefined {
  if (text === '') return once;
  const parts = new Map(
    text
      .replace(/^RRULE:/, '')
      .split(';')
      .map((part) => part.split('=') as [string, string]),
  );
  const frequency = FREQUENCIES.find((f) => f.toUpperCase() === parts.get('FREQ'));
  if (!frequency) return undefined;
  const byDay = parts.get('BYDAY')?.split(',') ?? [];
  const repeat: Repeat = {
    frequency,
    interval: Number(parts.get('INTERVAL') ?? 1),
    days: frequency === 'weekly' ? DAYS.filter((day) => byDay.includes(day)) : [],
    monthly: frequency === 'monthly' ? monthlyOf(parts, byDay) : 'date',
    end: endOf(parts),
  };
  if (repeat.frequency === 'weekly' && repeat.days.length === 0) repeat.days = [dayName(start)];
  return same(ruleText(repeat, start), text) ? repeat : undefined;
}

function monthlyOf(parts: Map<string, string>, byDay: string[]): Repeat['monthly'] {
  if (byDay.length === 0) return 'date';
  const place = parts.get('BYSETPOS') ?? byDay[0]?.replace(/[A-Z]+$/, '');
  return place === '-1' ? 'last' : 'nth';
}

function endOf(parts: Map<string, string>): End {
  const [count, until] = [parts.get('COUNT'), parts.get('UNTIL')];
  if (count) return { by: 'count', count: Number(count) };
  if (until) return { by: 'until', until: `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}` };
  return { by: 'never' };
}

/** Whether two rules say the same; details that follow from the first date may be left out. */
function same(full: string, given: string): boolean {
  const keep = (text: string) =>
    text
      .replace(/^RRULE:/, '')
      .replace(/(UNTIL=\d{8})T?\d*Z?/, '$1')
      .replace(/BYDAY=(-?\d)(MO|TU|WE|TH|FR|SA|SU)(?=;|$)/, 'BYDAY=$2;BYSETPOS=$1')
      .split(';')
      .filter((part) => part !== '' && part !== 'INTERVAL=1' && !part.startsWith('WKST='));
  const all = new Set(keep(full));
  const implied = /^(BYMONTHDAY|BYDAY)=/;
  const wanted = keep(given);
  return (
    wanted.every((part) => all.has(part)) && [...all].every((p) => wanted.includes(p) || implied.test(p))
  );
}
