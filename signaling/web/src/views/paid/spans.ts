import { beginOf, type Day, dayIn } from '../../i18n/zone';
import type { Query } from '../../wire/paid';

/** The times that costs are asked for. */
export type Span = 'month' | 'last' | 'week' | 'year';

/** From when on, and until when: days and months are the company's. */
export function spanOf(span: Span, zone: string, now = new Date()): Query {
  const today = dayIn(zone, now);
  const at = (change: Partial<Day>) => beginOf(zone, { ...today, ...change }).toISOString();
  const { month, day } = today;
  switch (span) {
    case 'month':
      return { from: at({ day: 1 }) };
    case 'last':
      return { from: at({ month: month - 1, day: 1 }), to: at({ day: 1 }) };
    case 'week':
      return { from: at({ day: day - 6 }) };
    case 'year':
      return { from: at({ month: 1, day: 1 }) };
  }
}
