import '../styles/inquiry.css';
import { speaking } from '../../i18n';
import { quality } from '../../i18n/quality';
import { DIMENSIONS, type Dimension, NOT_KNOWN } from '../../wire/legs';
import type { Query } from '../../wire/paid';
import type { Leg } from '../../wire/quality';
import { countryName } from '../paid/words';

// What legs are told apart by, in the language in use.

/** Everything by which an address may narrow down what is shown. */
export const NARROWING = [...DIMENSIONS, 'meeting', 'person', 'class', 'dropped', 'weekday', 'hour'] as const;
export type Narrowing = (typeof NARROWING)[number];

/** What of an address narrows down legs, by the names that the API has for it; it refuses all others. */
export function legFilter(asked: Query): Query {
  const names = ['from', 'to', ...NARROWING];
  return Object.fromEntries(names.filter((one) => asked[one]).map((one) => [one, asked[one]]));
}

const isDimension = (name: Narrowing): name is Dimension => DIMENSIONS.some((one) => one === name);

/** "Office" of "site". */
export function filterName(name: Narrowing): string {
  const l = quality.value.legs;
  return isDimension(name) ? l.dimensions[name] : l.filters[name];
}

/** A value as a filter has it, in words. */
export function filterValue(name: Narrowing, value: string): string {
  const q = quality.value;
  switch (name) {
    case 'class':
      return (q.classes as Record<string, string>)[value] ?? value;
    case 'dropped':
      return q.legs.yes;
    case 'weekday':
      return weekdayName(Number(value), 'long');
    case 'hour':
      return hourName(Number(value));
    case 'meeting':
    case 'person':
      return value;
    default:
      return dimensionValue(name, value);
  }
}

/** A value of a dimension in words: "Wi-Fi" of "wifi", "not known" of none. */
export function dimensionValue(by: Dimension, value: string): string {
  const q = quality.value;
  if (!value || value === NOT_KNOWN) return q.legs.unknown;
  switch (by) {
    case 'access':
      return q.access[value] ?? value;
    case 'kind':
      return (q.kinds as Record<string, string>)[value] ?? value;
    case 'candidate':
      return q.legs.candidates[value] ?? value;
    case 'transport':
      return value.toUpperCase();
    case 'country':
      return countryName(value);
    default:
      return value;
  }
}

/** "Monday", of 1. */
export function weekdayName(weekday: number, form: 'long' | 'short'): string {
  // The first of November 2026 is a Sunday.
  return new Intl.DateTimeFormat(speaking.value, { weekday: form, timeZone: 'UTC' }).format(
    Date.UTC(2026, 10, 1 + weekday),
  );
}

/** "09:00". */
export const hourName = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** By what somebody is connected: the office and network, or the number and trunk. */
export function wayOf(leg: Leg): string {
  const q = quality.value;
  const parts =
    leg.kind === 'phone'
      ? [leg.number, leg.trunk]
      : [leg.site, leg.access && (q.access[leg.access] ?? leg.access), leg.agent];
  return parts.filter(Boolean).join(' · ') || q.kinds[leg.kind];
}
