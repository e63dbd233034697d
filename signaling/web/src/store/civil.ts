// Civil dates ("2026-03-01") and wall times ("2026-03-01T09:00"), and the zones
// that turn them into instants. Instants are Unix ms.

export type Day = string;
export type Wall = string;

const DAY = 86_400_000;

const utc = (day: Day): number => Date.parse(`${day}T00:00:00Z`);

export const addDays = (day: Day, n: number): Day => new Date(utc(day) + n * DAY).toISOString().slice(0, 10);

/** 0 for Monday to 6 for Sunday. */
export const weekday = (day: Day): number => (new Date(utc(day)).getUTCDay() + 6) % 7;

/** The Monday of a day's week (ISO 8601). */
export const weekOf = (day: Day): Day => addDays(day, -weekday(day));

/** How many days from one to the other. */
export const daysBetween = (from: Day, to: Day): number => Math.round((utc(to) - utc(from)) / DAY);

export const dayOf = (wall: Wall): Day => wall.slice(0, 10);

/** Minutes since midnight. */
export const minutesOf = (wall: Wall): number => Number(wall.slice(11, 13)) * 60 + Number(wall.slice(14, 16));

/** "09:30" of minutes since midnight. */
export function clockOf(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Formats in a zone, with 24 hours in every language; an unknown zone counts as UTC. */
export function format(
  language: string,
  zone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = JSON.stringify([language, zone, options]);
  let found = formats.get(key);
  if (!found) {
    const form = (timeZone: string) =>
      new Intl.DateTimeFormat(language, { ...options, hourCycle: 'h23', timeZone });
    try {
      found = form(zone);
    } catch {
      found = form('UTC');
    }
    formats.set(key, found);
  }
  return found;
}

/** What the clock on the wall shows in a zone. */
export function wallAt(at: number, zone: string): Wall {
  const parts = format('en-GB', zone, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(at);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? '00';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

const offset = (at: number, zone: string): number => {
  const whole = Math.floor(at / 60_000) * 60_000;
  return Date.parse(`${wallAt(whole, zone)}:00Z`) - whole;
};

/** The instant of a wall time, as RFC 5545 section 3.3.5 has it: before a gap, first of two. */
export function instantOf(wall: Wall, zone: string): number {
  const floating = Date.parse(`${wall.slice(0, 16)}:00Z`);
  const before = floating - offset(floating - DAY, zone);
  if (wallAt(before, zone) === wall.slice(0, 16)) return before;
  const after = floating - offset(floating + DAY, zone);
  return wallAt(after, zone) === wall.slice(0, 16) ? after : before;
}

export const today = (zone: string, now = Date.now()): Day => dayOf(wallAt(now, zone));

/** A day at noon of UTC, to be formatted in UTC. */
export const noon = (day: Day): number => utc(day) + DAY / 2;
