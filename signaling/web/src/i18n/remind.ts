import { part } from '.';
import type { RemindMessages } from './remind-en';

const catalogue = part<RemindMessages>({
  en: async () => (await import('./remind-en')).en,
  'zh-CN': async () => (await import('./remind-zh')).zh,
});

/** The texts of reminders, quiet hours, announcements and their channels. */
export const remind = catalogue.texts;
export const remindReady = catalogue.ready;
