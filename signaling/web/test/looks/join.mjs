// What comes before a meeting: the microphone, the name, the door.

import { enter, id, over, ready, says, untrusted } from './steps.mjs';

export const join = {
  'join-guest': {
    path: '/j/abc',
    world: { loggedIn: false },
    act: ready,
  },
  'join-gone': { path: '/j/gone', world: { loggedIn: false } },
  'join-locked': {
    path: '/room/m1',
    act: ready,
    change: (w) => Object.assign(w.meetings[0], { locked: true }),
  },
  'join-loopback': {
    path: '/room/m1',
    narrow: true,
    act: async (page) => {
      await id(page, 'loopback').click();
      await page.locator('[data-step=recording]').waitFor();
      await page.locator('[data-step=playing]').waitFor();
      await page.locator('[data-step=done]').waitFor();
    },
  },
  'join-colleague': {
    path: '/room/m1',
    world: { hidden: true },
    act: async (page) => {
      await enter(page);
      await page.reload();
      await ready(page);
    },
  },
  'join-insecure': {
    path: '/j/abc',
    host: untrusted,
    world: { loggedIn: false },
    act: async (page) => {
      await page.locator('[data-testid=microphone-problem][data-problem=insecure]').waitFor();
      await says(page, '[data-testid=microphone-problem]', /https:\/\//);
    },
  },
  'join-refused': { path: '/j/abc', world: { loggedIn: false }, microphone: 'NotAllowedError' },
  'join-missing': { path: '/j/abc', world: { loggedIn: false }, microphone: 'NotFoundError' },
  'join-on-phone': {
    path: '/room/m1',
    act: async (page, mock) => {
      await enter(page);
      mock.tell({ type: 'handed-over', as: 9 });
      await over(page, 'handed-over');
      await id(page, 'rejoin').click();
      await page.locator('[data-testid=take-over]:enabled').waitFor();
    },
  },
  'join-early': {
    path: '/room/m1',
    act: ready,
    change: (w) => {
      w.meetings[0].opensAt = new Date(Date.now() + 3600e3).toISOString();
    },
  },
};
