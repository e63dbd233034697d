import { type Signal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';

/** A stretch of time, in Unix seconds. */
export interface Stretch {
  from: number;
  to: number;
}

/** Room beside the field of a picture, CSS px: others on the same axis leave as much. */
export const LEFT = 56;
export const RIGHT = 12;

/** The time that pictures share: what one of them points at or zooms to, all do. */
export interface Axis {
  /** What is shown; undefined: all there is. */
  span: Signal<Stretch | undefined>;
  /** What is pointed at, Unix seconds. */
  cursor: Signal<number | undefined>;
}

export function useAxis(span?: Stretch): Axis {
  const shown = useSignal(span);
  const cursor = useSignal<number | undefined>(undefined);
  return useMemo(() => ({ span: shown, cursor }), [shown, cursor]);
}

/** The number of what is nearest to a moment, of moments in their order; undefined where there are none. */
export function nearest(at: readonly number[], moment: number): number | undefined {
  let [low, high] = [0, at.length - 1];
  if (high < 0) return undefined;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? 0) <= moment) low = middle;
    else high = middle;
  }
  return Math.abs((at[high] ?? 0) - moment) < Math.abs((at[low] ?? 0) - moment) ? high : low;
}

/** A stretch made shorter or longer about a moment, and kept within all there is. */
export function zoomed(span: Stretch, whole: Stretch, about: number, factor: number): Stretch {
  const length = Math.max(2, Math.min(whole.to - whole.from, (span.to - span.from) * factor));
  const share = (about - span.from) / Math.max(1e-9, span.to - span.from);
  const from = Math.max(whole.from, Math.min(whole.to - length, about - share * length));
  return { from, to: from + length };
}
