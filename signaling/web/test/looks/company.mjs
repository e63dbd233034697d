// The administrators' pages about calls and money.

import { id, says } from './steps.mjs';

export const company = {
  'company-calls': { path: '/company/calls', full: true, act: (page) => id(page, 'record').nth(4).waitFor() },
  'company-filtered': {
    path: '/company/calls',
    narrow: true,
    act: async (page) => {
      await page.locator('[name=cause]').selectOption('busy');
      await page.locator('.filters summary').click();
      await page.locator('[name=minCost]').fill('0');
      await id(page, 'apply').click();
      await page.waitForURL(/cause=busy/);
      await says(page, '[role=status]', '1');
    },
  },
  'company-filters': {
    path: '/company/calls?known=true&maxRtt=300&from=2026-11-01T00:00:00Z',
    act: (page) => page.locator('.filters details[open]').waitFor(),
  },
  'company-costs-days': {
    path: '/company/costs',
    change: (w) => {
      w.money.costs = Array.from({ length: 23 }, (_, n) => {
        const cost = 9_000_000 + ((n * 7919) % 61) * 1_370_000;
        return {
          key: `2026-11-${String(n + 1).padStart(2, '0')}`,
          calls: 31,
          answered: 24,
          durationMs: 5_400_000,
          billedSeconds: 5520,
          cost,
        };
      });
    },
    act: async (page) => {
      await id(page, 'cost-by').selectOption('day');
      await page.locator('.bar-name', { hasText: '23' }).waitFor();
    },
  },
  'company-costs': { path: '/company/costs', act: (page) => id(page, 'costs').waitFor() },
  'company-budgets': {
    path: '/company/budgets',
    act: (page) => id(page, 'budget').nth(3).waitFor(),
  },
  'company-budget': {
    path: '/company/budgets',
    act: async (page) => {
      await page.locator('[data-testid=budget] .button').first().click();
      await page.locator('[name=limit]').fill('10');
      await id(page, 'submit').click();
      await page.locator('.form-error:not(:empty)').waitFor();
    },
  },
  'company-budget-new': {
    path: '/company/budgets',
    narrow: true,
    act: async (page) => {
      await id(page, 'add-budget').click();
      await page.locator('dialog select').first().selectOption('meeting');
      await page.locator('dialog select[name=id] option').first().waitFor({ state: 'attached' });
    },
  },
  'company-trunks': {
    path: '/company/trunks',
    act: async (page) => {
      await page.locator('[data-name=carrier-b][data-light=bad]').waitFor();
      await id(page, 'test-trunk').first().click();
      await page.locator('.test-said:not(:empty)').waitFor();
    },
  },
  'company-trunk': {
    path: '/company/trunks/carrier-a',
    act: async (page) => {
      await page.locator('[name=targets]').waitFor();
      await page.locator('details summary').click();
    },
  },
  'company-trunk-saved': {
    path: '/company/trunks/carrier-a',
    narrow: true,
    act: async (page, mock) => {
      await page.locator('[name=channels]').fill('12');
      await id(page, 'submit').click();
      await page.locator('[data-testid=trunk]').first().waitFor();
      const { outbound, password } = mock.world.money.saved;
      if (outbound.channels !== 12 || outbound.targets[0].port !== 5061 || password !== undefined)
        throw new Error(`saved ${JSON.stringify(mock.world.money.saved)}`);
    },
  },
  'company-rates': {
    path: '/company/rates',
    act: async (page) => {
      await id(page, 'deck').nth(2).waitFor();
      const file = { name: 'november.csv', mimeType: 'text/csv', buffer: Buffer.from('prefix,rate\n') };
      await id(page, 'deck-file').setInputFiles(file);
      await id(page, 'faults').waitFor();
    },
  },
  'company-deck': {
    path: '/company/rates/0008',
    act: async (page) => {
      await id(page, 'hundredfold').waitFor();
      await page.locator('[aria-labelledby=what-if] [data-testid=submit]').click();
      await id(page, 'what-if').waitFor();
    },
  },
  'company-foreign': {
    path: '/company/rates/0005',
    narrow: true,
    act: async (page) => {
      await id(page, 'foreign').waitFor();
      if ((await id(page, 'activate').count()) > 0) throw new Error('may be activated');
    },
  },
  'company-use-again': {
    path: '/company/rates/0006',
    narrow: true,
    act: async (page) => {
      await id(page, 'use-again').click();
      await page.waitForURL(/0009$/);
      await id(page, 'activate').waitFor();
    },
  },
  'company-no-phones': {
    path: '/company/trunks',
    narrow: true,
    change: (w) => Object.assign(w.money, { trunks: undefined }),
    act: (page) => id(page, 'no-phones').waitFor(),
  },
  'company-activate': {
    path: '/company/rates/0008',
    narrow: true,
    act: async (page) => {
      await id(page, 'activate').click();
      await page.locator('dialog input[type=checkbox]').check();
      await page.locator('dialog [data-testid=submit]').click();
      await page.locator('.toast.good').waitFor();
    },
  },
  'company-brakes': {
    path: '/company/brakes',
    act: (page) => id(page, 'brake-ceiling').waitFor(),
  },
  'company-brakes-password': {
    path: '/company/brakes',
    act: async (page) => {
      await id(page, 'brake-ceiling').fill('3.5');
      await page.locator('main [data-testid=submit]').click();
      await page.locator('[name=password]').fill('something wrong');
      await page.locator('dialog [data-testid=submit]').click();
      await page.locator('dialog .form-error:not(:empty)').waitFor();
    },
  },
  'company-approvals': {
    path: '/company/approvals',
    act: async (page) => {
      await page.locator('[data-testid=approval][data-state=pending]').waitFor();
      await id(page, 'approvals-badge').waitFor();
    },
  },
  'company-approve': {
    path: '/company/approvals',
    narrow: true,
    act: async (page) => {
      await id(page, 'approve').click();
      await page.locator('[data-country=KE][data-state=approved]').waitFor();
      await id(page, 'approvals-badge').waitFor({ state: 'detached' });
    },
  },
  'company-audit': { path: '/company/audit', act: (page) => id(page, 'audit').nth(1).waitFor() },
};
