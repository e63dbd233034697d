import { type JoinCause, type Joins, STAGES, type Stage } from '../wire/fare';

/** So long a join may take, ms; after it what was reached is told. */
const LIMIT = 20_000;
/** Others talk for so long, and nothing is heard: that is a failure, ms. */
const DEAF_LIMIT = 8000;

/**
 * Notes when somebody's way in reached each stage, and tells it once: when the
 * first sound was heard, when it failed, or when it took too long. Whoever is
 * alone hears nothing, and that is no failure.
 */
export class Joining {
  #report: (joins: Joins) => void;
  #now: () => number;
  #began: number;
  #steps = new Map<Stage, number>();
  #leg: string | undefined;
  #told = false;
  #paused: number | undefined;
  #deafSince = 0;

  /** `now` counts milliseconds; the click is now. */
  constructor(report: (joins: Joins) => void, now: () => number = () => performance.now()) {
    this.#report = report;
    this.#now = now;
    this.#began = now();
    this.#steps.set('click', 0);
  }

  get over(): boolean {
    return this.#told;
  }

  /** A stage was reached; what is reached again changes nothing. */
  reach(stage: Stage, leg?: string): void {
    if (this.#told) return;
    this.resume();
    if (leg) this.#leg = leg;
    if (!this.#steps.has(stage)) this.#steps.set(stage, this.#now() - this.#began);
    if (stage === 'heard') this.#tell();
  }

  /** At the door one waits for people, not for the network. */
  pause(): void {
    this.#paused ??= this.#now();
  }

  resume(): void {
    if (this.#paused === undefined) return;
    this.#began += this.#now() - this.#paused;
    this.#paused = undefined;
  }

  /** Whether others talk, as the server says. */
  others(talk: boolean): void {
    if (!talk) this.#deafSince = 0;
    else if (this.#deafSince === 0) this.#deafSince = this.#now();
  }

  /** To be called now and then: decides when waiting is over. */
  look(): void {
    if (this.#told || this.#paused !== undefined) return;
    const now = this.#now();
    const deaf = this.#deafSince > 0 && now - this.#deafSince > DEAF_LIMIT && this.#steps.has('dtls');
    if (deaf) this.fail(this.#steps.has('received') ? 'other' : 'network');
    else if (now - this.#began > LIMIT) this.#steps.has('dtls') ? this.#tell() : this.fail(this.#why());
  }

  /** Gives up at the first stage that was not reached and had to be. */
  fail(cause: JoinCause): void {
    if (!this.#told) this.#tell(this.#missing(), cause);
  }

  /** The visit is over; whoever got in is no failure. */
  end(cause: JoinCause): void {
    if (this.#told) return;
    if (this.#steps.has('dtls') || this.#paused !== undefined) this.#tell();
    else this.fail(cause);
  }

  #why(): JoinCause {
    return this.#steps.has('signalled') ? 'network' : 'timeout';
  }

  /** Whoever only listens opens no microphone, and whoever is muted sends nothing. */
  #missing(): Stage {
    const need = STAGES.filter((stage) => stage !== 'microphone' && stage !== 'sent');
    return need.find((stage) => !this.#steps.has(stage)) ?? 'heard';
  }

  #tell(failed?: Stage, cause?: JoinCause): void {
    this.#told = true;
    this.resume();
    this.#report({
      type: 'joins',
      ...(this.#leg ? { leg: this.#leg } : {}),
      ago: Math.max(0, Math.round(this.#now() - this.#began)),
      steps: STAGES.flatMap((stage) => {
        const ms = this.#steps.get(stage);
        return ms === undefined ? [] : [{ stage, ms: Math.round(ms) }];
      }),
      ...(failed ? { failed } : {}),
      ...(cause ? { cause } : {}),
    });
  }
}
