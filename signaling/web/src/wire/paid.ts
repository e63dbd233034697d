// The routes of /api/v1 about calls at the company's expense, typed. Money is
// a whole number of 10⁻⁶ of the currency, times are RFC 3339 unless said.
import type { AskedApproval, Batch, Call, Dial, Payer, PayerKind, Quote } from './dial';
import { call } from './http';

export interface Company {
  name: string;
  currency: string;
  exponent: number;
  timeZone: string;
  homeCountry: string;
}

export type RecordState = 'opened' | 'ringing' | 'answered' | 'closed';

/** The record of one leg. */
export interface CallRecord {
  id: string;
  kind: 'web' | 'pstn_in' | 'pstn_out' | 'sip';
  direction: 'inbound' | 'outbound';
  state: RecordState;
  meeting?: string;
  meetingName?: string;
  batch?: string;
  attempt: number;
  occurrence?: string;
  parent?: string;
  known?: boolean;
  sipCallId?: string;
  person?: string;
  personName: string;
  department?: string;
  costCentre?: string;
  from: string;
  to: string;
  masked: boolean;
  toName?: string;
  country?: string;
  class?: string;
  destination?: string;
  prefix?: string;
  trunk?: string;
  began: string;
  ringing?: string;
  answered?: string;
  ended?: string;
  pddMs?: number;
  durationMs: number;
  billedSeconds: number;
  payer?: Payer;
  deck?: number | string;
  ratePerMinute?: number;
  connectFee?: number;
  /** Initial block and increment, s: "60/6". */
  block?: string;
  cost: number;
  currency: string;
  held?: number;
  status?: number;
  q850?: number;
  cause?: string;
  rule?: string;
  hangup?: string;
  codec?: string;
  quality?: string;
  mosIn?: number;
  mosOut?: number;
  lossIn?: number;
  lossOut?: number;
  jitterInMs?: number;
  jitterOutMs?: number;
  rttMs?: number;
  recorded: boolean;
  joinMethod?: string;
  keys: number;
}

/** A line of an explanation: a key to be put into words, and the values in it. */
export interface Step {
  key: string;
  values?: Record<string, string>;
}

/** A trunk that could take a call, and why it stands where it stands. */
export interface Route {
  trunk: string;
  taken?: boolean;
  why: string;
  /** Of the numbers that it calls; absent: all. */
  prefix?: string;
  perMinute?: number;
  quality?: string;
}

export interface RecordDetail extends CallRecord {
  charge?: { total: number; currency: string; steps: Step[]; verified?: boolean };
  /** Every trunk that could take it, in their order. */
  routing?: Route[];
  legs?: CallRecord[];
}

export interface CallPage {
  calls: CallRecord[];
  next?: string;
  currency: string;
}

export interface CostRow {
  key: string;
  name: string;
  calls: number;
  answered: number;
  durationMs: number;
  billedSeconds: number;
  cost: number;
}

export interface Costs {
  by: string;
  from?: string;
  to?: string;
  currency: string;
  total: CostRow;
  rows: CostRow[];
}

export type Period = 'day' | 'month' | 'once';

export interface Budget {
  id: string;
  payer: Payer;
  period: Period;
  limit: number;
  hard: boolean;
  currency: string;
  spent: number;
  held: number;
  left: number;
  percent: number;
  periodEnd?: string;
}

export interface Target {
  host: string;
  port: number;
  transport: '' | 'udp' | 'tcp' | 'tls';
  priority: number;
  weight: number;
}

/** Who registers with a carrier and answers its challenges. */
export interface Account {
  user: string;
  authUser: string;
  /** Written, never read; absent: kept. */
  password?: string;
  hasPassword?: boolean;
}

export interface Outbound {
  /** Absent: as they are. */
  accounts?: Account[];
  targets: Target[];
  proxy: string;
  register: boolean;
  registrar: string;
  domain: string;
  expires: number;
  caller: { owned: string[]; default: string; header: 'from' | 'pai'; privacy: boolean; diversion: boolean };
  channels: number;
  serverName: string;
  ca: string;
  clientCert: string;
  clientKey?: string;
  hasClientKey?: boolean;
  prefixes: string[];
  off: boolean;
}

