import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { speak } from '../src/i18n';
import { paidReady } from '../src/i18n/paid';
import { qualityReady } from '../src/i18n/quality';
import { go } from '../src/store/router';
import { placeOf, readZoom, runsOf, shareOf, statesOf, ticks, writeZoom } from '../src/views/quality/course';
import { HeatMap, levelOf } from '../src/views/quality/heat';
import { answeredBy } from '../src/views/quality/ladder';
import { setUpOf } from '../src/views/quality/leg';
import { dimensionValue, legFilter, weekdayName } from '../src/views/quality/names';
import Search from '../src/views/quality/search';
import Sites from '../src/views/quality/sites';
import { wordedOf } from '../src/views/quality/strip';
import { troubleOf } from '../src/views/quality/timeline';
import { around } from '../src/views/quality/zoom';
import type { Lane, LegDetail, SipMessage } from '../src/wire/legs';

const START = Date.parse('2026-11-23T02:00:00Z') / 1000;
const at = (seconds: number) => new Date((START + seconds) * 1000).toISOString();

describe('the course of a leg', () => {
  test('states last from their event to the one that ends them, or to the end', () => {
    const events = [
      { at: at(10), what: 'muted' },
      { at: at(20), what: 'held' },
      { at: at(30), what: 'unmuted' },
      { at: at(40), what: 'broken' },
      { at: at(41), what: 'broken' },
      { at: at(50), what: 'handed-over' },
    ];
    expect(statesOf(events, START + 60)).toEqual([
      { state: 'muted', from: START + 10, to: START + 30 },
      { state: 'held', from: START + 20, to: START + 60 },
      { state: 'broken', from: START + 40, to: START + 50 },
    ]);
  });

  test('whoever leaves is no longer muted', () => {
    const events = [
      { at: at(10), what: 'muted' },
      { at: at(20), what: 'left' },
    ];
    expect(statesOf(events, START + 60)).toEqual([{ state: 'muted', from: START + 10, to: START + 20 }]);
  });

  test('samples of a kind that follow each other are one run, those apart are two', () => {
    const moments = [5, 10, 15, 20, 40, 45];
    const kinds = ['a', 'a', undefined, 'a', 'a', 'b'];
    expect(runsOf(moments, 5, (n) => kinds[n])).toEqual([
      { from: 0, to: 10, value: 'a' },
      { from: 15, to: 20, value: 'a' },
      { from: 35, to: 40, value: 'a' },
      { from: 40, to: 45, value: 'b' },
    ]);
  });

  test('an axis has round moments, and not too many', () => {
    expect(ticks({ from: 3, to: 63 }, 6)).toEqual({ at: [10, 20, 30, 40, 50, 60], step: 10 });
    expect(ticks({ from: 0, to: 1500 }, 6).step).toBe(300);
    expect(ticks({ from: 0, to: 86_400 * 30 }, 6).at.length).toBeLessThanOrEqual(7);
  });

  test('what is partly seen is cut off, what is not seen has no place', () => {
    const shown = { from: 100, to: 200 };
    expect(shareOf(150, shown)).toBe(0.5);
    expect(placeOf({ from: 50, to: 150 }, shown)).toEqual({ left: '0%', width: '50%' });
    expect(placeOf({ from: 10, to: 50 }, shown)).toBeUndefined();
    expect(placeOf({ from: 210, to: 250 }, shown)).toBeUndefined();
  });

  test('a zoom in the address is read as it was written, and nonsense is none', () => {
    expect(readZoom(writeZoom({ from: 100.4, to: 199.2 }))).toEqual({ from: 100, to: 200 });
    for (const text of ['', null, '5', '200-100', 'a-b', '1-2-3', '-5-7'])
      expect(readZoom(text)).toBeUndefined();
  });

  test('a stretch is shown with its surroundings, within the whole', () => {
    expect(around({ from: 100, to: 200 }, { from: 80, to: 1000 })).toEqual({ from: 80, to: 250 });
  });
});

const lane = (spans: [number, number, 'poor' | 'degraded'][]): Lane =>
  ({
    leg: {},
    events: [],
    spans: spans.map(([from, to, cls]) => ({ from: at(from), to: at(to), class: cls, because: [] })),
  }) as unknown as Lane;

describe('a meeting', () => {
  const whole = { from: START, to: START + 3600 };
  test('its trouble reaches from the first poor stretch to the last', () => {
    const lanes = [
      lane([[600, 660, 'poor']]),
      lane([
        [60, 90, 'degraded'],
        [900, 960, 'poor'],
      ]),
    ];
    expect(troubleOf(lanes, whole)).toEqual({ from: START + 420, to: START + 1140 });
  });
  test('there is none where nothing was poor, or everything', () => {
    expect(troubleOf([lane([[60, 90, 'degraded']])], whole)).toBeUndefined();
    expect(troubleOf([lane([[0, 3600, 'poor']])], whole)).toBeUndefined();
  });
});

const sip = (seconds: number, sort: string, cseq = '1 INVITE') =>
  ({ at: at(seconds), sort, cseq, line: sort, out: true, peer: '', again: false }) satisfies SipMessage;

