// How calls sounded, for administrators, and for each person their own.
// Shares are 0 to 1, levels dBov, MOS 1 to 5; a figure that nobody knows is absent.

import type { Band, Because, Present, RatingReason, Side, Stage } from './fare';
import { call } from './http';
import type { Kind, Quality } from './messages';
import { type Query, query } from './paid';

/** One direction of a leg over its life. */
export interface Direction {
  loss?: number;
  burst?: number;
  jitterMs?: number;
  spreadMs?: number;
  concealed?: number;
  bufferMs?: number;
  mos?: number;
  band?: Band;
  /** The codec has no published parameters. */
  estimate?: boolean;
  level?: number;
  clipped?: number;
  talking?: number;
}

/** One connection of a participant, as lists show it. */
export interface Leg {
  id: string;
  meeting: string;
  /** For those who are invited. */
  meetingName?: string;
  organiser?: string;
  room?: string;
  participant: number;
  kind: Kind;
  person?: string;
  name: string;
  /** Masked. */
  number?: string;
  outbound?: boolean;
  trunk?: string;
  country?: string;
  destination?: string;
  codec?: string;
  wideband?: boolean;
  site?: string;
  access?: string;
  agent?: string;
  system?: string;
  device?: string;
  transport?: string;
  candidate?: string;
  began: string;
  /** Absent while it lives. */
  ended?: string;
  seconds: number;
  cause?: string;
  dropped: boolean;
  class: Quality;
  because: Because[];
  said: Direction;
  heard: Direction;
  roundTripMs?: number;
  worst?: { from: string; to: string; side: Side; class: Quality };
  rating?: number;
  /** Some samples are missing. */
  missing: boolean;
}

/** How many legs were how good, and means of what was measured. */
export interface Counts {
  legs: number;
  good: number;
  degraded: number;
  poor: number;
  unclassified: number;
  dropped: number;
  ratings?: number;
  stars?: number;
  mosNb?: number;
  mosWb?: number;
  loss?: number;
  jitterMs?: number;
  roundTripMs?: number;
}

export type TrunkState = 'up' | 'down' | 'unknown';

export interface Day extends Counts {
  /** "2026-11-23"; empty in the total. */
  day: string;
  joins: number;
  joinsFailed: number;
  calls: number;
  callsFailed: number;
}

export interface Targets {
  poor: number;
  setUp: number;
  drop: number;
}

export interface Health {
  from: string;
  to: string;
  zone: string;
  targets: Targets;
  total: Day;
  days: Day[];
  because: { because: Because; legs: number }[];
  /** How many times each target was used up within the last hours; 1 is exactly. */
  burn: { hours: number; poor: number; setUp: number; drop: number }[];
}

export interface TrunkQuality {
  trunk: string;
  state: TrunkState;
  attempts: number;
  answered: number;
  asr?: number;
  ner?: number;
  ser?: number;
  seer?: number;
  pddMs?: number;
  pdd95Ms?: number;
  acdSeconds?: number;
  mosNb?: number;
  mosWb?: number;
  legs: number;
  poor: number;
  /** µ-units. */
  cost?: number;
  outcomes: { status: number; q850: number; count: number }[];
}

export interface Join {
  leg?: string;
  kind: Kind;
  at: string;
  steps: { stage: Stage; ms: number }[];
  failed?: Stage;
  cause?: string;
}

export interface Joins {
  joins: {
    kind: Kind;
    total: number;
    failed: number;
    stages: { stage: Stage; reached: number; medianMs?: number; p95Ms?: number }[];
  }[];
  failures: { kind: Kind; stage: Stage; cause: string; count: number }[];
  recent: Join[];
}

/** What people thought of the sound. */
export interface Ratings {
  count: number;
  mean?: number;
  /** How many gave one to five. */
  stars: number[];
  reasons: { reason: RatingReason; count: number }[];
  rows: { at: string; leg: string; name: string; stars: number; reasons: RatingReason[] }[];
}

/** Where a table is to be had as CSV. */
export const exportAddress = (table: string, filter: Query = {}): string =>
  `/api/v1/quality/${table}/export${query(filter)}`;

export const qualityApi = {
  now: () => call<Present>('GET', '/quality/now'),
  health: (filter: Query) => call<Health>('GET', `/quality/health${query(filter)}`),
  trunks: (filter: Query) =>
    call<{ currency?: string; trunks: TrunkQuality[] }>('GET', `/quality/trunks${query(filter)}`),
  joins: (filter: Query) => call<Joins>('GET', `/quality/joins${query(filter)}`),
  ratings: (filter: Query) => call<Ratings>('GET', `/quality/ratings${query(filter)}`),
  mine: (filter: Query) => call<{ legs: Leg[]; next?: string }>('GET', `/me/legs${query(filter)}`),
};
