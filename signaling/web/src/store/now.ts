import { signal } from '@preact/signals';
import type { Present } from '../wire/fare';
import { qualityApi } from '../wire/quality';

/** Without news for so long, they are asked for, ms. */
const QUIET = 5000;
const LOOK_EVERY = 2500;

/** What went on at last; undefined until it is known. */
export const now = signal<Present | undefined>(undefined);
/** When that was heard, on this browser's clock. */
export const heardAt = signal(0);
/** Why it cannot be asked for. */
export const nowError = signal<unknown>(undefined);
/** How many pages look; the feed follows while there are any. */
export const watching = signal(0);

/** Takes news, unless newer ones came before. */
export function hearNow(news: Present): void {
  if (now.value && news.at < now.value.at) return;
  now.value = news;
  heardAt.value = Date.now();
  nowError.value = undefined;
}

async function ask(): Promise<void> {
  try {
    hearNow(await qualityApi.now());
  } catch (error) {
    nowError.value = error;
  }
}

/** Keeps `now` up to date: by the WebSocket, and by asking where that is silent. Returns what stops it. */
export function watchNow(): () => void {
  watching.value++;
  void ask();
  const timer = setInterval(() => {
    if (Date.now() - heardAt.value > QUIET) void ask();
  }, LOOK_EVERY);
  return () => {
    clearInterval(timer);
    watching.value--;
  };
}
