import { signal } from '@preact/signals';
import type { TicketFor } from '../wire/api';
import type { Live } from './live';

/** The meeting that this page is in, if any. */
export const visit = signal<{ meeting: string; live: Live } | undefined>(undefined);

type Way = { link: string } | { number: string };

/** Keeps how a meeting was entered, so that a reload of the room finds the way back. */
export function remember(meeting: string, way: Way): void {
  try {
    sessionStorage.setItem(`partyline.way.${meeting}`, JSON.stringify(way));
  } catch {
    // Storage may be forbidden; a reload then leads to the log-in.
  }
}

/** How to ask for a ticket to a meeting. */
export function wayTo(meeting: string): TicketFor {
  try {
    const way = JSON.parse(sessionStorage.getItem(`partyline.way.${meeting}`) ?? 'null') as Way | null;
    if (way && ('link' in way || 'number' in way)) return way;
  } catch {
    // As above.
  }
  return { meeting };
}

/** The meeting in which this person went on by phone, leaving this page. */
export const onPhone = signal<string | undefined>(undefined);
