import { part } from '.';
import type { QualityMessages } from './quality-en';

const catalogue = part<QualityMessages>({
  en: async () => (await import('./quality-en')).en,
  'zh-CN': async () => (await import('./quality-zh')).zh,
});

/** The texts of everything about call quality. */
export const quality = catalogue.texts;
export const qualityReady = catalogue.ready;
