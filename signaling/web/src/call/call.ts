import type { Stage, Stats } from '../wire/fare';
import type { LegState, Speaker } from '../wire/messages';
import { Leg } from './leg';
import { Measure } from './measure';
import { SpeakerReader } from './speakers';
import type { Judgement } from './windows';

export type CallState = 'connecting' | 'connected' | 'reconnecting' | 'failed';

export interface CallHandler {
  state(state: CallState): void;
  /** What is to be played; replaced as a whole when a second leg takes over. */
  streams(streams: MediaStream[]): void;
  /** Who is heard, by the packets; undefined while packets cannot tell. */
  speakers(speakers: Speaker[] | undefined): void;
  /** How the connection fares, every second. */
  fares(judgement: Judgement): void;
  /** Whether the microphone gives nothing at all, though it is not muted. */
  dead(dead: boolean): void;
}

export interface CallConfig {
  slots: number;
  exchange(leg: string, offer: string): Promise<string>;
  drop(leg: string): void;
  report(stats: Stats): void;
  /** A stage of the way in was reached, again with each leg. */
  reached(stage: Stage, leg: string): void;
}

const LOOK_EVERY = 100;
/** A leg that is disconnected this long gets company. */
const DISCONNECTED_LIMIT = 1000;
/** So does one that is silent this long while the server says somebody talks. */
const SILENT_LIMIT = 1500;
/** How long the server may miss our packets before we act on it. */
const DOUBT_LIMIT = 500;
const CONNECT_LIMIT = 8000;
/** The first leg lives on this long after the second carries media. */
const OVERLAP = 2000;
const MAX_PAUSE = 8000;

/**
 * A participant's audio: one leg, and for a short while two of them when the
 * network changes under it. The second is brought up before the first goes.
 */
export class Call {
  #config: CallConfig;
  #handler: CallHandler;
  #active: Leg | undefined;
  #next: Leg | undefined;
  #old = new Map<Leg, ReturnType<typeof setTimeout>>();
  #track: MediaStreamTrack | null = null;
  #muted: boolean;
  #closed = false;
  #reader = new SpeakerReader();
  #measure: Measure;
  #heard = false;
  #sent = false;
  #connectTimer: ReturnType<typeof setTimeout> | undefined;
  #brokenTimer: ReturnType<typeof setTimeout> | undefined;
  #doubtTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #pause = 500;
  #talkSince = 0;
  #looks: ReturnType<typeof setInterval>;

