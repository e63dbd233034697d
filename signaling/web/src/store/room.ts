import type { Entry, Participant, Role, Room, RoomEvent, Visitor } from '../wire/messages';
import { unreachable } from '../wire/messages';

/** A running meeting as this client knows it; replaced, never changed. */
export interface RoomState {
  room: Room;
  self: number;
  role: Role;
  roster: ReadonlyMap<number, Participant>;
  door: readonly Visitor[];
}

export function enter(entry: Entry): RoomState {
  return {
    room: entry.room,
    self: entry.self,
    role: entry.role,
    roster: new Map(entry.roster.map((p) => [p.participant, p])),
    door: entry.door,
  };
}

/** What an event makes of the room. Events that concern only oneself leave it as it is. */
export function reduce(state: RoomState, event: RoomEvent): RoomState {
  switch (event.type) {
    case 'admitted':
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
      return { ...state, roster };
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
    case 'refused-entry':
    case 'unmute-asked':
    case 'muted-by-host':
    case 'removed':
    case 'ended':
    case 'leg':
    case 'speakers':
      return state;
    default:
      return unreachable(event);
  }
}

function withoutVisitor(state: RoomState, participant: number): Visitor[] {
  return state.door.filter((v) => v.participant !== participant);
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
  | { kind: 'joined' | 'left' | 'dropped' | 'was-removed'; name: string }
  | { kind: 'hand' | 'hand-down' | 'knock' | 'new-host'; name: string }
  | { kind: 'locked' | 'unlocked' | 'you-are-host' }
  | { kind: 'muted-by-host' | 'unmute-asked'; name: string };

/** Tells what an event means to this person, seen from the state before it. */
export function notice(state: RoomState, event: RoomEvent): Notice | undefined {
  const name = (n: number) => state.roster.get(n)?.name ?? '';
  switch (event.type) {
    case 'participant-joined':
      return { kind: 'joined', name: event.participant.name };
    case 'participant-left': {
      const kinds = { left: 'left', dropped: 'dropped', removed: 'was-removed', ended: 'left' } as const;
      return { kind: kinds[event.reason], name: name(event.participant) };
    }
    case 'participant-changed':
      return changeNotice(state, event.participant);
    case 'room-changed':
      if (event.room.locked === state.room.locked) return undefined;
      return { kind: event.room.locked ? 'locked' : 'unlocked' };
    case 'knock':
      return { kind: 'knock', name: event.name };
    case 'muted-by-host':
    case 'unmute-asked':
      return { kind: event.type, name: name(event.by) };
    default:
      return undefined;
  }
}

function changeNotice(state: RoomState, now: Participant): Notice | undefined {
  const before = state.roster.get(now.participant);
  if (!before) return undefined;
  const self = now.participant === state.self;
  if (before.role !== 'host' && now.role === 'host') {
    return self ? { kind: 'you-are-host' } : { kind: 'new-host', name: now.name };
  }
  if (self || before.hand === now.hand) return undefined;
  return { kind: now.hand ? 'hand' : 'hand-down', name: now.name };
}
