import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { speak } from '../src/i18n';
import { paidReady } from '../src/i18n/paid';
import { qualityReady } from '../src/i18n/quality';
import { go } from '../src/store/router';
import { known } from '../src/store/session';
import LegPage from '../src/views/quality/leg';
import OwnLeg from '../src/views/quality/own';
import { momentText } from '../src/views/quality/plot';
import { AGAIN } from '../src/views/quality/running';
import TimelinePage from '../src/views/quality/timeline';
import type { Session } from '../src/wire/api';
import type { LegDetail, Timeline } from '../src/wire/legs';
// @ts-expect-error a module of the mock, without types
import { legsFixtures } from './fixtures-legs.mjs';
// @ts-expect-error a module of the mock, without types
import { legsApi } from './mock-legs.mjs';

let box: HTMLElement;
let asked: string[];
let answer: (path: string) => Response;

beforeEach(async () => {
  await speak('en');
  await Promise.all([qualityReady(), paidReady()]);
  box = document.createElement('div');
  document.body.append(box);
  asked = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url.replace('/api/v1', ''));
    return answer(url.replace('/api/v1', ''));
  });
});

afterEach(() => {
  act(() => render(null, box));
  box.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  known.value = { state: 'none' };
});

const json = (value: unknown) => new Response(JSON.stringify(value));
const shown = async (text: string) => vi.waitFor(() => expect(box.textContent).toContain(text));
const passes = (ms: number) =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(ms);
  });
const detail = (): LegDetail => structuredClone(legsFixtures().details.l1);
const running = (): LegDetail => {
  const { leg, ...rest } = detail();
  const { ended: _, ...lives } = leg;
  return { ...rest, leg: lives };
};

describe('what runs', () => {
  const open = (lanes: number, over = false): Timeline => {
    const { to, ...timeline } = structuredClone(legsFixtures().timeline) as unknown as Timeline & {
      to: string;
    };
    return { ...timeline, ...(over ? { to } : {}), lanes: timeline.lanes.slice(0, lanes) };
  };
  const pages = () => asked.filter((one) => !one.includes('/matrix')).length;

  beforeEach(() => vi.useFakeTimers());

  test('a meeting comes again by itself with its matrix, keeps its zoom, and ends when it is over', async () => {
    let now = open(2);
    answer = (path) => json(path.includes('/matrix') ? { people: [], cells: [] } : now);
    go('/quality/meetings/m1?zoom=1795399500-1795399900');
    act(() => render(<TimelinePage meeting="m1" />, box));
    await passes(0);
    expect(box.querySelectorAll('[data-testid=lane]').length).toBe(2);
    const [first] = box.querySelectorAll('[data-testid=lane]');
    now = open(3);
    await passes(AGAIN);
    expect(box.querySelectorAll('[data-testid=lane]').length).toBe(3);
    expect(box.querySelector('[data-testid=lane]')).toBe(first);
    expect(location.search).toContain('zoom=1795399500-1795399900');
    now = open(3, true);
    await passes(AGAIN);
    // The matrix waits by itself, and once more when all is over.
    expect(asked.length - pages()).toBeGreaterThanOrEqual(3);
    const before = asked.length;
    await passes(10 * AGAIN);
    expect(asked.length).toBe(before);
  });

  test('it rests while nobody looks, and comes at once when somebody does', async () => {
    answer = (path) => json(path.includes('/matrix') ? { people: [], cells: [] } : open(2));
    go('/quality/meetings/m1');
    act(() => render(<TimelinePage meeting="m1" />, box));
    await passes(0);
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const before = pages();
    await passes(10 * AGAIN);
    expect(pages()).toBe(before);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event('visibilitychange'));
    await passes(0);
    expect(pages()).toBe(before + 1);
  });

  test('what cannot be loaded again stays, and says how old it is', async () => {
    let works = true;
    answer = () => (works ? json(running()) : new Response('{}', { status: 503 }));
    go('/quality/legs/l1');
    act(() => render(<LegPage id="l1" />, box));
    await passes(0);
    works = false;
    await passes(4 * AGAIN);
    expect(box.querySelector('[data-testid=strip]')).not.toBeNull();
    expect(box.querySelector('[data-testid=stale]')).not.toBeNull();
    works = true;
    await passes(AGAIN);
    expect(box.querySelector('[data-testid=stale]')).toBeNull();
  });

  test('a leg that is over is asked for once', async () => {
    answer = () => json(detail());
    go('/quality/legs/l1');
    act(() => render(<LegPage id="l1" />, box));
    await passes(10 * AGAIN);
    expect(asked).toEqual(['/quality/legs/l1?language=en']);
  });
});

describe('one’s own leg', () => {
  test('leads to nothing of the others, and is spoken of as one’s own', async () => {
    answer = () => json({ ...detail(), evidence: true });
    act(() => render(<OwnLeg id="l1" />, box));
    await shown('What you say');
    expect(asked).toEqual(['/me/legs/l1?language=en']);
    expect(box.textContent).not.toContain('What they say');
    expect(box.textContent).toContain('Your rating');
    const addresses = [...box.querySelectorAll('a')].map((one) => one.getAttribute('href') ?? '');
    expect(addresses.filter((one) => one.includes('/quality'))).toEqual([]);
    expect(addresses).toContain('/api/v1/me/legs/l1/export');
    expect(box.querySelector('[data-testid^=evidence]')).toBeNull();
  });

  test.each([
    ['en', 'of what you said', 'Use a cable'],
    ['zh-CN', '您说话内容', '请您改用网线'],
  ] as const)('names the reader nowhere (%s)', async (language, said, advice) => {
    await speak(language);
    const world = { legs: legsFixtures() };
    answer = (path) => {
      const { pathname, searchParams } = new URL(path, 'http://localhost');
      return json(legsApi(world, 'GET', pathname, searchParams)[1]);
    };
    act(() => render(<OwnLeg id="l1" />, box));
    await shown(said);
    await shown(advice);
    expect(box.innerHTML).not.toContain(detail().leg.name);
    expect(box.querySelector('[data-testid=finding] button')?.getAttribute('aria-label')).toMatch(
      / \d\d:06:00$/,
    );
    act(() => render(<LegPage id="l1" />, box));
    await vi.waitFor(() => expect(box.innerHTML).toContain(detail().leg.name));
  });

  test('the latest is found by itself', async () => {
    answer = (path) => json(path.startsWith('/me/legs?') ? { legs: [detail().leg] } : detail());
    go('/me/legs/latest');
    act(() => render(<OwnLeg id="latest" />, box));
    await vi.waitFor(() => expect(location.pathname).toBe('/me/legs/l1'));
  });
});

test('moments are told in the zone of the reader’s profile', () => {
  const at = Date.UTC(2026, 10, 23, 2, 3, 5) / 1000;
  const person = { id: 'ann', language: 'en', timeZone: 'Asia/Kolkata' };
  known.value = { state: 'in', session: { person } as unknown as Session };
  expect(momentText(at, 0)).toBe('07:33:05');
  known.value = {
    state: 'in',
    session: { person: { ...person, timeZone: 'Asia/Shanghai' } } as unknown as Session,
  };
  expect(momentText(at, 0)).toBe('10:03:05');
});
