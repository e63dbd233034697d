/** Measures the level of a track about 20 times a second. */
export class Meter {
  #context: AudioContext;
  #timer: ReturnType<typeof setInterval>;

  /** `listen` gets 0 (silence) to 1 (as loud as it goes). */
  constructor(track: MediaStreamTrack, listen: (level: number) => void) {
    this.#context = new AudioContext();
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 1024;
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      if (this.#context.state === 'suspended') void this.#context.resume().catch(() => {});
      analyser.getFloatTimeDomainData(samples);
      listen(scale(rms(samples)));
    }, 50);
  }

  close(): void {
    clearInterval(this.#timer);
    void this.#context.close().catch(() => {});
  }
}

export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** Maps an RMS amplitude to 0…1 such that -60 dBFS is 0 and -10 dBFS is 1. */
export function scale(amplitude: number): number {
  if (amplitude <= 0) return 0;
  const db = 20 * Math.log10(amplitude);
  return Math.max(0, Math.min(1, (db + 60) / 50));
}
