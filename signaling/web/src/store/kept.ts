import type { Joins } from '../wire/fare';

const KEY = 'partyline.join';
/** Older than this the server does not want it, ms. */
const LIMIT = 20 * 60_000;

/** Keeps how somebody did not get in, where nobody could be told: the next visit tells it. */
export function keepJoin({ leg: _, ...joins }: Joins, now = Date.now()): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ at: now, joins }));
  } catch {
    // Storage may be forbidden; then nobody learns of it.
  }
}

/** What was kept, once, if it is not too old. */
export function takeJoin(now = Date.now()): Joins | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as { at: number; joins: Joins } | null;
    localStorage.removeItem(KEY);
    if (!kept) return undefined;
    const ago = kept.joins.ago + now - kept.at;
    return ago >= 0 && ago < LIMIT ? { ...kept.joins, ago } : undefined;
  } catch {
    return undefined;
  }
}
