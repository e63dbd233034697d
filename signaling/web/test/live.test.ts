import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepJoin, takeJoin } from '../src/store/kept';
import { Live } from '../src/store/live';
import type { Notice } from '../src/store/room';
import { serverMessage } from './golden';

let sockets: FakeSocket[];
let connections: FakeConnection[];

class FakeSocket {
  readyState = 1;
  sent: Record<string, unknown>[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: () => void;
  seq = 0;

  constructor() {
    sockets.push(this);
  }

  send(text: string) {
    const message = JSON.parse(text) as { type: string; id: number };
    this.sent.push(message);
    if (message.type === 'leave') this.say({ type: 'done', re: message.id });
  }

  close() {
    this.readyState = 3;
  }

  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** An event of the golden messages, with the next number. */
  tell(name: string, fields: object = {}) {
    this.say({ ...serverMessage(name), ...fields, seq: ++this.seq });
  }

  /** Answers the last request with a golden reply. */
  answer(name: string, fields: object = {}) {
    this.say({ ...serverMessage(name), re: this.last.id, ...fields });
  }

  get last(): Record<string, unknown> {
    return this.sent.at(-1) ?? {};
  }
}

class FakeConnection {
  connectionState = 'new';
  localDescription = { sdp: 'v=0' };
  closed = false;
  slots = 0;
  onconnectionstatechange?: () => void;

  constructor() {
    connections.push(this);
  }

  addTransceiver() {
    this.slots++;
    return {};
  }

  getTransceivers() {
    const sender = { replaceTrack: async () => {} };
    return Array.from({ length: this.slots }, () => ({ sender, receiver: { track: {} } }));
  }

  getReceivers() {
    return [];
  }

  async createOffer() {
    return { type: 'offer', sdp: 'v=0' };
  }

  async setLocalDescription() {}

  async setRemoteDescription() {
    this.connectionState = 'connected';
    this.onconnectionstatechange?.();
  }

