import type { ComponentChildren } from 'preact';
import { quality } from '../../i18n/quality';
import { beginOf, dayIn } from '../../i18n/zone';
import { companyZone } from '../../store/company';
import { go, route } from '../../store/router';
import { selfZone } from '../../store/session';
import { type Query, query } from '../../wire/paid';
import { Button } from '../parts/button';

/** Days that can be chosen; 1 is 24 hours. */
const SPANS = [1, 7, 30, 90, 365] as const;
/** What the server takes when nothing is said. */
const USUAL = 7;

/** What the page's address asks for, by the names that the API has for it. */
export function useFilter(): Query {
  // Read, so that the page follows the address.
  void route.value;
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** Changes what the address asks for; empty values are taken out. */
export function setFilter(change: Query): void {
  const now = Object.fromEntries(new URLSearchParams(location.search));
  go(location.pathname + query({ ...now, ...change }), true);
}

/** The part of a filter that says when. */
export const timesOf = ({ from, to }: Query): Query => ({ from, to });

/** When a span begins: days are the company's, so that the same link shows the same days to everybody. */
export function beginOfSpan(days: number, zone: string, at = new Date()): string {
  if (days === 1) return new Date(Math.floor(at.getTime() / 60_000) * 60_000 - 86_400_000).toISOString();
  const { year, month, day } = dayIn(zone, at);
  return beginOf(zone, { year, month, day: day - days + 1 }).toISOString();
}

/** Chooses for how long back, and beside it what else can be chosen. */
export function SpanTabs({ children }: { children?: ComponentChildren }) {
  const q = quality.value;
  const { from, to } = useFilter();
  const zone = companyZone();
  const chosen = to ? undefined : from ? SPANS.find((days) => near(from, beginOfSpan(days, zone))) : USUAL;
  return (
    <div class="card cost-choice">
      <fieldset class="tabs">
        <legend class="offscreen">{q.span}</legend>
        {SPANS.map((days) => (
          <Button
            key={days}
            tone="quiet"
            size="small"
            pressed={chosen === days}
            onClick={() =>
              setFilter({ from: days === USUAL ? '' : beginOfSpan(days, zone), to: '', cursor: '' })
            }
          >
            {q.spans[days]}
          </Button>
        ))}
      </fieldset>
      {children}
      {chosen === undefined && from && (
        <p class="row-sub">{q.until(dateOf(from, zone), to ? dateOf(to, zone) : q.today)}</p>
      )}
      {zone !== selfZone() && <p class="field-hint">{q.zone(zone.replaceAll('_', ' '))}</p>}
    </div>
  );
}

/** A link that was made minutes ago means the same. */
const near = (a: string, b: string) => Math.abs(Date.parse(a) - Date.parse(b)) < 600_000;

function dateOf(at: string, zone: string): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) return at;
  const { year, month, day } = dayIn(zone, new Date(time));
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
