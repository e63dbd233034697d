// The calendar, scheduling, to-dos and the page of a meeting with dates.

import { enter, id } from './steps.mjs';

const scheduled = (w) => {
  w.meetings[0].kind = 'scheduled';
};

export const plan = {
  calendar: {
    path: '/calendar',
    full: true,
    act: (page) => page.locator('[data-testid=event], [data-testid=occurrence]').nth(5).waitFor(),
  },
  'calendar-keys': {
    path: '/calendar',
    act: async (page) => {
      await page.locator('[data-testid=event], [data-testid=occurrence]').first().waitFor();
      const week = page.locator('.week');
      if (await week.count()) {
        await week.focus();
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('ArrowRight');
        await page.locator('.week-cursor').waitFor();
        await page.keyboard.press('a');
      }
      await page.locator('[data-testid=occurrence] a').first().waitFor();
      await page.keyboard.press('Tab');
      await page.locator('.agenda a').first().focus();
      await page.keyboard.press('ArrowDown');
    },
  },
  'calendar-empty': {
    path: '/calendar',
    narrow: true,
    change: (w) => {
      w.plan.occurrences = [];
    },
    act: (page) => page.locator('.empty').waitFor(),
  },
  schedule: {
    path: '/schedule?at=2027-03-15T17:00',
    full: true,
    act: async (page) => {
      await id(page, 'schedule-title').fill('苍鹭项目 Project Heron');
      await id(page, 'repeat').selectOption('weekly');
      for (const text of [
        '韩梅梅',
        'Zoë Okonkwo-Lindqvist',
        'Maria Silva <maria@example.com>, +44 20 5550 9876',
      ]) {
        await id(page, 'guests-add').fill(text);
        await page.keyboard.press('Enter');
        await page.locator('[data-testid=guest]', { hasText: text.slice(0, 2) }).waitFor();
      }
      await page.locator('.date[data-quiet="1"]').waitFor();
      await page.locator('.ladder summary').click();
    },
  },
  'schedule-sent': {
    path: '/schedule?at=2027-03-15T17:00',
    narrow: true,
    act: async (page, mock) => {
      await id(page, 'schedule-title').fill('Heron');
      await id(page, 'repeat').selectOption('monthly');
      await id(page, 'guests-add').fill('zoe@example.com');
      await page.keyboard.press('Enter');
      await id(page, 'guest').waitFor();
      await id(page, 'submit').click();
      await page.waitForURL(/\/m\/m1/);
      const { start, rule, timeZone, invitees } = mock.world.plan.scheduled;
      if (
        start !== '2027-03-15T17:00' ||
        rule !== 'FREQ=MONTHLY;BYMONTHDAY=15' ||
        invitees[0].email !== 'zoe@example.com'
      )
        throw new Error(`scheduled ${start} ${rule} ${timeZone} ${JSON.stringify(invitees)}`);
    },
  },
  'schedule-change': {
    path: '/m/m1',
    change: scheduled,
    act: async (page, mock) => {
      await id(page, 'date-change').click();
      await id(page, 'schedule-time').fill('10:30');
      await id(page, 'submit').click();
      await id(page, 'scope-following').check();
      await id(page, 'confirm').click();
      await page.waitForURL(/\/m\/m1/);
      const { scope, start, title } = mock.world.plan.changed;
      if (scope !== 'following' || !start.endsWith('T10:30') || title !== undefined)
        throw new Error(`changed ${JSON.stringify(mock.world.plan.changed)}`);
      await id(page, 'date-cancel').click();
      await id(page, 'scope-one').waitFor();
    },
  },
  'calendar-elsewhere': {
    path: '/calendar',
    act: async (page) => {
      await id(page, 'calendar-elsewhere').click();
      await id(page, 'feed-new').click();
      await id(page, 'feed-url').waitFor();
      const file = { name: 'old.ics', mimeType: 'text/calendar', buffer: Buffer.from('BEGIN:VCALENDAR') };
      await id(page, 'ics-file').setInputFiles(file);
      await page.locator('.ics-events li').nth(2).waitFor();
    },
  },
  'room-todos': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await page.keyboard.press('t');
      await id(page, 'todo-text').fill('Send the minutes');
      await id(page, 'todo-owner').selectOption('p2');
      await id(page, 'todo-add').click();
      await page.locator('[data-testid=todo]', { hasText: 'Send the minutes' }).waitFor();
    },
  },
  'meeting-dates': {
    path: '/m/m1',
    full: true,
    change: scheduled,
    act: (page) => id(page, 'date').first().waitFor(),
  },
};
