// Single meetings and connections, and what they are broken down by.

import { id, says } from './steps.mjs';

const drawn = (page, name) => page.locator(`[data-testid=${name}] .u-over`).waitFor();

export const legs = {
  'quality-breakdowns': {
    path: '/quality/breakdowns',
    full: true,
    act: async (page) => {
      await id(page, 'breakdown-row').nth(3).waitFor();
      await id(page, 'heat').waitFor();
    },
  },
  'quality-breakdown-empty': {
    path: '/quality/breakdowns?by=codec&site=Berlin&from=2026-10-01T00:00:00Z',
    act: (page) => page.locator('.empty').waitFor(),
  },
  'quality-heat': {
    path: '/quality/breakdowns?by=access',
    act: async (page) => {
      await id(page, 'heat').scrollIntoViewIfNeeded();
      await page.locator('.heat [data-at="0/9"]').focus();
      await page.keyboard.press('ArrowRight');
      await page.locator('.heat [data-at="0/10"]:focus').waitFor();
    },
  },
  // From a share that is red to the connection behind it.
  'quality-three-clicks': {
    path: '/quality/health',
    narrow: true,
    change: (w) => {
      w.legs.legs[0].site = '杭州 3F';
    },
    act: async (page) => {
      await id(page, 'look-poor').click();
      await id(page, 'breakdown-row').first().locator('a').first().click();
      await page.waitForURL(/search\?.*site=/);
      await id(page, 'leg-link').first().click();
      await page.waitForURL(/legs\/l1$/);
      await drawn(page, 'plot-loss');
    },
  },
  'quality-meetings': {
    path: '/quality/meetings?site=Berlin',
    act: (page) => id(page, 'meeting-row').nth(2).waitFor(),
  },
  'quality-timeline': {
    path: '/quality/meetings/m1?at=2026-11-23T02:00:00.000Z',
    full: true,
    act: async (page) => {
      await id(page, 'lane').nth(5).waitFor();
      await id(page, 'matrix').waitFor();
    },
  },
  'quality-timeline-zoomed': {
    path: '/quality/meetings/m1',
    act: async (page) => {
      await id(page, 'finding').first().getByRole('button').click();
      await page.waitForURL(/zoom=/);
      await id(page, 'lane').first().scrollIntoViewIfNeeded();
    },
  },
  'quality-matrix': {
    path: '/quality/meetings/m1',
    act: async (page) => {
      await id(page, 'matrix').scrollIntoViewIfNeeded();
      await page.getByRole('button', { name: /Delay|时延/ }).click();
      await says(page, '[data-testid=matrix] tr:nth-child(2)', 'ms');
    },
  },
  'quality-leg': {
    path: '/quality/legs/l1',
    full: true,
    act: async (page) => {
      for (const name of ['plot-loss', 'plot-jitter', 'plot-mos']) await drawn(page, name);
      await page.locator('[data-testid=plot-loss] [role=slider]').focus();
      for (let n = 0; n < 8; n++) await page.keyboard.press('PageUp');
      await page.keyboard.press('ArrowLeft');
    },
  },
  'quality-running': {
    path: '/quality/meetings/m1',
    change: ({ legs }) => {
      const shift = Date.now() - Date.parse(legs.timeline.to);
      const later = (_, value) =>
        /^2026-\d\d-\d\dT/.test(value) ? new Date(Date.parse(value) + shift).toISOString() : value;
      legs.timeline = { ...JSON.parse(JSON.stringify(legs.timeline), later), to: undefined };
    },
    act: async (page) => {
      await id(page, 'lane').nth(5).waitFor();
      await page.locator('.page-actions .chip').waitFor();
    },
  },
  'my-leg': {
    path: '/me/legs/l1',
    full: true,
    act: async (page) => {
      for (const name of ['plot-loss', 'plot-burst', 'plot-level']) await drawn(page, name);
    },
  },
  'my-leg-latest': {
    path: '/me/looks',
    narrow: true,
    act: async (page) => {
      await id(page, 'my-leg-link').first().click();
      await page.waitForURL(/me\/legs\/l1$/);
      await drawn(page, 'plot-loss');
    },
  },
  'quality-leg-table': {
    path: '/quality/legs/l1?zoom=1795399500-1795399900',
    act: async (page) => {
      await drawn(page, 'plot-loss');
      await page.locator('[data-testid=plot-loss] summary').click();
      await page.locator('[data-testid=plot-loss] td').first().waitFor();
    },
  },
  'quality-call': {
    path: '/quality/legs/l2',
    full: true,
    act: async (page) => {
      await drawn(page, 'plot-jitter');
      await id(page, 'sip-message').nth(11).waitFor();
    },
  },
  'quality-ladder': {
    path: '/quality/legs/l2',
    act: async (page) => {
      await id(page, 'zoom-place').click();
      await page.waitForURL(/zoom=/);
      await drawn(page, 'plot-loss');
      await page.locator('.sip-time').nth(4).click();
      await page.locator('.sip-headers summary').first().click();
    },
  },
  'quality-sites': {
    path: '/quality/sites',
    act: async (page) => {
      await id(page, 'subnets').waitFor();
      const file = {
        name: 'offices.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from('prefix,site\n10.1.x.x/16,Berlin\n10.2.0.0/16,Berlin\n'),
      };
      await id(page, 'subnet-file').setInputFiles(file);
      await page.locator('[data-testid=subnet-preview] [role=alert]').waitFor();
    },
  },
  'quality-sites-applied': {
    path: '/quality/sites',
    narrow: true,
    act: async (page) => {
      const buffer = Buffer.from('prefix,site,access\n10.9.0.0/16,München,wired\n');
      await id(page, 'subnet-file').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer });
      await id(page, 'subnet-apply').click();
      await says(page, '[data-testid=subnets]', 'München');
    },
  },
  'quality-search': {
    path: '/quality/search',
    act: async (page) => {
      await id(page, 'search-text').fill('陈小明');
      await id(page, 'search-go').click();
      await page.waitForURL(/q=/);
      await id(page, 'leg-row').first().waitFor();
    },
  },
  'quality-legs': {
    path: '/quality/search?site=%E4%B8%8A%E6%B5%B7+12F',
    act: (page) => id(page, 'leg-row').nth(2).waitFor(),
  },
};
