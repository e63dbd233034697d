import { signal } from '@preact/signals';
import { zoneOf } from '../i18n/zone';
import { api, type Language, type Session } from '../wire/api';
import { HttpError } from '../wire/http';
import { afterLogin, go } from './router';
import { settings } from './settings';

export type Known =
  | { state: 'asking' }
  | { state: 'none' }
  | { state: 'offline'; error: HttpError }
  | { state: 'in'; session: Session };

/** Whether somebody is logged in, as far as is known. */
export const known = signal<Known>({ state: 'asking' });

/** Who is logged in; nobody: empty. */
export const selfId = (): string => (known.value.state === 'in' ? known.value.session.person.id : '');

/** The time zone of whoever is logged in; nobody: the browser's. */
export const selfZone = (): string =>
  zoneOf(known.value.state === 'in' ? known.value.session.person.timeZone : undefined);

export function adopt(session: Session): void {
  known.value = { state: 'in', session };
  speak(session.person.language);
}

/** The account's language, unless another one was chosen in this browser. */
function speak(language: Language): void {
  if (!settings.languageChosen.value) settings.language.value = language;
}

export async function askSession(): Promise<void> {
  try {
    adopt(await api.session());
  } catch (error) {
    if (error instanceof HttpError && error.status !== 401) known.value = { state: 'offline', error };
    else known.value = { state: 'none' };
  }
}

export async function logOut(): Promise<void> {
  await api.logOut().catch(() => undefined);
  known.value = { state: 'none' };
  go('/login');
}

/** Sends people whose session is over to the log-in and back here afterwards. */
export function sessionGone(): void {
  known.value = { state: 'none' };
  afterLogin.value = location.pathname + location.search;
  go('/login', true);
}
