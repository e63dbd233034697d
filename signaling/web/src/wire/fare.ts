// How connections fare: what the client measures and is told of it.

import type { Kind, Quality } from './messages';

/** Why a connection is not good. */
export const BECAUSE = ['loss', 'jitter', 'round-trip', 'concealed', 'mos'] as const;
export type Because = (typeof BECAUSE)[number];

/** What the participant said to us, or heard from us. */
export type Side = 'said' | 'heard';

/** MOS of narrowband and of wideband are two scales, never to be averaged. */
export type Band = 'nb' | 'wb';

/** One direction of an interval; what is absent is not known, or none. */
export interface Direction {
  /** That the figures are about, lost ones included. */
  packets?: number;
  /** Share of packets, 0 to 1. */
  loss?: number;
  /** Packets in the longest run of lost ones. */
  gap?: number;
  /** Packets that came after their turn. */
  late?: number;
  /** Lost packets that RED or FEC gave back. */
  healed?: number;
  /** Share of the sound, 0 to 1, without `silent`. */
  concealed?: number;
  /** Share that was concealed by silence, 0 to 1: mostly pauses. */
  silent?: number;
  /** Times that sound was concealed, in streams without `silent`. */
  events?: number;
  /** How long these were in the mean, milliseconds. */
  run?: number;
  /** Milliseconds. */
  jitter?: number;
  /** 95th percentile of lateness, milliseconds. */
  spread?: number;
  /** Wait in the jitter buffer, milliseconds. */
  buffer?: number;
  /** Bits a second. */
  bitrate?: number;
  /** dBov, at most 0. */
  level?: number;
  /** Standard deviation of the level, dB. */
  swing?: number;
  /** Share of the sound, 0 to 1. */
  clipped?: number;
  /** Share of the interval, 0 to 1. */
  talking?: number;
}

export type Access = 'wired' | 'wifi' | 'cellular' | 'vpn';

/** What a browser knows of its end of a leg. */
export interface Facts {
  codec?: string;
  access?: Access;
  /** Label of the microphone. */
  device?: string;
  /** Browser and major version. */
  agent?: string;
  /** Operating system. */
  system?: string;
  transport?: 'udp' | 'tcp' | 'tls';
  candidate?: 'host' | 'srflx' | 'prflx' | 'relay';
}

/** How a leg fared in the last 5 s, as the browser measured it. */
export interface Stats {
  type: 'stats';
  leg: string;
  /** End of the interval, Unix milliseconds by this browser's clock. */
  at: number;
  /** Its length, milliseconds. */
  span: number;
  said: Direction;
  heard: Direction;
  /** Round trip, milliseconds. */
  rtt?: number;
  muted?: boolean;
  /** At first, and when one of them has changed. */
  facts?: Facts;
}

/** The stages from the click to the first sound, in their order. */
export const STAGES = [
  'click',
  'microphone',
  'signalled',
  'ice',
  'dtls',
  'sent',
  'received',
  'heard',
] as const;
export type Stage = (typeof STAGES)[number];

/** Why a stage was not reached. */
export const JOIN_CAUSES = [
  'denied',
  'no-microphone',
  'refused',
  'timeout',
  'network',
  'left',
  'other',
] as const;
export type JoinCause = (typeof JOIN_CAUSES)[number];

/** How somebody came in, or did not. */
export interface Joins {
  type: 'joins';
  leg?: string;
  /** Milliseconds since the join began. */
  ago: number;
  steps: { stage: Stage; ms: number }[];
  failed?: Stage;
  cause?: JoinCause;
}

export const RATING_REASONS = [
  'dropped-call',
  'audio-latency',
  'one-way-audio',
  'choppy-audio',
  'noisy-call',
  'echo',
] as const;
export type RatingReason = (typeof RATING_REASONS)[number];

/** How one's own leg fares, as the server sees it. */
export interface Fare {
  leg: string;
  class: Quality;
  because: Because[];
  /** The worse direction, whose figures these are. */
  side?: Side;
  loss?: number;
  /** Milliseconds. */
  jitter?: number;
  rtt?: number;
  concealed?: number;
  /** An estimate, on the scale of `band`. */
  mos?: number;
  band?: Band;
}

/** What others may hear of one's microphone. */
export interface Hint {
  about: 'dead-microphone' | 'noise' | 'echo';
  /** Who is in the same place, when it is about an echo. */
  with?: number;
  /** No longer. */
  over?: boolean;
}

export interface PresentMeeting {
  meeting: string;
  /** Who organises it; what it is about is not for all administrators. */
  organiser?: string;
  /** Unix milliseconds. */
  since: number;
  people: number;
  phones: number;
  poor: number;
  degraded: number;
}

export interface PresentLeg {
  /** Its id, as the pages of legs have it. */
  leg: string;
  meeting: string;
  participant: number;
  name: string;
  kind: Kind;
  /** Masked. */
  number?: string;
  class: Quality;
  because: Because[];
  side?: Side;
  /** Unix milliseconds, of the class. */
  since: number;
  loss?: number;
  jitterMs?: number;
  roundTripMs?: number;
  concealed?: number;
  mos?: number;
  band?: Band;
  site?: string;
  access?: string;
  agent?: string;
  codec?: string;
  trunk?: string;
  relayed: boolean;
  tcp: boolean;
  /** Unix milliseconds, of the figures. */
  at: number;
}

/** Everything that runs, as administrators see it. */
export interface Present {
  /** Unix milliseconds. */
  at: number;
  meetings: PresentMeeting[];
  meetingsAll: number;
  legs: { browser: number; phone: number };
  classes: Record<Quality, number>;
  joinsPerMinute: number;
  callsPerMinute: number;
  failedJoins: number;
  worst: PresentLeg[];
  trunks: { trunk: string; state: 'up' | 'down' | 'unknown'; calls: number }[];
  spend?: { currency: string; perMinute: number };
  reminders?: { due: number; late: number };
  refused: number;
  missing: boolean;
}

export type QualityEvent =
  | ({ type: 'fare' } & Fare)
  | ({ type: 'hint' } & Hint)
  | { type: 'now'; now: Present };
