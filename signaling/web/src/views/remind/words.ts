import '../styles/remind.css';
import { speaking } from '../../i18n';
import { remind } from '../../i18n/remind';
import { format } from '../../store/civil';
import { selfZone } from '../../store/session';
import type { Kind } from '../../wire/remind';

/** What may be said of being late, minutes. */
export const LATE = [5, 10, 15] as const;
/** How long until one is reminded again, minutes. */
export const SNOOZE = 5;

/** "Mon 23 Nov, 09:30", in a zone or that of the reader. */
export function dateText(at: number | string, zone?: string): string {
  const options = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  } as const;
  return format(speaking.value, zone ?? selfZone(), options).format(new Date(at));
}

/** "begins in 3 minutes", "began 2 minutes ago". */
export function beginText(kind: Kind, start: number, now: number): string {
  const r = remind.value.card;
  const minutes = Math.round((start - now) / 60_000);
  if (kind === 'todo') return start < now ? r.overdue(dateText(start)) : r.due(dateText(start));
  if (kind === 'broadcast') return dateText(start);
  if (minutes > 90) return dateText(start);
  if (minutes < 0 && minutes > -90) return r.began(-minutes);
  return minutes <= -90 ? dateText(start) : r.begins(minutes);
}
