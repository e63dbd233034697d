import { describe, expect, test } from 'vitest';
import { ago, elapsed, grouped, messages, speak } from '../src/i18n';
import { en } from '../src/i18n/en';
import { en as lightEn } from '../src/i18n/light-en';
import { zh as lightZh } from '../src/i18n/light-zh';
import { en as paidEn } from '../src/i18n/paid-en';
import { zh as paidZh } from '../src/i18n/paid-zh';
import { en as qualityEn } from '../src/i18n/quality-en';
import { zh as qualityZh } from '../src/i18n/quality-zh';
import { zh } from '../src/i18n/zh';
import { parseRoute } from '../src/store/router';
import { initials, tint } from '../src/views/parts/bits';
import { type Action, byKey, type Context, participantActions, roomActions } from '../src/views/room/actions';

type Tree = { [key: string]: string | ((...args: never[]) => string) | Tree };

function leaves(tree: Tree, path = ''): [string, string | ((...args: never[]) => string)][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' ? leaves(value, `${path}${key}.`) : [[path + key, value] as const],
  ) as [string, string][];
}

/** Said alike in every language. */
const technical = new Set(['common.partyline', 'mine.jsonl', 'admin.trunks.tls', 'room.failed']);
for (const key of [
  'comma',
  'colon',
  'sentence',
  'csv',
  'access.wifi',
  'access.vpn',
  'now.mos',
  'health.times',
  'trunks.pdd95',
  'legs.timeline.measures.mos',
  'legs.leg.mos',
  'legs.leg.levelText',
  'legs.ladder.us',
  'legs.ladder.message',
])
  technical.add(key);
for (const key of ['budgets.spent', 'approvals.by', 'audit.sentence']) technical.add(`admin.${key}`);
for (const header of ['from', 'pai']) technical.add(`admin.trunks.headers.${header}`);

describe.each([
  ['everywhere', en, zh],
  ['about calls and money', paidEn, paidZh],
  ['about quality', qualityEn, qualityZh],
  ['about one’s own connection', lightEn, lightZh],
])('the catalogues %s', (_, one, two) => {
  const english = leaves(one as unknown as Tree);
  const chinese = new Map(leaves(two as unknown as Tree));

  test('have the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual(english.map(([key]) => key).sort());
  });

  test.each(english)('%s is said in both', (key, text) => {
    const other = chinese.get(key);
    expect(typeof other).toBe(typeof text);
    // Some take figures by name.
    const first = /^(rules|record\.steps)\./.test(key) ? new Proxy({}, { get: () => '3' }) : '3';
    const say = (f: unknown) => (typeof f === 'function' ? f(first, 'b', 'c', 'd') : f);
    expect(say(text)).not.toBe('');
    if (!technical.has(key)) expect(say(other)).toMatch(/\p{Script=Han}/u);
    expect(say(text)).not.toMatch(/\p{Script=Han}|undefined/u);
  });
});

test('numbers, times and spans', async () => {
  await speak('en');
  const now = Date.UTC(2026, 10, 22, 12);
  expect(messages.value.common.save).toBe('Save');
  expect(grouped('482915306')).toBe('482 915 306');
  expect(ago('2026-11-22T11:57:00Z', now)).toBe('3 minutes ago');
  expect(ago('2026-11-20T12:00:00Z', now)).toBe('2 days ago');
  expect([elapsed(754_000), elapsed(3_723_000), elapsed(-5)]).toEqual(['12:34', '1:02:03', '0:00']);
});

test.each([
  ['/', { page: 'home' }],
  ['/login', { page: 'login' }],
  ['/setup?token=a%2Fb', { page: 'setup', token: 'a/b' }],
  ['/setup', { page: 'setup', token: '' }],
  ['/welcome/abc', { page: 'welcome', token: 'abc' }],
  ['/j/abc', { page: 'join', token: 'abc' }],
  ['/j', { page: 'missing' }],
  ['/j/%E0%A4%A', { page: 'join', token: '%E0%A4%A' }],
  ['/m/1', { page: 'meeting', id: '1' }],
  ['/room/1', { page: 'room', id: '1' }],
  ['/room/1/2', { page: 'missing' }],
  ['/dial', { page: 'dial' }],
  ['/dial/1', { page: 'batch', id: '1' }],
  ['/calls', { page: 'calls' }],
  ['/calls/1', { page: 'call', id: '1' }],
  ['/calls/1/2', { page: 'missing' }],
  ['/contacts', { page: 'contacts' }],
  ['/company/costs', { page: 'company', section: 'costs', id: '' }],
  ['/company/trunks/a%20b', { page: 'company', section: 'trunks', id: 'a b' }],
  ['/company/costs/1', { page: 'missing' }],
  ['/company', { page: 'missing' }],
  ['/people/1', { page: 'missing' }],
])('address %s', (address, want) => {
  const [path = '', query] = address.split('?');
  expect(parseRoute(path, query ? `?${query}` : '')).toEqual(want);
});

