import type { AskedApproval, BudgetNotice } from '../wire/dial';
import type { Entry, Participant, Place, Role, Room, RoomEvent, Visitor } from '../wire/messages';
import { unreachable } from '../wire/messages';

/** A running meeting as this client knows it; replaced, never changed. */
export interface RoomState {
  room: Room;
  self: number;
  role: Role;
  roster: ReadonlyMap<number, Participant>;
  door: readonly Visitor[];
  /** One's own other seat here, on the phone. */
  elsewhere?: number;
}

export function enter(entry: Entry): RoomState {
  return {
    room: entry.room,
    self: entry.self,
    role: entry.role,
    roster: new Map(entry.roster.map((p) => [p.participant, p])),
    door: entry.door,
    ...(entry.elsewhere === undefined ? {} : { elsewhere: entry.elsewhere }),
  };
}

/** What an event makes of the room. Events that concern only oneself leave it as it is. */
export function reduce(state: RoomState, event: RoomEvent): RoomState {
  switch (event.type) {
    case 'admitted':
    case 'moved':
      return enter(event);
    case 'participant-joined':
    case 'participant-changed': {
      const roster = new Map(state.roster).set(event.participant.participant, event.participant);
      const role = event.participant.participant === state.self ? event.participant.role : state.role;
      return { ...state, roster, role };
    }
    case 'participant-left': {
      const roster = new Map(state.roster);
      roster.delete(event.participant);
      const { elsewhere, ...rest } = state;
      const other = elsewhere === event.participant ? undefined : elsewhere;
      return { ...rest, roster, ...(other === undefined ? {} : { elsewhere: other }) };
    }
    case 'room-changed':
      return { ...state, room: event.room };
    case 'knock': {
      const { participant, name, kind } = event;
      return { ...state, door: [...withoutVisitor(state, participant), { participant, name, kind }] };
    }
    case 'knock-gone':
      return { ...state, door: withoutVisitor(state, event.participant) };
    case 'quality': {
      const known = state.roster.get(event.participant);
      if (!known || known.quality === event.class) return state;
      return {
        ...state,
        roster: new Map(state.roster).set(event.participant, { ...known, quality: event.class }),
      };
    }
    case 'recording': {
      const { type: _, seq: __, ...recording } = event;
      const { recording: before, ...room } = state.room;
      return { ...state, room: event.state === 'off' ? room : { ...room, recording } };
    }
    case 'refused-entry':
    case 'still-waiting':
    case 'unmute-asked':
    case 'muted-by-host':
    case 'handed-over':
    case 'host-called':
    case 'notice':
    case 'not-recorded':
    case 'objection':
    case 'removed':
    case 'ended':
    case 'leg':
    case 'speakers':
    // How one's own leg fares, and how everything does, concerns no room.
    case 'fare':
    case 'hint':
    case 'now':
    // What calls cost is kept apart: see calls.ts.
    case 'call':
    case 'batch':
    case 'money':
    case 'money-warning':
    case 'receipt':
    case 'calls-ending':
    case 'approval':
    case 'budget-notice':
    case 'reminder':
    case 'reminder-settled':
    case 'invitees':
      return state;
    default:
      return unreachable(event);
  }
}

function withoutVisitor(state: RoomState, participant: number): Visitor[] {
  return state.door.filter((v) => v.participant !== participant);
}

/** The room of the meeting with this number; 0 is the main room. */
export function place(room: number): Place {
  return room === 0 ? { main: true } : { breakout: room };
}

/** One of the rooms that this client knows the people of. */
export interface Chamber {
  room: number;
  people: readonly Visitor[];
}

/** One's own room, then the break-out rooms of the meeting. */
export function chambers(state: RoomState): Chamber[] {
  const own = state.room.breakout ?? 0;
  const others = (state.room.breakouts ?? []).filter((b) => b.breakout !== own);
  return [
    { room: own, people: ordered(state) },
    ...others.map((b) => ({ room: b.breakout, people: b.participants })),
  ];
}

/** Names somebody of any of these rooms: numbers are unique in one room only. */
export const keyOf = (room: number, participant: number): string => `${room}:${participant}`;

