// The WebSocket protocol, version 1, as signaling/PROTOCOL.md describes it.
// Every union here is closed; whoever switches over one ends with unreachable.

export const PROTOCOL_VERSION = 1;

export type Kind = 'browser' | 'phone';
export type Role = 'host' | 'participant' | 'guest';
export type Quality = 'unclassified' | 'good' | 'degraded' | 'poor';
export type Connection = 'connected' | 'reconnecting';

export interface Participant {
  participant: number;
  name: string;
  kind: Kind;
  role: Role;
  muted: boolean;
  mutedByHost: boolean;
  hand: boolean;
  /** When the hand went up, Unix milliseconds. */
  handAt?: number;
  held: boolean;
  connection: Connection;
  quality: Quality;
  /** A phone's number, masked by the server for this viewer. */
  number?: string;
}

export interface Room {
  meeting: string;
  name: string;
  number: string;
  locked: boolean;
  /** Whoever comes in is muted at first. */
  muteOnEntry: boolean;
  /** Unix milliseconds. */
  startedAt: number;
  /** How many audio m-lines an offer has. */
  slots: number;
}

/** Somebody who waits at the door of a locked meeting. */
export interface Visitor {
  participant: number;
  name: string;
  kind: Kind;
}

/** Who is heard, with an RFC 6464 level: 0 is loudest, 127 silence. */
export interface Speaker {
  participant: number;
  level: number;
}

export const ERROR_CODES = [
  'bad-message',
  'too-large',
  'too-fast',
  'version',
  'ticket',
  'session-gone',
  'not-found',
  'ended',
  'full',
  'locked',
  'removed',
  'not-allowed',
  'not-joined',
  'bad-offer',
  'shutting-down',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export type ActionName =
  | 'mute'
  | 'unmute'
  | 'raise-hand'
  | 'lower-hand'
  | 'ask-unmute'
  | 'remove'
  | 'make-host'
  | 'admit'
  | 'refuse'
  | 'mute-all'
  | 'lock'
  | 'unlock'
  | 'end';

// Client to server.

export type Hello =
  | { type: 'hello'; protocol: number; client: string; ticket: string }
  | { type: 'hello'; protocol: number; client: string; session: string; after: number };

/** What the browser measured of its own connection in the last 5 s. */
export interface Stats {
  type: 'stats';
  leg: string;
  /** Share of packets lost on the way here, 0 to 1. */
  loss: number;
  /** Milliseconds. */
  jitter: number;
  /** Round trip, milliseconds. */
  rtt: number;
  /** Share of played samples that were concealed, 0 to 1. */
  concealed: number;
}

/** A request is answered by exactly one message whose `re` is its id. */
export type Request =
  | { type: 'join'; meeting: string; name?: string; muted: boolean }
  | { type: 'leave' }
  | { type: 'offer'; leg: string; sdp: string }
  | { type: 'drop-leg'; leg: string }
  | { type: 'act'; action: ActionName; participant?: number };

export type ClientMessage = Hello | (Request & { id: number }) | Stats | { type: 'pong' };

// Server to client.

export interface Entry {
  room: Room;
  self: number;
  role: Role;
  roster: Participant[];
  door: Visitor[];
}

export type Reply =
  | ({ type: 'joined'; re: number } & Entry)
  | { type: 'waiting'; re: number; participant: number }
  | { type: 'answer'; re: number; leg: string; sdp: string }
  | { type: 'done'; re: number }
  | { type: 'error'; re?: number; code: ErrorCode; message: string };

export type LeftReason = 'left' | 'dropped' | 'removed' | 'ended';
export type LegState = 'connected' | 'broken' | 'closed';

export type SequencedEvent =
  | ({ type: 'admitted' } & Entry)
  | { type: 'refused-entry' }
  | { type: 'participant-joined'; participant: Participant }
  | { type: 'participant-changed'; participant: Participant }
  | { type: 'participant-left'; participant: number; reason: LeftReason }
  | { type: 'room-changed'; room: Room }
  | ({ type: 'knock' } & Visitor)
  | { type: 'knock-gone'; participant: number }
  | { type: 'unmute-asked'; by: number }
  | { type: 'muted-by-host'; by: number }
  | { type: 'removed'; by?: number }
  | { type: 'ended'; by?: number }
  | { type: 'leg'; leg: string; state: LegState };

export type TransientEvent =
  | { type: 'speakers'; speakers: Speaker[] }
  | { type: 'quality'; participant: number; class: Quality };

export type RoomEvent = (SequencedEvent & { seq: number }) | TransientEvent;

export type Control =
  | { type: 'welcome'; protocol: number; server: string; session: string; resumed: boolean; seq: number }
  | { type: 'refused'; code: ErrorCode; message: string; retryAfter?: number }
  | { type: 'ping' }
  | { type: 'shutting-down'; retryAfter: number };

export type ServerMessage = Control | Reply | RoomEvent;

/** Marks the end of a switch over a closed union; does not compile when a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
