import { messages } from '../../i18n';
import type { Messages } from '../../i18n/en';
import { HttpError } from '../../wire/http';
import { WireError } from '../../wire/socket';

/** Says what went wrong and what to do, in the language in use. */
export function explain(error: unknown): string {
  const t = messages.value.problem;
  if (error instanceof WireError) {
    if (error.code === 'no-connection' || error.code === 'timeout') return t.offline;
    return codes(t)[error.code] ?? t.server;
  }
  if (!(error instanceof HttpError)) return t.server;
  switch (error.status) {
    case 0:
      return t.offline;
    case 401:
      return t.session;
    case 403:
      return error.detail || t.forbidden;
    case 404:
    case 410:
      return error.detail || t.gone;
    case 429:
      return error.retryAfter ? messages.value.login.slow(error.retryAfter) : t.tooFast;
    default:
      // The server's sentence names the field, in the language asked for.
      return error.status < 500 && error.detail ? error.detail : t.server;
  }
}

/** What the codes of the WebSocket mean to a person. */
export function codes(t: Messages['problem']): Partial<Record<WireError['code'], string>> {
  return {
    'not-allowed': t.forbidden,
    'too-fast': t.tooFast,
    'no-host': t.noHost,
    unavailable: t.unavailable,
    full: t.full,
    locked: t.forbidden,
    'bad-number': t.badNumber,
    'too-many': t.tooMany,
    'not-found': t.notThere,
    ended: t.gone,
  };
}