export interface TrunkInput {
  name: string;
  label: string;
  allow: string[];
  numbers: string[];
  language: '' | 'en' | 'zh-CN';
  maxCalls: number;
  srtp: 'off' | 'offered' | 'required';
  vouches: boolean;
  user: string;
  password?: string;
  outbound?: Outbound;
}

export interface TrunkState {
  registered?: boolean;
  healthy: boolean;
  /** Unknown: nobody has asked yet. */
  health?: 'up' | 'down' | 'unknown';
  since?: string;
  error?: string;
  calls: number;
  accounts?: { user: string; registered: boolean; error?: string }[];
  targets: { address: string; healthy: boolean; health?: 'up' | 'down' | 'unknown'; error?: string }[];
}

export interface Trunk extends TrunkInput {
  source: 'stored' | 'config';
  hasPassword: boolean;
  changedAt?: string;
  changedBy?: string;
  fault?: string;
  state?: TrunkState;
}

export interface Check {
  reachable: boolean;
  status?: number;
  tookMs?: number;
  target?: string;
  error?: string;
}

export interface Deck {
  version: string;
  /** Whose prices these are; absent: of all trunks. */
  trunk?: string;
  name: string;
  state: 'draft' | 'scheduled' | 'active' | 'retired' | 'foreign';
  rows: number;
  currency: string;
  uploadedAt: string;
  uploadedBy: string;
  activeFrom?: string;
  activatedBy?: string;
}

export interface Change {
  prefix: string;
  destination: string;
  trunk?: string;
  direction: 'in' | 'out';
  kind: 'added' | 'removed' | 'raised' | 'lowered' | 'changed';
  before?: number;
  after?: number;
  factor?: number;
  hundredfold: boolean;
}

export interface DeckPreview {
  deck?: Deck;
  rows: number;
  faultCount: number;
  faults: { line: number; column: string; message: string }[];
  against?: string;
  added: number;
  removed: number;
  raised: number;
  lowered: number;
  /** The same per minute, but billed otherwise. */
  changed?: number;
  unchanged: number;
  changes: Change[];
  hundredfold: Change[];
}

export interface WhatIf {
  deck: string;
  currency: string;
  calls: number;
  skipped: number;
  before: number;
  after: number;
  difference: number;
  rows: { costCentre: string; calls: number; before: number; after: number; difference: number }[];
}

export type BrakeValues = Record<string, unknown>;

export interface BrakesPage {
  brakes: BrakeValues;
  changedAt?: string;
  changedBy?: string;
}

export interface Approval extends Omit<AskedApproval, 'askedAt'> {
  askedAt: string;
  decidedAt?: string;
  reason?: string;
}

export interface Contact {
  id: string;
  name: string;
  number: string;
}

/** Somebody looked at calls of mine. */
export interface Lookup {
  at: string;
  by: string;
  byName: string;
  what: 'list' | 'call' | 'export' | 'costs' | 'quality';
  /** The call that was opened. */
  call?: string;
  /** Not mine alone. */
  everybody?: boolean;
}

export interface AuditEntry {
  id: string;
  at: string;
  by: { id: string; name: string };
  thing: string;
  name: string;
  act: string;
  changes?: { field: string; from: string; to: string }[];
}

export interface BatchDetail {
  batch: Batch;
  calls: Call[];
  meeting?: { id: string; link: string; number: string };
}

export type Query = Record<string, string | undefined>;

const id = encodeURIComponent;

/** "?a=b", or nothing; empty values are left out. */
export function query(values: Query): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value) given.set(key, value);
  const text = given.toString();
  return text && `?${text}`;
}

