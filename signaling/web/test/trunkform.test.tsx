import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { speak } from '../src/i18n';
import { paidReady } from '../src/i18n/paid';
import { draftOf, trunkOf } from '../src/store/trunk';
import TrunkPage from '../src/views/admin/trunk';
import Trunks from '../src/views/admin/trunks';
import type { Outbound, Trunk } from '../src/wire/paid';

let box: HTMLElement;
let saved: Trunk | undefined;
/** What the server says of trunks; nothing: it has no phones. */
let answer: Trunk | undefined;

const draft = draftOf();
const text = { ...draft.text, name: 'carrier-a', domain: 'sip.example.com', registrar: 'reg.example.com' };
const stored: Trunk = {
  ...trunkOf({ text, accounts: [], on: { ...draft.on, register: true } }),
  source: 'stored',
  hasPassword: false,
} as Trunk;

beforeEach(async () => {
  await speak('en');
  await paidReady();
  saved = undefined;
  answer = stored;
  vi.stubGlobal('fetch', async (_: string, init?: RequestInit) => {
    if (init?.method === 'PUT') saved = JSON.parse(String(init.body));
    return new Response(JSON.stringify(answer ?? { code: 'not-found' }), {
      status: answer ? 200 : 404,
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

describe('accounts', () => {
  const two: Trunk = {
    ...stored,
    outbound: {
      ...(stored.outbound as Outbound),
      accounts: [
        { user: '4711', authUser: '', hasPassword: true },
        { user: '4712', authUser: 'second', hasPassword: true },
      ],
    },
  };

  beforeEach(async () => {
    render(null, box);
    answer = two;
    act(() => render(<TrunkPage name="carrier-a" />, box));
    await vi.waitFor(() => expect(box.querySelectorAll('[data-testid=account]')).toHaveLength(2));
  });

  const save = async () => {
    await act(async () => box.querySelector<HTMLElement>('[data-testid=submit]')?.click());
    await vi.waitFor(() => expect(saved).toBeDefined());
    return saved?.outbound?.accounts;
  };

  test('each can be changed; a password that was not typed stays what it is', async () => {
    await type('login-4712', 'other');
    await type('secret-4711', 'fresh');
    expect(await save()).toEqual([
      { user: '4711', authUser: '', password: 'fresh' },
      { user: '4712', authUser: 'other' },
    ]);
  });

  test('one can go, another come; one without a name is not sent', async () => {
    await act(async () => box.querySelector<HTMLElement>('[data-testid=account] .icon-only')?.click());
    await act(async () => box.querySelector<HTMLElement>('[data-testid=add-account]')?.click());
    await act(async () => box.querySelector<HTMLElement>('[data-testid=add-account]')?.click());
    const added = box.querySelectorAll<HTMLInputElement>('[name^=account-new]')[0];
    await type(added?.name ?? '', '4713');
    expect(await save()).toEqual([
      { user: '4712', authUser: 'second' },
      { user: '4713', authUser: '' },
    ]);
  });
});

test('without phones the page of trunks says what to do', async () => {
  answer = undefined;
  render(null, box);
  act(() => render(<Trunks />, box));
  await vi.waitFor(() => expect(box.querySelector('.empty-title')).not.toBeNull());
  expect(box.textContent).toContain('[sip]');
  expect(box.querySelector('[data-testid=add-trunk]')).toBeNull();
});
