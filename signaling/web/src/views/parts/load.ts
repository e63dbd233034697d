import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { sessionGone } from '../../store/session';
import { HttpError } from '../../wire/http';

export type Loaded<T> =
  | { state: 'loading' }
  | { state: 'ready'; value: T }
  | { state: 'failed'; error: unknown };

/** Loads something when a page appears and when what it depends on changes. */
export function useLoad<T>(
  load: () => Promise<T>,
  deps: readonly unknown[],
): { loaded: Signal<Loaded<T>>; again(): void; set(value: T): void } {
  const loaded = useSignal<Loaded<T>>({ state: 'loading' });
  const run = useCallback(() => {
    let current = true;
    load().then(
      (value) => {
        if (current) loaded.value = { state: 'ready', value };
      },
      (error: unknown) => {
        if (!current) return;
        if (error instanceof HttpError && error.status === 401) sessionGone();
        else loaded.value = { state: 'failed', error };
      },
    );
    return () => {
      current = false;
    };
    // The caller names what `load` depends on.
  }, deps);
  useEffect(run, [run]);
  return {
    loaded,
    again: () => void run(),
    set: (value) => {
      loaded.value = { state: 'ready', value };
    },
  };
}