test.each([
  ['李雷', '李雷'],
  ['欧阳娜娜', '娜娜'],
  ['王芳 (Shanghai)', '王芳'],
  ['Bartholomew Featherstonehaugh', 'BF'],
  ['ana', 'A'],
  ['Zoë 👩‍💻', 'Z'],
  ['  ', '?'],
])('initials of %s are %s', (name, want) => {
  expect(initials(name)).toBe(want);
  expect(tint(name)).toBeGreaterThanOrEqual(0);
  expect(tint(name)).toBeLessThan(8);
});

describe('the table of actions', () => {
  const flag = (value: unknown) => ({ value });
  const context = (host: boolean): Context =>
    ({
      t: en,
      live: {
        host: flag(host),
        muted: flag(true),
        track: flag({}),
        self: flag({ hand: false }),
        objected: flag(false),
        room: flag({ self: 1, room: { locked: false, recording: { state: 'on' } }, door: [{}] }),
      },
      selection: flag(undefined),
    }) as unknown as Context;

  test('names and keys are unique', () => {
    const all: Pick<Action, 'id' | 'key'>[] = [...roomActions, ...participantActions];
    const found = all.map((a) => a.id);
    expect(new Set(found).size).toBe(found.length);
    const keys = all.flatMap((a) => a.key ?? []);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('hosts are offered more', () => {
    const offered = (host: boolean) => roomActions.filter((a) => a.shown(context(host))).map((a) => a.id);
    expect(offered(true).filter((a) => !offered(false).includes(a))).toEqual([
      'mute-all',
      'lock',
      'record',
      'move',
      'breakouts',
      'admit-next',
      'end',
    ]);
    expect(offered(false).filter((a) => !offered(true).includes(a))).toEqual(['call-host']);
  });

  test('what cannot be undone is asked first', () => {
    const asked = (actions: readonly { id: string; confirm?: unknown }[]) =>
      actions.filter((a) => a.confirm).map((a) => a.id);
    expect([...asked(roomActions), ...asked(participantActions)]).toEqual(['record', 'end', 'act-remove']);
    const record = roomActions.find((a) => a.id === 'record');
    expect(record?.confirm?.(context(true))).toBeUndefined();
  });

  test('what a host may do depends on whom', () => {
    const target = { participant: 2, name: 'x', muted: true, hand: false, role: 'guest' };
    const offered = (host: boolean, fields: object) => {
      const c = { ...context(host), target: { ...target, ...fields } };
      return participantActions.filter((a) => a.shown(c as never)).map((a) => a.id);
    };
    expect(offered(true, {})).toEqual(['act-ask-unmute', 'act-make-host', 'act-move', 'act-remove']);
    expect(offered(true, { guarded: true })).toEqual([
      'act-unguard',
      'act-make-host',
      'act-move',
      'act-remove',
    ]);
    expect(offered(true, { muted: false, hand: true, role: 'host' })).toEqual([
      'act-mute',
      'act-lower-hand',
      'act-move',
      'act-remove',
    ]);
    expect(offered(true, { participant: 1 })).toEqual([]);
    expect(offered(false, {})).toEqual([]);
  });

  test('keys', () => {
    const press = (key: string, more = {}) =>
      byKey({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more })?.id;
    expect(press('m')).toBe('mute');
    expect(press('M')).toBe('mute');
    expect(press('A', { shiftKey: true })).toBe('mute-all');
    expect(press('a')).toBeUndefined();
    expect(press('?', { shiftKey: true })).toBe('help');
    expect(press('m', { ctrlKey: true })).toBeUndefined();
  });
});