/** Those of the rooms who are chosen, and still there. */
export function chosen(state: RoomState, keys: ReadonlySet<string>): Chamber[] {
  return chambers(state)
    .map(({ room, people }) => ({ room, people: people.filter((p) => keys.has(keyOf(room, p.participant))) }))
    .filter((chamber) => chamber.people.length > 0);
}

/** Oneself first, then raised hands by the time they went up, then by arrival. */
export function ordered(state: RoomState): Participant[] {
  const rank = (p: Participant) => (p.participant === state.self ? 0 : p.hand ? 1 : 2);
  return [...state.roster.values()].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.hand && b.hand ? (a.handAt ?? 0) - (b.handAt ?? 0) : 0) ||
      a.participant - b.participant,
  );
}

/** What a person should be told of an event, in the words of the catalogue. */
export type Notice =
  | { kind: 'joined' | 'left'; name: string; tone?: true }
  | { kind: 'dropped' | 'was-removed' | 'moved-away' | 'handed-over'; name: string; tone?: true }
  | { kind: 'hand' | 'hand-down' | 'knock' | 'new-host' | 'unguarded'; name: string }
  | { kind: 'guarded'; name: string; participant: number }
  | { kind: 'approval'; approval: AskedApproval }
  | ({ kind: 'budget-notice' } & BudgetNotice)
  | { kind: 'host-called'; name: string }
  | { kind: 'locked' | 'unlocked' | 'you-are-host' | 'recording-off' }
  | { kind: 'recording-announcing' | 'recording-on' | 'objection' | 'not-recorded'; name: string }
  | { kind: 'moved'; room: Room }
  | { kind: 'muted-by-host' | 'unmute-asked'; name: string };

const leaving = {
  left: 'left',
  dropped: 'dropped',
  removed: 'was-removed',
  ended: 'left',
  moved: 'moved-away',
  'handed-over': 'handed-over',
} as const;

/** Tells what an event means to this person, seen from the state before it. */
export function notice(state: RoomState, event: RoomEvent): Notice | undefined {
  const name = (n: number) => state.roster.get(n)?.name ?? '';
  switch (event.type) {
    case 'participant-joined':
      return { kind: 'joined', name: event.participant.name, ...heard(event) };
    case 'participant-left': {
      const { participant, reason } = event;
      return { kind: leaving[reason], name: name(participant), ...heard(event) };
    }
    case 'participant-changed':
      return changeNotice(state, event.participant);
    case 'room-changed':
      if (event.room.locked === state.room.locked) return undefined;
      return { kind: event.room.locked ? 'locked' : 'unlocked' };
    case 'moved':
      return { kind: 'moved', room: event.room };
    case 'recording':
      if (event.state === (state.room.recording?.state ?? 'off')) return undefined;
      return event.state === 'off'
        ? { kind: 'recording-off' }
        : { kind: `recording-${event.state}`, name: event.name };
    case 'not-recorded':
      return { kind: event.type, name: event.participants.map(name).filter(Boolean).join(', ') };
    case 'host-called':
      return { kind: event.type, name: name(event.participant) };
    case 'knock':
      return { kind: 'knock', name: event.name };
    case 'objection':
      // Whoever objects knows.
      if (event.participant === state.self) return undefined;
      return { kind: event.type, name: name(event.participant) };
    case 'muted-by-host':
    case 'unmute-asked':
      return { kind: event.type, name: name(event.by) };
    case 'approval':
      return { kind: event.type, approval: event.approval };
    case 'budget-notice':
      return { ...event, kind: event.type };
    default:
      return undefined;
  }
}

const heard = ({ tone }: { tone?: boolean }): { tone?: true } => (tone ? { tone } : {});

function changeNotice(state: RoomState, now: Participant): Notice | undefined {
  const before = state.roster.get(now.participant);
  if (!before) return undefined;
  const self = now.participant === state.self;
  if (before.role !== 'host' && now.role === 'host') {
    return self ? { kind: 'you-are-host' } : { kind: 'new-host', name: now.name };
  }
  if ((before.guarded ?? false) !== (now.guarded ?? false)) {
    return now.guarded
      ? { kind: 'guarded', name: now.name, participant: now.participant }
      : { kind: 'unguarded', name: now.name };
  }
  if (self || before.hand === now.hand) return undefined;
  return { kind: now.hand ? 'hand' : 'hand-down', name: now.name };
}
