import type { Direction } from '../wire/fare';
import { rms } from './meter';

/** What a microphone gave between two looks at it. */
export type Loudness = Pick<Direction, 'level' | 'swing' | 'clipped' | 'talking'>;

const LOOK_EVERY = 100;
/** Below this there is no microphone, only zeros, dBFS. */
const DEAD = -90;
/** So long without anything a microphone counts as dead, looks. */
const DEAD_LOOKS = 80;
/** Speech stands out of the noise by so much, dB, and is never softer than that, dBFS. */
const ABOVE = 9;
const SOFTEST = -55;
/** A sample this near to full scale is clipped. */
const FULL = 0.99;

/**
 * Gathers levels of a microphone while it is not muted: what somebody says into
 * a muted one is nobody's business, not even how loud it was. Pure: sound comes
 * in as samples.
 */
export class Gauge {
  #levels: number[] = [];
  #samples = 0;
  #clipped = 0;
  #talking = 0;
  #floor = SOFTEST;
  #silent = 0;

  /** Looks at samples of -1 to 1. */
  look(samples: Float32Array): void {
    const level = Math.max(-127, 20 * Math.log10(rms(samples) || 1e-9));
    this.#levels.push(level);
    this.#samples += samples.length;
    for (const sample of samples) if (Math.abs(sample) >= FULL) this.#clipped++;
    // The floor follows downwards at once and upwards by a decibel in a second.
    this.#floor = Math.min(level, this.#floor + 0.1);
    if (level > Math.max(SOFTEST, this.#floor + ABOVE)) this.#talking++;
    this.#silent = level < DEAD ? this.#silent + 1 : 0;
  }

  /** Nothing at all has come for seconds. */
  get dead(): boolean {
    return this.#silent >= DEAD_LOOKS;
  }

  /** What was gathered since the last time; nothing when nobody looked. */
  take(): Loudness {
    const n = this.#levels.length;
    if (n === 0) return {};
    const power = this.#levels.reduce((sum, level) => sum + 10 ** (level / 10), 0) / n;
    const mean = this.#levels.reduce((sum, level) => sum + level, 0) / n;
    const swing = Math.sqrt(this.#levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / n);
    const taken: Loudness = {
      level: round(Math.max(-127, Math.min(0, 10 * Math.log10(power)))),
      swing: round(swing),
      clipped: round(this.#clipped / this.#samples),
      talking: round(this.#talking / n),
    };
    this.#levels = [];
    this.#samples = this.#clipped = this.#talking = 0;
    return taken;
  }

  /** Whatever comes next is another microphone, or the same after a pause. */
  anew(): void {
    this.#silent = 0;
    this.#floor = SOFTEST;
  }
}

/** Listens to how loud a track is, ten times a second, while it is not muted. */
export class Ear {
  readonly gauge = new Gauge();
  #muted = true;
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Another track, or none: then there is nothing to listen to. */
  listen(track: MediaStreamTrack | null): void {
    this.close();
    this.gauge.anew();
    if (!track || typeof AudioContext === 'undefined') return;
    const context = new AudioContext();
    this.#context = context;
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      if (this.#muted) return;
      // A context that the browser has stopped hears nothing, and that is not the microphone's fault.
      if (context.state !== 'running') {
        void context.resume().catch(() => {});
        return;
      }
      analyser.getFloatTimeDomainData(samples);
      this.gauge.look(samples);
    }, LOOK_EVERY);
  }

  mute(muted: boolean): void {
    if (muted !== this.#muted) this.gauge.anew();
    this.#muted = muted;
  }

  close(): void {
    clearInterval(this.#timer);
    void this.#context?.close().catch(() => {});
    this.#context = undefined;
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
