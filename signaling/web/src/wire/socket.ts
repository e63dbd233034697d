import { decode } from './decode';
import type { Joins, Stats } from './fare';
import {
  type ClientMessage,
  type ErrorCode,
  PROTOCOL_VERSION,
  type Reply,
  type Request,
  type RoomEvent,
  type ServerMessage,
  unreachable,
} from './messages';

/** Why a request did not succeed, or why the session ended. */
export class WireError extends Error {
  constructor(
    readonly code: ErrorCode | 'no-connection' | 'timeout',
    message: string,
    /** When the meeting ended, with `ended`; Unix milliseconds. */
    readonly at?: number,
  ) {
    super(message);
    this.name = 'WireError';
  }
}

export type SocketState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/** What the owner of a socket hears. */
export interface SocketHandler {
  state(state: SocketState): void;
  event(event: RoomEvent): void;
  /** The server gave a fresh session: whoever had joined must join again. */
  fresh(): void;
  /** The session is over and no attempt follows. */
  over(error: WireError): void;
}

export interface SocketConfig {
  url: string;
  client: string;
  /** Fetches a single-use ticket; called for every fresh session. */
  ticket(): Promise<string>;
  /** How long a broken connection is tried again, ms. */
  patience?: number;
  open?(url: string): WebSocket;
}

interface Pending {
  resolve(reply: Reply): void;
  reject(error: WireError): void;
  timer: ReturnType<typeof setTimeout>;
}

const REQUEST_TIMEOUT = 10_000;
// The server pings every 15 s; two missed ones mean that nobody is there.
const SILENCE_LIMIT = 35_000;
const FINAL_CODES: readonly ErrorCode[] = ['version', 'ended', 'full', 'removed', 'not-found', 'not-allowed'];

/**
 * A session with the server over as many WebSockets as it takes. It answers
 * pings, numbers requests, resumes after a break with the last sequence number
 * seen, and drops events that it has seen already.
 */
