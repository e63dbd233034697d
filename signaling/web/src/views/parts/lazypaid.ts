import type { ComponentType } from 'preact';
import { paidReady } from '../../i18n/paid';
import { lazy } from './lazy';

/** A part of the client about calls and money: loaded when first shown, with its texts. */
export function lazyPaid<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  quiet = false,
): ComponentType<P> {
  return lazy(async () => (await Promise.all([load(), paidReady()]))[0], quiet);
}
