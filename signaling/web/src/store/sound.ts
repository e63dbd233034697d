import { batch, signal } from '@preact/signals';
import { type Judgement, worse } from '../call/windows';
import type { Access, Facts, Fare, Hint } from '../wire/fare';

/** A word of the server's counts for so long, ms: it comes every 5 s. */
const FARE_LIMIT = 15_000;
/** It has to be better for so long before the light says so, ms. */
const BETTER_AFTER = 5000;

export type About = Hint['about'];

/** How one's own connection fares, and by what it is made. */
export interface Light extends Judgement {
  access?: Access;
  relayed: boolean;
  tcp: boolean;
}

const dark: Light = { class: 'unclassified', because: [], relayed: false, tcp: false };

/**
 * What somebody may know of their own sound: a light, and what others hear of
 * their microphone. The browser sees it within a second or two, the server
 * measures what arrives; the worse of the two counts.
 */
export class Sound {
  readonly light = signal<Light>(dark);
  /** What others may hear, and of an echo in whose company. */
  readonly hints = signal<ReadonlyMap<About, number | undefined>>(new Map());

  #facts: Facts = {};
  #local: Judgement = dark;
  #fare: Judgement | undefined;
  #fareAt = 0;
  #worseAt = 0;

  /** What this browser measured in the last seconds. */
  fares(judgement: Judgement): void {
    this.#local = judgement;
    this.#settle();
  }

  /** What the server says of one of our legs. */
  told(fare: Fare): void {
    this.#fare = fare;
    this.#fareAt = Date.now();
    this.#settle();
  }

  /** What the browser knows of its end. */
  knows(facts: Facts | undefined): void {
    if (facts) this.#facts = facts;
  }

  hint({ about, with: other, over }: Hint): void {
    const all = new Map(this.hints.value);
    if (over) all.delete(about);
    else all.set(about, other);
    this.hints.value = all;
  }

  /** A new seat: what was said of the last one does not count for it. */
  anew(): void {
    this.#local = dark;
    this.#fare = undefined;
    batch(() => {
      this.light.value = dark;
      this.hints.value = new Map();
    });
  }

  #settle(): void {
    const now = Date.now();
    const judged = this.#judged(now);
    const shown = this.light.value.class;
    if (!worse(shown, judged.class)) this.#worseAt = now;
    else if (now - this.#worseAt < BETTER_AFTER) return;
    const { access, transport, candidate } = this.#facts;
    this.light.value = {
      ...judged,
      ...(access ? { access } : {}),
      relayed: candidate === 'relay',
      tcp: transport === 'tcp' || transport === 'tls',
    };
  }

  /** The worse of both; of what we say, the server knows more. */
  #judged(now: number): Judgement {
    const fare = now - this.#fareAt < FARE_LIMIT ? this.#fare : undefined;
    if (!fare || worse(this.#local.class, fare.class)) return this.#local;
    if (worse(fare.class, this.#local.class) || fare.side === 'said') return fare;
    return this.#local;
  }
}
