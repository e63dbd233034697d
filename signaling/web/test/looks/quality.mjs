// How calls sounded: live, by day, by step and by trunk; and one's own.

import { enter, id, over, says } from './steps.mjs';

export const quality = {
  'quality-now': {
    path: '/quality',
    full: true,
    act: async (page) => {
      await id(page, 'now-row').nth(2).waitFor();
      await says(page, '[data-testid=now-poor]', '2');
    },
  },
  'quality-now-quiet': {
    path: '/quality',
    change: (w) => {
      Object.assign(w.quality.now, {
        meetings: [],
        meetingsAll: 0,
        legs: { browser: 0, phone: 0 },
        classes: { good: 0, degraded: 0, poor: 0, unclassified: 0 },
        worst: [],
        refused: 0,
        failedJoins: 0,
        missing: true,
      });
    },
    act: (page) => page.locator('.empty').waitFor(),
  },
  'quality-health': {
    path: '/quality/health',
    full: true,
    act: async (page) => {
      await id(page, 'health-day').nth(6).waitFor();
      await page.locator('.measure canvas').nth(2).waitFor();
    },
  },
  'quality-ratings': {
    path: '/quality/health',
    act: async (page) => {
      await id(page, 'show-ratings').click();
      await id(page, 'ratings').waitFor();
    },
  },
  'quality-joins': {
    path: '/quality/joins',
    full: true,
    act: (page) => id(page, 'recent').waitFor(),
  },
  'quality-trunks': {
    path: '/quality/trunks',
    full: true,
    act: async (page) => {
      await id(page, 'trunk-row').nth(2).waitFor();
      await page.locator('details summary').click();
    },
  },
  'my-looks': {
    path: '/me/looks',
    full: true,
    act: async (page) => {
      await id(page, 'lookups').waitFor();
      await id(page, 'my-leg').nth(2).waitFor();
    },
  },
  'room-connection': {
    path: '/room/m1',
    full: true,
    act: async (page, mock) => {
      await enter(page);
      mock.tell({
        type: 'fare',
        leg: 'x',
        class: 'poor',
        because: ['loss'],
        side: 'said',
        loss: 0.081,
        rtt: 64,
      });
      mock.tell({ type: 'hint', about: 'echo', with: 2 });
      await page.locator('[data-testid=light][data-class=poor]').waitFor();
      await page.locator('[data-kind=connection]').waitFor();
      if (await id(page, 'mute').and(page.locator('[data-on=true]')).count()) await id(page, 'mute').click();
      await page.locator('[data-kind=echo]').waitFor();
    },
  },
  'room-light': {
    path: '/room/m1',
    act: async (page, mock) => {
      await enter(page);
      mock.tell({ type: 'fare', leg: 'x', class: 'degraded', because: ['round-trip'], rtt: 371 });
      await page.locator('[data-testid=light][data-class=degraded]').waitFor();
      await id(page, 'light').click();
      await id(page, 'connection').waitFor();
    },
  },
  'over-rating': {
    path: '/room/m1',
    full: true,
    act: async (page) => {
      await enter(page);
      await id(page, 'leave').click();
      await over(page, 'left');
      await id(page, 'star-2').click();
      await id(page, 'reason-echo').click();
      await page.locator('.rating-said:not(:empty)').waitFor();
    },
  },
};
