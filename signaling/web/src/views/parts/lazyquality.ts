import type { ComponentType } from 'preact';
import { qualityReady } from '../../i18n/quality';
import { lazy } from './lazy';

/** A part of the client about call quality: loaded when first shown, with its texts. */
export function lazyQuality<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  quiet = false,
): ComponentType<P> {
  return lazy(async () => (await Promise.all([load(), qualityReady()]))[0], quiet);
}
