import { messages } from '../../i18n';
import { HttpError } from '../../wire/http';
import { WireError } from '../../wire/socket';

/** Says what went wrong and what to do, in the language in use. */
export function explain(error: unknown): string {
  const t = messages.value.problem;
  if (error instanceof WireError) {
    if (error.code === 'no-connection' || error.code === 'timeout') return t.offline;
    if (error.code === 'not-allowed') return t.forbidden;
    return error.code === 'too-fast' ? t.tooFast : t.server;
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
