import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Gauge } from '../src/call/ear';
import { accessOf, agentOf, factsOf, systemOf } from '../src/call/facts';
import { Joining } from '../src/call/joining';
import { count, figures, type Row } from '../src/call/stats';
import { judge, Windows } from '../src/call/windows';
import { Sound } from '../src/store/sound';
import type { Joins } from '../src/wire/fare';

/** A slot as getStats reports it. */
const slot = (id: string, more: Row = {}): Row => ({
  type: 'inbound-rtp',
  id,
  packetsReceived: 0,
  packetsLost: 0,
  jitter: 0.001,
  ...more,
});

const sending = (packetsSent: number, lost: number, bytesSent = 0): Row[] => [
  { type: 'outbound-rtp', id: 'out', packetsSent, bytesSent },
  { type: 'remote-inbound-rtp', id: 'remote', packetsLost: lost, jitter: 0.012, roundTripTime: 0.048 },
];

const pair = { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.02 };

describe('what is measured', () => {
  test('only what happened in between counts, of both directions', () => {
    const before = count([
      slot('a', { packetsReceived: 1000, packetsLost: 500, totalSamplesReceived: 10_000 }),
      ...sending(400, 7),
    ]);
    const after = count([
      slot('a', {
        packetsReceived: 1090,
        packetsLost: 510,
        bytesReceived: 20_000,
        totalSamplesReceived: 20_000,
        concealedSamples: 600,
        silentConcealedSamples: 500,
        jitter: 0.004,
        jitterBufferDelay: 480,
        jitterBufferEmittedCount: 8000,
        totalAudioEnergy: 0.05,
        totalSamplesDuration: 5,
      }),
      ...sending(650, 32, 20_000),
      pair,
      { ...pair, nominated: false, currentRoundTripTime: 9 },
    ]);
    expect(figures(before, after, 5000)).toEqual({
      said: { packets: 250, loss: 0.1, jitter: 12, bitrate: 32_000 },
      heard: {
        packets: 100,
        loss: 0.1,
        jitter: 4,
        concealed: 0.01,
        silent: 0.05,
        bitrate: 32_000,
        buffer: 60,
        level: -20,
      },
      rtt: 20,
    });
  });

  test('how long sound is concealed at a time, in streams that do not pause', () => {
    const heard = (id: string, events: number, concealed: number, silent: number) =>
      slot(id, {
        packetsReceived: 250,
        totalSamplesReceived: 240_000,
        totalSamplesDuration: 5,
        concealmentEvents: events,
        concealedSamples: concealed + silent,
        silentConcealedSamples: silent,
      });
    const runs = (...rows: Row[]) => {
      const { events, run } = figures(count([]), count(rows), 5000).heard;
      return { events, run };
    };
    expect(runs(heard('a', 4, 4 * 4800, 0))).toEqual({ events: 4, run: 100 });
    expect(runs(heard('a', 4, 4 * 4800, 0), heard('b', 9, 9000, 90_000))).toEqual({ events: 4, run: 100 });
    expect(runs(heard('a', 1, 960, 0), heard('b', 1, 2880, 0))).toEqual({ events: 2, run: 40 });
    expect(runs(heard('a', 9, 9000, 90_000))).toEqual({});
    expect(runs(heard('a', 0, 9000, 0))).toEqual({});
    expect(runs(heard('a', 3, 0, 0))).toEqual({});
  });

  test('slots are heard together: powers add up', () => {
    const loud = (id: string) =>
      slot(id, { packetsReceived: 50, totalAudioEnergy: 0.05, totalSamplesDuration: 5 });
    const silent = slot('c', { packetsReceived: 0, totalAudioEnergy: 0, totalSamplesDuration: 5 });
    const { level } = figures(count([]), count([loud('a'), loud('b'), silent]), 5000).heard;
    expect(level).toBeCloseTo(-16.99, 2);
  });

  test('a slot in which nobody speaks any more has no jitter', () => {
    const stale = slot('b', { packetsReceived: 50, jitter: 0.4 });
    const before = count([slot('a', { packetsReceived: 10 }), stale]);
    const after = count([slot('a', { packetsReceived: 20, jitter: 0.002 }), stale]);
    expect(figures(before, after, 1000).heard.jitter).toBe(2);
  });

  test('nothing sent and nothing received is not known, and not zero', () => {
    const none = count([slot('a'), ...sending(10, 0)]);
    expect(figures(none, none, 1000)).toEqual({ said: {}, heard: {}, rtt: 48 });
  });

  test('counters that begin anew, duplicates and nonsense make no wild figures', () => {
    const before = count([slot('a', { packetsReceived: 9000, packetsLost: 20, totalSamplesReceived: 9e6 })]);
    const anew = count([slot('a', { packetsReceived: 30, packetsLost: -4, totalSamplesReceived: 1000 })]);
    expect(figures(before, anew, 1000).heard).toMatchObject({ packets: 30, loss: 0, concealed: 0 });
    const nonsense = count([slot('a', { packetsReceived: Number.NaN, jitter: Number.POSITIVE_INFINITY })]);
    expect(figures(count([slot('a')]), nonsense, 1000).heard).toEqual({});
  });
});

