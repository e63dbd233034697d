import '../styles/paid.css';
import '../styles/quality.css';
import { speaking } from '../../i18n';
import { quality } from '../../i18n/quality';
import { dayIn } from '../../i18n/zone';
import { format } from '../../store/civil';
import { selfZone } from '../../store/session';
import type { Band, Because } from '../../wire/fare';
import type { Counts } from '../../wire/quality';

// How figures are written, in the language in use. What nobody knows is a dash.

export const UNKNOWN = '–';

const number = (digits: number) =>
  new Intl.NumberFormat(speaking.value, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** 0.0831 as "8.3 %"; small shares with one digit more. */
export function percent(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return UNKNOWN;
  const value = share * 100;
  return `${number(value !== 0 && Math.abs(value) < 1 ? 2 : 1).format(value)} %`;
}

/** Milliseconds, as "23 ms", and from 10 s on in seconds. */
export function ms(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return UNKNOWN;
  return value >= 10_000 ? `${number(1).format(value / 1000)} s` : `${Math.round(value)} ms`;
}

/** "4.1 wideband"; an estimate says so. */
export function mos(value: number | undefined, band?: Band, estimate = false): string {
  if (value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const q = quality.value;
  const name = band ? ` ${q.band[band]}` : '';
  return `${number(1).format(value)}${name}${estimate ? ` (${q.estimate})` : ''}`;
}

export function count(value: number): string {
  return number(0).format(value);
}

/** Share of poor legs among those that were judged; undefined without any. */
export function poorShare(counts: Counts): number | undefined {
  const judged = counts.good + counts.degraded + counts.poor;
  return judged > 0 ? counts.poor / judged : undefined;
}

/** "loss, jitter" */
export function reasons(because: readonly Because[]): string {
  return because.map((one) => quality.value.because[one]).join(quality.value.comma);
}

/** "23 Nov, 10:03": the year when it is another. */
export function momentOf(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  const zone = selfZone();
  const year = dayIn(zone, time).year === dayIn(zone, new Date()).year ? {} : { year: 'numeric' as const };
  return format(speaking.value, zone, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...year,
  }).format(time);
}
