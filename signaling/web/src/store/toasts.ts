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

/** Shows a sentence for a few seconds; longer when there is something to press, or as long as is said. */
export function toast(text: string, tone: Tone = 'info', action?: Toast['action'], ms?: number): number {
  const id = nextId++;
  const all = [...toasts.value, { id, text, tone, ...(action ? { action } : {}) }];
  // Too many at once: the oldest goes, one with nothing to press first.
  if (all.length > 4)
    all.splice(
      Math.max(
        0,
        all.slice(0, -1).findIndex((t) => !t.action),
      ),
      1,
    );
  toasts.value = all;
  setTimeout(() => dismiss(id), ms ?? (action ? 9000 : 4500));
  return id;
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((t) => t.id !== id);
}

/** Tells assistive technology; the same words twice in a row are said twice. */
export function announce(text: string): void {
  announcement.value = announcement.value === text ? `${text}\u00a0` : text;
}
