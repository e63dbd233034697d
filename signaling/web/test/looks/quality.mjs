// How calls sounded: live, by day, by step and by trunk; and one's own.

import { id, says } from './steps.mjs';

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
};
