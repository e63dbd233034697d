// The tone that says that a telephone rings at the other end, made here: who
// dialled hears it until somebody answers or the line sends sound of its own.

interface Cadence {
  /** Hz. */
  tones: readonly number[];
  /** Seconds: on, off, on, off … */
  beat: readonly number[];
}

// As ITU-T E.180 and its supplement 2 list them; most of the world is near the first.
const common: Cadence = { tones: [440], beat: [1, 4] };
const cadences: Record<string, Cadence> = {
  CN: { tones: [450], beat: [1, 4] },
  US: { tones: [440, 480], beat: [2, 4] },
  CA: { tones: [440, 480], beat: [2, 4] },
  GB: { tones: [400, 450], beat: [0.4, 0.2, 0.4, 2] },
  HK: { tones: [440, 480], beat: [0.4, 0.2, 0.4, 3] },
  JP: { tones: [400], beat: [1, 2] },
  DE: { tones: [425], beat: [1, 4] },
  FR: { tones: [440], beat: [1.5, 3.5] },
};

/** How long one turn of a country's cadence takes, s. */
export function turn(country = ''): number {
  return (cadences[country] ?? common).beat.reduce((sum, part) => sum + part, 0);
}

/** Peak amplitude: in the background of a conversation. */
const LOUD = 0.05;

/** One ring-back tone at a time, until it is stopped. */
export class Ringback {
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #volume: GainNode | undefined;

  /** Begins to ring as telephones of a country do (ISO 3166); does nothing while it rings. */
  start(country = ''): void {
    if (this.#timer !== undefined || typeof AudioContext === 'undefined') return;
    this.#context ??= new AudioContext();
    void this.#context.resume().catch(() => undefined);
    this.#ring(cadences[country] ?? common);
  }

  /** Falls silent at once. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#volume?.disconnect();
    this.#volume = undefined;
  }

  /** Stops for good. */
  close(): void {
    this.stop();
    void this.#context?.close().catch(() => undefined);
    this.#context = undefined;
  }

  #ring(cadence: Cadence): void {
    const on = this.#context;
    if (!on) return;
    const volume = on.createGain();
    volume.gain.value = 0;
    let at = on.currentTime + 0.02;
    const begin = at;
    cadence.beat.forEach((long, n) => {
      if (n % 2 === 0) {
        volume.gain.setTargetAtTime(LOUD / cadence.tones.length, at, 0.01);
        volume.gain.setTargetAtTime(0, at + long, 0.01);
      }
      at += long;
    });
    for (const pitch of cadence.tones) {
      const tone = on.createOscillator();
      tone.frequency.value = pitch;
      tone.connect(volume);
      tone.start(begin);
      tone.stop(at);
    }
    volume.connect(on.destination);
    this.#volume = volume;
    this.#timer = setTimeout(() => this.#ring(cadence), (at - begin) * 1000);
  }
}
