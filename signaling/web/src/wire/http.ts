/** A problem of RFC 9457, or the lack of a connection (status 0). */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    /** A sentence that may be shown. */
    readonly detail: string,
    /** Seconds, from Retry-After. */
    readonly retryAfter?: number,
  ) {
    super(detail || code);
    this.name = 'HttpError';
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

let language = 'en';

/** Chooses the language of the sentences that the server sends. */
export function askIn(wanted: string): void {
  language = wanted;
}

/** Calls one route of /api/v1. Throws HttpError and nothing else. */
export async function call<T>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: {
        'Accept-Language': language,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch {
    throw new HttpError(0, 'no-connection', '');
  }
  const text = await response.text().catch(() => '');
  const value = parse(text);
  if (response.ok) return value as T;
  const problem = (value ?? {}) as { code?: unknown; detail?: unknown };
  const retry = Number(response.headers.get('Retry-After'));
  throw new HttpError(
    response.status,
    typeof problem.code === 'string' ? problem.code : `http-${response.status}`,
    typeof problem.detail === 'string' ? problem.detail : '',
    Number.isFinite(retry) && retry > 0 ? retry : undefined,
  );
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
