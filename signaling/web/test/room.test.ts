import { describe, expect, test } from 'vitest';
import { chambers, chosen, enter, keyOf, notice, ordered, place, reduce } from '../src/store/room';
import type { Entry, RoomEvent } from '../src/wire/messages';
import { serverMessage } from './golden';

const event = (name: string) => serverMessage(name) as unknown as RoomEvent;
const start = () => enter(serverMessage('joined-host') as unknown as Entry);

describe('the room', () => {
  test('somebody joins, changes and leaves', () => {
    let state = start();
    const others = [...state.roster.keys()].filter((n) => n !== 4);
    state = reduce(state, event('participant-joined'));
    expect(state.roster.get(4)?.name).toBe('Caller 4');
    state = reduce(state, event('participant-changed-held'));
    expect(state.roster.get(4)?.held).toBe(true);
    state = reduce(state, event('quality'));
    expect(state.roster.get(4)?.quality).toBe('poor');
    state = reduce(state, event('participant-left'));
    expect(state.roster.has(4)).toBe(false);
    expect([...state.roster.keys()]).toEqual(others);
  });

  test('nothing is changed in place', () => {
    const state = reduce(start(), event('participant-joined'));
    const roster = state.roster;
    const person = roster.get(4);
    for (const name of ['quality', 'participant-changed-held', 'participant-left'])
      reduce(state, event(name));
    expect(roster.get(4)).toBe(person);
    expect(person?.quality).toBe('degraded');
  });

  test('the door', () => {
    const knocked = reduce({ ...start(), door: [] }, event('knock'));
    expect(knocked.door.map((v) => v.participant)).toEqual([5]);
    expect(reduce(knocked, event('knock')).door.length).toBe(1);
    expect(reduce(knocked, event('knock-gone')).door).toEqual([]);
  });

  test('being made host changes what one may do', () => {
    const state = enter(serverMessage('joined') as unknown as Entry);
    const self = state.roster.get(state.self);
    if (!self) throw new Error('not in the roster');
    const change: RoomEvent = {
      type: 'participant-changed',
      seq: 1,
      participant: { ...self, role: 'host' },
    };
    expect(reduce(state, change).role).toBe('host');
    expect(notice(state, change)).toEqual({ kind: 'you-are-host' });
  });

  test('oneself first, then hands by the time they went up', () => {
    const state = reduce(start(), event('participant-joined'));
    const [a, b] = [state.roster.get(2), state.roster.get(4)];
    if (!a || !b) throw new Error('golden roster has changed');
    const roster = new Map(state.roster)
      .set(2, { ...a, hand: true, handAt: 200 })
      .set(4, { ...b, hand: true, handAt: 100 });
    const order = ordered({ ...state, roster }).map((p) => p.participant);
    expect(order.slice(0, 3)).toEqual([1, 4, 2]);
  });
});

describe('the rooms of a meeting', () => {
  const inOne = () => enter(serverMessage('moved-breakout') as unknown as Entry);

  test('one is moved to another: what was known of the first is void', () => {
    const state = reduce(start(), event('moved-breakout'));
    expect(state).toEqual(inOne());
    expect([state.self, state.role, state.room.breakout]).toEqual([1, 'participant', 1]);
  });

  test("one's own comes first, with all who are there; the others as the room tells", () => {
    expect(chambers(inOne()).map((c) => [c.room, c.people.length])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    const main = reduce(start(), event('room-changed-breakouts'));
    expect(chambers(main).map((c) => [c.room, c.people.map((p) => p.name)])).toEqual([
      [0, ['李雷', 'Wang Fang', 'Caller 4']],
      [1, ['Wang Fang', 'Caller 4']],
      [2, []],
    ]);
    expect([place(0), place(2)]).toEqual([{ main: true }, { breakout: 2 }]);
  });

  test('the same number in two rooms is two people; who has gone is not chosen', () => {
    const main = reduce(start(), event('room-changed-breakouts'));
    const keys = new Set([keyOf(0, 2), keyOf(1, 1), keyOf(1, 99)]);
    expect(chosen(main, keys).map((c) => [c.room, c.people.map((p) => p.participant)])).toEqual([
      [0, [2]],
      [1, [1]],
    ]);
    expect(chosen(reduce(main, event('participant-left-handed-over')), keys).map((c) => c.room)).toEqual([1]);
  });
});

describe('a recording', () => {
  test('is announced, is on, and is gone', () => {
    let state = reduce(start(), event('recording-announcing'));
    expect(state.room.recording).toEqual({ state: 'announcing', by: 1, name: '李雷', heard: 3, of: 5 });
    const on = event('recording');
    expect(notice(state, on)).toEqual({ kind: 'recording-on', name: '李雷' });
    state = reduce(state, on);
    expect(state.room.recording?.since).toBe(1790000020000);
    // Somebody more objects: nothing that everybody has to be told again.
    expect(notice(state, on)).toBeUndefined();
    expect(notice(state, event('recording-off'))).toEqual({ kind: 'recording-off' });
    expect(reduce(state, event('recording-off')).room).not.toHaveProperty('recording');
  });
});

test('the own phone hangs up, and is no second seat any more', () => {
  const state = enter(serverMessage('joined-recording') as unknown as Entry);
  expect(state.elsewhere).toBe(3);
  const gone: RoomEvent = { type: 'participant-left', seq: 1, participant: 3, reason: 'left' };
  expect(reduce(state, gone)).not.toHaveProperty('elsewhere');
});

describe('notices', () => {
  test.each([
    ['participant-changed-guarded', { kind: 'guarded', name: 'Caller 4', participant: 4 }],
    ['participant-left-moved', { kind: 'moved-away', name: 'Caller 4' }],
    ['participant-left-handed-over', { kind: 'handed-over', name: 'Wang Fang', tone: true }],
    ['participant-joined-tone', { kind: 'joined', name: 'Caller 4', tone: true }],
    ['host-called', { kind: 'host-called', name: 'Caller 4' }],
    ['objection', { kind: 'objection', name: 'Wang Fang' }],
    ['not-recorded', { kind: 'not-recorded', name: 'Caller 4' }],
    ['recording-announcing', { kind: 'recording-announcing', name: '李雷' }],
    ['participant-joined', { kind: 'joined', name: 'Caller 4' }],
    ['participant-left-dropped', { kind: 'dropped', name: 'Caller 4' }],
    ['participant-left-removed', { kind: 'was-removed', name: 'Caller 4' }],
    ['participant-changed', { kind: 'hand', name: 'Wang Fang' }],
    ['knock', { kind: 'knock', name: 'Guest 5' }],
    ['muted-by-host', { kind: 'muted-by-host', name: '李雷' }],
    ['unmute-asked', { kind: 'unmute-asked', name: '李雷' }],
    ['room-changed', undefined],
    ['speakers', undefined],
  ])('%s', (name, want) => {
    const state = reduce(start(), event('participant-joined'));
    expect(notice(state, event(name))).toEqual(want);
  });

  test('a lock that changed', () => {
    const state = start();
    const open = { ...state, room: { ...state.room, locked: false } };
    expect(notice(open, event('room-changed'))).toEqual({ kind: 'locked' });
  });
});
