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
