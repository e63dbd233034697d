import { part } from '.';
import type { PlanMessages } from './plan-en';

const catalogue = part<PlanMessages>({
  en: async () => (await import('./plan-en')).en,
  'zh-CN': async () => (await import('./plan-zh')).zh,
});

/** The texts of meetings with dates, to-dos and calendars. */
export const plan = catalogue.texts;
export const planReady = catalogue.ready;
