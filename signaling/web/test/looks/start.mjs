// The pages outside of meetings.

import { recordings } from '../fixtures.mjs';
import { id } from './steps.mjs';

export const start = {
  setup: { path: '/setup?token=abc', world: { loggedIn: false } },
  'setup-done': { path: '/setup?token=abc', world: { loggedIn: false, setupNeeded: false } },
  login: { path: '/login', world: { loggedIn: false } },
  'login-wrong': {
    path: '/login',
    world: { loggedIn: false },
    act: async (page) => {
      await page.locator('[name=email]').fill('lilei@example.com');
      await page.locator('[name=password]').fill('something wrong');
      await id(page, 'submit').click();
      await page.locator('.form-error:not(:empty)').waitFor();
    },
  },
  welcome: { path: '/welcome/abc', world: { loggedIn: false } },
  'welcome-gone': { path: '/welcome/gone', world: { loggedIn: false } },
  home: { full: true, path: '/' },
  'home-empty': { path: '/', world: { meetings: [] } },
  'home-failed': { path: '/', world: { fail: { '/meetings': 500 } } },
  'home-new': { path: '/', act: (page) => id(page, 'new-meeting').click() },
  meeting: { full: true, path: '/m/m1' },
  'meeting-new': { path: '/m/m2' },
  'meeting-replace': { path: '/m/m1', act: (page) => id(page, 'replace-host').click() },
  people: { path: '/people' },
  'people-add': { path: '/people', act: (page) => id(page, 'add-person').click() },
  'people-import': { path: '/people', act: (page) => id(page, 'import-people').click() },
  'people-preview': {
    path: '/people',
    act: async (page) => {
      await id(page, 'import-people').click();
      await page.locator('textarea').fill('name,email\n…');
      await id(page, 'submit').click();
      await page.locator('table').waitFor();
    },
  },
  me: { full: true, path: '/me' },
  missing: { path: '/nowhere' },
  'meeting-recordings': {
    path: '/m/m1',
    change: (w) => {
      Object.assign(w.meetings[0], {
        opensAt: '2026-12-01T02:30:00Z',
        maxParticipants: 40,
        waitForHost: true,
      });
      w.recordings = recordings;
    },
    act: async (page) => {
      await page.locator('.recordings details summary').click();
      await page.locator('.track').nth(4).waitFor();
    },
  },
  'meeting-delete-recording': {
    path: '/m/m1',
    narrow: true,
    change: (w) => {
      w.recordings = recordings.slice(1);
    },
    act: async (page) => {
      await id(page, 'delete-recording').click();
      await id(page, 'confirm').click();
      await id(page, 'recording-row').waitFor({ state: 'detached' });
    },
  },
  'meeting-settings': {
    path: '/m/m1',
    narrow: true,
    act: async (page, mock) => {
      await id(page, 'setting-waitForHost').click();
      await id(page, 'opens-at').fill('2026-12-01T10:30');
      await id(page, 'max-participants').fill('25');
      await page.locator('[data-testid=settings] [data-testid=submit]').click();
      await page.locator('.toast.good').waitFor();
      const { waitForHost, maxParticipants, opensAt } = mock.world.meetings[0];
      if (!waitForHost || maxParticipants !== 25 || new Date(opensAt).getUTCMonth() !== 11)
        throw new Error(`saved ${waitForHost} ${maxParticipants} ${opensAt}`);
    },
  },
  'me-sip': {
    path: '/me',
    act: async (page) => {
      await id(page, 'sip-phone').click();
      await id(page, 'sip-password').waitFor();
      await page.locator('.sip-help summary').click();
    },
  },
  'me-sip-later': {
    path: '/me',
    narrow: true,
    change: (w) => {
      w.phone = w.newPhone;
    },
    act: async (page) => {
      await id(page, 'sip-remove').click();
      await id(page, 'confirm').click();
      await id(page, 'sip-phone').waitFor();
    },
  },
};
