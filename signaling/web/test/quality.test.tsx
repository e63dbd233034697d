import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { speak } from '../src/i18n';
import { lightReady } from '../src/i18n/light';
import { paidReady } from '../src/i18n/paid';
import { qualityReady } from '../src/i18n/quality';
import { follow } from '../src/store/feed';
import { heardAt, hearNow, now, nowError, watching, watchNow } from '../src/store/now';
import { go, parseRoute } from '../src/store/router';
import type { Light } from '../src/store/sound';
import { beginOfSpan, setFilter, useFilter } from '../src/views/quality/filter';
import HealthPage, { timesOfDay } from '../src/views/quality/health';
import JoinsPage from '../src/views/quality/joins';
import NowPage from '../src/views/quality/now';
import TrunksPage from '../src/views/quality/trunks';
import { mos, ms, percent, poorShare } from '../src/views/quality/words';
import { advice, complaint } from '../src/views/room/advice';
// @ts-expect-error: what the mock shows has no types
import { qualityFixtures } from './fixtures-quality.mjs';
import { serverMessage } from './golden';

let box: HTMLElement;
let asked: string[];
let answers: Record<string, unknown>;

const fixtures = qualityFixtures();

beforeEach(async () => {
  await speak('en');
  await Promise.all([qualityReady(), paidReady(), lightReady()]);
  asked = [];
  answers = {
    '/quality/now': fixtures.now,
    '/quality/health': fixtures.health,
    '/quality/joins': fixtures.joins,
    '/quality/trunks': fixtures.trunks,
  };
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url.replace('/api/v1', ''));
    const found = Object.keys(answers).find((path) => url.startsWith(`/api/v1${path}`));
    return found ? new Response(JSON.stringify(answers[found])) : new Response('{}', { status: 503 });
  });
  now.value = undefined;
  nowError.value = undefined;
  heardAt.value = 0;
  box = document.createElement('div');
  document.body.append(box);
});

afterEach(() => {
  act(() => render(null, box));
  box.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  go('/');
});

const all = (id: string) => [...box.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];
const one = (id: string) => all(id)[0] as HTMLElement;

test('addresses', () => {
  expect(parseRoute('/quality')).toEqual({ page: 'quality', section: 'now', id: '' });
  expect(parseRoute('/quality/meetings/m%201')).toEqual({ page: 'quality', section: 'meetings', id: 'm 1' });
  expect(parseRoute('/quality/legs/l1')).toEqual({ page: 'quality', section: 'legs', id: 'l1' });
  expect(parseRoute('/me/looks')).toEqual({ page: 'looks' });
  for (const path of ['/quality/now', '/quality/legs', '/quality/health/x', '/quality/meetings/a/b', '/me/x'])
    expect(parseRoute(path).page, path).toBe('missing');
});

test('how figures are written, and what nobody knows', () => {
  expect([percent(0.142), percent(0.0041), percent(0), percent(undefined)]).toEqual([
    '14.2 %',
    '0.41 %',
    '0.0 %',
    '–',
  ]);
  expect([ms(23.4), ms(11_400), ms(undefined)]).toEqual(['23 ms', '11.4 s', '–']);
  expect([mos(4.12, 'wb', true), mos(3, 'nb'), mos(undefined, 'nb')]).toEqual([
    '4.1 wideband (estimate)',
    '3.0 narrowband',
    '–',
  ]);
  const counts = { legs: 10, good: 5, degraded: 1, poor: 2, unclassified: 2, dropped: 0 };
  expect(poorShare(counts)).toBe(0.25);
  expect(poorShare({ ...counts, good: 0, degraded: 0, poor: 0 })).toBeUndefined();
});

