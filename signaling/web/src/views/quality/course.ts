import type { LegEvent } from '../../wire/legs';
import type { Stretch } from './axis';

// What the events of a leg say about stretches of its time.

/** A moment of the API, in Unix seconds. */
export const seconds = (at: string): number => Date.parse(at) / 1000;

export type State = 'muted' | 'held' | 'broken';

const opens: Record<string, State> = { muted: 'muted', held: 'held', broken: 'broken' };
const closes: Record<string, State> = {
  unmuted: 'muted',
  resumed: 'held',
  reconnected: 'broken',
  'handed-over': 'broken',
};

/** When somebody was muted, on hold or cut off; what has not ended goes on to the end. */
export function statesOf(events: readonly LegEvent[], end: number): (Stretch & { state: State })[] {
  const open = new Map<State, number>();
  const found: (Stretch & { state: State })[] = [];
  const close = (state: State, to: number) => {
    const from = open.get(state);
    if (from !== undefined && to > from) found.push({ from, to, state });
    open.delete(state);
  };
  for (const { at, what } of events) {
    const [opened, closed] = [opens[what], closes[what]];
    if (opened && !open.has(opened)) open.set(opened, seconds(at));
    if (closed) close(closed, seconds(at));
    if (what === 'left') for (const state of [...open.keys()]) close(state, seconds(at));
  }
  for (const state of [...open.keys()]) close(state, end);
  return found.sort((a, b) => a.from - b.from);
}

/** Stretches of neighbouring moments for which something holds, each as long as its samples are. */
export function runsOf<T>(
  at: readonly number[],
  every: number,
  of: (n: number) => T | undefined,
): (Stretch & { value: T })[] {
  const runs: (Stretch & { value: T })[] = [];
  at.forEach((moment, n) => {
    const value = of(n);
    if (value === undefined) return;
    const last = runs.at(-1);
    if (last && last.value === value && moment - every <= last.to + every / 2) last.to = moment;
    else runs.push({ from: moment - every, to: moment, value });
  });
  return runs;
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Round moments within a stretch, at most so many, and how far apart they are. */
export function ticks({ from, to }: Stretch, most: number): { at: number[]; step: number } {
  const step =
    STEPS.find((one) => (to - from) / one <= most) ?? 86_400 * Math.ceil((to - from) / most / 86_400);
  const at: number[] = [];
  for (let moment = Math.ceil(from / step) * step; moment <= to; moment += step) at.push(moment);
  return { at, step };
}

/** Where a moment stands in a stretch: 0 at its beginning, 1 at its end. */
export const shareOf = (at: number, { from, to }: Stretch): number => (at - from) / Math.max(1e-9, to - from);

/** Where a stretch stands in what is shown, in per cent; undefined when it is not seen. */
export function placeOf(one: Stretch, shown: Stretch): { left: string; width: string } | undefined {
  const from = Math.max(0, shareOf(one.from, shown));
  const to = Math.min(1, shareOf(one.to, shown));
  if (to < 0 || from > 1 || to < from) return undefined;
  return { left: `${from * 100}%`, width: `${(to - from) * 100}%` };
}

/** "100-200" of an address, in Unix seconds. */
export function readZoom(text: string | null | undefined): Stretch | undefined {
  const [, from, to] = /^(\d{1,12}(?:\.\d+)?)-(\d{1,12}(?:\.\d+)?)$/.exec(text ?? '') ?? [];
  const zoom = { from: Number(from), to: Number(to) };
  return zoom.to > zoom.from ? zoom : undefined;
}

export const writeZoom = ({ from, to }: Stretch): string => `${Math.floor(from)}-${Math.ceil(to)}`;