  close() {
    this.closed = true;
  }
}

beforeEach(() => {
  sockets = [];
  connections = [];
  vi.stubGlobal('__VERSION__', 'test');
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('RTCPeerConnection', FakeConnection);
  vi.stubGlobal('RTCRtpReceiver', {});
  vi.stubGlobal('MediaStream', class {});
  vi.stubGlobal('fetch', async () => new Response('{"ticket":"t","expiresAt":"","meeting":"m"}'));
});

afterEach(() => vi.unstubAllGlobals());

/** A visit that has asked to join, and what it notified. */
async function visit(how: { takeOver?: boolean } = {}) {
  const said: Notice[] = [];
  const track = { addEventListener() {}, stop() {} } as unknown as MediaStreamTrack;
  const live = new Live({ meeting: 'm', ticket: { meeting: 'm' }, muted: false, track, ...how }, (n) =>
    said.push(n),
  );
  live.open();
  await vi.waitFor(() => expect(sockets[0]?.onopen).toBeTypeOf('function'));
  const ws = sockets[0] as FakeSocket;
  ws.onopen?.();
  ws.say({ ...serverMessage('welcome'), seq: 0 });
  await vi.waitFor(() => expect(ws.last.type).toBe('join'));
  return { live, ws, said };
}

/** One that is inside, with sound. */
async function inside() {
  const all = await visit();
  all.ws.answer('joined');
  await vi.waitFor(() => expect(all.ws.last.type).toBe('offer'));
  all.ws.answer('answer', { leg: all.ws.last.leg });
  await vi.waitFor(() => expect(all.live.audio.value).toBe('connected'));
  return all;
}

test('whoever is moved goes on with the same connection', async () => {
  const { live, ws, said } = await inside();
  ws.tell('moved-meeting');
  expect(live.room.value?.room.name).toBe('Retrospective');
  expect(live.self.value?.participant).toBe(7);
  expect(said.map((n) => n.kind)).toEqual(['moved']);
  expect(connections.map((c) => c.closed)).toEqual([false]);
  expect(ws.sent.filter((m) => m.type === 'offer').length).toBe(1);
  expect(live.audio.value).toBe('connected');
  await live.leave();
});

test('a room with other slots gets a second leg beside the first', async () => {
  const { live, ws } = await inside();
  const moved = serverMessage('moved-meeting') as unknown as { room: object };
  ws.tell('moved-meeting', { room: { ...moved.room, slots: 5 } });
  await vi.waitFor(() => expect(connections.length).toBe(2));
  expect(connections.map((c) => [c.slots, c.closed])).toEqual([
    [4, false], // one more than the room has: for what only oneself hears
    [6, false],
  ]);
  await live.leave();
});

test('mutes go along, and those of the other room count', async () => {
  const { live, ws } = await inside();
  expect(live.muted.value).toBe(true); // the golden room mutes newcomers
  ws.answer('done');
  live.setMuted(false);
  expect(ws.last).toMatchObject({ action: 'unmute' });
  const entry = serverMessage('moved-breakout') as unknown as { roster: object[] };
  ws.tell('moved-breakout', { roster: entry.roster.map((p) => ({ ...p, muted: false })) });
  expect(live.muted.value).toBe(false);
  ws.tell('moved-breakout');
  expect(live.muted.value).toBe(true);
  await live.leave();
});

test('a notice is there until it was heard, and gone with the recording', async () => {
  const { live, ws } = await inside();
  ws.tell('recording-announcing');
  ws.tell('notice');
  expect(live.notice.value).toBe(1);
  const heard = live.heard();
  expect(ws.last).toMatchObject({ action: 'heard', value: 1 });
  ws.answer('done');
  await heard;
  expect(live.notice.value).toBeUndefined();
  ws.tell('notice', { notice: 2 });
  ws.tell('recording-off');
  expect(live.notice.value).toBeUndefined();
  await live.leave();
});

test('an objection lasts as long as the recording', async () => {
  const { live, ws } = await inside();
  ws.tell('recording');
  const objecting = live.object();
  ws.answer('done');
  await objecting;
  expect(live.objected.value).toBe(true);
  ws.tell('recording-off');
  expect(live.objected.value).toBe(false);
  await live.leave();
});

test('a new seat has objected to nothing', async () => {
  const { live, ws } = await inside();
  ws.tell('recording');
  const objecting = live.object();
  ws.answer('done');
  await objecting;
  ws.say({ ...serverMessage('welcome'), seq: 0 });
  await vi.waitFor(() => expect(ws.last.type).toBe('join'));
  ws.answer('joined-recording');
  await vi.waitFor(() => expect(live.room.value?.room.recording).toBeDefined());
  expect(live.objected.value).toBe(false);
  await live.leave();
});

test('at the door one learns why, and one’s place', async () => {
  const { live, ws } = await visit();
  ws.answer('waiting-early');
  await vi.waitFor(() => expect(live.phase.value.name).toBe('waiting'));
  expect(live.phase.value).toEqual({
    name: 'waiting',
    reason: 'early',
    position: 2,
    opensAt: 1790000600000,
  });
  ws.tell('still-waiting');
  expect(live.phase.value).toEqual({ name: 'waiting', reason: 'locked', position: 1 });
  ws.tell('admitted');
  expect(live.phase.value.name).toBe('in');
  await live.leave();
});

test('a meeting that is over tells since when', async () => {
  const { live, ws } = await visit();
  ws.answer('error-ended');
  await vi.waitFor(() => expect(live.phase.value.name).toBe('over'));
  expect(live.phase.value).toEqual({ name: 'over', why: 'ended', at: 1789999000000 });
});

test('one goes on by phone: a code, and then the end', async () => {
  const { live, ws } = await inside();
  const asked = live.phoneCode();
  expect(ws.last).toMatchObject({ action: 'hand-over' });
  ws.answer('phone-code');
  expect((await asked).code).toBe('805162');
  ws.tell('handed-over');
  expect(live.phase.value).toEqual({ name: 'over', why: 'handed-over' });
  expect(connections[0]?.closed).toBe(true);
});

test('one comes back from the phone once, not with every new session', async () => {
  const { live, ws } = await visit({ takeOver: true });
  expect(ws.last).toMatchObject({ type: 'join', takeOver: true });
  ws.answer('joined');
  await vi.waitFor(() => expect(ws.last.type).toBe('offer'));
  ws.say({ ...serverMessage('welcome'), seq: 0 });
  await vi.waitFor(() => expect(ws.last.type).toBe('join'));
  expect(ws.last).not.toHaveProperty('takeOver');
  await live.leave();
});

test('what became of a move is told for each', async () => {
  const { live, ws } = await inside();
  const moving = live.move([2, 4], { meeting: 'other' }, { breakout: 1 });
  expect(ws.last).toMatchObject({ participants: [2, 4], to: { meeting: 'other' }, from: { breakout: 1 } });
  ws.answer('done-moved');
  expect(await moving).toEqual({
    results: [
      { participant: 2, as: 7 },
      { participant: 4, code: 'full' },
    ],
    undo: 'm_9pXw2cVb7RkLq0sD',
  });
  await live.leave();
});

test('one’s own connection and microphone are told apart from the room', async () => {
  const { live, ws } = await inside();
  ws.say(serverMessage('fare'));
  // A word of the server's counts once something was measured, or at once: the worse of both.
  expect(live.sound.light.value).toMatchObject({ class: 'poor', side: 'said', loss: 0.14 });
  ws.say(serverMessage('hint-echo'));
  expect([...live.sound.hints.value]).toEqual([['echo', 4]]);
  await live.leave();
});

test('whoever has left may rate, is told nothing more, and does not come back', async () => {
  const { live, ws, said } = await inside();
  await live.leave();
  expect(live.phase.value).toMatchObject({ name: 'over', why: 'left' });
  expect(ws.sent.filter((m) => m.type === 'joins')).toHaveLength(1);
  expect(live.ratable).toBe(true);
  const rating = live.rate(2, ['echo']);
  expect(ws.last).toMatchObject({ type: 'rating', stars: 2, reasons: ['echo'] });
  ws.answer('done');
  await rating;
  const before = said.length;
  ws.tell('participant-joined');
  expect(said.length).toBe(before);
  ws.say({ ...serverMessage('welcome'), seq: 0 });
  expect(ws.last.type).not.toBe('join');
  live.forget();
  expect(live.ratable).toBe(false);
});

test('whoever is refused tells at which stage', async () => {
  const { live, ws } = await visit();
  ws.answer('error', { code: 'full' });
  await vi.waitFor(() => expect(live.phase.value).toMatchObject({ name: 'over', why: 'full' }));
  expect(ws.sent.find((m) => m.type === 'joins')).toMatchObject({ failed: 'signalled', cause: 'refused' });
  expect(live.ratable).toBe(false);
});

test('a way in that nobody could be told of is told by the next visit', async () => {
  const failed = { type: 'joins', ago: 0, steps: [], failed: 'microphone', cause: 'denied' } as const;
  keepJoin({ ...failed, steps: [] }, Date.now() - 5000);
  const { live, ws } = await visit();
  const [told, ...more] = ws.sent.filter((m) => m.type === 'joins');
  expect(told).toMatchObject({ failed: 'microphone', cause: 'denied' });
  expect(told?.ago).toBeGreaterThanOrEqual(5000);
  expect(more).toEqual([]);
  expect(takeJoin()).toBeUndefined();
  keepJoin({ ...failed, steps: [] }, Date.now() - 3_600_000);
  expect(takeJoin()).toBeUndefined();
  await live.leave();
});