describe('what the address asks for', () => {
  test('a filter is in the address, and what is empty is not', () => {
    go('/quality/health?from=2026-11-01T00:00:00Z&kind=phone');
    expect(useFilter()).toEqual({ from: '2026-11-01T00:00:00Z', kind: 'phone' });
    setFilter({ from: '', site: 'Shanghai 12F' });
    expect(location.pathname + location.search).toBe('/quality/health?kind=phone&site=Shanghai+12F');
  });

  test('days are the company’s, whatever the browser’s are', () => {
    const at = new Date('2026-11-23T03:04:05Z');
    expect(beginOfSpan(7, 'Asia/Shanghai', at)).toBe('2026-11-16T16:00:00.000Z');
    expect(beginOfSpan(1, 'Asia/Shanghai', at)).toBe('2026-11-22T03:04:00.000Z');
    expect(timesOfDay('2026-11-23', 'Asia/Shanghai')).toEqual({
      from: '2026-11-22T16:00:00.000Z',
      to: '2026-11-23T16:00:00.000Z',
    });
  });
});

describe('now', () => {
  test('older news do not replace newer ones', () => {
    hearNow({ ...fixtures.now, at: 2000, meetingsAll: 2 });
    hearNow({ ...fixtures.now, at: 1000, meetingsAll: 1 });
    expect(now.value?.meetingsAll).toBe(2);
  });

  test('it is asked for at once, and again whenever the socket is silent', async () => {
    vi.useFakeTimers();
    const stop = watchNow();
    await vi.advanceTimersByTimeAsync(4000);
    expect(asked).toEqual(['/quality/now']);
    await vi.advanceTimersByTimeAsync(6000);
    expect(asked.length).toBe(2);
    hearNow({ ...fixtures.now, at: Date.now() });
    await vi.advanceTimersByTimeAsync(4000);
    expect(asked.length).toBe(2);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBe(2);
  });

  test('the red number, and the leg behind it', async () => {
    act(() => render(<NowPage />, box));
    await vi.waitFor(() => expect(all('now-row')).toHaveLength(3));
    expect(one('now-poor').textContent).toBe('2');
    expect(one('now-poor').classList).toContain('tone-bad');
    expect(one('now-leg').getAttribute('href')).toBe('/quality/legs/l1');
    expect(one('now-row').textContent).toContain('what they say: loss, gaps filled');
    expect(box.textContent).toContain('Meeting of 李雷');
    // Of a good leg there is nothing to tell.
    expect(all('now-leg').map((leg) => leg.textContent)).not.toContain('李雷');
  });

  test('figures that are old say so', async () => {
    vi.useFakeTimers();
    act(() => render(<NowPage />, box));
    await act(async () => void (await vi.advanceTimersByTimeAsync(1000)));
    expect(all('stale')).toHaveLength(0);
    answers = {};
    await act(async () => void (await vi.advanceTimersByTimeAsync(15_000)));
    expect(one('stale').textContent).toMatch(/No news for 1[0-9] s/);
  });
});

describe('the feed', () => {
  class FakeSocket {
    static made: FakeSocket[] = [];
    readyState = 1;
    sent: Record<string, unknown>[] = [];
    onopen?: () => void;
    onmessage?: (event: { data: string }) => void;
    onclose?: () => void;

    constructor() {
      FakeSocket.made.push(this);
    }

    send(text: string) {
      this.sent.push(JSON.parse(text));
    }

    close() {}

    welcome() {
      this.onopen?.();
      this.onmessage?.({ data: JSON.stringify({ ...serverMessage('welcome'), seq: 0 }) });
    }

    get watched() {
      return this.sent.filter((m) => m.type === 'watch').map((m) => m.now);
    }
  }

  test('it watches while a page does, and again after a break', async () => {
    answers['/tickets'] = { ticket: 't' };
    FakeSocket.made = [];
    vi.stubGlobal('__VERSION__', 'test');
    vi.stubGlobal('WebSocket', FakeSocket);
    const unfollow = follow(false);
    await vi.waitFor(() => expect(FakeSocket.made[0]?.onopen).toBeTypeOf('function'));
    const first = FakeSocket.made[0] as FakeSocket;
    first.welcome();
    expect(first.watched).toEqual([]);
    watching.value++;
    expect(first.watched).toEqual([true]);
    first.onmessage?.({ data: JSON.stringify(serverMessage('now')) });
    expect(now.value?.worst[0]?.name).toBe('王芳');
    first.onclose?.();
    await vi.waitFor(() => expect(FakeSocket.made[1]?.onopen).toBeTypeOf('function'));
    const second = FakeSocket.made[1] as FakeSocket;
    second.welcome();
    expect(second.watched).toEqual([true]);
    watching.value--;
    expect(second.watched).toEqual([true, false]);
    unfollow();
  });
});

