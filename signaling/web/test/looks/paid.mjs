// Calls at the company's expense: in the room, at home, in one's own list.

import { paidCall, sales } from '../fixtures-paid.mjs';
import { enter, id, says } from './steps.mjs';

/** Opens the dialog in the room and waits for the prices of what was typed. */
async function prices(page, ...typed) {
  await enter(page);
  await page.keyboard.press('c');
  for (const text of typed) {
    await id(page, 'call-to').fill(text);
    await page.keyboard.press('Enter');
  }
  await page
    .locator('[data-testid=price]')
    .nth(typed.length - 1)
    .waitFor();
  await id(page, 'call-summary').waitFor();
}

const meter = (calls) => ({
  type: 'money',
  meeting: 'm1',
  currency: 'CNY',
  at: Date.now(),
  rate: 1_080_000,
  spent: 1_422_000,
  legs: calls.map((call, n) => ({
    call: call.call,
    rate: n ? 900_000 : 180_000,
    since: Date.now() - 60_000,
    spent: n ? 900_000 : 522_000,
    ...(n ? {} : { left: 14_580_000, lasts: 4860 }),
  })),
});

const receipt = {
  currency: 'CNY',
  meeting: 'm1',
  seconds: 815,
  spent: 11_538_000,
  running: 1,
  calls: [
    { call: 'c1', name: '韩梅梅', number: '•••222', seconds: 61, spent: 198_000, cause: 'hung-up' },
    { call: 'c2', name: 'Northwind Freight, night desk', number: '•••876', seconds: 754, spent: 11_340_000 },
    { call: 'c3', name: '张伟（律师）', number: '•••111', seconds: 0, spent: 0, cause: 'busy' },
  ],
};

export const paid = {
  'call-dialog': {
    path: '/room/m1',
    full: true,
    act: async (page) => {
      await prices(page, '韩梅梅', '+44 20 5550 9876', '13700001111', '120');
      await page.locator('[data-refused=emergency] .refusal').waitFor();
    },
  },
  'call-suggest': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await page.keyboard.press('c');
      await id(page, 'call-to').fill('a');
      await page.locator('.offer', { hasText: 'Zoë' }).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.locator('.offer[aria-selected=true]').waitFor();
    },
  },
  'call-room': {
    path: '/room/m1',
    full: true,
    change: (w) => {
      w.liveCalls = [
        paidCall('王芳', 'ringing'),
        paidCall('Dr. Ángela Ruiz', 'answered'),
        paidCall('张伟（律师）', 'ended', { cause: 'busy', person: 'p8' }),
        paidCall('Northwind Freight, night desk', 'approval', { approval: 'GB' }),
        paidCall('韩梅梅', 'joined', { participant: 2 }),
        paidCall('Caller 4', 'joined', { participant: 4, rate: 900_000 }),
      ];
    },
    act: async (page, mock) => {
      await enter(page);
      const [, , , , a, b] = mock.world.liveCalls;
      mock.tell(meter([a, b]));
      mock.tell({
        type: 'money-warning',
        call: a.call,
        meeting: 'm1',
        name: a.name,
        about: 'money',
        seconds: 60,
        payer: sales,
      });
      await page.locator('[data-testid=banner][data-kind=money-warning]').waitFor();
      await page.locator('.meter-strip summary').click();
      await id(page, 'money-leg').nth(1).waitFor();
    },
  },
  'call-into': {
    path: '/room/m1',
    narrow: true,
    act: async (page) => {
      await prices(page, '13700001111');
      await id(page, 'call-go').click();
      await page.locator('[data-testid=call-row][data-state=ringing]').waitFor();
      await id(page, 'call-cancel').click();
      await page.locator('[data-testid=call-row]').waitFor({ state: 'detached' });
    },
  },
  'call-me': {
    path: '/room/m1',
    act: async (page) => {
      await id(page, 'call-me').click();
      await page.locator('[data-testid=call-me-form] .digits').waitFor();
    },
  },
  'over-receipt': {
    path: '/room/m1',
    world: { receipt },
    act: async (page) => {
      await enter(page);
      await id(page, 'leave').click();
      await id(page, 'receipt').waitFor();
    },
  },
  dial: {
    path: '/dial',
    act: async (page) => {
      await page.locator('[data-way=callback]').click();
      await id(page, 'call-to').focus();
      await page.evaluate(() => {
        const pasted = new DataTransfer();
        pasted.setData('text', '张伟 13700001111\nNorthwind, +44 20 5550 9876\n+39 899 123 456');
        const event = new ClipboardEvent('paste', { clipboardData: pasted, bubbles: true, cancelable: true });
        document.activeElement.dispatchEvent(event);
      });
      await page.locator('[data-testid=price]').nth(2).waitFor();
      await id(page, 'call-summary').waitFor();
      await page.locator('.shown-numbers summary').click();
    },
  },
  'dial-again': {
    path: '/dial',
    narrow: true,
    act: async (page) => {
      await page.locator('[data-way=ring-all]').click();
      await id(page, 'call-to').fill('13700001111');
      await page.keyboard.press('Enter');
      await id(page, 'call-summary').waitFor();
      await id(page, 'retry-gap').selectOption('60');
    },
  },
  batch: {
    path: '/dial/b1',
    act: async (page) => {
      await page.locator('[data-testid=call-row][data-state=queued]').waitFor();
      await says(page, '.page-head', /¥|CN/);
    },
  },
  'my-calls': { path: '/calls', full: true, act: (page) => id(page, 'record').nth(4).waitFor() },
  'my-calls-empty': { path: '/calls', narrow: true, change: (w) => Object.assign(w.money, { records: [] }) },
  'my-call': { path: '/calls/r1', act: (page) => page.locator('[data-step=total]').waitFor() },
  'contacts-call': {
    path: '/contacts',
    narrow: true,
    act: async (page) => {
      await id(page, 'call-contact').nth(2).click();
      await page.locator('[data-testid=price]', { hasText: 'Northwind' }).waitFor();
      await id(page, 'call-summary').waitFor();
    },
  },
  contacts: { path: '/contacts', act: (page) => id(page, 'contact').nth(2).waitFor() },
  'contacts-taken': {
    path: '/contacts',
    narrow: true,
    act: async (page) => {
      await id(page, 'add-contact').click();
      await page.locator('[name=name]').fill('Somebody');
      await page.locator('[name=number]').fill('+34911112222');
      await id(page, 'submit').click();
      await page.locator('.form-error:not(:empty)').waitFor();
    },
  },
};
