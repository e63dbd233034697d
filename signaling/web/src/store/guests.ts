import type { Guest } from '../wire/plan';
import { isNumber } from './callees';

const MAIL = /[^\s<>,;，；、"“”]+@[^\s<>,;，；、"“”]+\.[^\s<>,;，；、"“”]+/;

export const guest = (more: Partial<Guest> & { name: string }): Guest => ({
  required: true,
  coHost: false,
  ring: false,
  ...more,
});

/** The same for the same person, address or number. */
export function guestKey(one: Guest): string {
  if (one.person) return `p:${one.person}`;
  if (one.email) return `m:${one.email.toLowerCase()}`;
  if (one.phone) return `n:${one.phone.replace(/[^\d+]/g, '')}`;
  return `t:${one.name}`;
}

/** Each once, the first of each. */
export function uniqueGuests(all: readonly Guest[]): Guest[] {
  const found = new Map<string, Guest>();
  for (const one of all) if (!found.has(guestKey(one))) found.set(guestKey(one), one);
  return [...found.values()];
}

/**
 * Reads what was typed or pasted: e-mail addresses and numbers, with or without
 * a name before them. What is neither comes back as a name to be looked up.
 */
export function readGuests(text: string): { guests: Guest[]; names: string[] } {
  const guests: Guest[] = [];
  const names: string[] = [];
  for (const part of text.split(/[\n\r\t;；,，、]+/)) {
    const mail = part.match(MAIL)?.[0];
    const phone = part.match(/[+＋]?\d[\d\s().\-–/]*\d/)?.[0];
    if (mail) guests.push(guest({ name: nameIn(part, mail) || mail, email: mail }));
    else if (phone && isNumber(phone))
      guests.push(guest({ name: nameIn(part, phone) || phone.trim(), phone: phone.trim() }));
    else if (nameIn(part, '')) names.push(nameIn(part, ''));
  }
  return { guests: uniqueGuests(guests), names: [...new Set(names)] };
}

const nameIn = (text: string, without: string): string =>
  text
    .replace(without, ' ')
    .replace(/[<>()"“”:：]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
