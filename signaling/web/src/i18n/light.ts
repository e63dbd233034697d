import { part } from '.';
import type { LightMessages } from './light-en';

const catalogue = part<LightMessages>({
  en: async () => (await import('./light-en')).en,
  'zh-CN': async () => (await import('./light-zh')).zh,
});

/** The texts about one's own connection, in a meeting and after it. */
export const light = catalogue.texts;
export const lightReady = catalogue.ready;
