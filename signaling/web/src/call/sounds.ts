/** The small sounds of a meeting, made in the browser: no file travels. */
export type Sound = 'joined' | 'left' | 'knock' | 'called' | 'notice' | 'beep' | 'moved' | 'reminder';

interface Note {
  /** Hz. */
  pitch: number;
  /** Seconds from the start of the sound. */
  at: number;
  /** Seconds. */
  long: number;
  /** Peak amplitude, 0 to 1; 0.12 when not said. */
  loud?: number;
}

// Joining rises, leaving falls; what asks for attention is a triad. The beep is
// near the 1,400 Hz that recorders on telephone lines have always given.
const scores: Record<Sound, readonly Note[]> = {
  joined: [
    { pitch: 587, at: 0, long: 0.12 },
    { pitch: 880, at: 0.1, long: 0.16 },
  ],
  left: [
    { pitch: 587, at: 0, long: 0.12 },
    { pitch: 392, at: 0.1, long: 0.16 },
  ],
  knock: [
    { pitch: 330, at: 0, long: 0.09 },
    { pitch: 330, at: 0.14, long: 0.09 },
  ],
  called: [
    { pitch: 660, at: 0, long: 0.16 },
    { pitch: 880, at: 0.18, long: 0.16 },
    { pitch: 660, at: 0.36, long: 0.22 },
  ],
  notice: [
    { pitch: 523, at: 0, long: 0.22, loud: 0.2 },
    { pitch: 659, at: 0.24, long: 0.22, loud: 0.2 },
    { pitch: 784, at: 0.48, long: 0.34, loud: 0.2 },
  ],
  reminder: [
    { pitch: 659, at: 0, long: 0.18, loud: 0.2 },
    { pitch: 880, at: 0.2, long: 0.18, loud: 0.2 },
    { pitch: 988, at: 0.4, long: 0.18, loud: 0.2 },
    { pitch: 880, at: 0.6, long: 0.34, loud: 0.2 },
  ],
  beep: [{ pitch: 1400, at: 0, long: 0.2, loud: 0.06 }],
  moved: [
    { pitch: 440, at: 0, long: 0.14 },
    { pitch: 554, at: 0.12, long: 0.14 },
    { pitch: 659, at: 0.24, long: 0.2 },
  ],
};

/** How long a sound takes, s. */
export function duration(sound: Sound): number {
  return Math.max(...scores[sound].map((note) => note.at + note.long));
}

let context: AudioContext | undefined;

/** Plays a sound and resolves when it has been heard; false where the browser keeps it off. */
export async function play(sound: Sound): Promise<boolean> {
  if (typeof AudioContext === 'undefined') return false;
  context ??= new AudioContext();
  // A browser that waits for a key leaves this promise open, not rejected.
  if (context.state !== 'running') void context.resume().catch(() => undefined);
  if (context.state === 'closed') return false;
  const start = context.currentTime + 0.02;
  let last: OscillatorNode | undefined;
  for (const note of scores[sound]) last = ring(context, note, start);
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), duration(sound) * 1000 + 1500);
    if (!last) return;
    last.onended = () => {
      clearTimeout(limit);
      resolve(true);
    };
  });
}

function ring(on: AudioContext, note: Note, start: number): OscillatorNode {
  const tone = on.createOscillator();
  const volume = on.createGain();
  const [from, to] = [start + note.at, start + note.at + note.long];
  tone.frequency.value = note.pitch;
  // Up and down in a few milliseconds: an edge would click.
  volume.gain.setValueAtTime(0, from);
  volume.gain.linearRampToValueAtTime(note.loud ?? 0.12, from + 0.015);
  volume.gain.setValueAtTime(note.loud ?? 0.12, Math.max(from + 0.015, to - 0.06));
  volume.gain.linearRampToValueAtTime(0, to);
  tone.connect(volume).connect(on.destination);
  tone.start(from);
  tone.stop(to);
  return tone;
}

/** Lets something through at most once in so many milliseconds. */
export class Pace {
  #every: number;
  #last = Number.NEGATIVE_INFINITY;

  constructor(every: number) {
    this.#every = every;
  }

  /** `now` in ms. */
  allows(now: number): boolean {
    if (now - this.#last < this.#every) return false;
    this.#last = now;
    return true;
  }
}
