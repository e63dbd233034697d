import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { speak } from '../src/i18n';
import { paidReady } from '../src/i18n/paid';
import { DialForm } from '../src/views/paid/dialform';
import type { Batch, Dial, Price } from '../src/wire/dial';

let box: HTMLElement;

beforeEach(async () => {
  await speak('en');
  await paidReady();
  vi.stubGlobal('fetch', async () => new Response('[]', { status: 200 }));
  box = document.createElement('div');
  document.body.append(box);
});

afterEach(() => {
  render(null, box);
  box.remove();
  vi.unstubAllGlobals();
});

const find = (id: string) => box.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const payer = { kind: 'cost_centre', id: '4711', name: 'Sales' } as const;
const dear: Price = { number: '•••876', rate: 900_000, payer, left: 9_000_000 };
const emergency: Price = {
  number: '120',
  rate: 0,
  payer,
  refusal: { cause: 'refused', rule: 'emergency' },
};

function form() {
  const quote = vi.fn(async ({ to = [] }: Dial) => ({
    currency: 'CNY',
    rate: 900_000,
    prices: to.map((one) => (one.numbers?.[0] === '120' ? emergency : dear)),
  }));
  const dial = vi.fn(async (_: Dial) => ({ batch: { batch: 'b', total: 1 } as Batch, calls: [] }));
  const done = vi.fn();
  act(() => render(<DialForm dialler={{ quote, dial }} ways={['into']} done={done} />, box));
  return { quote, dial, done };
}

async function type(text: string) {
  const input = find('call-to') as HTMLInputElement;
  input.value = text;
  act(() => {
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await act(async () => {
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  });
}

test('whoever cannot be called is told why and left out; no dearer call than shown is placed', async () => {
  const { dial, done } = form();
  await type('+44 20 5550 9876');
  await type('120');
  await vi.waitFor(() => expect(box.querySelectorAll('[data-testid=price] .refusal')).toHaveLength(1));
  expect(box.querySelector('[data-refused=emergency]')?.textContent).toContain('your own phone');
  expect(find('call-summary')?.textContent).toContain('10 min');
  expect(find('call-go')?.textContent).toContain('1 of 2');
  await act(async () => find('call-go')?.click());
  await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
  const [sent] = dial.mock.calls[0] ?? [];
  expect(sent).toMatchObject({ kind: 'into', to: [{ numbers: ['+44 20 5550 9876'] }], maxRate: 900_000 });
  expect(sent?.key).toMatch(/^[0-9a-f]{24}$/);
});

test('pressed twice it is one wish: a failed try is repeated with the same key', async () => {
  const { dial } = form();
  dial.mockRejectedValueOnce(new Error('lost'));
  await type('+44 20 5550 9876');
  await vi.waitFor(() => expect(find('call-summary')).not.toBeNull());
  await act(async () => find('call-go')?.click());
  await vi.waitFor(() => expect(find('error')?.textContent).not.toBe(''));
  await act(async () => find('call-go')?.click());
  await vi.waitFor(() => expect(dial).toHaveBeenCalledTimes(2));
  expect(dial.mock.calls[0]?.[0].key).toBe(dial.mock.calls[1]?.[0].key);
});

test('rung back first, one’s own dearer telephone is within the highest price', async () => {
  const own: Price = { number: '•••111', rate: 1_500_000, payer };
  const quote = async () => ({ currency: 'CNY', rate: 2_400_000, prices: [own, dear] });
  const dial = vi.fn(async (_: Dial) => ({ batch: { batch: 'b', total: 2 } as Batch, calls: [] }));
  const dialler = { quote, dial };
  act(() =>
    render(<DialForm dialler={dialler} ways={['callback']} ownNumber="+15550111" done={vi.fn()} />, box),
  );
  await type('+44 20 5550 9876');
  await vi.waitFor(() => expect(find('call-summary')).not.toBeNull());
  await act(async () => find('call-go')?.click());
  await vi.waitFor(() => expect(dial).toHaveBeenCalledOnce());
  expect(dial.mock.calls[0]?.[0]).toMatchObject({ kind: 'callback', maxRate: 1_500_000 });
});
