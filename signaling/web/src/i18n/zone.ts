// Days as a time zone has them: the company's months are not the browser's.

/** A day of the calendar; months count from 1. */
export interface Day {
  year: number;
  month: number;
  day: number;
}

/** The browser's own zone. */
const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** The zone by its IANA name; the browser's for one that is unknown. */
export function zoneOf(name: string | undefined): string {
  if (!name) return here();
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return here();
  }
}

function fields(zone: string, at: number): Record<string, number> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
}

/** The day that it is in a zone. */
export function dayIn(zone: string, at: Date): Day {
  const { year = 0, month = 1, day = 1 } = fields(zone, at.getTime());
  return { year, month, day };
}

/** How far a zone is ahead of UTC at an instant, ms. */
function ahead(zone: string, at: number): number {
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields(zone, at);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/**
 * When a day begins in a zone; days and months beyond the calendar's count on.
 * Where clocks are put forward at midnight, it begins later; where they are put
 * back over midnight, at the first of two.
 */
export function beginOf(zone: string, { year, month, day }: Day): Date {
  const midnight = Date.UTC(year, month - 1, day);
  const wanted = new Date(midnight).getUTCDate();
  const around = [midnight - 86_400_000, midnight + 86_400_000];
  const tries = around.map((at) => midnight - ahead(zone, at)).sort((a, b) => a - b);
  const [first = midnight, last = first] = tries;
  return new Date(dayIn(zone, new Date(first)).day === wanted ? first : last);
}
