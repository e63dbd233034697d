import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Call, type CallState } from '../src/call/call';
import { redFirst, withNack } from '../src/call/leg';
import { rms, scale } from '../src/call/meter';
import { classify } from '../src/call/microphone';
import { SpeakerReader, toLevel } from '../src/call/speakers';
import type { Stats } from '../src/wire/fare';

describe('who is heard', () => {
  const source = (participant: number, timestamp: number, audioLevel?: number) =>
    ({ source: participant, timestamp, rtpTimestamp: 0, audioLevel }) as RTCRtpContributingSource;
  const receiver = (...sources: RTCRtpContributingSource[]) => ({ getContributingSources: () => sources });

  test('a source whose timestamp moves is heard, until it stops', () => {
    const reader = new SpeakerReader();
    expect(reader.read([receiver(source(7, 100, 0.1))], 1000)).toEqual([{ participant: 7, level: 20 }]);
    expect(reader.read([receiver(source(7, 100, 0.1))], 1100).length).toBe(1);
    expect(reader.read([receiver(source(7, 100, 0.1))], 1300)).toEqual([]);
    expect(reader.lastPacket).toBe(1000);
    expect(reader.read([receiver(source(7, 120, 0.1))], 1400).length).toBe(1);
  });

  test('silence in a slot is nobody talking, but it is packets', () => {
    const reader = new SpeakerReader();
    expect(reader.read([receiver(source(7, 100, 0.00001))], 1000)).toEqual([]);
    expect(reader.works).toBe(true);
    expect(reader.lastPacket).toBe(1000);
  });

  test('loudest first, over all slots', () => {
    const reader = new SpeakerReader();
    const heard = reader.read([receiver(source(1, 5, 0.01)), receiver(source(2, 5, 0.2))], 0);
    expect(heard.map((s) => s.participant)).toEqual([2, 1]);
  });

  test('levels of RFC 6464', () => {
    expect([toLevel(1), toLevel(0.1), toLevel(0), toLevel(undefined)]).toEqual([0, 20, 127, 30]);
  });
});

test('RED comes before Opus, and nothing else is offered', () => {
  const codecs = ['audio/opus', 'audio/PCMU', 'audio/red', 'audio/CN'].map((mimeType) => ({ mimeType }));
  expect(redFirst(codecs).map((c) => c.mimeType)).toEqual(['audio/red', 'audio/opus']);
});

test('levels of a meter', () => {
  expect(rms(new Float32Array([0.5, -0.5]))).toBeCloseTo(0.5);
  expect([scale(0), scale(0.001), scale(1)]).toEqual([0, 0, 1]);
  expect(scale(0.0316)).toBeCloseTo(0.6, 1);
});

test.each([
  ['NotAllowedError', 'refused'],
  ['NotFoundError', 'missing'],
  ['NotReadableError', 'busy'],
  ['OverconstrainedError', 'missing'],
])('%s means %s', (name, problem) => {
  expect(classify(Object.assign(new Error(), { name }))).toBe(problem);
});

// What Chromium offers; the server's tests read the same file.
const chromium = readFileSync(
  join(import.meta.dirname, '../../../sfu/testdata/chromium.sdp'),
  'utf8',
).replace(/\n/g, '\r\n');

test('RED and Opus may be asked for again in every m-line, and nothing else changes', () => {
  const lines = withNack(chromium).split('\r\n');
  const added = ['a=rtcp-fb:63 nack', 'a=rtcp-fb:111 nack'];
  for (const section of lines.join('\n').split('\nm=').slice(1)) {
    expect(section).toContain('a=rtpmap:63 red/48000/2\na=rtcp-fb:63 nack\n');
    expect(section).toContain('a=rtpmap:111 opus/48000/2\na=rtcp-fb:111 nack\n');
  }
  expect(lines.filter((line) => !added.includes(line)).join('\r\n')).toBe(chromium);
  expect(withNack('a=rtpmap:0 PCMU/8000\r\n')).toBe('a=rtpmap:0 PCMU/8000\r\n');
});

class FakePeer {
  static made: FakePeer[] = [];
  static refusesForeignText = false;
  static rows: () => Record<string, unknown>[] = () => [];
  iceConnectionState = 'new';
  oniceconnectionstatechange: (() => void) | null = null;
  connectionState: RTCPeerConnectionState = 'new';
  onconnectionstatechange: (() => void) | null = null;
  localDescription: { sdp: string } | undefined;
  transceivers: {
    direction: string;
    sender: {
      track: unknown;
      replaceTrack(t: unknown): Promise<void>;
      getStats(): Promise<Record<string, unknown>[]>;
    };
    receiver: { track: object };
  }[] = [];

