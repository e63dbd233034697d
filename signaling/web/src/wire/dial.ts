// Calls at the company's expense, as the WebSocket and /api/v1 tell of them.
// All money is a whole number of 10⁻⁶ of the currency.

/** One's own phone; others, into the meeting; one's own first, then others; others, again and again. */
export type DialKind = 'me' | 'into' | 'callback' | 'ring-all';

/** Somebody to call: one of numbers, person and contact. */
export interface Callee {
  /** As people write them; the second is tried when the first fails. */
  numbers?: string[];
  person?: string;
  contact?: string;
  name?: string;
}

export const PAYER_KINDS = ['company', 'cost_centre', 'department', 'person', 'meeting'] as const;
export type PayerKind = (typeof PAYER_KINDS)[number];

export interface Payer {
  kind: PayerKind;
  id?: string;
  name?: string;
}

export interface Dial {
  /** Of the client's choice: the same wish twice is done once. */
  key?: string;
  kind: DialKind;
  to?: Callee[];
  /** Where one is called oneself; absent: the account's number. */
  from?: Callee;
  payer?: Payer;
  retries?: number;
  /** Seconds. */
  retryAfter?: number;
  /** The highest price per minute that was shown: none dearer is placed. */
  maxRate?: number;
  shown?: string;
  shownToMe?: string;
}

/** Why a call is not placed, or did not come about. */
export interface Refusal {
  cause?: string;
  /** With the cause `refused`: the brake. */
  rule?: string;
  /** Figures of the rule. */
  detail?: Record<string, string>;
  /** Of SIP. */
  status?: number;
}

export interface Price {
  name?: string;
  /** Masked. */
  number: string;
  class?: string;
  country?: string;
  /** Per minute. */
  rate: number;
  /** For being answered at all. */
  connect?: number;
  payer: Payer;
  /** Whom the caller may choose from. */
  payers?: Payer[];
  /** Of the payer's budgets, the least; absent: unlimited. */
  left?: number;
  /** Seconds that it lasts; absent or 0: unlimited. */
  lasts?: number;
  refusal?: Refusal;
  /** Needs a second person's yes first. */
  approval?: boolean;
}

export interface Quote {
  currency: string;
  prices: Price[];
  /** Of all together, per minute. */
  rate: number;
}

export const CALL_STATES = [
  'queued',
  'approval',
  'trying',
  'ringing',
  'answered',
  'confirmed',
  'joined',
  'retrying',
  'ended',
] as const;
export type CallState = (typeof CALL_STATES)[number];

/** Somebody who is being called, as it stands. Times are Unix milliseconds. */
export interface Call extends Refusal {
  call: string;
  batch: string;
  meeting: string;
  by: string;
  byName: string;
  name: string;
  person?: string;
  number: string;
  state: CallState;
  since: number;
  attempt: number;
  of: number;
  retryAt?: number;
  approval?: string;
  participant?: number;
  /** Its ringing, or what it says before the answer, comes over the line. */
  early?: boolean;
  class?: string;
  country?: string;
  rate?: number;
  payer?: Payer;
  answeredAt?: number;
  endedAt?: number;
  spent?: number;
}

export interface Batch {
  batch: string;
  kind: DialKind;
  meeting: string;
  by: string;
  byName: string;
  total: number;
  states: Partial<Record<CallState, number>>;
  causes: Record<string, number>;
  retryAt?: number;
  beganAt: number;
  endedAt?: number;
  spent: number;
}

/**
 * Who paid for somebody's own calls, to pay when they are placed again. Where payers
 * differ, or others called, nobody is named: who pays is by rule then.
 */
export function samePayer(calls: readonly Call[], self: string): { payer?: Payer } {
  if (calls.some(({ by }) => by !== self)) return {};
  const payers = calls.flatMap(({ payer }) => (payer?.kind ? payer : []));
  const [first] = payers;
  if (!first || payers.some(({ kind, id }) => kind !== first.kind || id !== first.id)) return {};
  return { payer: { kind: first.kind, ...(first.id ? { id: first.id } : {}) } };
}

/** What one call costs just now. */
export interface MeterLeg {
  call: string;
  rate: number;
  since: number;
  spent: number;
  left?: number;
  lasts?: number;
}

/** The burn meter. */
export interface Meter {
  meeting: string;
  currency: string;
  at: number;
  rate: number;
  /** By the calls of this meeting, ended ones included. */
  spent: number;
  legs: MeterLeg[];
}

export interface ReceiptLine {
  call: string;
  name: string;
  number: string;
  /** From the answer on; 0: not answered. */
  seconds: number;
  spent: number;
  /** Absent while it goes on. */
  cause?: string;
}

/** What one's calls cost, told on leaving. */
export interface Receipt {
  currency: string;
  meeting: string;
  seconds: number;
  spent: number;
  running: number;
  calls: ReceiptLine[];
}

export interface Warning {
  call: string;
  meeting: string;
  name: string;
  about: 'money' | 'duration';
  /** 0: the call ends now, unless `over`. */
  seconds: number;
  /** The warning before is taken back: the call goes on. */
  over?: boolean;
  payer?: Payer;
}

/** A call that waits for a second person's yes. */
export interface AskedApproval {
  id: string;
  country: string;
  state: 'pending' | 'approved' | 'denied';
  askedBy: { id: string; name: string };
  number: string;
  askedAt: number;
  meeting?: string;
  decidedBy?: { id: string; name: string };
}

export interface BudgetNotice {
  budget: string;
  payer: Payer;
  period: string;
  percent: number;
  limit: number;
  spent: number;
}

export type PaidEvent =
  | { type: 'call'; call: Call }
  | { type: 'batch'; batch: Batch }
  | ({ type: 'money-warning' } & Warning)
  | ({ type: 'receipt' } & Receipt)
  | { type: 'calls-ending'; endsAt?: number }
  | { type: 'approval'; approval: AskedApproval }
  | ({ type: 'budget-notice' } & BudgetNotice);
