import type { Facts, Stats } from '../wire/fare';
import { Ear } from './ear';
import { factsOf } from './facts';
import type { Leg } from './leg';
import { type Counters, count, figures, type Row } from './stats';
import { type Judgement, Windows } from './windows';

export interface MeasureConfig {
  /** For the server, every 5 s. */
  report(stats: Stats): void;
  /** How the leg fares, every second, and whether packets came. */
  fares(judgement: Judgement, packets: boolean): void;
  /** The microphone gives nothing at all, or does again. */
  dead(dead: boolean): void;
}

const LOOK_EVERY = 1000;
const LOOKS = 5;

interface Look {
  counters: Counters;
  at: number;
}

/** Measures one leg after the other: the one that is followed. */
export class Measure {
  #config: MeasureConfig;
  #leg: Leg | undefined;
  #track: MediaStreamTrack | null = null;
  #muted = true;
  /** Not muted for all of the interval. */
  #spoke = false;
  #ear = new Ear();
  #windows = new Windows();
  #last: Look | undefined;
  #reported: Look | undefined;
  #looks = 0;
  #facts = '';
  #dead = false;
  #timer: ReturnType<typeof setInterval>;

  constructor(config: MeasureConfig) {
    this.#config = config;
    this.#timer = setInterval(() => void this.#look().catch(() => {}), LOOK_EVERY);
  }

  /** Measures this leg from now on. */
  follow(leg: Leg): void {
    this.#leg = leg;
    this.#last = this.#reported = undefined;
    this.#looks = 0;
    this.#facts = '';
    this.#windows.clear();
  }

  /** What is sent, if it is not muted. */
  hold(track: MediaStreamTrack | null, muted: boolean): void {
    if (track !== this.#track) this.#ear.listen(track);
    this.#track = track;
    this.#muted = muted || track === null;
    this.#spoke ||= !this.#muted;
    this.#ear.mute(this.#muted);
    this.#tellDead();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#leg = undefined;
    this.#ear.close();
  }

  async #look(): Promise<void> {
    const leg = this.#leg;
    this.#tellDead();
    if (leg?.pc.connectionState !== 'connected') return;
    const rows: Row[] = [];
    (await leg.pc.getStats()).forEach((row: Row) => {
      rows.push(row);
    });
    if (leg !== this.#leg) return;
    const now = { counters: count(rows), at: performance.now() };
    const before = this.#last;
    this.#last = now;
    this.#reported ??= now;
    if (!before || now.at <= before.at) return;
    const second = figures(before.counters, now.counters, now.at - before.at);
    this.#config.fares(this.#windows.add(second), second.heard.packets !== undefined);
    this.#looks++;
    if (this.#looks % LOOKS === 0) this.#report(leg, rows, now);
  }

  #report(leg: Leg, rows: readonly Row[], now: Look): void {
    const before = this.#reported ?? now;
    this.#reported = now;
    const span = now.at - before.at;
    const { said, heard, rtt } = figures(before.counters, now.counters, span);
    this.#config.report({
      type: 'stats',
      leg: leg.name,
      at: Date.now(),
      span: Math.round(span),
      said: { ...said, ...this.#ear.gauge.take() },
      heard,
      ...(rtt === undefined ? {} : { rtt }),
      ...(this.#spoke ? {} : { muted: true }),
      ...this.#news(rows),
    });
    this.#spoke = !this.#muted;
  }

  /** The facts, if they are not those that were told. */
  #news(rows: readonly Row[]): { facts?: Facts } {
    const facts = factsOf(rows, this.#track?.label ?? '');
    const text = JSON.stringify(facts);
    if (text === this.#facts) return {};
    this.#facts = text;
    return { facts };
  }

  #tellDead(): void {
    // A microphone that the system has switched off says so itself.
    const dead = !this.#muted && (this.#ear.gauge.dead || this.#track?.muted === true);
    if (dead === this.#dead) return;
    this.#dead = dead;
    this.#config.dead(dead);
  }
}
