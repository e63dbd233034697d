import { describe, expect, test } from 'vitest';
import { enter, notice, ordered, reduce } from '../src/store/room';
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

describe('notices', () => {
  test.each([
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
