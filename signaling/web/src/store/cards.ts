import { signal } from '@preact/signals';
import { call } from '../wire/http';
import type { Reminder } from '../wire/remind';

/** Reminders that were not answered yet, the earliest first; they pop up wherever one is. */
export const cards = signal<Reminder[]>([]);

/** Counts up with each reminder that should be heard. */
export const rings = signal(0);

/** Shows a reminder, in place of an earlier one of the same. */
export function remind(reminder: Reminder): void {
  show([...without(reminder.subject), reminder]);
  rings.value++;
}

/** Takes a card away: it was answered, here or elsewhere. */
export function settle(subject: string): void {
  show(without(subject));
}

/** Asks what is open: a connection does not tell what came before it. */
export async function openCards(): Promise<void> {
  const open = await call<OpenCard[]>('GET', '/me/reminders').catch(() => undefined);
  if (!open) return;
  show([
    ...cards.value.filter((c) => open.some((o) => o.subject === c.subject)),
    ...open.filter((o) => !o.snoozed && !cards.value.some((c) => c.subject === o.subject)).map(card),
  ]);
}

interface OpenCard {
  subject: string;
  kind: 'meeting' | 'todo' | 'broadcast';
  title: string;
  text: string;
  start: string;
  end: string;
  organiser: string;
  link: string;
  snoozed: boolean;
}

const ACTS = {
  meeting: ['join', 'late', 'cannot', 'coming', 'snooze'],
  todo: ['heard', 'snooze'],
  broadcast: ['heard'],
};

function card(open: OpenCard): Reminder {
  return {
    subject: open.subject,
    about: open.kind === 'broadcast' ? 'announcement' : 'reminder',
    title: open.title,
    text: open.text || open.organiser,
    start: Date.parse(open.start),
    end: Date.parse(open.end),
    ...(open.link ? { link: open.link } : {}),
    acts: ACTS[open.kind],
  };
}

/** Answers a card; it goes away when the server has noted it. */
export async function answer(subject: string, act: string, minutes?: number): Promise<void> {
  const body = minutes === undefined ? { act } : { act, minutes };
  await call('POST', `/me/reminders/${encodeURIComponent(subject)}`, body);
  settle(subject);
}

const without = (subject: string) => cards.value.filter((c) => c.subject !== subject);

function show(all: Reminder[]): void {
  cards.value = all.sort((a, b) => a.start - b.start);
}
