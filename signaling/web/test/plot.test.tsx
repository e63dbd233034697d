import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { speak } from '../src/i18n';
import { nearest, zoomed } from '../src/views/quality/axis';
import type { Spec } from '../src/views/quality/draw';
import { type Line, Plot } from '../src/views/quality/plot';

const drawn = vi.hoisted(() => ({
  specs: [] as Spec[],
  pointed: [] as (number | undefined)[],
  spans: [] as unknown[],
}));

vi.mock('../src/views/quality/draw', () => ({
  draw: (_: HTMLElement, spec: Spec) => {
    drawn.specs.push(spec);
    return {
      data: (next: Spec) => drawn.specs.push(next),
      width() {},
      span: (span: unknown) => drawn.spans.push(span),
      point: (at?: number) => drawn.pointed.push(at),
      repaint() {},
      close() {},
    };
  },
}));

describe('a shared axis', () => {
  test('finds what is nearest to a moment', () => {
    const at = [10, 15, 20, 40];
    expect([0, 12, 13, 31, 99].map((moment) => nearest(at, moment))).toEqual([0, 0, 1, 3, 3]);
    expect(nearest([], 5)).toBeUndefined();
    expect(nearest([7], 5)).toBe(0);
  });

  test('zooms about a moment and stays within what there is', () => {
    const whole = { from: 0, to: 100 };
    expect(zoomed(whole, whole, 50, 0.5)).toEqual({ from: 25, to: 75 });
    expect(zoomed({ from: 0, to: 50 }, whole, 0, 0.5)).toEqual({ from: 0, to: 25 });
    expect(zoomed({ from: 80, to: 100 }, whole, 100, 2)).toEqual({ from: 60, to: 100 });
    expect(zoomed(whole, whole, 50, 4)).toEqual(whole);
  });
});

describe('a chart', () => {
  let box: HTMLElement;
  const at = [100, 105, 110];
  const lines: Line[] = [
    { name: 'Sent', tone: 'accent', values: [0, 0.14, null] },
    { name: 'Heard', tone: 'blue', values: [0, 0, 0] },
  ];
  const percent = (value: number) => `${Math.round(value * 100)} %`;

  beforeEach(async () => {
    await speak('en');
    for (const list of Object.values(drawn)) list.length = 0;
    box = document.createElement('div');
    document.body.append(box);
  });
  afterEach(() => {
    render(null, box);
    box.remove();
  });

  async function show(more: Partial<Parameters<typeof Plot>[0]> = {}) {
    const when = (moment: number) => `t${moment}`;
    act(() => render(<Plot label="Loss" at={at} lines={lines} text={percent} when={when} {...more} />, box));
    await vi.waitFor(() => expect(drawn.specs.length).toBe(1));
    const field = box.querySelector<HTMLElement>('[role=slider]');
    if (!field) throw new Error('nothing to point into');
    const key = (name: string) => {
      const event = new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true });
      act(() => void field.dispatchEvent(event));
      return event.defaultPrevented;
    };
    return { field, key, said: () => field.getAttribute('aria-valuetext') };
  }

  test('is read by keyboard, each value with its unit and what is not known as such', async () => {
    const { key, said } = await show();
    key('ArrowRight');
    expect(said()).toBe('t100, Sent 0 %, Heard 0 %');
    key('ArrowRight');
    expect(said()).toBe('t105, Sent 14 %, Heard 0 %');
    expect(drawn.pointed.at(-1)).toBe(105);
    key('End');
    expect(said()).toBe('t110, Sent not known, Heard 0 %');
    key('ArrowRight');
    expect(said()).toBe('t110, Sent not known, Heard 0 %');
    expect(key('x')).toBe(false);
  });

  test('zooms only where that is of use, and picks what is pointed at', async () => {
    const picked: number[] = [];
    const { key } = await show({ zoom: true, onPick: (moment) => picked.push(moment) });
    expect(key('Enter')).toBe(false);
    key('ArrowRight');
    expect(key('+')).toBe(true);
    expect(drawn.spans.at(-1)).toEqual({ from: 100, to: 105 });
    key('Enter');
    expect(picked).toEqual([100]);
  });

  test('without zoom, leaves + to the page', async () => {
    const { key } = await show();
    expect(key('+')).toBe(false);
  });

  test('says the same in a table', async () => {
    await show();
    expect(box.querySelector('table')).toBeNull();
    const details = box.querySelector('details');
    act(() => {
      if (details) details.open = true;
      details?.dispatchEvent(new Event('toggle'));
    });
    const rows = [...box.querySelectorAll('tbody tr')].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    );
    expect(rows).toEqual([
      ['t100', '0 %', '0 %'],
      ['t105', '14 %', '0 %'],
      ['t110', 'not known', '0 %'],
    ]);
  });
});
