import { signal } from '@preact/signals';
import type { RoomEvent } from '../wire/messages';
import type { Card, Invitees, RemindEvent, Reminder } from '../wire/remind';

/** What was not answered yet, the earliest first; shown on every page. */
export const cards = signal<readonly Reminder[]>([]);
/** The card that came last and should be heard. */
export const ringing = signal('');
/** What a host has just been told of those who are invited. */
export const told = signal<Invitees | undefined>(undefined);
/** Grows when somebody has answered. */
export const answersChanged = signal(0);

/** Whether an event concerns the person and not the room that they are in. */
export function isPersonal(event: RoomEvent): event is Extract<RoomEvent, RemindEvent> {
  return event.type === 'reminder' || event.type === 'reminder-settled' || event.type === 'invitees';
}

export function hear(event: RemindEvent): void {
  switch (event.type) {
    case 'reminder':
      show([...without(event.reminder.subject), event.reminder]);
      ringing.value = event.reminder.subject;
      break;
    case 'reminder-settled':
      settle(event.subject);
      break;
    case 'invitees':
      told.value = event;
      answersChanged.value++;
  }
}

const without = (subject: string) => cards.value.filter((card) => card.subject !== subject);

function show(all: readonly Reminder[]): void {
  cards.value = [...all].sort((a, b) => a.start - b.start);
}

/** Takes a card away: it was answered, here or elsewhere. */
export function settle(subject: string): void {
  show(without(subject));
  if (ringing.value === subject) ringing.value = '';
  answersChanged.value++;
}

/** Asks what is open: a connection does not tell what came before it. */
export async function askCards(): Promise<void> {
  const before = new Set(cards.value.map((card) => card.subject));
  const { remindApi } = await import('../wire/remind');
  const open = await remindApi.cards().catch(() => undefined);
  if (!open) return;
  const there = new Set(open.map((card) => card.subject));
  // What came while the answer was on its way stays.
  const kept = cards.value.filter((card) => there.has(card.subject) || !before.has(card.subject));
  const known = new Set(kept.map((card) => card.subject));
  const missed = open.filter((card) => card.reminded !== null && !card.snoozed && !known.has(card.subject));
  show([...kept, ...missed.map(cardOf)]);
}

const ACTS: Record<Card['kind'], string[]> = {
  meeting: ['join', 'late', 'cannot', 'snooze'],
  todo: ['heard', 'snooze'],
  broadcast: ['heard'],
};

function cardOf({ subject, kind, title, text, start, end, organiser, link, urgent }: Card): Reminder {
  return {
    subject,
    about: kind === 'broadcast' ? 'announcement' : 'reminder',
    title,
    text: urgent || text || organiser,
    start: Date.parse(start),
    end: Date.parse(end),
    ...(link ? { link } : {}),
    acts: ACTS[kind],
  };
}
