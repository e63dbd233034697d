import type { Callee } from '../wire/dial';

/** Somebody who is to be called. */
export interface Wanted {
  /** The same for the same person or number. */
  key: string;
  name: string;
  /** As shown; absent for colleagues. */
  number?: string;
  callee: Callee;
}

const NUMBER = /[+＋]?\d[\d\s().\-–/]*\d/g;

const digitsOf = (text: string) => text.replace(/[^\d]/g, '');

/** Whether a text is a number and nothing else. */
export function isNumber(text: string): boolean {
  return /^[+＋]?[\d\s().\-–/]{2,}$/.test(text.trim()) && digitsOf(text).length >= 2;
}

export function byNumber(number: string, name = ''): Wanted {
  const written = number.trim().replace('＋', '+');
  const digits = `${written.startsWith('+') ? '+' : ''}${digitsOf(written)}`;
  return {
    key: `n:${digits}`,
    name: name || written,
    number: written,
    callee: { numbers: [written], ...(name ? { name } : {}) },
  };
}

export function byPerson(id: string, name: string, number?: string): Wanted {
  return { key: `p:${id}`, name, callee: { person: id }, ...(number ? { number } : {}) };
}

export function byContact(id: string, name: string, number: string): Wanted {
  return { key: `c:${id}`, name, number, callee: { contact: id } };
}

/**
 * Reads what somebody pasted: numbers with or without names, one on each line or
 * parted by commas. What has no number comes back as a name to be looked up.
 */
export function readList(text: string): { wanted: Wanted[]; names: string[] } {
  const wanted: Wanted[] = [];
  const names: string[] = [];
  for (const part of text.split(/[\n\r;；]+/).flatMap(parts)) {
    const number = longest(part);
    const name = number ? tidy(part.replace(number, ' ')) : tidy(part);
    if (number) wanted.push(byNumber(number, name));
    else if (name) names.push(name);
  }
  return { wanted: unique(wanted), names: [...new Set(names)] };
}

/** A line as one entry, or as several parted by commas: "name, number" is one. */
function parts(line: string): string[] {
  const pieces = line.split(/[,，、\t]+/).filter((piece) => piece.trim() !== '');
  const numbers = pieces.filter((piece) => longest(piece) !== undefined).length;
  return pieces.length === 2 && numbers === 1 ? [line] : pieces;
}

function longest(text: string): string | undefined {
  if (isNumber(text)) return text.trim();
  const found = (text.match(NUMBER) ?? []).filter((n) => digitsOf(n).length >= 3);
  return found.sort((a, b) => digitsOf(b).length - digitsOf(a).length)[0];
}

function tidy(text: string): string {
  return text
    .replace(/[<>()[\]"'“”,，:：\t]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Each once, the first of each. */
export function unique(all: readonly Wanted[]): Wanted[] {
  return [...new Map(all.toReversed().map((one) => [one.key, one])).values()].toReversed();
}

let next: readonly Wanted[] = [];

/** Has the page that calls people begin with these. */
export function callNext(wanted: readonly Wanted[]): void {
  next = wanted;
}

/** Whom the page that calls people begins with, once. */
export function takeNext(): readonly Wanted[] {
  const wanted = next;
  next = [];
  return wanted;
}

const dialled = new Map<string, Wanted>();

/** Keeps whom each call is for, so that it can be placed again: the server tells masked numbers. */
export function rememberCalls(calls: readonly { call: string }[], wanted: readonly Wanted[]): void {
  calls.forEach((call, n) => {
    const one = wanted[n];
    if (one) dialled.set(call.call, one);
  });
}

/** Whom a call was for; colleagues are known from the call itself. */
export function whoWas(call: { call: string; person?: string; name: string }): Wanted | undefined {
  return dialled.get(call.call) ?? (call.person ? byPerson(call.person, call.name) : undefined);
}
