import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { speak } from '../src/i18n';
import { paidReady } from '../src/i18n/paid';
import { EditBudget } from '../src/views/admin/budget';

let box: HTMLElement;
let sent: unknown;
const answers: Record<string, unknown> = {
  '/people': [{ id: 'p1', name: 'Ann', department: 'Sales', costCentre: '4711' }],
  '/meetings': [
    { id: 'm1', name: 'Monday round', number: '482915306' },
    { id: 'm2', name: '', number: '771204958' },
  ],
};

beforeEach(async () => {
  await speak('en');
  await paidReady();
  sent = undefined;
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    if (init?.method === 'POST') sent = JSON.parse(String(init.body));
    const found = Object.keys(answers).find((one) => path.includes(one));
    return new Response(JSON.stringify(found ? answers[found] : {}), {
      status: 200,
      headers: { 'Content-Type': 'application/json' },
    });
  });
  box = document.createElement('div');
  document.body.append(box);
  act(() => render(<EditBudget budget={undefined} close={() => {}} changed={() => {}} />, box));
});

afterEach(() => {
  render(null, box);
  box.remove();
  vi.unstubAllGlobals();
});

async function choose(kind: string) {
  await act(async () => {
    const select = box.querySelector('select');
    if (!select) throw new Error('nothing to choose from');
    select.value = kind;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
}

async function save(limit: string) {
  const field = box.querySelector<HTMLInputElement>('[name=limit]');
  if (field) field.value = limit;
  await act(async () => box.querySelector<HTMLElement>('[data-testid=submit]')?.click());
}

test('the meeting that a budget is for is chosen by its name, or its number', async () => {
  await choose('meeting');
  await vi.waitFor(() => expect(box.querySelectorAll('select[name=id] option')).toHaveLength(2));
  const options = [...box.querySelectorAll('select[name=id] option')].map((one) => one.textContent);
  expect(options).toEqual(['Monday round', '771204958']);
  await save('99.50');
  await vi.waitFor(() => expect(sent).toBeDefined());
  expect(sent).toMatchObject({ payer: { kind: 'meeting', id: 'm1' }, limit: 99_500_000, period: 'month' });
});

test('departments that people are in are suggested; what is no amount is not sent', async () => {
  await vi.waitFor(() => expect(box.querySelector('datalist option[value=Sales]')).not.toBeNull());
  const name = box.querySelector<HTMLInputElement>('[name=id]');
  if (name) name.value = 'Sales';
  await save('much');
  await vi.waitFor(() => expect(box.querySelector('[role=alert]')?.textContent).toContain('99.50'));
  expect(sent).toBeUndefined();
});
