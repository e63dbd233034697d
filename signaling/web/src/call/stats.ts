import type { Direction } from '../wire/fare';

/** A row of getStats (W3C webrtc-stats). */
export type Row = Record<string, unknown>;

/** What one stream has counted so far, and what it says of this moment. */
interface Stream {
  packets: number;
  lost: number;
  bytes: number;
  samples: number;
  concealed: number;
  /** Samples concealed by silence: what a pause sounds like, not damage. */
  silent: number;
  /** Times that concealment began. */
  events: number;
  /** Seconds that all emitted samples waited together, and how many those were. */
  waited: number;
  emitted: number;
  energy: number;
  duration: number;
  /** Seconds. */
  jitter: number;
}

/** What a leg has counted so far: a stream for each of its slots, and what it sends. */
export interface Counters {
  inbound: Map<string, Stream>;
  outbound: Map<string, Stream>;
  /** What the server reports of what we send. */
  remote: Map<string, Stream>;
  /** Seconds; undefined while unknown. */
  rtt: number | undefined;
}

/** How a leg fared between two counts. */
export interface Figures {
  said: Direction;
  heard: Direction;
  /** Milliseconds. */
  rtt?: number;
}

const num = (row: Row, name: string): number => {
  const value = row[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
};

/** Reads the counters of a leg from what getStats reports. */
export function count(rows: Iterable<Row>): Counters {
  const all: Counters = { inbound: new Map(), outbound: new Map(), remote: new Map(), rtt: undefined };
  let reported: number | undefined;
  for (const row of rows) {
    const id = String(row.id ?? row.ssrc ?? '');
    switch (row.type) {
      case 'inbound-rtp':
        all.inbound.set(id, stream(row, 'packetsReceived', 'bytesReceived'));
        break;
      case 'outbound-rtp':
        all.outbound.set(id, stream(row, 'packetsSent', 'bytesSent'));
        break;
      case 'remote-inbound-rtp':
        all.remote.set(id, stream(row, 'packetsReceived', 'bytesReceived'));
        if (typeof row.roundTripTime === 'number') reported = row.roundTripTime;
        break;
      case 'candidate-pair':
        if (row.nominated === true && row.state === 'succeeded')
          if (typeof row.currentRoundTripTime === 'number') all.rtt = row.currentRoundTripTime;
        break;
      default:
    }
  }
  all.rtt ??= reported;
  return all;
}

function stream(row: Row, packets: string, bytes: string): Stream {
  return {
    packets: num(row, packets),
    lost: num(row, 'packetsLost'),
    bytes: num(row, bytes),
    samples: num(row, 'totalSamplesReceived'),
    concealed: num(row, 'concealedSamples') - num(row, 'silentConcealedSamples'),
    silent: num(row, 'silentConcealedSamples'),
    events: num(row, 'concealmentEvents'),
    waited: num(row, 'jitterBufferDelay'),
    emitted: num(row, 'jitterBufferEmittedCount'),
    energy: num(row, 'totalAudioEnergy'),
    duration: num(row, 'totalSamplesDuration'),
    jitter: num(row, 'jitter'),
  };
}

const FIELDS = [
  'packets',
  'lost',
  'bytes',
  'samples',
  'concealed',
  'silent',
  'waited',
  'emitted',
  'energy',
] as const;

/** What a stream had counted when this interval began: nothing, if it began anew since. */
function sinceOf(before: Map<string, Stream>, id: string, now: Stream): Stream {
  const old = before.get(id);
  return !old || now.packets < old.packets || now.samples < old.samples ? ZERO : old;
}

/** What was added to all streams together. */
function added(before: Map<string, Stream>, after: Map<string, Stream>): Stream {
  const sum: Stream = { ...ZERO };
  for (const [id, now] of after) {
    const since = sinceOf(before, id, now);
    for (const field of FIELDS) sum[field] += now[field] - since[field];
    // The slots are heard together: their powers add up, their times do not.
    sum.duration = Math.max(sum.duration, now.duration - since.duration);
    // A slot that nobody speaks in keeps the jitter of whoever spoke last.
    if (now.packets > since.packets || now.lost !== since.lost) sum.jitter = Math.max(sum.jitter, now.jitter);
  }
  return sum;
}

const ZERO: Stream = {
  packets: 0,
  lost: 0,
  bytes: 0,
  samples: 0,
  concealed: 0,
  silent: 0,
  events: 0,
  waited: 0,
  emitted: 0,
  energy: 0,
  duration: 0,
  jitter: 0,
};

const share = (part: number, whole: number) => (whole > 0 ? Math.max(0, Math.min(1, part / whole)) : 0);

/** What happened between two counts, `span` milliseconds apart. */
export function figures(before: Counters, after: Counters, span: number): Figures {
  const rtt = after.rtt === undefined ? {} : { rtt: round(after.rtt * 1000) };
  return {
    said: said(added(before.outbound, after.outbound), added(before.remote, after.remote), span),
    heard: { ...heard(added(before.inbound, after.inbound), span), ...runs(before.inbound, after.inbound) },
    ...rtt,
  };
}

/**
 * How often sound was concealed, and how long at a time. A stream that pauses
 * has such an event at the end of each sentence, so only those without silence count.
 */
function runs(before: Map<string, Stream>, after: Map<string, Stream>): Pick<Direction, 'events' | 'run'> {
  let [events, seconds] = [0, 0];
  for (const [id, now] of after) {
    const since = sinceOf(before, id, now);
    const [concealed, samples] = [now.concealed - since.concealed, now.samples - since.samples];
    if (now.silent !== since.silent || now.events <= since.events || concealed <= 0 || samples <= 0) continue;
    events += now.events - since.events;
    seconds += (concealed / samples) * (now.duration - since.duration);
  }
  return events > 0 && seconds > 0 ? { events, run: round((seconds / events) * 1000) } : {};
}

// packetsDiscarded is left alone: under RED it counts every second copy, which
// nobody needed, and not only what came late.
function heard(now: Stream, span: number): Direction {
  const lost = Math.max(0, now.lost);
  const packets = now.packets + lost;
  if (packets <= 0) return {};
  const level = levelOf(now.energy, now.duration);
  return {
    packets,
    loss: round(share(lost, packets)),
    jitter: round(now.jitter * 1000),
    concealed: round(share(now.concealed, now.samples)),
    ...(now.silent > 0 ? { silent: round(share(now.silent, now.samples)) } : {}),
    bitrate: Math.round((now.bytes * 8000) / span),
    ...(now.emitted > 0 ? { buffer: round((Math.max(0, now.waited) / now.emitted) * 1000) } : {}),
    ...(level === undefined ? {} : { level }),
  };
}

function said(sent: Stream, reports: Stream, span: number): Direction {
  if (sent.packets <= 0) return {};
  return {
    packets: sent.packets,
    loss: round(share(reports.lost, sent.packets)),
    jitter: round(reports.jitter * 1000),
    bitrate: Math.round((sent.bytes * 8000) / span),
  };
}

/** Mean power, dBov: totalAudioEnergy is the integral of the squared amplitude. */
function levelOf(energy: number, duration: number): number | undefined {
  if (duration <= 0 || energy <= 0) return undefined;
  return round(Math.max(-127, Math.min(0, 10 * Math.log10(energy / duration))));
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
