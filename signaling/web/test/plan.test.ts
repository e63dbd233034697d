import { describe, expect, test } from 'vitest';
import { addDays, instantOf, wallAt, weekOf } from '../src/store/civil';
import { columns } from '../src/store/columns';
import { once, type Repeat, readRule, ruleText } from '../src/store/rule';

describe('wall times', () => {
  // RFC 5545 section 3.3.5: the offset before a gap, the first of two.
  test.each([
    ['America/New_York', '2007-03-11T02:30', '2007-03-11T07:30:00Z'],
    ['America/New_York', '2007-11-04T01:30', '2007-11-04T05:30:00Z'],
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30:00Z'],
    ['Europe/London', '2026-10-25T01:30', '2026-10-25T00:30:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45:00Z'],
    ['America/Santiago', '2026-09-06T00:30', '2026-09-06T04:30:00Z'],
    ['Asia/Shanghai', '2026-03-01T09:00', '2026-03-01T01:00:00Z'],
  ])('in %s at %s', (zone, wall, instant) => {
    expect(new Date(instantOf(wall, zone)).toISOString()).toBe(new Date(instant).toISOString());
  });

  test('are what the clock shows', () => {
    expect(wallAt(Date.parse('2026-11-23T23:59:59Z'), 'Asia/Shanghai')).toBe('2026-11-24T07:59');
    expect(wallAt(Date.parse('2026-11-23T16:00:00Z'), 'Asia/Shanghai')).toBe('2026-11-24T00:00');
  });

  test('weeks begin on Monday', () => {
    expect([weekOf('2026-11-29'), weekOf('2026-11-23'), addDays('2026-02-28', 1)]).toEqual([
      '2026-11-23',
      '2026-11-23',
      '2026-03-01',
    ]);
  });
});

describe('rules', () => {
  const repeat = (more: Partial<Repeat>): Repeat => ({ ...once, ...more });
  const cases: [Repeat, string][] = [
    [repeat({}), ''],
    [repeat({ frequency: 'daily', interval: 3 }), 'FREQ=DAILY;INTERVAL=3'],
    [repeat({ frequency: 'weekly', days: ['MO', 'WE'] }), 'FREQ=WEEKLY;BYDAY=MO,WE'],
    [
      repeat({ frequency: 'monthly', monthly: 'nth', end: { by: 'count', count: 5 } }),
      'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=4;COUNT=5',
    ],
    [repeat({ frequency: 'monthly', monthly: 'last' }), 'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1'],
    [repeat({ frequency: 'monthly' }), 'FREQ=MONTHLY;BYMONTHDAY=24'],
    [
      repeat({ frequency: 'yearly', end: { by: 'until', until: '2030-01-31' } }),
      'FREQ=YEARLY;UNTIL=20300131T235959',
    ],
  ];

  test.each(cases)('%o', (wanted, text) => {
    expect(ruleText(wanted, '2026-11-24')).toBe(text);
    expect(readRule(text, '2026-11-24')).toEqual(wanted);
  });

  test('of other calendars are read where the editor can show them', () => {
    expect(readRule('FREQ=MONTHLY;BYDAY=4TU', '2026-11-24')?.monthly).toBe('nth');
    expect(readRule('FREQ=WEEKLY', '2026-11-24')?.days).toEqual(['TU']);
    expect(readRule('FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1', '2026-11-24')).toBeUndefined();
    expect(readRule('FREQ=HOURLY', '2026-11-24')).toBeUndefined();
  });
});

test('what overlaps stands side by side', () => {
  const at = (from: number, to: number) => ({ from, to });
  const placed = columns([at(0, 60), at(30, 90), at(60, 120), at(120, 180)]);
  expect(placed.map((p) => [p.item.from, p.column, p.of])).toEqual([
    [0, 0, 2],
    [30, 1, 2],
    [60, 0, 2],
    [120, 0, 1],
  ]);
});