  constructor() {
    FakePeer.made.push(this);
  }

  addTransceiver(_: string, init: { direction: string }) {
    const sender = {
      track: null as unknown,
      async replaceTrack(t: unknown) {
        sender.track = t;
      },
      getStats: async () => FakePeer.rows(),
    };
    const transceiver = {
      direction: init.direction,
      sender,
      receiver: { track: {}, getContributingSources: () => [] },
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getStats = async () => FakePeer.rows();
  getTransceivers = () => this.transceivers;
  getReceivers = () => this.transceivers.map((t) => t.receiver);
  createOffer = async () => ({ type: 'offer', sdp: chromium });
  setLocalDescription = async (description: { sdp: string }) => {
    if (FakePeer.refusesForeignText && description.sdp !== chromium) throw new Error('not my text');
    this.localDescription = description;
  };
  setRemoteDescription = vi.fn(async () => {});

  become(state: RTCPeerConnectionState) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  close() {
    this.connectionState = 'closed';
  }
}

describe('a call', () => {
  const mic = { kind: 'audio' } as unknown as MediaStreamTrack;
  let states: CallState[];
  let played: unknown[][];
  let dropped: string[];
  let offered: string[];
  let texts: string[];
  let refuse: boolean;
  let reports: Stats[];
  let reached: string[];
  let fared: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    FakePeer.made = [];
    FakePeer.rows = () => [];
    [reports, reached, fared] = [[], [], []];
    FakePeer.refusesForeignText = false;
    [states, played, dropped, offered, texts, refuse] = [[], [], [], [], [], false];
    vi.stubGlobal('RTCPeerConnection', FakePeer);
    vi.stubGlobal('RTCRtpReceiver', {});
    vi.stubGlobal('MediaStream', class {});
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  function call(muted: boolean) {
    const made = new Call(
      {
        slots: 3,
        exchange: async (leg, text) => {
          if (refuse) throw new Error('no');
          offered.push(leg);
          texts.push(text);
          return 'answer';
        },
        drop: (leg) => dropped.push(leg),
        report: (stats) => reports.push(stats),
        reached: (stage) => reached.push(stage),
      },
      {
        state: (s) => states.push(s),
        streams: (s) => played.push(s),
        speakers: () => {},
        fares: (judgement) => fared.push(judgement.class),
        dead: () => {},
      },
      mic,
      muted,
    );
    made.connect();
    return made;
  }
  const peer = (n: number) => FakePeer.made[n] as FakePeer;
  const sends = (n: number) => peer(n).transceivers[0]?.sender.track;

  test.each([
    ['lets the server ask again for what it missed', false, withNack(chromium)],
    ['offers the plain text where the browser takes no other', true, chromium],
  ])('%s', async (_, refuses, text) => {
    FakePeer.refusesForeignText = refuses;
    const it = call(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(texts).toEqual([text]);
    expect(peer(0).setRemoteDescription).toHaveBeenCalled();
    it.close();
  });

  test('offers an m-line for each slot and one for oneself, the microphone in the first', async () => {
    const it = call(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(peer(0).transceivers.map((t) => t.direction)).toEqual([
      'sendrecv',
      'recvonly',
      'recvonly',
      'recvonly',
    ]);
    expect(sends(0)).toBe(mic);
    expect(peer(0).setRemoteDescription).toHaveBeenCalledWith({ type: 'answer', sdp: 'answer' });
    expect(offered[0]).toMatch(/^[a-z0-9-]{1,32}$/);
    peer(0).become('connected');
    expect(states).toEqual(['connecting', 'connected']);
    expect(played.at(-1)?.length).toBe(4);
    it.close();
  });

  test('mute is the absence of a track', async () => {
    const it = call(true);
    await vi.advanceTimersByTimeAsync(0);
    peer(0).become('connected');
    expect(sends(0)).toBeNull();
    it.setMuted(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(sends(0)).toBe(mic);
    it.setMuted(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(sends(0)).toBeNull();
    it.close();
  });

  test('every second is judged, every five are reported, and the facts once', async () => {
    let second = 0;
    FakePeer.rows = () => {
      second++;
      return [
        { type: 'inbound-rtp', id: 'in', packetsReceived: 40 * second, packetsLost: 10 * second },
        { type: 'outbound-rtp', id: 'out', packetsSent: 50 * second },
        { id: 'l', type: 'local-candidate', candidateType: 'prflx', protocol: 'udp' },
        { type: 'candidate-pair', nominated: true, state: 'succeeded', localCandidateId: 'l' },
      ];
    };
    const it = call(false);
    await vi.advanceTimersByTimeAsync(0);
    peer(0).iceConnectionState = 'connected';
    peer(0).oniceconnectionstatechange?.();
    peer(0).become('connected');
    await vi.advanceTimersByTimeAsync(16_500);
    it.close();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([...new Set(reached)]).toEqual(['ice', 'dtls', 'sent', 'received', 'heard']);
    expect(fared.slice(0, 3)).toEqual(['good', 'good', 'poor']);
    expect(reports).toHaveLength(3);
    expect(reports[0]).toMatchObject({ leg: offered[0], heard: { packets: 250, loss: 0.2 } });
    expect(reports[0]?.facts).toMatchObject({ transport: 'udp', candidate: 'prflx' });
    expect(reports[0]).not.toHaveProperty('muted');
    expect(reports[1]).not.toHaveProperty('facts');
  });

  test('whoever is muted all the time says so, and nothing of the microphone', async () => {
    FakePeer.rows = () => [{ type: 'inbound-rtp', id: 'in', packetsReceived: 1 }];
    const it = call(true);
    await vi.advanceTimersByTimeAsync(0);
    peer(0).become('connected');
    await vi.advanceTimersByTimeAsync(6500);
    it.close();
    expect(reports).toMatchObject([{ muted: true, said: {} }]);
  });

  test('a broken leg gets a second one before it goes', async () => {
    const it = call(false);
    await vi.advanceTimersByTimeAsync(0);
    peer(0).become('connected');
    peer(0).become('disconnected');
    await vi.advanceTimersByTimeAsync(900);
    expect(FakePeer.made.length).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(FakePeer.made.length).toBe(2);
    expect(peer(0).connectionState).toBe('disconnected');
    peer(1).become('connected');
    expect(states.at(-1)).toBe('connected');
    expect(dropped).toEqual([]);
    expect(sends(0)).toBe(mic);
    await vi.advanceTimersByTimeAsync(1500);
    expect(peer(0).connectionState).toBe('disconnected');
    await vi.advanceTimersByTimeAsync(600);
    expect(peer(0).connectionState).toBe('closed');
    expect(dropped).toEqual([offered[0]]);
    it.close();
  });

  test('a leg that recovers within a second is left alone', async () => {
    const it = call(false);
    await vi.advanceTimersByTimeAsync(0);
    peer(0).become('connected');
    peer(0).become('disconnected');
    await vi.advanceTimersByTimeAsync(500);
    peer(0).become('connected');
    await vi.advanceTimersByTimeAsync(3000);
    expect(FakePeer.made.length).toBe(1);
    it.close();
  });

  test('the server misses us: half a second of doubt, then a second leg', async () => {
    const it = call(false);
    await vi.advanceTimersByTimeAsync(0);
    peer(0).become('connected');
    const leg = offered[0] ?? '';
    it.serverSays(leg, 'broken');
    await vi.advanceTimersByTimeAsync(300);
    it.serverSays(leg, 'connected');
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakePeer.made.length).toBe(1);
    it.serverSays('another', 'broken');
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakePeer.made.length).toBe(1);
    it.serverSays(leg, 'broken');
    await vi.advanceTimersByTimeAsync(600);
    expect(FakePeer.made.length).toBe(2);
    it.close();
  });

  test('what does not connect is tried again, more and more slowly', async () => {
    refuse = true;
    const it = call(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(states).toEqual(['connecting', 'failed']);
    await vi.advanceTimersByTimeAsync(500);
    expect(FakePeer.made.length).toBe(2);
    await vi.advanceTimersByTimeAsync(900);
    expect(FakePeer.made.length).toBe(2);
    await vi.advanceTimersByTimeAsync(200);
    expect(FakePeer.made.length).toBe(3);
    refuse = false;
    await vi.advanceTimersByTimeAsync(2000);
    FakePeer.made.at(-1)?.become('connected');
    expect(states.at(-1)).toBe('connected');
    it.close();
  });

  test('nothing goes on after the end', async () => {
    const it = call(false);
    await vi.advanceTimersByTimeAsync(0);
    peer(0).become('connected');
    it.close();
    expect(peer(0).connectionState).toBe('closed');
    expect(vi.getTimerCount()).toBe(0);
  });
});
