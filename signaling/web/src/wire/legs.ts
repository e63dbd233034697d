// Single meetings and legs as administrators see them, and what legs are broken
// down by. Shares are 0 to 1; a figure that nobody knows is absent, in columns null.

import type { Language } from './api';
import type { Band, Because, Side } from './fare';
import { call } from './http';
import type { Quality } from './messages';
import { type Query, query } from './paid';
import type { Counts, Join, Leg } from './quality';

/** What legs can be told apart by. */
export const DIMENSIONS = [
  'site',
  'access',
  'agent',
  'system',
  'device',
  'codec',
  'trunk',
  'country',
  'destination',
  'kind',
  'transport',
  'candidate',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** What stands in a filter for a value that is not known. */
export const NOT_KNOWN = '-';

export interface Breakdown {
  by: Dimension;
  rows: (Counts & { key: string })[];
  more: boolean;
}

/** How an hour of the week was; Sunday is 0. */
export interface Hour extends Counts {
  weekday: number;
  hour: number;
}

export interface Subnet {
  prefix: string;
  site: string;
  access?: string;
  city?: string;
  country?: string;
}

export interface Subnets {
  subnets: Subnet[];
  changedAt?: string;
  changedBy?: { id: string; name: string };
}

export interface SubnetPreview {
  /** The first of what would stand. */
  subnets: Subnet[];
  count: number;
  added: number;
  removed: number;
  /** Columns that mean nothing. */
  ignored: string[];
  errors: { line: number; field: string; message: string }[];
}

/** One run of a meeting. */
export interface Session extends Counts {
  meeting: string;
  /** Of meetings that one is invited to. */
  name?: string;
  organiser?: string;
  from: string;
  /** Absent while it runs. */
  to?: string;
  people: number;
}

/** Something that happened on a leg. */
export interface LegEvent {
  at: string;
  what: string;
  note?: string;
}

/** A run of samples of one class; what is not told of was good. */
export interface Span {
  from: string;
  to: string;
  class: Quality;
  because: Because[];
  side?: Side;
}

export interface Lane {
  leg: Leg;
  events: LegEvent[];
  spans: Span[];
}

/** One fault that was found, in words. */
export interface Finding {
  leg: string;
  name: string;
  side: Side;
  from: string;
  to: string;
  cause: string;
  /** Nobody else was affected. */
  alone: boolean;
  sentence: string;
  advice?: string;
}

export interface Verdict {
  /** Nothing was found, and enough was measured to tell. */
  ok: boolean;
  sentence: string;
  findings: Finding[];
}

export interface Timeline {
  meeting: string;
  name?: string;
  organiser?: string;
  from: string;
  to?: string;
  lanes: Lane[];
  verdict: Verdict;
  /** All lanes were looked at, not those of the worst 100 alone. */
  complete: boolean;
}

/** How one hears another, mouth to ear. */
export interface Pair {
  /** Leg. */
  speaker: string;
  /** Leg. */
  listener: string;
  delayMs?: number;
  loss?: number;
  mos?: number;
  band?: Band;
  estimate: boolean;
  class: Quality;
}

export interface Matrix {
  people: { leg: string; name: string }[];
  cells: Pair[];
}

export type Figures = (number | null)[];

/** One direction of a leg, a column for each figure. */
export interface Columns {
  packets: Figures;
  loss: Figures;
  burst: Figures;
  gap: Figures;
  late: Figures;
  reordered: Figures;
  duplicated: Figures;
  healed: Figures;
  concealed: Figures;
  jitterMs: Figures;
  spreadMs: Figures;
  bufferMs: Figures;
  bitrate: Figures;
  level: Figures;
  swing: Figures;
  clipped: Figures;
  talking: Figures;
  mos: Figures;
}

export interface Samples {
  everyMs: number;
  /** Unix seconds. */
  at: number[];
  said: Columns;
  heard: Columns;
  roundTripMs: Figures;
  /** 0 unclassified, 1 good, 2 degraded, 3 poor. */
  class: number[];
  marks: string[][];
  band?: Band;
  /** The codec's constants are no standard's. */
  estimate: boolean;
}

/** One SIP message of a call. */
export interface SipMessage {
  at: string;
  /** We sent it. */
  out: boolean;
  line: string;
  /** "INVITE", "200". */
  sort: string;
  cseq: string;
  media?: string;
  peer: string;
  again: boolean;
  /** Numbers and secrets masked, without a body. */
  headers?: string;
}

export interface Signalling {
  pddMs?: number;
  answerMs?: number;
  status?: number;
  q850?: number;
  retransmissions: number;
  challenges: number;
  holds: number;
  heldMs: number;
  bye?: 'us' | 'them';
}

export interface LegDetail {
  leg: Leg;
  /** Of the participant's end, as we see it. */
  address?: string;
  /** Of SIP. */
  callId?: string;
  samples: Samples;
  events: LegEvent[];
  ladder?: SipMessage[];
  signalling?: Signalling;
  join?: Join;
  verdict: Verdict;
  /** There is a file for the carrier. */
  evidence: boolean;
}

export interface Found {
  people: { id: string; name: string }[];
  meetings: Session[];
  legs: Leg[];
}

const id = encodeURIComponent;

export const legsApi = {
  breakdown: (by: Dimension, filter: Query) =>
    call<Breakdown>('GET', `/quality/breakdown${query({ ...filter, by })}`),
  hours: (filter: Query) => call<{ zone: string; cells: Hour[] }>('GET', `/quality/hours${query(filter)}`),
  subnets: () => call<Subnets>('GET', '/quality/subnets'),
  previewSubnets: (csv: string) => call<SubnetPreview>('POST', '/quality/subnets/preview', { csv }),
  setSubnets: (csv: string) => call<SubnetPreview>('PUT', '/quality/subnets', { csv }),
  meetings: (filter: Query) =>
    call<{ meetings: Session[]; next?: string }>('GET', `/quality/meetings${query(filter)}`),
  timeline: (meeting: string, language: Language, at?: string) =>
    call<Timeline>('GET', `/quality/meetings/${id(meeting)}${query({ language, at })}`),
  matrix: (meeting: string, at?: string) =>
    call<Matrix>('GET', `/quality/meetings/${id(meeting)}/matrix${query({ at })}`),
  legs: (filter: Query) => call<{ legs: Leg[]; next?: string }>('GET', `/quality/legs${query(filter)}`),
  leg: (leg: string, language: Language) =>
    call<LegDetail>('GET', `/quality/legs/${id(leg)}${query({ language })}`),
  mine: (leg: string, language: Language) =>
    call<LegDetail>('GET', `/me/legs/${id(leg)}${query({ language })}`),
  search: (asked: Query) => call<Found>('GET', `/quality/search${query(asked)}`),
};

/** What there is for the carrier: packets without sound, the ladder to read, and all of it in one archive. */
export const EVIDENCE = ['zip', 'pcapng', 'html'] as const;

export const evidenceAddress = (leg: string, as: (typeof EVIDENCE)[number]): string =>
  `/api/v1/quality/legs/${id(leg)}/evidence${query({ as })}`;

/** Where a meeting's or a leg's figures are as CSV. */
export const figuresAddress = (of: 'meetings' | 'legs', one: string, filter: Query = {}): string =>
  `/api/v1/quality/${of}/${id(one)}/export${query(filter)}`;

/** Where it stands as CSV who heard whom. */
export const matrixAddress = (meeting: string, filter: Query = {}): string =>
  `/api/v1/quality/meetings/${id(meeting)}/matrix/export${query(filter)}`;

/** Where the figures of one's own leg are as CSV. */
export const ownFiguresAddress = (leg: string): string => `/api/v1/me/legs/${id(leg)}/export`;
