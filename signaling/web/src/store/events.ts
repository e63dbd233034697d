import { messages } from '../i18n';
import { paid, paidReady } from '../i18n/paid';
import { countryName, payerName } from '../views/paid/words';
import { explain } from '../views/parts/problem';
import { api } from '../wire/api';
import type { AskedApproval, BudgetNotice } from '../wire/dial';
import { HttpError } from '../wire/http';
import type { RoomEvent } from '../wire/messages';
import { paidApi } from '../wire/paid';
import { Socket, WireError } from '../wire/socket';
import { approvalsChanged, waiting } from './approvals';
import { openCards, remind, settle } from './cards';
import { go } from './router';
import { announce, toast } from './toasts';

/**
 * Hears what concerns a person outside of meetings: approvals that wait, budgets
 * that run out. Returns what stops it. In a meeting the socket tells the same.
 */
export function listen(admin: boolean): () => void {
  if (admin) void countWaiting();
  if (typeof WebSocket === 'undefined') return () => undefined;
  const socket = new Socket(
    {
      url: `${location.origin.replace(/^http/, 'ws')}/ws`,
      client: `web/${__VERSION__}`,
      ticket: async () => (await api.ownTicket().catch(unticketed)).ticket,
      patience: Number.POSITIVE_INFINITY,
    },
    {
      state: () => undefined,
      event: told,
      fresh: () => void openCards(),
      over: () => undefined,
    },
  );
  socket.open();
  return () => socket.close();
}

/** Without a sign-in there is nothing to hear; anything else may pass. */
function unticketed(error: unknown): never {
  const signedOut = error instanceof HttpError && error.status === 401;
  throw new WireError(signedOut ? 'not-allowed' : 'no-connection', 'no ticket');
}

function told(event: RoomEvent): void {
  switch (event.type) {
    case 'approval':
      void tellApproval(event.approval, () => go('/company/approvals'));
      return;
    case 'budget-notice':
      void tellBudget(event);
      return;
    case 'reminder':
      remind(event.reminder);
      return;
    case 'reminder-settled':
      settle(event.subject);
      return;
    default:
  }
}

/** Counts what waits; without an answer the badge stays away. */
export async function countWaiting(): Promise<void> {
  const all = await paidApi.approvals('pending').catch(() => []);
  waiting.value = all.length;
}

/** Tells an administrator that somebody waits for a yes; without a way to look, it can be given at once. */
export async function tellApproval(approval: AskedApproval, look?: () => void): Promise<void> {
  approvalsChanged.value++;
  await Promise.all([countWaiting(), paidReady()]);
  if (approval.state !== 'pending') return;
  const p = paid.value;
  const text = p.events.approval(approval.askedBy.name, countryName(approval.country));
  announce(text);
  const action = look
    ? { label: p.events.look, run: look }
    : { label: p.admin.approvals.approve, run: () => void approve(approval.id) };
  toast(text, 'warn', action, 20_000);
}

async function approve(id: string): Promise<void> {
  try {
    await paidApi.approve(id);
    toast(paid.value.admin.approvals.turned, 'good');
  } catch (error) {
    toast(explain(error), 'bad');
  }
}

/** Tells that a budget has reached 80 or 100 %. */
export async function tellBudget({ payer, percent }: BudgetNotice): Promise<void> {
  await paidReady();
  const text = paid.value.events.budget(payerName(payer), percent);
  announce(`${messages.value.nav.company}: ${text}`);
  toast(text, percent >= 100 ? 'bad' : 'warn');
}