describe('what is known of this end', () => {
  const rows: Row[] = [
    { id: 'p', type: 'candidate-pair', nominated: true, state: 'succeeded', localCandidateId: 'l' },
    {
      id: 'l',
      type: 'local-candidate',
      candidateType: 'relay',
      protocol: 'udp',
      relayProtocol: 'tls',
      networkType: 'wifi',
    },
    { id: 'o', type: 'outbound-rtp', codecId: 'c' },
    { id: 'c', type: 'codec', mimeType: 'audio/red' },
  ];
  const chrome =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';

  test('candidate, network, codec, device and browser', () => {
    expect(factsOf(rows, 'Headset', chrome)).toEqual({
      codec: 'opus',
      access: 'wifi',
      device: 'Headset',
      agent: 'Chrome 143',
      system: 'Windows',
      transport: 'tls',
      candidate: 'relay',
    });
  });

  test('what is not known is left out', () => {
    expect(factsOf([], '', 'something else')).toEqual({});
  });

  test('names of networks, browsers and systems', () => {
    expect(['ethernet', 'wifi', '4g', 'vpn', 'unknown'].map(accessOf)).toEqual([
      'wired',
      'wifi',
      'cellular',
      'vpn',
      undefined,
    ]);
    expect(agentOf(`${chrome} Edg/143.0`)).toBe('Edge 143');
    const safari = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15';
    expect([agentOf(safari), systemOf(safari)]).toEqual(['Safari 18', 'macOS']);
  });
});

describe('how a leg is judged', () => {
  const packets = 50;
  test.each([
    ['nothing at all', {}, {}, undefined, 'unclassified', []],
    ['whoever is muted and hears well', {}, { packets }, 20, 'good', []],
    ['3 % lost', { packets, loss: 0.03 }, {}, 20, 'good', []],
    ['more', { packets, loss: 0.031 }, {}, 20, 'degraded', ['loss']],
    ['more than 10 %', {}, { packets, loss: 0.11 }, 20, 'poor', ['loss']],
    ['jitter alone is poor', {}, { packets, jitter: 31 }, 20, 'poor', ['jitter']],
    ['a long way', { packets }, { packets }, 301, 'degraded', ['round-trip']],
    ['a very long way', { packets }, { packets }, 501, 'poor', ['round-trip']],
    ['figures about no packets', {}, { loss: 1, jitter: 900 }, undefined, 'unclassified', []],
  ] as const)('%s', (_, said, heard, rtt, judged, because) => {
    const figures = { said, heard, ...(rtt === undefined ? {} : { rtt }) };
    expect(judge(figures)).toMatchObject({ class: judged, because });
  });

  test('the worse side is named, with its figures', () => {
    const said = { packets, loss: 0.2 };
    expect(judge({ said, heard: { packets, loss: 0.04 } })).toMatchObject({ side: 'said', loss: 0.2 });
    expect(judge({ said: { packets, loss: 0.04 }, heard: said })).toMatchObject({ side: 'heard', loss: 0.2 });
  });

  test('three of five seconds count, one does not', () => {
    const windows = new Windows();
    const good = { said: { packets }, heard: {} };
    const bad = { said: { packets, loss: 0.2 }, heard: {} };
    const classes = [bad, good, bad, good, bad, good, good, good, good].map((f) => windows.add(f).class);
    expect(classes).toEqual(['good', 'good', 'good', 'good', 'poor', 'good', 'good', 'good', 'good']);
  });

  test('poor and degraded seconds together are degraded', () => {
    const windows = new Windows();
    for (const loss of [0.2, 0.05]) windows.add({ said: { packets, loss }, heard: {} });
    expect(windows.add({ said: { packets, loss: 0.04 }, heard: {} })).toMatchObject({
      class: 'degraded',
      loss: 0.04,
    });
  });
});

describe('how loud a microphone is', () => {
  const tone = (amplitude: number) =>
    new Float32Array(480).map((_, n) => amplitude * Math.SQRT2 * Math.sin((2 * Math.PI * n) / 48));

  test('level, swing and speech between two looks', () => {
    const gauge = new Gauge();
    for (let n = 0; n < 25; n++) gauge.look(tone(0.001));
    for (let n = 0; n < 25; n++) gauge.look(tone(0.1));
    const { level, swing, talking, clipped } = gauge.take();
    expect(level).toBeCloseTo(-23, 1);
    expect(swing).toBeCloseTo(20, 1);
    expect([talking, clipped]).toEqual([0.5, 0]);
    expect(gauge.take()).toEqual({});
  });

  test('clipping is the share of samples at full scale', () => {
    const gauge = new Gauge();
    gauge.look(new Float32Array([1, -1, 0.2, 0.1]));
    expect(gauge.take().clipped).toBe(0.5);
  });

  test('zeros for eight seconds are a dead microphone; soft noise is not', () => {
    const gauge = new Gauge();
    for (let n = 0; n < 79; n++) gauge.look(new Float32Array(480));
    expect(gauge.dead).toBe(false);
    gauge.look(new Float32Array(480));
    expect(gauge.dead).toBe(true);
    gauge.look(tone(0.0005));
    expect(gauge.dead).toBe(false);
  });
});

