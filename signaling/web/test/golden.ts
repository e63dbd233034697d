import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../testdata/protocol');

export interface Golden {
  file: string;
  direction: 'client' | 'server';
  message: Record<string, unknown> & { type: string };
}

/** The messages that the server's tests read, too. */
export const golden: Golden[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({ file, ...JSON.parse(readFileSync(join(folder, file), 'utf8')) }));

/** One golden message of the server, as it stands in its file. */
export function serverMessage(name: string): Golden['message'] {
  const found = golden.find((g) => g.file === `server-${name}.json`);
  if (!found) throw new Error(`no golden message server-${name}.json`);
  return structuredClone(found.message);
}
