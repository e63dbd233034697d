import { signal } from '@preact/signals';

/** How many calls wait for an administrator's yes, as far as is known. */
export const waiting = signal(0);
/** Counts up whenever an approval was asked for or decided; pages that list them look again. */
export const approvalsChanged = signal(0);
