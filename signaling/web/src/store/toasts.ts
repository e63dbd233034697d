import { signal } from '@preact/signals';

export type Tone = 'info' | 'good' | 'warn' | 'bad';

export interface Toast {
  id: number;
  text: string;
  tone: Tone;
  action?: { label: string; run(): void };
}

export const toasts = signal<readonly Toast[]>([]);
/** Read out by screen readers, never shown. */
export const announcement = signal('');

let nextId = 1;

/** Shows a sentence for a few seconds; longer when there is something to press. */
export function toast(text: string, tone: Tone = 'info', action?: Toast['action']): number {
  const id = nextId++;
  toasts.value = [...toasts.value.slice(-3), { id, text, tone, ...(action ? { action } : {}) }];
  setTimeout(() => dismiss(id), action ? 9000 : 4500);
  return id;
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((t) => t.id !== id);
}

/** Tells assistive technology; the same words twice in a row are said twice. */
export function announce(text: string): void {
  announcement.value = announcement.value === text ? `${text}\u00a0` : text;
}
