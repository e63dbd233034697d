import type { Batch, Call, Meter, PaidEvent, Warning } from '../wire/dial';

/** The calls of a meeting at the company's expense, as this client knows them; replaced, never changed. */
export interface CallsState {
  calls: ReadonlyMap<string, Call>;
  batches: ReadonlyMap<string, Batch>;
  /** The burn meter; absent before anything cost. */
  meter?: Meter;
  /** Calls that are about to be ended, by id. */
  warnings: ReadonlyMap<string, Warning>;
  /** When paid calls end since nobody of the company is there; Unix milliseconds. */
  endsAt?: number;
}

export const noCalls: CallsState = { calls: new Map(), batches: new Map(), warnings: new Map() };

/** Whether there is anything to show. */
export function anyCalls({ calls, meter, endsAt }: CallsState): boolean {
  return calls.size > 0 || meter !== undefined || endsAt !== undefined;
}

/** Begins anew as one comes in, after which each call that goes on is told; what the meter said is kept. */
export function enterCalls({ meter }: CallsState): CallsState {
  return { ...noCalls, ...(meter ? { meter } : {}) };
}

/** Whether an event is about the calls of another meeting of the same person. */
export function elsewhere(event: PaidEvent | ({ type: 'money' } & Meter), meeting: string): boolean {
  switch (event.type) {
    case 'call':
      return event.call.meeting !== meeting;
    case 'batch':
      return event.batch.meeting !== meeting;
    case 'money':
    case 'money-warning':
    case 'receipt':
      return event.meeting !== meeting;
    default:
      return false;
  }
}

/** What an event makes of the calls. */
export function reduceCalls(state: CallsState, event: PaidEvent | ({ type: 'money' } & Meter)): CallsState {
  switch (event.type) {
    case 'call': {
      const calls = new Map(state.calls).set(event.call.call, event.call);
      const ended = event.call.state === 'ended';
      return { ...state, calls, warnings: ended ? without(state.warnings, event.call.call) : state.warnings };
    }
    case 'batch':
      return { ...state, batches: new Map(state.batches).set(event.batch.batch, event.batch) };
    case 'money': {
      const { type: _, ...meter } = event;
      return { ...state, meter };
    }
    case 'money-warning': {
      const { type: _, ...warning } = event;
      const rest = without(state.warnings, event.call);
      return { ...state, warnings: event.seconds > 0 ? new Map(rest).set(event.call, warning) : rest };
    }
    case 'calls-ending': {
      const { endsAt: _, ...rest } = state;
      return event.endsAt === undefined ? rest : { ...rest, endsAt: event.endsAt };
    }
    case 'receipt':
    case 'approval':
    case 'budget-notice':
      return state;
  }
}

/** Takes a call that failed off the list. */
export function forget(state: CallsState, call: string): CallsState {
  return { ...state, calls: without(state.calls, call) };
}

/** Ends that need no word in the room: they were wanted, or the roster shows them. */
const quietEnds = new Set([
  'cancelled',
  'hung-up',
  'removed',
  'ended',
  'meeting-ended',
  'dropped',
  'handed-over',
  'replaced',
  'shutting-down',
]);

/** The calls to be shown beside the roster: those under way, and those that failed. */
export function shownCalls(state: CallsState): Call[] {
  return [...state.calls.values()].filter(
    (c) => c.state !== 'joined' && !(c.state === 'ended' && quietEnds.has(c.cause ?? 'hung-up')),
  );
}

/** The call for which a ring-back tone is to be heard: one's own, ringing, and without sound of its line. */
export function ringing(state: CallsState, self: string): Call | undefined {
  return [...state.calls.values()].find((c) => c.by === self && c.state === 'ringing' && !c.early);
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
