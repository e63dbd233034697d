import type { Because, Direction, Side } from '../wire/fare';
import type { Quality } from '../wire/messages';
import type { Figures } from './stats';

/** How a leg fares, and what is the matter. */
export interface Judgement {
  class: Quality;
  because: Because[];
  side?: Side;
  /** Of the worse side: shares 0 to 1, milliseconds. */
  loss?: number;
  jitter?: number;
  concealed?: number;
  rtt?: number;
}

/** What a class begins beyond: those of metrics/quality. */
const LIMITS = {
  poor: { loss: 0.1, concealed: 0.07, jitter: 30, rtt: 500 },
  degraded: { loss: 0.03, concealed: 0.03, jitter: 30, rtt: 300 },
} as const;
type Bad = keyof typeof LIMITS;

/** So many windows are kept, and of them so many must be bad. */
const KEPT = 5;
const ENOUGH = 3;

const order: readonly Quality[] = ['unclassified', 'good', 'degraded', 'poor'];

export const worse = (a: Quality, b: Quality): boolean => order.indexOf(a) > order.indexOf(b);

/** Judges by windows of a second: a class holds when three of the last five had it, or worse. */
export class Windows {
  #kept: Judgement[] = [];

  add(figures: Figures): Judgement {
    this.#kept = [...this.#kept, judge(figures)].slice(-KEPT);
    for (const one of ['poor', 'degraded'] as const) {
      const bad = this.#kept.filter((w) => !worse(one, w.class));
      if (bad.length >= ENOUGH) return { ...(bad.at(-1) as Judgement), class: one };
    }
    const known = this.#kept.some((w) => w.class !== 'unclassified');
    return { class: known ? 'good' : 'unclassified', because: [] };
  }

  clear(): void {
    this.#kept = [];
  }
}

/** One window by itself. Nothing said and nothing heard is not judged. */
export function judge({ said, heard, rtt }: Figures): Judgement {
  if (!said.packets && !heard.packets) return { class: 'unclassified', because: [] };
  for (const one of ['poor', 'degraded'] as const) {
    const sides = [
      { side: 'said' as const, because: exceeded(said, one), of: said },
      { side: 'heard' as const, because: exceeded(heard, one), of: heard },
    ].sort((a, b) => b.because.length - a.because.length || (b.of.loss ?? 0) - (a.of.loss ?? 0));
    const [{ side, because, of }] = sides as [(typeof sides)[0]];
    const long = rtt !== undefined && rtt > LIMITS[one].rtt;
    if (because.length === 0 && !long) continue;
    const all: Because[] = long ? [...because, 'round-trip'] : because;
    return {
      class: one,
      because: all,
      ...(because.length > 0 ? { side } : {}),
      ...pick(of),
      ...(rtt === undefined ? {} : { rtt }),
    };
  }
  return { class: 'good', because: [] };
}

function exceeded(d: Direction, one: Bad): Because[] {
  if (!d.packets) return [];
  return (['loss', 'jitter', 'concealed'] as const).filter((field) => (d[field] ?? 0) > LIMITS[one][field]);
}

function pick({ loss, jitter, concealed }: Direction): Partial<Judgement> {
  return {
    ...(loss === undefined ? {} : { loss }),
    ...(jitter === undefined ? {} : { jitter }),
    ...(concealed === undefined ? {} : { concealed }),
  };
}