export const paidApi = {
  company: () => call<Company>('GET', '/company'),

  quote: (meeting: string | undefined, dial: Dial) =>
    call<Quote>('POST', '/quotes', { ...dial, ...(meeting ? { meeting } : {}) }),
  dial: (meeting: string | undefined, dial: Dial) =>
    call<BatchDetail>('POST', '/batches', { ...dial, ...(meeting ? { meeting } : {}) }),
  batches: () => call<Batch[]>('GET', '/batches'),
  batch: (batch: string) => call<BatchDetail>('GET', `/batches/${id(batch)}`),
  batchEvents: (batch: string) => `/api/v1/batches/${id(batch)}/events`,
  cancelBatch: (batch: string) => call<void>('DELETE', `/batches/${id(batch)}`),
  cancelCall: (batch: string, one: string) => call<void>('DELETE', `/batches/${id(batch)}/calls/${id(one)}`),

  calls: (filter: Query) => call<CallPage>('GET', `/calls${query(filter)}`),
  lookups: () => call<Lookup[]>('GET', '/me/lookups'),
  record: (record: string) => call<RecordDetail>('GET', `/calls/${id(record)}`),
  /** Where a download is to be had. */
  exportAddress: (format: 'csv' | 'jsonl', filter: Query) =>
    `/api/v1/calls/export${query({ ...filter, format, ...(format === 'csv' ? { bom: 'true' } : {}) })}`,
  costs: (by: string, filter: Query) => call<Costs>('GET', `/costs${query({ ...filter, by })}`),

  budgets: () => call<Budget[]>('GET', '/budgets'),
  addBudget: (body: {
    payer: { kind: PayerKind; id?: string };
    period: Period;
    limit: number;
    hard: boolean;
  }) => call<Budget>('POST', '/budgets', body),
  changeBudget: (
    budget: string,
    body: { limit?: number; hard?: boolean; period?: Period; acceptOverspent?: boolean },
  ) => call<Budget>('PATCH', `/budgets/${id(budget)}`, body),
  removeBudget: (budget: string) => call<void>('DELETE', `/budgets/${id(budget)}`),

  trunks: () => call<Trunk[]>('GET', '/trunks'),
  trunk: (name: string) => call<Trunk>('GET', `/trunks/${id(name)}`),
  addTrunk: (body: TrunkInput) => call<Trunk>('POST', '/trunks', body),
  changeTrunk: (name: string, body: TrunkInput) => call<Trunk>('PUT', `/trunks/${id(name)}`, body),
  removeTrunk: (name: string) => call<void>('DELETE', `/trunks/${id(name)}`),
  checkTrunk: (name: string) => call<Check>('POST', `/trunks/${id(name)}/check`),

  decks: () => call<Deck[]>('GET', '/decks'),
  deckPreview: (version: string) => call<DeckPreview>('GET', `/decks/${id(version)}/preview`),
  activate: (version: string, body: { at?: string; confirm?: boolean }) =>
    call<Deck>('POST', `/decks/${id(version)}/activation`, body),
  unschedule: (version: string) => call<Deck>('DELETE', `/decks/${id(version)}/activation`),
  removeDeck: (version: string) => call<void>('DELETE', `/decks/${id(version)}`),
  deckAddress: (version: string) => `/api/v1/decks/${id(version)}/download`,

  brakes: () => call<BrakesPage>('GET', '/brakes'),
  changeBrakes: (password: string, brakes: BrakeValues) =>
    call<BrakesPage>('PUT', '/brakes', { password, brakes }),

  approvals: (state?: string) => call<Approval[]>('GET', `/approvals${query({ state })}`),
  approve: (approval: string) => call<Approval>('POST', `/approvals/${id(approval)}/approve`),
  deny: (approval: string, reason: string) =>
    call<Approval>('POST', `/approvals/${id(approval)}/deny`, { reason }),

  contacts: (q = '') => call<Contact[]>('GET', `/contacts${query({ q })}`),
  addContact: (body: { name: string; number: string }) => call<Contact>('POST', '/contacts', body),
  changeContact: (contact: string, body: { name: string; number: string }) =>
    call<Contact>('PATCH', `/contacts/${id(contact)}`, body),
  removeContact: (contact: string) => call<void>('DELETE', `/contacts/${id(contact)}`),

  audit: (filter: Query) => call<{ entries: AuditEntry[]; next?: string }>('GET', `/audit${query(filter)}`),
};
