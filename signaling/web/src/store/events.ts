import { messages } from '../i18n';
import { paid, paidReady } from '../i18n/paid';
import { countryName, payerName } from '../views/paid/words';
import type { AskedApproval, BudgetNotice } from '../wire/dial';
import { paidApi } from '../wire/paid';
import { approvalsChanged, waiting } from './approvals';
import { go } from './router';
import { announce, toast } from './toasts';

/**
 * Hears what concerns a person outside of meetings: approvals that wait, budgets
 * that run out. Returns what stops it. In a meeting the socket tells the same.
 */
export function listen(admin: boolean): () => void {
  if (admin) void countWaiting();
  if (typeof EventSource === 'undefined') return () => undefined;
  const source = new EventSource(paidApi.ownEvents);
  source.addEventListener('approval', (event) => {
    void asked(JSON.parse(event.data).approval as AskedApproval);
  });
  source.addEventListener('budget-notice', (event) => {
    void spent(JSON.parse(event.data) as BudgetNotice);
  });
  return () => source.close();
}

/** Counts what waits; without an answer the badge stays away. */
export async function countWaiting(): Promise<void> {
  const all = await paidApi.approvals('pending').catch(() => []);
  waiting.value = all.length;
}

async function asked(approval: AskedApproval): Promise<void> {
  approvalsChanged.value++;
  await Promise.all([countWaiting(), paidReady()]);
  if (approval.state !== 'pending') return;
  const text = paid.value.events.approval(approval.askedBy.name, countryName(approval.country));
  announce(text);
  toast(text, 'warn', { label: paid.value.events.look, run: () => go('/company/approvals') }, 20_000);
}

async function spent({ payer, percent }: BudgetNotice): Promise<void> {
  await paidReady();
  const text = paid.value.events.budget(payerName(payer), percent);
  announce(`${messages.value.nav.company}: ${text}`);
  toast(text, percent >= 100 ? 'bad' : 'warn');
}
