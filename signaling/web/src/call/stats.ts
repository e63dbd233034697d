import type { Stats } from '../wire/fare';

/** Counters of one leg, summed over its slots. */
export interface Counters {
  received: number;
  lost: number;
  samples: number;
  concealed: number;
  /** Worst of the slots, s. */
  jitter: number;
  /** Seconds; undefined while unknown. */
  rtt?: number;
}

type Row = Record<string, unknown>;

const num = (row: Row, name: string): number => (typeof row[name] === 'number' ? (row[name] as number) : 0);

/** Sums what getStats reports about what we receive. */
export function count(rows: Iterable<Row>): Counters {
  const sum: Counters = { received: 0, lost: 0, samples: 0, concealed: 0, jitter: 0 };
  for (const row of rows) {
    if (row.type === 'inbound-rtp') {
      sum.received += num(row, 'packetsReceived');
      sum.lost += num(row, 'packetsLost');
      sum.samples += num(row, 'totalSamplesReceived');
      // Concealment that is silence is what a pause sounds like, not damage.
      sum.concealed += num(row, 'concealedSamples') - num(row, 'silentConcealedSamples');
      sum.jitter = Math.max(sum.jitter, num(row, 'jitter'));
    } else if (row.type === 'candidate-pair' && row.nominated === true && row.state === 'succeeded') {
      if (typeof row.currentRoundTripTime === 'number') sum.rtt = row.currentRoundTripTime;
    }
  }
  return sum;
}

/** What happened between two counts, `span` milliseconds apart. */
export function summarise(before: Counters, after: Counters, leg: string, span = 5000): Stats {
  const share = (part: number, whole: number) => (whole > 0 ? Math.max(0, Math.min(1, part / whole)) : 0);
  const lost = after.lost - before.lost;
  const received = after.received - before.received;
  return {
    type: 'stats',
    leg,
    at: Date.now(),
    span,
    said: {},
    heard: {
      packets: Math.max(0, lost + received),
      loss: round(share(lost, lost + received)),
      jitter: round(after.jitter * 1000),
      concealed: round(share(after.concealed - before.concealed, after.samples - before.samples)),
    },
    rtt: round((after.rtt ?? 0) * 1000),
  };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
