import { batch, computed, signal } from '@preact/signals';
import { Call, type CallState } from '../call/call';
import { Joining } from '../call/joining';
import { openMicrophone } from '../call/microphone';
import { onNetworkChange } from '../call/network';
import { api, type TicketFor } from '../wire/api';
import type { Batch, Dial, Call as PaidCall, Quote, Receipt } from '../wire/dial';
import type { JoinCause, RatingReason } from '../wire/fare';
import { HttpError } from '../wire/http';
import type { Act, ActionName, Entry, Moved, Place, Reply, RoomEvent, Speaker, Wait } from '../wire/messages';
import { Socket, type SocketState, WireError } from '../wire/socket';
import { type CallsState, elsewhere, enterCalls, forget, noCalls, reduceCalls } from './calls';
import { hear, isPersonal } from './cards';
import { keepJoin, takeJoin } from './kept';
import { enter, type Notice, notice, type RoomState, reduce } from './room';
import { Sound } from './sound';

export type Phase =
  | { name: 'connecting' }
  | ({ name: 'waiting' } & Wait)
  | { name: 'in' }
  | {
      name: 'over';
      why: string;
      by?: string;
      /** When the meeting ended, if it was over before one came; Unix milliseconds. */
      at?: number;
    };

export interface Ticketed {
  meeting: string;
  ticket: TicketFor;
  name?: string;
  muted: boolean;
  track: MediaStreamTrack | null;
  /** Goes on in the place of one's own phone. */
  takeOver?: boolean;
}

/** How long a receipt is waited for after a meeting was ended, ms. */
const RECEIPT_LIMIT = 1500;
/** How long whoever left may still say how it sounded, ms. */
const RATING_LIMIT = 120_000;

export type PhoneCode = Extract<Reply, { type: 'phone-code' }>;

/**
 * One visit to a meeting: the socket, the call and the room that they make.
 * It ends in phase `over` and is thrown away then.
 */
export class Live {
  readonly phase = signal<Phase>({ name: 'connecting' });
  readonly socket = signal<SocketState>('connecting');
  readonly audio = signal<CallState>('connecting');
  readonly room = signal<RoomState | undefined>(undefined);
  readonly streams = signal<readonly MediaStream[]>([]);
  /** Participants whose voice is heard now, loudest first. */
  readonly speaking = signal<readonly number[]>([]);
  /** The microphone; null when listening only. */
  readonly track = signal<MediaStreamTrack | null>(null);
  /** What the person wants; ahead of the server by one round trip. */
  readonly muted = signal(true);
  readonly pushing = signal(false);
  /** The number of a notice that is still to be shown and heard. */
  readonly notice = signal<number | undefined>(undefined);
  /** Whether this person objected to the recording that runs. */
  readonly objected = signal(false);
  /** Calls at the company's expense. */
  readonly calls = signal<CallsState>(noCalls);
  /** What one's calls cost, once one has left. */
  readonly receipt = signal<Receipt | undefined>(undefined);
  /** How one's own connection and microphone fare. */
  readonly sound = new Sound();
  readonly self = computed(() => {
    const state = this.room.value;
    return state?.roster.get(state.self);
  });
  readonly host = computed(() => this.room.value?.role === 'host');

  #how: Ticketed;
  #socket: Socket;
  #call: Call | undefined;
  #notify: (notice: Notice) => void;
  #stopWatching: () => void;
  #joining: Joining;
  #looks: ReturnType<typeof setInterval>;
  #seated = false;
  #byPackets: readonly Speaker[] | undefined;
  #byServer: readonly Speaker[] = [];
  #sentMuted: boolean | undefined;

