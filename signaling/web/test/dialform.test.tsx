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
  vi.stubGlobal('fetch', async (path: string) => {
    const numbers = [{ number: '+86 21 5550 1234', label: 'Shanghai' }];
    const found = path.endsWith('/dial-in') ? { numbers, sipAddress: '' } : [];
    return new Response(JSON.stringify(found), { status: 200 });
  });
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

async function fill(id: string, value: string) {
  const field = find(id) as HTMLInputElement | HTMLSelectElement;
  field.value = value;
  await act(async () => {
    field.dispatchEvent(
      new Event(field instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }),
    );
  });
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

test('in a callback both shown numbers can be chosen, as people write them', async () => {
  const dial = vi.fn(async (_: Dial) => ({ batch: { batch: 'b', total: 2 } as Batch, calls: [] }));
  const quote = async () => ({ currency: 'CNY', rate: 900_000, prices: [dear, dear] });
  act(() =>
    render(
      <DialForm dialler={{ quote, dial }} ways={['callback']} ownNumber="+15550111" done={vi.fn()} />,
      box,
    ),
  );
  await type('+44 20 5550 9876');
  await vi.waitFor(() => expect(find('call-summary')).not.toBeNull());
  await vi.waitFor(() => expect(box.querySelector('datalist option')).not.toBeNull());
  await fill('shown-me', '5550 1234');
  await act(async () => find('call-go')?.click());
  await vi.waitFor(() => expect(find('error')?.textContent).toContain('country code'));
  expect(dial).not.toHaveBeenCalled();
  await fill('shown-me', '0086 (21) 5550-1234');
  await fill('shown-others', '+86 21 5550 1235');
  await act(async () => find('call-go')?.click());
  await vi.waitFor(() => expect(dial).toHaveBeenCalledOnce());
  expect(dial.mock.calls[0]?.[0]).toMatchObject({ shownToMe: '+862155501234', shown: '+862155501235' });
});

test('those who do not answer are rung again after a time of choice', async () => {
  const { dial } = form();
  await type('+44 20 5550 9876');
  await vi.waitFor(() => expect(find('call-summary')).not.toBeNull());
  expect(find('retry-gap')).toBeNull();
  await fill('retries', '2');
  await fill('retry-gap', '90');
  await vi.waitFor(() => expect(find('call-go')?.getAttribute('aria-disabled')).toBeNull());
  await act(async () => find('call-go')?.click());
  await vi.waitFor(() => expect(dial).toHaveBeenCalledOnce());
  const [sent] = dial.mock.calls[0] ?? [];
  expect(sent).toMatchObject({ kind: 'ring-all', retries: 2, retryAfter: 90 });
  expect(sent).not.toHaveProperty('shown');
});