export class Socket {
  #config: SocketConfig;
  #handler: SocketHandler;
  #ws: WebSocket | undefined;
  #state: SocketState = 'closed';
  #session: string | undefined;
  #seen = 0;
  #nextId = 1;
  #pending = new Map<number, Pending>();
  #attempt = 0;
  #holdOff: number | undefined;
  #brokenSince = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(config: SocketConfig, handler: SocketHandler) {
    this.#config = config;
    this.#handler = handler;
  }

  get state(): SocketState {
    return this.#state;
  }

  open(): void {
    this.#brokenSince = Date.now();
    this.#set('connecting');
    void this.#connect();
  }

  /** Ends the session for good. */
  close(): void {
    this.#set('closed');
    this.#forget(new WireError('no-connection', 'the session was closed'));
    this.#ws?.close(1000);
    this.#ws = undefined;
  }

  /** Tries at once instead of waiting: the network just came back. */
  nudge(): void {
    if (this.#state !== 'reconnecting' || this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    void this.#connect();
  }

  request(request: Request): Promise<Reply> {
    if (this.#state !== 'open') return Promise.reject(new WireError('no-connection', 'not connected'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new WireError('timeout', `no answer to ${request.type}`));
      }, REQUEST_TIMEOUT);
      this.#pending.set(id, { resolve, reject, timer });
      this.#send({ ...request, id });
    });
  }

  /** Sends a request whose answer nobody waits for, as the page goes away. */
  farewell(): void {
    if (this.#state === 'open') this.#send({ type: 'leave', id: this.#nextId++ });
  }

  /** Sends what is not answered: it is lost while there is no connection. */
  report(report: Stats | Joins): void {
    if (this.#state === 'open') this.#send(report);
  }

  async #connect(): Promise<void> {
    this.#retry = undefined;
    let hello: ClientMessage;
    const head = { type: 'hello', protocol: PROTOCOL_VERSION, client: this.#config.client } as const;
    try {
      hello = this.#session
        ? { ...head, session: this.#session, after: this.#seen }
        : { ...head, ticket: await this.#config.ticket() };
    } catch (error) {
      if (error instanceof WireError && error.code !== 'no-connection') this.#end(error);
      else this.#broke();
      return;
    }
    if (this.#state === 'closed') return;
    const ws = (this.#config.open ?? ((url) => new WebSocket(url)))(this.#config.url);
    this.#ws = ws;
    ws.onopen = () => {
      ws.send(JSON.stringify(hello));
      this.#alive();
    };
    ws.onmessage = (frame) => {
      if (ws !== this.#ws || typeof frame.data !== 'string') return;
      this.#alive();
      const message = decode(frame.data);
      if (message) this.#receive(message);
    };
    ws.onclose = () => {
      if (ws === this.#ws) this.#broke();
    };
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#welcome(message);
        return;
      case 'refused':
        this.#refused(message.code, message.message, message.retryAfter);
        return;
      case 'ping':
        this.#send({ type: 'pong' });
        return;
      case 'shutting-down':
        // The server keeps the call up while it drains; it closes the socket
        // itself, and the next attempt waits as long as it asked for.
        this.#holdOff = message.retryAfter * 1000;
        return;
      case 'joined':
      case 'waiting':
      case 'answer':
      case 'done':
      case 'phone-code':
      case 'quote':
      case 'dialling':
      case 'error':
        this.#answer(message);
        return;
      case 'speakers':
      case 'quality':
      case 'fare':
      case 'hint':
      case 'now':
      case 'money':
        this.#handler.event(message);
        return;
      case 'admitted':
      case 'refused-entry':
      case 'still-waiting':
      case 'moved':
      case 'participant-joined':
      case 'participant-changed':
      case 'participant-left':
      case 'room-changed':
      case 'knock':
      case 'knock-gone':
      case 'unmute-asked':
      case 'muted-by-host':
      case 'handed-over':
      case 'host-called':
      case 'notice':
      case 'recording':
      case 'not-recorded':
      case 'objection':
      case 'removed':
      case 'ended':
      case 'leg':
      case 'invitees':
      case 'call':
      case 'batch':
      case 'money-warning':
      case 'receipt':
      case 'calls-ending':
      case 'approval':
      case 'budget-notice':
      case 'reminder':
      case 'reminder-settled':
        if (message.seq <= this.#seen) return;
        this.#seen = message.seq;
        this.#handler.event(message);
        return;
      default:
        unreachable(message);
    }
  }

  #welcome(welcome: Extract<ServerMessage, { type: 'welcome' }>): void {
    if (welcome.protocol !== PROTOCOL_VERSION) {
      this.#end(new WireError('version', `the server speaks protocol ${welcome.protocol}`));
      return;
    }
    this.#attempt = 0;
    this.#session = welcome.session;
    if (!welcome.resumed) this.#seen = welcome.seq;
    this.#set('open');
    if (!welcome.resumed) this.#handler.fresh();
  }

  #refused(code: ErrorCode, message: string, retryAfter?: number): void {
    if (FINAL_CODES.includes(code)) {
      this.#end(new WireError(code, message));
      return;
    }
    // A session that the server forgot, or a ticket that expired on the way:
    // the next attempt starts afresh.
    if (code === 'session-gone' || code === 'ticket') this.#session = undefined;
    this.#broke(retryAfter === undefined ? undefined : retryAfter * 1000);
  }

  #answer(reply: Reply): void {
    if (reply.re === undefined) return;
    const pending = this.#pending.get(reply.re);
    if (!pending) return;
    this.#pending.delete(reply.re);
    clearTimeout(pending.timer);
    if (reply.type === 'error') pending.reject(new WireError(reply.code, reply.message, reply.at));
    else pending.resolve(reply);
  }

  #alive(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#broke(), SILENCE_LIMIT);
  }

  #broke(delay?: number): void {
    if (this.#state === 'closed') return;
    this.#forget(new WireError('no-connection', 'the connection broke'));
    const ws = this.#ws;
    this.#ws = undefined;
    ws?.close();
    if (this.#state === 'open') this.#brokenSince = Date.now();
    if (Date.now() - this.#brokenSince > (this.#config.patience ?? 60_000)) {
      this.#end(new WireError('no-connection', 'the server cannot be reached'));
      return;
    }
    this.#set('reconnecting');
    if (this.#retry !== undefined) return;
    // 0.3 s, 0.6 s, … up to 3 s, spread so that a room does not return as one.
    const pause =
      delay ?? this.#holdOff ?? Math.min(3000, 300 * 2 ** this.#attempt) * (0.75 + Math.random() / 2);
    this.#attempt++;
    this.#holdOff = undefined;
    this.#retry = setTimeout(() => void this.#connect(), pause);
  }

  #end(error: WireError): void {
    if (this.#state === 'closed') return;
    this.close();
    this.#handler.over(error);
  }

  #forget(error: WireError): void {
    clearTimeout(this.#watchdog);
    if (this.#state === 'closed') clearTimeout(this.#retry);
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(error);
    }
    this.#pending.clear();
  }

  #set(state: SocketState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#handler.state(state);
  }

  #send(message: ClientMessage): void {
    if (this.#ws?.readyState === 1) this.#ws.send(JSON.stringify(message));
  }
}
