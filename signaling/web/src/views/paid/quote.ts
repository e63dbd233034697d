import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Batch, Call, Dial, Price, Quote } from '../../wire/dial';
import { paidApi } from '../../wire/paid';
import { explain } from '../parts/problem';

/** Who quotes and dials: the socket inside a meeting, HTTP elsewhere. */
export interface Dialler {
  quote(dial: Dial): Promise<Quote>;
  dial(dial: Dial): Promise<{ batch: Batch; calls: Call[] }>;
}

/** Calls from outside a meeting, into one or into a new one. */
export function dialler(meeting?: string): Dialler {
  return {
    quote: (dial) => paidApi.quote(meeting, dial),
    dial: (dial) => paidApi.dial(meeting, dial),
  };
}

/** A key for one wish to dial. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join(
    '',
  );
}

export type Quoted =
  | { state: 'none' | 'asking' }
  /** `wish` is what was asked for, which may be no more what is wanted. */
  | { state: 'ready'; quote: Quote; wish: string }
  | { state: 'failed'; text: string };

/** The price of a wish, asked for a moment after it changed; the last one stands until then. */
export function useQuote(ask: Dialler, dial: Dial | undefined): Signal<Quoted> {
  const quoted = useSignal<Quoted>({ state: 'none' });
  const wish = JSON.stringify(dial) ?? '';
  useEffect(() => {
    if (!dial) {
      quoted.value = { state: 'none' };
      return;
    }
    let current = true;
    if (quoted.value.state !== 'ready') quoted.value = { state: 'asking' };
    const timer = setTimeout(() => {
      ask.quote(dial).then(
        (quote) => {
          if (current) quoted.value = { state: 'ready', quote, wish };
        },
        (error: unknown) => {
          if (current) quoted.value = { state: 'failed', text: explain(error) };
        },
      );
    }, 150);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [wish]);
  return quoted;
}

/** Whether a call at this price would be placed, at once or after a yes. */
export const placed = (price: Price | undefined): boolean => price !== undefined && !price.refusal?.cause;

/** How long what is left lasts for all calls together, s; undefined: no limit. */
export function lasting(quote: Quote): { left: number; seconds: number } | undefined {
  const lefts = quote.prices.filter(placed).flatMap((p) => (p.left === undefined ? [] : [p.left]));
  if (lefts.length === 0) return undefined;
  const left = Math.min(...lefts);
  return { left, seconds: quote.rate > 0 ? Math.floor((left / quote.rate) * 60) : 0 };
}
