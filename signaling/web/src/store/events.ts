import { messages } from '../i18n';
import { paid, paidReady } from '../i18n/paid';
import { countryName, payerName } from '../views/paid/words';
import { explain } from '../views/parts/problem';
import type { AskedApproval, BudgetNotice } from '../wire/dial';
import { paidApi } from '../wire/paid';
import { approvalsChanged, waiting } from './approvals';
import { announce, toast } from './toasts';

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
