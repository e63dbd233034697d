import '../styles/picker.css';
import '../styles/plan.css';
import '../styles/schedule.css';
import { speaking } from '../../i18n';
import { weekdayName } from '../../i18n/days';
import { plan } from '../../i18n/plan';
import { type Day, dayOf, format, noon, wallAt, weekday } from '../../store/civil';
import { DAYS, nth, type Repeat, readRule, type WeekDay } from '../../store/rule';

/** "Mon 23 Nov": a civil date. */
export function dayText(day: Day, options: Intl.DateTimeFormatOptions = DAY): string {
  return format(speaking.value, 'UTC', options).format(noon(day));
}

const DAY = { weekday: 'short', day: 'numeric', month: 'short' } as const;
export const LONG_DAY = { weekday: 'long', day: 'numeric', month: 'long' } as const;

const CLOCK = { hour: '2-digit', minute: '2-digit' } as const;

/** "09:30" of an instant, in a zone. */
export const clockText = (at: number, zone: string): string => format(speaking.value, zone, CLOCK).format(at);

/** "09:30" of minutes since midnight. */
export const minutesText = (minutes: number): string =>
  format(speaking.value, 'UTC', CLOCK).format(minutes * 60_000);

/** "09:30 – 10:00". */
export const rangeText = (start: string, end: string, zone: string): string =>
  format(speaking.value, zone, CLOCK).formatRange(new Date(start), new Date(end));

/** "Mon 23 Nov, 09:30 – 10:00". */
export function whenText(start: string, end: string, zone: string): string {
  const options = { ...DAY, ...CLOCK };
  return format(speaking.value, zone, options).formatRange(new Date(start), new Date(end));
}

/** "Mon 23 Nov, 09:30". */
export const momentText = (at: string, zone: string): string =>
  format(speaking.value, zone, { ...DAY, ...CLOCK }).format(new Date(at));

/** "Asia/Shanghai (GMT+8)". */
export function zoneText(zone: string, at = Date.now()): string {
  const name = format(speaking.value, zone, { timeZoneName: 'shortOffset' })
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value;
  return `${zone.replaceAll('_', ' ')}${name ? ` (${name})` : ''}`;
}

export const localDay = (at: string, zone: string): Day => dayOf(wallAt(Date.parse(at), zone));

const WORKDAYS: readonly WeekDay[] = ['MO', 'TU', 'WE', 'TH', 'FR'];

/** A rule in plain words: "Every week on Monday, until 3 July". */
export function ruleWords(rule: string, start: Day): string {
  const repeat = readRule(rule, start);
  return repeat ? repeatWords(repeat, start) : plan.value.repeat.words.other;
}

export function repeatWords(repeat: Repeat, start: Day): string {
  const w = plan.value.repeat.words;
  if (repeat.frequency === 'none') return w.once;
  const { end } = repeat;
  const what = base(repeat, repeat.frequency, start);
  if (end.by === 'count') return w.count(what, end.count);
  if (end.by === 'until') return w.until(what, dayText(end.until, { dateStyle: 'medium' }));
  return what;
}

function base(repeat: Repeat, frequency: keyof typeof plan.value.repeat.words.every, start: Day): string {
  const r = plan.value.repeat;
  const every = r.words.every[frequency](repeat.interval);
  const day = weekdayName(weekday(start));
  if (frequency === 'weekly') {
    const days = DAYS.filter((one) => repeat.days.includes(one));
    if (repeat.interval === 1 && days.join() === WORKDAYS.join()) return r.words.workdays;
    const names = days.map((one) => weekdayName(DAYS.indexOf(one), days.length > 1 ? 'short' : 'long'));
    return r.words.on(every, new Intl.ListFormat(speaking.value, { type: 'conjunction' }).format(names));
  }
  if (frequency !== 'monthly') return every;
  if (repeat.monthly === 'date') return r.words.date(every, Number(start.slice(8)));
  const place = repeat.monthly === 'last' ? r.monthlyLast(day) : r.monthlyNth(nth(start), day);
  return r.words.place(every, place);
}