  constructor(config: CallConfig, handler: CallHandler, track: MediaStreamTrack | null, muted: boolean) {
    this.#config = config;
    this.#handler = handler;
    this.#track = track;
    this.#muted = muted;
    this.#looks = setInterval(() => this.#look(), LOOK_EVERY);
    this.#measure = new Measure({
      report: config.report,
      fares: (judgement, packets) => this.#fares(judgement, packets),
      dead: handler.dead,
    });
    this.#measure.hold(track, muted);
  }

  /** Brings the first leg up, or another one beside it; does nothing while one is on its way. */
  connect(): void {
    if (this.#closed || this.#next) return;
    clearTimeout(this.#retryTimer);
    this.#handler.state(this.#active ? 'reconnecting' : 'connecting');
    const leg: Leg = new Leg({
      slots: this.#config.slots,
      track: this.#sending(),
      exchange: this.#config.exchange,
      changed: (changed, state) => this.#changed(changed, state),
      found: () => this.#config.reached('ice', leg.name),
    });
    this.#next = leg;
    this.#connectTimer = setTimeout(() => this.#giveUp(leg), CONNECT_LIMIT);
    leg.open().catch(() => this.#giveUp(leg));
  }

  /** Mute is the absence of a track: not one packet leaves. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#resend();
  }

  /** Another microphone, or none. */
  setTrack(track: MediaStreamTrack | null): void {
    this.#track = track;
    this.#resend();
  }

  /** Another room has other slots: a leg that fits them is brought up beside the present one. */
  setSlots(slots: number): void {
    if (slots === this.#config.slots) return;
    this.#config = { ...this.#config, slots };
    this.connect();
  }

  /** What the server says of one of our legs; a moment's silence is nothing yet. */
  serverSays(leg: string, state: LegState): void {
    if (leg !== this.#active?.name) return;
    clearTimeout(this.#doubtTimer);
    if (state === 'broken') this.#doubtTimer = setTimeout(() => this.connect(), DOUBT_LIMIT);
    else if (state === 'closed') this.connect();
  }

  /** What the server says of who is heard: the yardstick for a silent leg. */
  serverHears(others: boolean): void {
    if (!others) this.#talkSince = 0;
    else if (this.#talkSince === 0) this.#talkSince = performance.now();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#looks);
    this.#measure.close();
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#brokenTimer);
    clearTimeout(this.#doubtTimer);
    clearTimeout(this.#retryTimer);
    this.#active?.close();
    this.#next?.close();
    for (const [leg, timer] of this.#old) {
      clearTimeout(timer);
      leg.close();
    }
    this.#old.clear();
    this.#handler.streams([]);
  }

  #sending(): MediaStreamTrack | null {
    return this.#muted ? null : this.#track;
  }

  #resend(): void {
    this.#measure.hold(this.#track, this.#muted);
    for (const leg of [this.#active, this.#next, ...this.#old.keys()]) {
      void leg?.send(this.#sending()).catch(() => {});
    }
  }

  #changed(leg: Leg, state: RTCPeerConnectionState): void {
    if (this.#closed) return;
    if (leg === this.#next) {
      if (state === 'connected') this.#takeOver(leg);
      else if (state === 'failed' || state === 'closed') this.#giveUp(leg);
      return;
    }
    if (leg !== this.#active) return;
    clearTimeout(this.#brokenTimer);
    if (state === 'connected') this.#handler.state('connected');
    else if (state === 'disconnected') {
      this.#brokenTimer = setTimeout(() => this.connect(), DISCONNECTED_LIMIT);
    } else if (state === 'failed' || state === 'closed') this.connect();
  }

  #takeOver(leg: Leg): void {
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#brokenTimer);
    const before = this.#active;
    this.#active = leg;
    this.#next = undefined;
    this.#pause = 500;
    this.#talkSince = 0;
    this.#measure.follow(leg);
    this.#config.reached('dtls', leg.name);
    this.#handler.streams(leg.streams);
    this.#handler.state('connected');
    if (before)
      this.#old.set(
        before,
        setTimeout(() => this.#retire(before), OVERLAP),
      );
  }

  #retire(leg: Leg): void {
    this.#old.delete(leg);
    leg.close();
    this.#config.drop(leg.name);
  }

  #giveUp(leg: Leg): void {
    if (this.#closed || leg !== this.#next) return;
    clearTimeout(this.#connectTimer);
    leg.close();
    this.#config.drop(leg.name);
    this.#next = undefined;
    const fine = this.#active?.pc.connectionState === 'connected';
    this.#handler.state(fine ? 'connected' : 'failed');
    if (fine) return;
    this.#retryTimer = setTimeout(() => this.connect(), this.#pause);
    this.#pause = Math.min(MAX_PAUSE, this.#pause * 2);
  }

  #look(): void {
    if (!this.#active) return;
    const now = performance.now();
    const heard = this.#reader.read(this.#active.receivers, now);
    this.#handler.speakers(this.#reader.works ? heard : undefined);
    this.#first(this.#active, heard.length > 0);
    const since = Math.max(this.#talkSince, this.#reader.lastPacket);
    if (this.#reader.works && this.#talkSince > 0 && now - since > SILENT_LIMIT) {
      this.#talkSince = 0;
      this.connect();
    }
  }

  #fares(judgement: Judgement, packets: boolean): void {
    // Where packets do not tell who speaks, that some came has to do.
    if (packets && this.#active && !this.#reader.works) {
      this.#config.reached('received', this.#active.name);
      this.#config.reached('heard', this.#active.name);
    }
    this.#handler.fares(judgement);
  }

  /** Notes the first packets of the way in. */
  #first(leg: Leg, heard: boolean): void {
    if (!this.#heard && this.#reader.works) {
      this.#config.reached('received', leg.name);
      this.#heard = heard;
      if (heard) this.#config.reached('heard', leg.name);
    }
    if (this.#sent || this.#sending() === null) return;
    this.#sent = true;
    leg.sent().then(
      (sent) => {
        this.#sent = sent;
        if (sent) this.#config.reached('sent', leg.name);
      },
      () => undefined,
    );
  }
}
