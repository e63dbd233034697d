// Routes that do not speak JSON both ways: a file goes up, lines come down.
import { HttpError } from './http';
import { type Deck, type DeckPreview, query, type WhatIf } from './paid';

async function failure(response: Response): Promise<HttpError> {
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  return new HttpError(response.status, problem.code ?? `http-${response.status}`, problem.detail ?? '');
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(`/api/v1${path}`, { credentials: 'same-origin', ...init }).catch(
    () => undefined,
  );
  if (!answer) throw new HttpError(0, 'no-connection', '');
  if (!answer.ok) throw await failure(answer);
  return answer;
}

/** Sends a rate deck as it is, for one trunk or ("") for all; it is stored as a draft if it has no fault. */
export async function uploadDeck(name: string, trunk: string, file: Blob): Promise<DeckPreview> {
  const answer = await send(`/decks${query({ name, trunk })}`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/csv' },
    body: file,
  });
  return (await answer.json()) as DeckPreview;
}

/** Stores the prices of a version again, as a new draft under the same name. */
export async function copyDeck({ version, name, trunk = '' }: Deck): Promise<DeckPreview> {
  const file = await send(`/decks/${encodeURIComponent(version)}/download`, {});
  return uploadDeck(name, trunk, await file.blob());
}

type Line =
  | { progress: { done: number; total: number } }
  | { result: WhatIf }
  | { error: { code: string; detail: string } };

/** Charges a month again by another deck; tells how far it is. */
export async function replay(
  deck: string,
  month: string,
  progress: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<WhatIf> {
  const answer = await send(`/replay${query({ deck, month })}`, signal ? { signal } : {});
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const lines = (rest + part.value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const found = read(line, progress);
      if (found) return found;
    }
  }
  const last = read(rest, progress);
  if (last) return last;
  throw new HttpError(0, 'no-connection', '');
}

function read(line: string, progress: (done: number, total: number) => void): WhatIf | undefined {
  if (line.trim() === '') return undefined;
  const said = JSON.parse(line) as Line;
  if ('result' in said) return said.result;
  if ('error' in said) throw new HttpError(422, said.error.code, said.error.detail);
  progress(said.progress.done, said.progress.total);
  return undefined;
}
