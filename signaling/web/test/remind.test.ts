import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { askCards, cards, hear, ringing, settle } from '../src/store/cards';
import { guestKey, readGuests, uniqueGuests } from '../src/store/guests';
import type { Reminder } from '../src/wire/remind';

const reminder = (subject: string, start = 0): Reminder => ({
  subject,
  about: 'reminder',
  title: subject,
  text: '',
  start,
  end: start + 1,
  acts: ['join'],
});

const subjects = () => cards.value.map((card) => card.subject);

beforeEach(() => {
  cards.value = [];
  ringing.value = '';
});

afterEach(() => vi.unstubAllGlobals());

describe('cards', () => {
  test('stand in order, each subject once, and the last one rings', () => {
    hear({ type: 'reminder', reminder: reminder('b', 2) });
    hear({ type: 'reminder', reminder: reminder('a', 1) });
    hear({ type: 'reminder', reminder: reminder('b', 2) });
    expect(subjects()).toEqual(['a', 'b']);
    expect(ringing.value).toBe('b');
  });

  test('go when they were answered elsewhere, and are silent then', () => {
    hear({ type: 'reminder', reminder: reminder('a') });
    hear({ type: 'reminder-settled', subject: 'a' });
    expect(subjects()).toEqual([]);
    expect(ringing.value).toBe('');
  });

  test('that were missed are asked for; what came meanwhile stays', async () => {
    const open = (subject: string, more = {}) => ({
      subject,
      kind: 'meeting',
      title: subject,
      text: '',
      start: '2026-11-23T09:00:00Z',
      end: '2026-11-23T10:00:00Z',
      organiser: 'Ann',
      link: '',
      urgent: '',
      reminded: '2026-11-23T08:50:00Z',
      snoozed: false,
      ...more,
    });
    hear({ type: 'reminder', reminder: reminder('answered') });
    vi.stubGlobal('fetch', async () => {
      hear({ type: 'reminder', reminder: reminder('meanwhile') });
      const all = [open('missed'), open('silent', { reminded: null }), open('later', { snoozed: true })];
      return new Response(JSON.stringify(all), { status: 200 });
    });
    await askCards();
    expect(subjects().sort()).toEqual(['meanwhile', 'missed']);
    settle('missed');
    expect(subjects()).toEqual(['meanwhile']);
  });

  test('stay when nobody can be asked', async () => {
    hear({ type: 'reminder', reminder: reminder('a') });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
    await askCards();
    expect(subjects()).toEqual(['a']);
  });
});

describe('whom to invite', () => {
  test.each([
    ['zoe@example.com', [{ name: 'zoe@example.com', email: 'zoe@example.com' }], []],
    ['Zoë <zoe@example.com>; 韩梅梅', [{ name: 'Zoë', email: 'zoe@example.com' }], ['韩梅梅']],
    ['+44 20 5550 9876', [{ name: '+44 20 5550 9876', phone: '+44 20 5550 9876' }], []],
    ['Tom +86 138 0013 8000，李雷', [{ name: 'Tom', phone: '+86 138 0013 8000' }], ['李雷']],
    ['  ,;\n', [], []],
  ])('%s', (text, guests, names) => {
    const read = readGuests(text);
    expect(
      read.guests.map(({ name, email, phone }) => ({
        name,
        ...(email ? { email } : {}),
        ...(phone ? { phone } : {}),
      })),
    ).toEqual(guests);
    expect(read.names).toEqual(names);
  });

  test('nobody twice', () => {
    const { guests } = readGuests('a@b.cc, A@B.cc, +44 20 5550 9876, +44 (20) 5550-9876');
    expect(uniqueGuests(guests).map(guestKey)).toEqual(['m:a@b.cc', 'n:+442055509876']);
  });
});
