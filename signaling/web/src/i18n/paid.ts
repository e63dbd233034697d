import { part } from '.';
import type { PaidMessages } from './paid-en';

const catalogue = part<PaidMessages>({
  en: async () => (await import('./paid-en')).en,
  'zh-CN': async () => (await import('./paid-zh')).zh,
});

/** The texts of everything about calls at the company's expense. */
export const paid = catalogue.texts;
export const paidReady = catalogue.ready;
