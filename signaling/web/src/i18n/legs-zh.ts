import type { Widen } from './en';
import type { legs as english } from './legs-en';

export const legs: Widen<typeof english> = {};
