import { exact } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import type { Route } from '../../wire/paid';

/** Why a trunk stands where it stands, and what it had to offer; a text from elsewhere as it is. */
export function routeWords({ why, perMinute, prefix, quality }: Route, currency: string): string[] {
  const p = paid.value.record;
  const known = p.verdicts[why];
  const words = [known ?? why];
  if (perMinute !== undefined) words.push(paid.value.dial.perMinute(exact(perMinute, currency)));
  if (prefix) words.push(p.numbersLike(prefix));
  if (quality) words.push(p.grade(p.grades[quality] ?? quality));
  return words.filter(Boolean);
}