describe('pages', () => {
  test('health: over the target is red, and leads to where it is', async () => {
    act(() => render(<HealthPage />, box));
    await vi.waitFor(() => expect(all('health-day')).toHaveLength(7));
    const [poor, drop] = [one('health-poor'), one('health-drop')];
    expect(poor.querySelector('.measure-share')?.className).toContain('tone-bad');
    expect(poor.querySelector('a')?.getAttribute('href')).toBe('/quality/breakdowns?by=site');
    expect(drop.querySelector('.measure-share')?.className).toContain('tone-good');
    expect(one('burn').textContent).toContain('4.2×');
    // The ratings are not asked for unless somebody wants them: each look is noted.
    expect(asked.some((path) => path.includes('ratings'))).toBe(false);
  });

  test('joins: how many got stuck stands at the stage', async () => {
    act(() => render(<JoinsPage />, box));
    await vi.waitFor(() => expect(all('funnel')).toHaveLength(2));
    const rows = [...one('funnel').querySelectorAll('tbody tr')].map((row) => row.textContent);
    expect(rows[3]).toContain('Path found');
    expect(rows[3]).toContain('795');
    expect(rows[3]).toContain('6');
    expect(one('failures').textContent).toContain('microphone not allowed');
  });

  test('trunks: two scales of MOS are never one, and a poor carrier leads to its meetings', async () => {
    act(() => render(<TrunksPage />, box));
    await vi.waitFor(() => expect(all('trunk-row')).toHaveLength(3));
    const bad = all('trunk-row')[1] as HTMLElement;
    expect(bad.textContent).toContain('3.2 narrowband3.8 wideband');
    const link = [...bad.querySelectorAll('a')].at(-1);
    expect(link?.getAttribute('href')).toBe('/quality/meetings?trunk=carrier-b&class=poor');
    // Of a trunk without calls nothing is known, and nothing is zero per cent.
    expect(all('trunk-row')[2]?.textContent).toContain('–');
  });
});

describe('plain words about one’s own connection', () => {
  const lit = (more: Partial<Light>): Light => ({
    class: 'poor',
    because: ['loss'],
    side: 'said',
    loss: 0.08,
    relayed: false,
    tcp: false,
    ...more,
  });
  test.each([
    [lit({ access: 'wifi' }), 'Your Wi-Fi is losing 8 % of what you say', /try a cable/],
    [
      lit({ access: 'cellular', side: 'heard' }),
      'Your mobile network is losing 8 % of what you hear',
      /Wi-Fi/,
    ],
    [lit({ because: ['jitter'], jitter: 44.4 }), /uneven.* 44 ms/, /another network/],
    [
      lit({ because: ['round-trip'], rtt: 371, access: 'vpn' }),
      'Your VPN is slow: to the server and back takes 371 ms',
      /leave the VPN/,
    ],
    [lit({ because: ['concealed'], concealed: 0.004 }), /^0\.4 %/, /cable/],
    [lit({ relayed: true }), /Your connection/, /UDP/],
    [lit({ class: 'good', because: [] }), '', /./],
  ])('%j', (light, what, help) => {
    if (typeof what === 'string') expect(complaint(light)).toBe(what);
    else expect(complaint(light)).toMatch(what);
    expect(advice(light)).toMatch(help);
  });
});
