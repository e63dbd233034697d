import type { Speaker } from '../wire/messages';

type Receiver = Pick<RTCRtpReceiver, 'getContributingSources'>;

// A slot that carries comfort noise only is not somebody talking.
const QUIET = 70;
// Highlights stay this long after the last packet, ms.
const HOLD = 250;

/**
 * Reads who is heard from the CSRCs of the received packets: the server puts
 * the participant's number there and the browser adds the RFC 6464 level. What
 * matters is that a source's timestamp moved since the last look, because
 * browsers do not agree on the clock behind it.
 */
export class SpeakerReader {
  #stamps = new Map<number, number>();
  #heard = new Map<number, { at: number; level: number }>();
  #lastPacket = 0;
  #works = false;

  /** True once any packet carried a CSRC, i.e. the list can be trusted. */
  get works(): boolean {
    return this.#works;
  }

  /** When the last packet was seen, on the caller's clock; 0 before any. */
  get lastPacket(): number {
    return this.#lastPacket;
  }

  /** `now` in ms. Loudest first. */
  read(receivers: readonly Receiver[], now: number): Speaker[] {
    for (const receiver of receivers) {
      for (const source of receiver.getContributingSources?.() ?? []) {
        if (this.#stamps.get(source.source) === source.timestamp) continue;
        this.#stamps.set(source.source, source.timestamp);
        this.#works = true;
        this.#lastPacket = now;
        const level = toLevel(source.audioLevel);
        if (level < QUIET) this.#heard.set(source.source, { at: now, level });
      }
    }
    for (const [participant, { at }] of this.#heard) {
      if (now - at > HOLD) this.#heard.delete(participant);
    }
    return [...this.#heard]
      .map(([participant, { level }]) => ({ participant, level }))
      .sort((a, b) => a.level - b.level);
  }
}

/** Turns the browser's linear level back into RFC 6464's -dBov. */
export function toLevel(linear: number | undefined): number {
  if (linear === undefined) return 30;
  if (linear <= 0) return 127;
  return Math.max(0, Math.min(127, Math.round(-20 * Math.log10(linear))));
}
