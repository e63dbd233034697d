import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { sessionGone } from '../../store/session';
import { HttpError } from '../../wire/http';
import { type Loaded, useLoad } from '../parts/load';

/** How long what is shown of something that runs stays as it is, ms. */
export const AGAIN = 4000;

/**
 * Loads something, and while it runs again every few seconds; not while nobody
 * looks. What is shown stays until there is something newer.
 */
export function useRunning<T>(
  load: () => Promise<T>,
  deps: readonly unknown[],
  runs: (value: T) => boolean,
): {
  loaded: Signal<Loaded<T>>;
  again(): void;
  /** When what is shown was loaded, Unix ms. */
  at: Signal<number>;
} {
  const { loaded, again, set } = useLoad(load, deps);
  const at = useSignal(0);
  const latest = useRef(load);
  latest.current = load;
  const now = loaded.value;
  const value = now.state === 'ready' ? now.value : undefined;
  useEffect(() => {
    if (value === undefined) return;
    at.value = Date.now();
    return runs(value) ? follow(() => latest.current(), set) : undefined;
  }, [value]);
  return { loaded, again, at };
}

/** Loads once more, and until that works again; the function that it returns ends it. */
function follow<T>(load: () => Promise<T>, set: (value: T) => void): () => void {
  let ended = false;
  let asking = false;
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    timer = setTimeout(() => void ask(), AGAIN);
  };
  async function ask(): Promise<void> {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const value = await load();
      if (!ended) set(value);
    } catch (error) {
      if (ended) return;
      if (error instanceof HttpError && error.status === 401) sessionGone();
      else wait();
    } finally {
      asking = false;
    }
  }
  const seen = () => {
    if (document.hidden) return;
    clearTimeout(timer);
    void ask();
  };
  document.addEventListener('visibilitychange', seen);
  wait();
  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', seen);
  };
}