describe('the way in', () => {
  let now: number;
  let told: Joins[];
  const joining = () =>
    new Joining(
      (joins) => told.push(joins),
      () => now,
    );
  const at = (ms: number, act: () => void) => {
    now = 1000 + ms;
    act();
  };
  beforeEach(() => {
    now = 1000;
    told = [];
  });

  test('each stage has its time, and the first sound ends it', () => {
    const join = joining();
    join.reach('microphone');
    at(90, () => join.reach('signalled'));
    at(200, () => join.reach('ice', 'leg-1'));
    at(260, () => join.reach('dtls', 'leg-1'));
    at(300, () => join.reach('dtls', 'leg-2'));
    at(400, () => join.reach('heard', 'leg-2'));
    at(500, () => join.end('left'));
    expect(told).toEqual([
      {
        type: 'joins',
        leg: 'leg-2',
        ago: 400,
        steps: [
          { stage: 'click', ms: 0 },
          { stage: 'microphone', ms: 0 },
          { stage: 'signalled', ms: 90 },
          { stage: 'ice', ms: 200 },
          { stage: 'dtls', ms: 260 },
          { stage: 'heard', ms: 400 },
        ],
      },
    ]);
  });

  test('waiting at the door does not count', () => {
    const join = joining();
    at(50, () => join.reach('signalled'));
    at(60, () => join.pause());
    at(60_000, () => join.look());
    at(90_060, () => join.resume());
    at(90_160, () => join.reach('dtls'));
    at(90_200, () => join.reach('heard'));
    expect(told[0]?.steps.at(-1)).toEqual({ stage: 'heard', ms: 200 });
  });

  test('whoever is alone hears nothing, and that is no failure', () => {
    const join = joining();
    at(50, () => join.reach('dtls'));
    at(20_001, () => join.look());
    expect(told).toHaveLength(1);
    expect(told[0]).not.toHaveProperty('failed');
  });

  test.each([
    ['no answer', [], 20_001, 'signalled', 'timeout'],
    ['no path', ['signalled'], 20_001, 'ice', 'network'],
    ['no keys', ['signalled', 'ice'], 20_001, 'dtls', 'network'],
  ] as const)('%s in twenty seconds', (_, stages, ms, failed, cause) => {
    const join = joining();
    for (const stage of stages) join.reach(stage);
    at(ms - 1, () => join.look());
    at(ms, () => join.look());
    expect(told).toMatchObject([{ failed, cause }]);
  });

  test.each([
    [['signalled', 'ice', 'dtls'], 'received', 'network'],
    [['signalled', 'ice', 'dtls', 'received'], 'heard', 'other'],
  ] as const)('others talk and nothing comes: %s', (stages, failed, cause) => {
    const join = joining();
    for (const stage of stages) join.reach(stage);
    at(1000, () => join.others(true));
    at(9001, () => join.look());
    expect(told).toMatchObject([{ failed, cause }]);
  });

  test('whoever leaves on the way tells where', () => {
    const join = joining();
    join.reach('signalled');
    join.end('left');
    expect(told).toMatchObject([{ failed: 'ice', cause: 'left' }]);
  });
});

describe('one’s own light', () => {
  beforeEach(() => vi.useFakeTimers({ now: 100_000 }));
  afterEach(() => vi.useRealTimers());
  const bad = { class: 'poor', because: ['loss'], side: 'said', loss: 0.08 } as const;
  const good = { class: 'good' as const, because: [] };

  test('the worse of what is measured here and what the server says', () => {
    const sound = new Sound();
    sound.knows({ access: 'wifi', candidate: 'relay', transport: 'udp' });
    sound.fares({ ...good, because: [] });
    expect(sound.light.value.class).toBe('good');
    sound.told({ leg: 'l', ...bad, because: ['loss'] });
    expect(sound.light.value).toMatchObject({ ...bad, access: 'wifi', relayed: true, tcp: false });
  });

  test('it turns green again after five seconds, and the server’s word ages', () => {
    const sound = new Sound();
    sound.told({ leg: 'l', ...bad, because: ['loss'] });
    const seconds = Array.from({ length: 22 }, () => {
      vi.advanceTimersByTime(1000);
      sound.fares({ ...good, because: [] });
      return sound.light.value.class;
    });
    expect(seconds.lastIndexOf('poor')).toBe(17);
    expect(seconds.at(-1)).toBe('good');
  });

  test('a hint comes and goes', () => {
    const sound = new Sound();
    sound.hint({ about: 'echo', with: 4 });
    expect([...sound.hints.value]).toEqual([['echo', 4]]);
    sound.hint({ about: 'echo', over: true });
    expect(sound.hints.value.size).toBe(0);
  });
});
