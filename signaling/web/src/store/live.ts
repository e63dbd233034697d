import { batch, computed, signal } from '@preact/signals';
import { Call, type CallState } from '../call/call';
import { openMicrophone } from '../call/microphone';
import { onNetworkChange } from '../call/network';
import { api, type TicketFor } from '../wire/api';
import { HttpError } from '../wire/http';
import type { ActionName, Entry, RoomEvent, Speaker } from '../wire/messages';
import { Socket, type SocketState, WireError } from '../wire/socket';
import { enter, type Notice, notice, type RoomState, reduce } from './room';

export type Phase =
  | { name: 'connecting' }
  | { name: 'waiting' }
  | { name: 'in' }
  | { name: 'over'; why: string; by?: string };

export interface Ticketed {
  meeting: string;
  ticket: TicketFor;
  name?: string;
  muted: boolean;
  track: MediaStreamTrack | null;
}

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
        over: (error) => this.#finish(error.code),
      },
    );
    this.#stopWatching = onNetworkChange(() => {
      this.#socket.nudge();
      if (this.#socket.state === 'open') this.#call?.connect();
    });
  }

  open(): void {
    this.#socket.open();
  }

  /** Leaves, because the person wants to. */
  async leave(): Promise<void> {
    await Promise.race([this.#socket.request({ type: 'leave' }).catch(() => undefined), pause(700)]);
    this.#finish('left');
  }

  /** Leaves because the page goes away. */
  farewell(): void {
    this.#socket.farewell();
  }

  async act(action: ActionName, participant?: number): Promise<void> {
    await this.#socket.request({ type: 'act', action, ...(participant ? { participant } : {}) });
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
    const { meeting, name } = this.#how;
    try {
      const reply = await this.#socket.request({
        type: 'join',
        meeting,
        muted: this.muted.value,
        ...(name ? { name } : {}),
      });
      if (reply.type === 'joined') this.#enter(reply);
      else if (reply.type === 'waiting') this.phase.value = { name: 'waiting' };
    } catch (error) {
      const code = error instanceof WireError ? error.code : 'internal';
      // A break on the way is the socket's business: it comes back here.
      if (code !== 'no-connection') this.#finish(code);
    }
  }

  #enter(entry: Entry): void {
    batch(() => {
      this.room.value = enter(entry);
      this.phase.value = { name: 'in' };
    });
    // Rooms may mute whoever comes in, whatever they asked for.
    const self = this.self.value;
    if (self) this.#follow(self.muted);
    this.#tellMuted();
    this.#call?.close();
    this.#call = new Call(
      {
        slots: entry.room.slots,
        exchange: (leg, sdp) => this.#exchange(leg, sdp),
        drop: (leg) => void this.#socket.request({ type: 'drop-leg', leg }).catch(() => undefined),
        report: (stats) => this.#socket.stats(stats),
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
      },
      this.track.value,
      this.muted.value,
    );
    this.#call.connect();
  }

  async #exchange(leg: string, sdp: string): Promise<string> {
    const reply = await this.#socket.request({ type: 'offer', leg, sdp });
    if (reply.type !== 'answer') throw new WireError('internal', `unexpected ${reply.type}`);
    return reply.sdp;
  }

  #connection(state: SocketState): void {
    const before = this.socket.value;
    this.socket.value = state;
    if (state !== 'open' || before !== 'reconnecting') return;
    if (this.#sentMuted !== this.muted.value) this.#tellMuted();
    if (this.audio.value !== 'connected') this.#call?.connect();
  }

  #event(event: RoomEvent): void {
    if (event.type === 'admitted') {
      this.#enter(event);
      return;
    }
    if (event.type === 'refused-entry') {
      this.#finish('refused-entry');
      return;
    }
    const state = this.room.value;
    if (!state) return;
    const said = notice(state, event);
    this.room.value = reduce(state, event);
    if (said) this.#notify(said);
    this.#obey(event, state);
  }

  /** What an event asks of this client, beyond changing the picture of the room. */
  #obey(event: RoomEvent, before: RoomState): void {
    switch (event.type) {
      case 'removed':
      case 'ended':
        this.#finish(event.type, event.by);
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
        this.#call?.serverHears(event.speakers.some((s) => s.participant !== before.self));
        this.#hear();
        break;
      case 'leg':
        this.#call?.serverSays(event.leg, event.state);
        break;
      default:
    }
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

  #finish(why: string, by?: number): void {
    if (this.phase.value.name === 'over') return;
    const name = by === undefined ? undefined : this.room.value?.roster.get(by)?.name;
    this.phase.value = { name: 'over', why, ...(name ? { by: name } : {}) };
    this.#stopWatching();
    this.#call?.close();
    this.#socket.close();
    this.track.value?.stop();
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
