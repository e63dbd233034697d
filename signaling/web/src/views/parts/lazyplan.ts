import type { ComponentType } from 'preact';
import { planReady } from '../../i18n/plan';
import { remindReady } from '../../i18n/remind';
import { lazy } from './lazy';

type Load<P extends object> = () => Promise<{ default: ComponentType<P> }>;

/** A part of the client about meetings with dates: loaded when first shown, with its texts. */
export function lazyPlan<P extends object>(load: Load<P>, quiet = false): ComponentType<P> {
  return lazy(async () => (await Promise.all([load(), planReady()]))[0], quiet);
}

/** A part of the client about reminders: loaded when first shown, with its texts. */
export function lazyRemind<P extends object>(load: Load<P>, quiet = false): ComponentType<P> {
  return lazy(async () => (await Promise.all([load(), remindReady()]))[0], quiet);
}
