import { format, noon } from '../store/civil';
import { speaking } from '.';

const MONDAY = '2026-03-02';

/** "Monday", by its place in the week from 0. */
export function weekdayName(n: number, width: 'long' | 'short' | 'narrow' = 'long'): string {
  return format(speaking.value, 'UTC', { weekday: width }).format(noon(MONDAY) + n * 86_400_000);
}
