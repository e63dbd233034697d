import { announce, toast } from '../../store/toasts';
import { ask } from '../parts/dialog';
import { explain } from '../parts/problem';
import type { Action } from './actions';

/** Does an action as every button, menu and key does it: allowed, confirmed, failures told. */
export async function perform<C>(action: Action<C>, context: C): Promise<void> {
  if (!action.shown(context) || action.enabled?.(context) === false) return;
  const question = action.confirm?.(context);
  if (question && !(await ask(question.title, question.text, question.yes))) return;
  try {
    await action.run(context);
  } catch (error) {
    const text = explain(error);
    toast(text, 'bad');
    announce(text);
  }
}