describe('a ladder', () => {
  const ladder = [
    sip(0, 'INVITE'),
    sip(0.1, '407'),
    sip(0.2, 'ACK'),
    sip(0.3, 'INVITE'),
    sip(8, '200'),
    sip(8.1, 'ACK'),
    sip(600, 'BYE'),
  ];
  test('was answered by the ACK of the 200, not by that of a refusal', () => {
    expect(answeredBy(ladder)).toBe(5);
    expect(answeredBy(ladder.slice(0, 4))).toBe(-1);
    expect(answeredBy([sip(0, 'OPTIONS'), sip(1, '200', '1 OPTIONS')])).toBe(-1);
  });
  test('its set-up ends with the answer', () => {
    const span = setUpOf({ ladder } as unknown as LegDetail, { from: START, to: START + 600 });
    expect(span?.to).toBeCloseTo(START + 9.1, 3);
    expect(setUpOf({ ladder: [] } as unknown as LegDetail, { from: START, to: START + 600 })).toBeUndefined();
  });
  test('messages that are close together do without words, but for the last of them', () => {
    const shown = { from: START, to: START + 100 };
    expect([
      ...wordedOf(
        [0, 1, 2, 50, 99].map((one) => ({ at: at(one) })),
        shown,
        0.07,
      ),
    ]).toEqual([2, 3, 4]);
  });
});

describe('what is looked for', () => {
  let box: HTMLElement;
  let asked: string[];
  const answers: Record<string, unknown> = {};

  beforeEach(async () => {
    await speak('en');
    await Promise.all([qualityReady(), paidReady()]);
    box = document.createElement('div');
    document.body.append(box);
    asked = [];
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      const route = `${init.method} ${url.replace('/api/v1/quality', '')}`;
      asked.push(route + (init.body ? ` ${init.body}` : ''));
      return new Response(JSON.stringify(answers[route.replace(/\?.*/, '')] ?? {}), { status: 200 });
    });
  });
  afterEach(() => {
    render(null, box);
    box.remove();
    vi.unstubAllGlobals();
  });

  test('the server is asked for nothing that it does not know', () => {
    expect(
      legFilter({ site: 'Berlin', zoom: '1-2', sort: 'worst', from: '', colour: 'red', hour: '9' }),
    ).toEqual({
      site: 'Berlin',
      hour: '9',
    });
  });

  test('what is not known is told in words', () => {
    expect(dimensionValue('site', '')).toBe('not known');
    expect(dimensionValue('access', '-')).toBe('not known');
    expect(dimensionValue('access', 'wifi')).toBe('Wi-Fi');
    expect(dimensionValue('country', 'CN')).toBe('China');
    expect(weekdayName(1, 'long')).toBe('Monday');
  });

  test('words alone search everywhere, within a filter the connections that fit', async () => {
    Object.assign(answers, {
      'GET /search': { people: [], meetings: [], legs: [] },
      'GET /legs': { legs: [] },
    });
    go('/quality/search?q=Zo%C3%AB');
    act(() => render(<Search />, box));
    await vi.waitFor(() => expect(box.textContent).toContain('Nothing found for “Zoë”'));
    expect(asked).toEqual(['GET /search?q=Zo%C3%AB']);
    asked.length = 0;
    act(() => go('/quality/search?q=Zo%C3%AB&class=poor'));
    await vi.waitFor(() => expect(asked.length).toBe(1));
    expect(asked[0]).toBe('GET /legs?sort=worst&class=poor&q=Zo%C3%AB&limit=50');
  });

  test('a list of offices with a fault is told by line and cannot be put in force', async () => {
    const fault = { line: 3, field: 'prefix', message: 'This network stands in the file twice.' };
    const preview = { subnets: [], count: 0, added: 0, removed: 0, ignored: [], errors: [fault] };
    Object.assign(answers, { 'GET /subnets': { subnets: [] }, 'POST /subnets/preview': preview });
    act(() => render(<Sites />, box));
    const choose = async () => {
      const input = box.querySelector<HTMLInputElement>('[type=file]');
      if (!input) throw new Error('nothing to choose by');
      const file = new File(['prefix,site\n'], 'offices.csv');
      Object.defineProperty(input, 'files', { value: [file], configurable: true });
      act(() => void input.dispatchEvent(new Event('change', { bubbles: true })));
    };
    await choose();
    await vi.waitFor(() => expect(box.textContent).toContain(fault.message));
    expect(box.querySelector('[data-testid=subnet-apply]')).toBeNull();
    Object.assign(answers, { 'POST /subnets/preview': { ...preview, count: 2, added: 2, errors: [] } });
    await choose();
    await vi.waitFor(() => expect(box.querySelector('[data-testid=subnet-apply]')).not.toBeNull());
    expect(asked.filter((one) => one.startsWith('PUT'))).toEqual([]);
    act(() => box.querySelector<HTMLElement>('[data-testid=subnet-apply]')?.click());
    await vi.waitFor(() => expect(asked).toContain('PUT /subnets {"csv":"prefix,site\\n"}'));
  });

  test('hours are shaded by their share of poor ones, and walked through by keyboard', () => {
    expect([undefined, 0, 0.01, 0.02, 0.03, 0.1, 0.5].map(levelOf)).toEqual([undefined, 0, 1, 1, 2, 3, 4]);
    const cell = {
      weekday: 1,
      hour: 10,
      legs: 10,
      good: 8,
      degraded: 0,
      poor: 2,
      unclassified: 0,
      dropped: 0,
    };
    act(() => render(<HeatMap cells={[cell]} zone="Asia/Shanghai" filter={{ site: 'Berlin' }} />, box));
    const monday = box.querySelector<HTMLAnchorElement>('[data-at="0/10"]');
    expect(monday?.textContent).toBe('Monday 10:00: 20.0 % poor of 10 connections');
    expect(monday?.getAttribute('href')).toBe('/quality/search?site=Berlin&weekday=1&hour=10');
    const nine = box.querySelector<HTMLElement>('[data-at="0/9"]');
    nine?.focus();
    act(() => void nine?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true })));
    expect(document.activeElement).toBe(monday);
    expect(box.querySelectorAll('.heat a[tabindex="0"]').length).toBe(1);
  });
});
