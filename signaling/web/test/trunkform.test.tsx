import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { speak } from '../src/i18n';
import { paidReady } from '../src/i18n/paid';
import { draftOf, trunkOf } from '../src/store/trunk';
import TrunkPage from '../src/views/admin/trunk';
import type { Trunk } from '../src/wire/paid';

let box: HTMLElement;
let saved: Trunk | undefined;

const draft = draftOf();
const text = { ...draft.text, name: 'carrier-a', domain: 'sip.example.com', registrar: 'reg.example.com' };
const stored: Trunk = {
  ...trunkOf({ text, on: { ...draft.on, register: true } }),
  source: 'stored',
  hasPassword: false,
} as Trunk;

beforeEach(async () => {
  await speak('en');
  await paidReady();
  saved = undefined;
  vi.stubGlobal('fetch', async (_: string, init?: RequestInit) => {
    if (init?.method === 'PUT') saved = JSON.parse(String(init.body));
    return new Response(JSON.stringify(stored), {
      status: 200,
      headers: { 'Content-Type': 'application/json' },
    });
  });
  box = document.createElement('div');
  document.body.append(box);
  act(() => render(<TrunkPage name="carrier-a" />, box));
  await vi.waitFor(() => expect(field('domain')).not.toBeNull());
});

afterEach(() => {
  render(null, box);
  box.remove();
  vi.unstubAllGlobals();
});

const field = (name: string) => box.querySelector<HTMLInputElement>(`[name=${name}]`);

async function type(name: string, value: string) {
  await act(async () => {
    const input = field(name);
    if (!input) throw new Error(`no field ${name}`);
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

test('targets may be left out where a domain or a proxy leads to the carrier', async () => {
  expect(field('targets')?.required).toBe(false);
  await type('domain', ' ');
  expect(field('targets')?.required).toBe(true);
  await type('proxy', 'sip:proxy.example.com;lr');
  expect(field('targets')?.required).toBe(false);
});

test('without registering, the domain and the registrar stay what they were', async () => {
  await act(async () => box.querySelector<HTMLElement>('[data-testid=trunk-register]')?.click());
  expect(field('registrar')).toBeNull();
  expect(field('domain')?.value).toBe('sip.example.com');
  await act(async () => box.querySelector<HTMLElement>('[data-testid=submit]')?.click());
  await vi.waitFor(() => expect(saved).toBeDefined());
  expect(saved?.outbound).toMatchObject({
    register: false,
    domain: 'sip.example.com',
    registrar: 'reg.example.com',
  });
});
