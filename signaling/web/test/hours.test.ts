import { afterEach, expect, test } from 'vitest';
import { speak, timeOf } from '../src/i18n';
import { known } from '../src/store/session';
import { clock, moment } from '../src/views/paid/words';
import { clockText, minutesText, momentText, rangeText, whenText } from '../src/views/plan/words';
import { momentText as onAxis } from '../src/views/quality/plot';
import { momentOf } from '../src/views/quality/words';
import { dateText } from '../src/views/remind/words';
import type { Session } from '../src/wire/api';

afterEach(() => {
  known.value = { state: 'none' };
});

test.each(['en', 'zh-CN'] as const)('all pages tell the hours as the charts do (%s)', async (language) => {
  await speak(language);
  const zone = 'Asia/Shanghai';
  const person = { id: 'ann', language, timeZone: zone };
  known.value = { state: 'in', session: { person } as unknown as Session };
  const start = '2026-11-23T07:03:05Z';
  const at = Date.parse(start);
  const end = '2026-11-23T08:00:00Z';
  const told = {
    onAxis: onAxis(at / 1000, 60),
    momentOf: momentOf(start),
    moment: moment(start),
    seconds: moment(start, true),
    clock: clock(start),
    clockText: clockText(at, zone),
    minutesText: minutesText(15 * 60 + 3),
    momentText: momentText(start, zone),
    rangeText: rangeText(start, end, zone),
    whenText: whenText(start, end, zone),
    dateText: dateText(at),
  };
  for (const [by, text] of Object.entries(told)) {
    expect(text, by).toContain('15:03');
    expect(text, by).not.toMatch(/[ap]m|[上下]午/i);
  }
  expect(timeOf(at)).not.toMatch(/[ap]m|[上下]午/i);
  // Neither midnight nor what comes after it is told otherwise.
  expect(clockText(Date.parse('2026-11-22T16:05:00Z'), zone)).toBe('00:05');
});