  constructor(how: Ticketed, notify: (notice: Notice) => void) {
    this.#how = how;
    this.#notify = notify;
    this.#hold(how.track);
    this.muted.value = how.muted || how.track === null;
    this.#socket = new Socket(
      {
        url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
        client: `web/${__VERSION__}`,
        ticket: () => this.#ticket(),
      },
      {
        state: (state) => this.#connection(state),
        event: (event) => this.#event(event),
        fresh: () => void this.#join(),
        over: (error) => this.#finish({ why: error.code }),
      },
    );
    this.#joining = new Joining((joins) => {
      if (this.#socket.state === 'open') this.#socket.report(joins);
      else keepJoin(joins);
    });
    if (how.track) this.#joining.reach('microphone');
    this.#looks = setInterval(() => this.#lookAtJoining(), 500);
    this.#stopWatching = onNetworkChange(() => {
      this.#socket.nudge();
      if (this.#socket.state === 'open') this.#call?.connect();
    });
  }

  /** The meeting that was asked for; one may have been moved to another since. */
  get meeting(): string {
    return this.#how.meeting;
  }

  open(): void {
    this.#socket.open();
  }

  /** Leaves, because the person wants to. */
  async leave(): Promise<void> {
    await Promise.race([this.#socket.request({ type: 'leave' }).catch(() => undefined), pause(700)]);
    this.#finish({ why: 'left' });
  }

  /** Leaves because the page goes away. */
  farewell(): void {
    this.#socket.farewell();
  }

  /** Whether one may still say how it sounded: there was a seat, and the server is there. */
  get ratable(): boolean {
    return this.#seated && this.#socket.state === 'open';
  }

  /** Says how it sounded, of the seat that one had last; again in place of what one said before. */
  async rate(stars: number, reasons: RatingReason[]): Promise<void> {
    await this.#socket.request({ type: 'rating', stars, ...(reasons.length > 0 ? { reasons } : {}) });
  }

  /** The page of the visit's end is gone, and nothing more is to be said. */
  forget(): void {
    if (this.phase.value.name === 'over') this.#socket.close();
  }

  async act(action: ActionName, more: Act = {}): Promise<void> {
    await this.#socket.request({ type: 'act', action, ...more });
  }

  /** Moves people of one room to another; what became of each, and how to undo it. */
  async move(people: number[], to: Place, from?: Place): Promise<{ results: Moved[]; undo?: string }> {
    const reply = await this.#socket.request({
      type: 'act',
      action: 'move',
      participants: people,
      to,
      ...(from ? { from } : {}),
    });
    if (reply.type !== 'done') throw new WireError('internal', `unexpected ${reply.type}`);
    return { results: reply.results ?? [], ...(reply.undo ? { undo: reply.undo } : {}) };
  }

  /** What calls would cost, or why they are not placed. */
  async quote(dial: Dial): Promise<Quote> {
    const reply = await this.#socket.request({ type: 'act', action: 'quote', dial });
    if (reply.type !== 'quote') throw new WireError('internal', `unexpected ${reply.type}`);
    return reply;
  }

  /** Calls people at the company's expense. */
  async dial(dial: Dial): Promise<{ batch: Batch; calls: PaidCall[] }> {
    const reply = await this.#socket.request({ type: 'act', action: 'dial', dial });
    if (reply.type !== 'dialling') throw new WireError('internal', `unexpected ${reply.type}`);
    batch(() => {
      // What was told of them meanwhile is newer.
      for (const call of reply.calls)
        if (!this.calls.value.calls.has(call.call))
          this.calls.value = reduceCalls(this.calls.value, { type: 'call', call });
    });
    return reply;
  }

  /** Takes a call that failed off the list. */
  forgetCall(call: string): void {
    this.calls.value = forget(this.calls.value, call);
  }

  /** What to type at a phone to go on there. */
  async phoneCode(): Promise<PhoneCode> {
    const reply = await this.#socket.request({ type: 'act', action: 'hand-over' });
    if (reply.type !== 'phone-code') throw new WireError('internal', `unexpected ${reply.type}`);
    return reply;
  }

  /** Goes on here, in the place of one's own phone in the same meeting. */
  async takeOver(): Promise<void> {
    await this.#socket.request({ type: 'leave' });
    this.#how = { ...this.#how, takeOver: true };
    await this.#join();
  }

  /** The notice was shown and heard. */
  async heard(): Promise<void> {
    const value = this.notice.value;
    if (value === undefined) return;
    await this.act('heard', { value });
    if (this.notice.value === value) this.notice.value = undefined;
  }

  async object(): Promise<void> {
    await this.act('object');
    this.objected.value = true;
  }

  /** Mutes or unmutes at once; the server is told on the way. */
  setMuted(muted: boolean): void {
    if (!muted && !this.track.value) return;
    this.muted.value = muted;
    this.#call?.setMuted(muted);
    this.#tellMuted();
  }

  push(down: boolean): void {
    if (down === this.pushing.value) return;
    if (down && (!this.muted.value || !this.track.value)) return;
    this.pushing.value = down;
    this.setMuted(!down);
  }

  async useMicrophone(device: string): Promise<void> {
    const track = await openMicrophone(device);
    this.track.value?.stop();
    this.#hold(track);
    this.#call?.setTrack(track);
  }

  /** Keeps a microphone until it is unplugged; then the person only listens. */
  #hold(track: MediaStreamTrack | null): void {
    this.track.value = track;
    track?.addEventListener('ended', () => {
      if (this.track.value !== track) return;
      this.track.value = null;
      this.#call?.setTrack(null);
      this.setMuted(true);
    });
  }

  #tellMuted(): void {
    const muted = this.muted.value;
    if (this.#sentMuted === muted || this.#socket.state !== 'open' || this.phase.value.name !== 'in') return;
    this.#sentMuted = muted;
    this.act(muted ? 'mute' : 'unmute').catch(() => {
      this.#sentMuted = undefined;
    });
  }

  async #ticket(): Promise<string> {
    try {
      return (await api.ticket(this.#how.ticket)).ticket;
    } catch (error) {
      if (error instanceof HttpError && error.status >= 400 && error.status < 500 && error.status !== 429) {
        throw new WireError(ticketCode(error), error.detail);
      }
      throw new WireError('no-connection', 'no ticket');
    }
  }

  async #join(): Promise<void> {
    if (this.phase.value.name === 'over') {
      this.#socket.close();
      return;
    }
    const { meeting, name, takeOver } = this.#how;
    try {
      const reply = await this.#socket.request({
        type: 'join',
        meeting,
        muted: this.muted.value,
        ...(name ? { name } : {}),
        ...(takeOver ? { takeOver } : {}),
      });
      this.#how = { ...this.#how, takeOver: false };
      if (reply.type === 'joined') this.#enter(reply);
      else if (reply.type === 'waiting') this.#wait(reply);
    } catch (error) {
      const { code, at } = error instanceof WireError ? error : { code: 'internal', at: undefined };
      // A break on the way is the socket's business: it comes back here.
      if (code !== 'no-connection') this.#finish({ why: code, ...(at ? { at } : {}) });
    }
  }

  #wait({ reason, position, opensAt }: Wait): void {
    this.#joining.reach('signalled');
    this.#joining.pause();
    this.phase.value = { name: 'waiting', reason, position, ...(opensAt ? { opensAt } : {}) };
  }

  #enter(entry: Entry): void {
    // A new seat: what the last one was told and objected to does not count for it.
    this.#seated = true;
    this.#joining.reach('signalled');
    this.sound.anew();
    this.#endRecording();
    this.#settle(entry);
    this.#call?.close();
    this.#call = this.#newCall(entry.room.slots);
    this.#call.connect();
  }

  /** In another room with the same call: legs go on as they are. */
  #moved(entry: Entry): void {
    this.#byServer = [];
    this.#settle(entry);
    this.#call?.setSlots(entry.room.slots);
  }

  #settle(entry: Entry): void {
    batch(() => {
      this.room.value = enter(entry);
      this.calls.value = enterCalls(this.calls.value);
      this.phase.value = { name: 'in' };
      if (!entry.room.recording) this.#endRecording();
    });
    // Rooms may mute whoever comes in, whatever they asked for.
    const self = this.self.value;
    if (self) this.#follow(self.muted);
    this.#tellMuted();
  }

  #newCall(slots: number): Call {
    return new Call(
      {
        slots,
        exchange: (leg, sdp) => this.#exchange(leg, sdp),
        drop: (leg) => void this.#socket.request({ type: 'drop-leg', leg }).catch(() => undefined),
        report: (stats) => {
          this.sound.knows(stats.facts);
          this.#socket.report(stats);
        },
        reached: (stage, leg) => this.#joining.reach(stage, leg),
      },
      {
        state: (state) => {
          this.audio.value = state;
        },
        streams: (streams) => {
          this.streams.value = streams;
        },
        speakers: (speakers) => {
          this.#byPackets = speakers;
          this.#hear();
        },
        fares: (judgement) => this.sound.fares(judgement),
        dead: (dead) => this.sound.hint({ about: 'dead-microphone', over: !dead }),
      },
      this.track.value,
      this.muted.value,
    );
  }

  #endRecording(): void {
    this.notice.value = undefined;
    this.objected.value = false;
  }

  async #exchange(leg: string, sdp: string): Promise<string> {
    const reply = await this.#socket.request({ type: 'offer', leg, sdp });
    if (reply.type !== 'answer') throw new WireError('internal', `unexpected ${reply.type}`);
    return reply.sdp;
  }

  #connection(state: SocketState): void {
    const before = this.socket.value;
    this.socket.value = state;
    if (state === 'open') {
      const kept = takeJoin();
      if (kept) this.#socket.report(kept);
    }
    if (state !== 'open' || before !== 'reconnecting') return;
    if (this.#sentMuted !== this.muted.value) this.#tellMuted();
    if (this.audio.value !== 'connected') this.#call?.connect();
  }

  #event(event: RoomEvent): void {
    if (isPersonal(event)) {
      hear(event);
      return;
    }
    // Whoever has left is told what it cost, and nothing more of the room.
    if (this.phase.value.name === 'over' && event.type !== 'receipt') return;
    if (event.type === 'fare') {
      this.sound.told(event);
      return;
    }
    if (event.type === 'hint') {
      this.sound.hint(event);
      return;
    }
    if (event.type === 'admitted') {
      this.#enter(event);
      return;
    }
    if (event.type === 'still-waiting') {
      this.#wait(event);
      return;
    }
    if (event.type === 'refused-entry') {
      this.#finish({ why: 'refused-entry' });
      return;
    }
    const state = this.room.value;
    if (!state) return;
    const said = notice(state, event);
    if (event.type === 'moved') this.#moved(event);
    else this.room.value = reduce(state, event);
    this.#paid(event, state.room.meeting);
    if (said) this.#notify(said);
    this.#obey(event, state);
  }

  #paid(event: RoomEvent, meeting: string): void {
    switch (event.type) {
      case 'receipt':
        if (!elsewhere(event, meeting)) this.receipt.value = event;
        break;
      case 'call':
      case 'batch':
      case 'money':
      case 'money-warning':
      case 'calls-ending':
        if (!elsewhere(event, meeting)) this.calls.value = reduceCalls(this.calls.value, event);
        break;
      default:
    }
  }

  /** What an event asks of this client, beyond changing the picture of the room. */
  #obey(event: RoomEvent, before: RoomState): void {
    switch (event.type) {
      case 'removed':
      case 'ended':
        this.#finish({ why: event.type, ...this.#nameOf(event.by) });
        break;
      case 'handed-over':
        this.#finish({ why: event.type });
        break;
      case 'notice':
        this.notice.value = event.notice;
        break;
      case 'recording':
        if (event.state === 'off') this.#endRecording();
        break;
      case 'muted-by-host':
        this.#follow(true);
        break;
      case 'participant-changed': {
        // Another host may mute me; only I unmute myself.
        const { participant, mutedByHost } = event.participant;
        const already = before.roster.get(participant)?.mutedByHost;
        if (participant === before.self && mutedByHost && !already) this.#follow(true);
        break;
      }
      case 'speakers':
        this.#byServer = event.speakers;
        this.#othersTalk(event.speakers.some((s) => s.participant !== before.self));
        this.#hear();
        break;
      case 'leg':
        this.#call?.serverSays(event.leg, event.state);
        break;
      default:
    }
  }

  /** The yardstick for a leg on which nothing is heard. */
  #othersTalk(others: boolean): void {
    this.#call?.serverHears(others);
    this.#joining.others(others);
  }

  /** Takes over what the server decided about the own microphone. */
  #follow(muted: boolean): void {
    this.#sentMuted = muted;
    if (!muted || this.muted.value) return;
    this.pushing.value = false;
    this.muted.value = true;
    this.#call?.setMuted(true);
  }

  /** Packets tell it sooner; the server tells it of oneself, and where packets cannot. */
  #hear(): void {
    const self = this.room.value?.self;
    const own = this.#byServer.filter((s) => s.participant === self && !this.muted.value);
    const others = (this.#byPackets ?? this.#byServer).filter((s) => s.participant !== self);
    const now = [...others, ...own].sort((a, b) => a.level - b.level).map((s) => s.participant);
    if (now.join() !== this.speaking.value.join()) this.speaking.value = now;
  }

  #nameOf(by?: number): { by?: string } {
    const name = by === undefined ? undefined : this.room.value?.roster.get(by)?.name;
    return name ? { by: name } : {};
  }

  #finish(end: { why: string; by?: string; at?: number }): void {
    if (this.phase.value.name === 'over') return;
    this.#joining.end(joinCause(end.why));
    clearInterval(this.#looks);
    this.phase.value = { name: 'over', ...end };
    this.#stopWatching();
    this.#call?.close();
    this.#hangUp(end.why);
    this.track.value?.stop();
  }

  /** Ends the session, once nothing more is to be heard or said in it. */
  #hangUp(why: string): void {
    if (this.#seated && RATABLE.includes(why)) {
      setTimeout(() => this.#socket.close(), RATING_LIMIT);
      return;
    }
    // The receipt of one's calls may be on its way.
    const owed = this.calls.value.calls.size > 0 && this.receipt.value === undefined;
    if (owed) setTimeout(() => this.#socket.close(), RECEIPT_LIMIT);
    else this.#socket.close();
  }

  #lookAtJoining(): void {
    this.#joining.look();
    if (this.#joining.over) clearInterval(this.#looks);
  }
}

/** After such an end one may say how it sounded. */
const RATABLE = ['left', 'ended', 'handed-over'];

function joinCause(why: string): JoinCause {
  switch (why) {
    case 'left':
      return 'left';
    case 'no-connection':
      return 'network';
    default:
      return 'refused';
  }
}

function ticketCode(error: HttpError): 'not-found' | 'ended' | 'full' | 'removed' | 'not-allowed' {
  switch (error.code) {
    case 'ended':
    case 'full':
    case 'removed':
    case 'not-found':
      return error.code;
    default:
      return error.status === 404 || error.status === 410 ? 'not-found' : 'not-allowed';
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
