import { effect, signal } from '@preact/signals';
import { api } from '../wire/api';
import { HttpError } from '../wire/http';
import type { RoomEvent } from '../wire/messages';
import { Socket, WireError } from '../wire/socket';
import { askCards, cards, hear, isPersonal } from './cards';
import { hearNow, watching } from './now';
import { go } from './router';

/** A page stays open for days: a server that is away is waited for. */
const PATIENCE = Number.POSITIVE_INFINITY;

/**
 * Hears what concerns a person outside of meetings: reminders, approvals that
 * wait, budgets that run out, and what goes on now while they look. Returns what stops it. In a meeting its own socket
 * tells the same.
 */
export function follow(admin: boolean): () => void {
  if (admin) void import('./events').then(({ countWaiting }) => countWaiting());
  // A browser that was notified before is again, also after signing in anew.
  if (globalThis.Notification?.permission === 'granted') void import('./push').then(({ renew }) => renew());
  if (typeof WebSocket === 'undefined') return () => undefined;
  const open = signal(false);
  const socket = new Socket(
    {
      url: `${location.origin.replace(/^http/, 'ws')}/ws`,
      client: `web/${__VERSION__}`,
      ticket,
      patience: PATIENCE,
    },
    {
      state: (state) => {
        open.value = state === 'open';
      },
      event: tell,
      fresh: () => void askCards(),
      over: () => undefined,
    },
  );
  socket.open();
  // The server forgets with the connection who watches.
  let told = false;
  const stopWatching = effect(() => {
    const wanted = watching.value > 0;
    if (!open.value) told = false;
    else if (wanted !== told) {
      told = wanted;
      void socket.request({ type: 'watch', now: wanted }).catch(() => undefined);
    }
  });
  const nudge = () => socket.nudge();
  addEventListener('online', nudge);
  return () => {
    removeEventListener('online', nudge);
    stopWatching();
    socket.close();
    cards.value = [];
  };
}

async function ticket(): Promise<string> {
  try {
    return (await api.ownTicket()).ticket;
  } catch (error) {
    // Whoever is not signed in any more hears nothing.
    const final =
      error instanceof HttpError && error.status >= 400 && error.status < 500 && error.status !== 429;
    throw new WireError(final ? 'not-allowed' : 'no-connection', 'no ticket');
  }
}

function tell(event: RoomEvent): void {
  if (isPersonal(event)) hear(event);
  else if (event.type === 'now') hearNow(event.now);
  else if (event.type === 'approval')
    void import('./events').then(({ tellApproval }) =>
      tellApproval(event.approval, () => go('/company/approvals')),
    );
  else if (event.type === 'budget-notice')
    void import('./events').then(({ tellBudget }) => tellBudget(event));
}
