// Reminders on every page, quiet hours, links in messages, announcements, bots.

import { reminder } from '../fixtures-remind.mjs';
import { enter, id } from './steps.mjs';

/** Waits for the page's own socket, then sends it an event. */
async function tell(page, mock, event) {
  await page.waitForFunction(() => document.querySelector('h1'));
  for (let n = 0; n < 100 && !mock.listening(); n++) await page.waitForTimeout(50);
  mock.tell(event);
}

const urgent = {
  subject: 'a9',
  about: 'announcement',
  title: 'Water on the third floor',
  text: 'Take the stairs on the east side. 韩梅梅: The lifts are off.',
  acts: ['heard'],
};

export const remind = {
  'reminder-card': {
    path: '/calendar',
    full: true,
    act: async (page, mock) => {
      await page.locator('[data-testid=event], [data-testid=occurrence]').first().waitFor();
      await tell(page, mock, { type: 'reminder', reminder: reminder() });
      await tell(page, mock, { type: 'reminder', reminder: reminder(urgent) });
      await id(page, 'reminder-card').nth(1).waitFor();
    },
  },
  'reminder-late': {
    path: '/',
    narrow: true,
    act: async (page, mock) => {
      await tell(page, mock, { type: 'reminder', reminder: reminder() });
      await id(page, 'card-late').click();
      await id(page, 'card-late-10').click();
      await id(page, 'reminder-card').waitFor({ state: 'detached' });
      const { subject, act, minutes } = mock.world.remind.answered;
      if (act !== 'late' || minutes !== 10) throw new Error(`answered ${subject} ${act} ${minutes}`);
    },
  },
  'reminder-room': {
    path: '/room/m1',
    act: async (page, mock) => {
      await enter(page);
      mock.tell({
        type: 'reminder',
        reminder: reminder({
          subject: 't1',
          acts: ['heard', 'snooze'],
          title: '更新值班表',
          start: Date.now() - 60_000,
        }),
      });
      mock.tell({
        type: 'invitees',
        meeting: 'm1',
        subject: 's1',
        title: 'Monday round',
        name: '王芳',
        act: 'late',
        minutes: 5,
      });
      await id(page, 'reminder-card').waitFor();
      await page.locator('.toast', { hasText: '王芳' }).waitFor();
    },
  },
  'reminder-link': { path: '/r/abc?act=late', full: true, world: { loggedIn: false } },
  'reminder-said': {
    path: '/r/abc',
    world: { loggedIn: false },
    act: async (page) => {
      await id(page, 'act-late-10').click();
      await page.locator('[data-testid=act-said][data-act=late]').waitFor();
    },
  },
  'reminder-gone': { path: '/r/gone', narrow: true, world: { loggedIn: false } },
  'answer-link': { path: '/rsvp/abc?answer=tentative', full: true, world: { loggedIn: false } },
  'answer-said': {
    path: '/rsvp/abc?answer=accepted',
    full: true,
    world: { loggedIn: false },
    act: async (page) => {
      await id(page, 'answer-accepted').click();
      await page.locator('[data-testid=answered][data-status=accepted]').waitFor();
      await page.locator('[data-testid=answered] .small').click();
      await id(page, 'answer-only').check();
      await id(page, 'answer-declined').click();
      await page.locator('[data-testid=answered][data-status=accepted][data-next=declined]').waitFor();
    },
  },
  'answer-gone': { path: '/rsvp/gone', narrow: true, world: { loggedIn: false } },
  reminders: {
    path: '/reminders',
    full: true,
    act: async (page) => {
      await id(page, 'disturbance').first().waitFor();
      await page.locator('.quiet-day').nth(6).waitFor();
      await id(page, 'bot-choice').first().waitFor();
    },
  },
  announce: {
    path: '/announce',
    act: async (page) => {
      await id(page, 'broadcast').nth(1).waitFor();
      await id(page, 'announce-to').selectOption('chosen');
      await page.locator('.announce-people input').first().check();
      await id(page, 'announce-urgent').check();
      await page.locator('[name=reason]').waitFor();
    },
  },
  'announce-heard': {
    path: '/announce',
    narrow: true,
    act: async (page) => {
      await page.locator('[data-testid=broadcast] .button').first().click();
      await page.locator('dialog [data-testid=funnel]').waitFor();
    },
  },
  'company-bots': {
    path: '/company/bots',
    act: async (page) => {
      await id(page, 'bot-test').nth(1).click();
      await page.locator('[data-testid=bot] [role=status]:not(:empty)').waitFor();
    },
  },
  'company-bot': {
    path: '/company/bots',
    act: async (page) => {
      await id(page, 'bot-add').click();
      await id(page, 'bot-kind').selectOption('feishu');
      await page.locator('[name=secret]').waitFor();
    },
  },
  'reminders-resting': {
    path: '/reminders',
    narrow: true,
    act: async (page, mock) => {
      await id(page, 'rest-for').nth(2).click();
      await id(page, 'resting').waitFor();
      await id(page, 'quiet-nights').click();
      await page.locator('[aria-labelledby=quiet] [data-testid=submit]').click();
      await page.locator('.toast.good').waitFor();
      await id(page, 'judge-no').click();
      await page.locator('[data-testid=disturbance][data-judged=false]').waitFor({ state: 'detached' });
      const { week } = mock.world.remind.quiet;
      if (week[1][0].from !== '22:00') throw new Error(`saved ${JSON.stringify(week)}`);
    },
  },
};
