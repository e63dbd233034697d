// The WebSocket protocol, version 1, as signaling/PROTOCOL.md describes it.
// Every union here is closed; whoever switches over one ends with unreachable.

import type { Batch, Call, Dial, Meter, PaidEvent, Quote } from './dial';
import type { Joins, QualityEvent, RatingReason, Stats } from './fare';
import type { RemindEvent } from './remind';

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
  /** A phone that the hold guard muted, since music was heard on it. */
  guarded?: boolean;
}

/** How far a recording is; absent from the room while it is off. */
export interface Recording {
  state: 'announcing' | 'on' | 'off';
  /** The host who began it, by number and by name. */
  by: number;
  name: string;
  /** From when on sound is kept, Unix milliseconds. */
  since?: number;
  /** How many here object. */
  objections?: number;
  /** While it is announced: how many have heard the notice, of how many. */
  heard?: number;
  of?: number;
}

export interface Breakout {
  breakout: number;
  participants: Visitor[];
}

/** A room that people can be moved to. */
export type Place = { meeting: string } | { breakout: number } | { main: true };

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
  /** Others wait at the door until a host is there. */
  waitForHost: boolean;
  /** Unix milliseconds, while it is not open yet. */
  opensAt?: number;
  tones: boolean;
  maxParticipants: number;
  /** Number of a break-out room; absent in the main one. */
  breakout?: number;
  breakouts?: Breakout[];
  recording?: Recording;
  /** People can be called at the company's expense. */
  dial?: boolean;
  /** By hosts only. */
  hostsDial?: boolean;
}

/** Why somebody waits at the door. */
export type Reason = 'early' | 'host' | 'locked';

export interface Wait {
  reason: Reason;
  /** Among those who wait, from 1. */
  position: number;
  /** Unix milliseconds, when early. */
  opensAt?: number;
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
  'no-host',
  'unavailable',
  'bad-number',
  'too-many',
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
  | 'end'
  | 'call-host'
  | 'hand-over'
  | 'unguard'
  | 'move'
  | 'undo-move'
  | 'breakouts'
  | 'close-breakouts'
  | 'record'
  | 'heard'
  | 'object'
  | 'quote'
  | 'dial'
  | 'dial-cancel';

/** What an action needs beside its name. */
export interface Act {
  participant?: number;
  participants?: number[];
  from?: Place;
  to?: Place;
  value?: boolean | number | string;
  dial?: Dial;
}

// Client to server.

export type Hello =
  | { type: 'hello'; protocol: number; client: string; ticket: string }
  | { type: 'hello'; protocol: number; client: string; session: string; after: number };

/** A request is answered by exactly one message whose `re` is its id. */
export type Request =
  | { type: 'join'; meeting: string; name?: string; muted: boolean; takeOver?: boolean }
  | { type: 'leave' }
  | { type: 'offer'; leg: string; sdp: string }
  | { type: 'drop-leg'; leg: string }
  | { type: 'rating'; stars: number; reasons?: RatingReason[] }
  | { type: 'watch'; now: boolean }
  | ({ type: 'act'; action: ActionName } & Act);

export type ClientMessage = Hello | (Request & { id: number }) | Stats | Joins | { type: 'pong' };

// Server to client.

export interface Entry {
  room: Room;
  self: number;
  role: Role;
  roster: Participant[];
  door: Visitor[];
  /** One's own first seat in the same meeting, e.g. by phone. */
  elsewhere?: number;
}

/** What became of one of those who were to be moved: a number there, or why not. */
export interface Moved {
  participant: number;
  as?: number;
  code?: ErrorCode;
}

export type Reply =
  | ({ type: 'joined'; re: number } & Entry)
  | ({ type: 'waiting'; re: number; participant: number } & Wait)
  | { type: 'answer'; re: number; leg: string; sdp: string }
  | { type: 'done'; re: number; results?: Moved[]; undo?: string }
  | { type: 'phone-code'; re: number; number: string; code: string; until: number }
  | ({ type: 'quote'; re: number } & Quote)
  | { type: 'dialling'; re: number; batch: Batch; calls: Call[] }
  | { type: 'error'; re?: number; code: ErrorCode; message: string; at?: number };

export type LeftReason = 'left' | 'dropped' | 'removed' | 'ended' | 'moved' | 'handed-over';
export type LegState = 'connected' | 'broken' | 'closed';

export type SequencedEvent =
  | ({ type: 'admitted' } & Entry)
  | { type: 'refused-entry' }
  | ({ type: 'still-waiting' } & Wait)
  | ({ type: 'moved'; by?: number } & Entry)
  | { type: 'participant-joined'; participant: Participant; tone?: boolean }
  | { type: 'participant-changed'; participant: Participant }
  | { type: 'participant-left'; participant: number; reason: LeftReason; tone?: boolean }
  | { type: 'room-changed'; room: Room }
  | ({ type: 'knock' } & Visitor)
  | { type: 'knock-gone'; participant: number }
  | { type: 'unmute-asked'; by: number }
  | { type: 'muted-by-host'; by: number }
  | { type: 'handed-over'; as: number }
  | { type: 'host-called'; participant: number }
  | { type: 'notice'; notice: number; about: 'recording' }
  | ({ type: 'recording' } & Recording)
  | { type: 'not-recorded'; participants: number[] }
  | { type: 'objection'; participant: number }
  | { type: 'removed'; by?: number }
  | { type: 'ended'; by?: number }
  | { type: 'leg'; leg: string; state: LegState }
  | PaidEvent
  | RemindEvent;

export type TransientEvent =
  | { type: 'speakers'; speakers: Speaker[] }
  | { type: 'quality'; participant: number; class: Quality }
  | QualityEvent
  | ({ type: 'money' } & Meter);

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
