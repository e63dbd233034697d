import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RoomEvent } from '../src/wire/messages';
import { Socket, type SocketState, type WireError } from '../src/wire/socket';
import { serverMessage } from './golden';

class FakeWebSocket {
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: () => void;

  send(text: string) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  accept() {
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  break() {
    this.readyState = 3;
    this.onclose?.();
  }
}

function start() {
  const made: FakeWebSocket[] = [];
  const states: SocketState[] = [];
  const events: RoomEvent[] = [];
  const ended: WireError[] = [];
  let fresh = 0;
  let tickets = 0;
  const socket = new Socket(
    {
      url: 'ws://x/ws',
      client: 'web/test',
      ticket: async () => `t${++tickets}`,
      open: () => {
        const ws = new FakeWebSocket();
        made.push(ws);
        return ws as unknown as WebSocket;
      },
    },
    {
      state: (state) => states.push(state),
      event: (event) => events.push(event),
      fresh: () => {
        fresh++;
      },
      over: (error) => ended.push(error),
    },
  );
  socket.open();
  const last = () => made.at(-1) as FakeWebSocket;
  return { socket, made, states, events, ended, last, fresh: () => fresh };
}

async function connected() {
  const all = start();
  await vi.advanceTimersByTimeAsync(0);
  all.last().accept();
  all.last().say(serverMessage('welcome'));
  return all;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('greets with a ticket and asks its owner to join', async () => {
  const { last, states, fresh } = await connected();
  expect(last().sent).toEqual([{ type: 'hello', protocol: 1, client: 'web/test', ticket: 't1' }]);
  expect(states).toEqual(['connecting', 'open']);
  expect(fresh()).toBe(1);
});

test('numbers requests and gives each its own answer', async () => {
  const { socket, last } = await connected();
  const first = socket.request({ type: 'leave' });
  const second = socket.request({ type: 'act', action: 'ask-unmute', participant: 4 });
  const [a, b] = last().sent.slice(-2);
  expect(a).toEqual({ type: 'leave', id: a?.id });
  last().say({ type: 'error', re: b?.id, code: 'not-allowed', message: 'Only a host can do that.' });
  last().say({ type: 'done', re: a?.id });
  await expect(first).resolves.toEqual({ type: 'done', re: a?.id });
  await expect(second).rejects.toMatchObject({ code: 'not-allowed' });
});

test('gives up on an answer after ten seconds', async () => {
  const { socket } = await connected();
  const request = socket.request({ type: 'leave' });
  const failed = expect(request).rejects.toMatchObject({ code: 'timeout' });
  await vi.advanceTimersByTimeAsync(10_001);
  await failed;
});

test('answers pings', async () => {
  const { last } = await connected();
  last().say({ type: 'ping' });
  expect(last().sent.at(-1)).toEqual({ type: 'pong' });
});

test('resumes where it was and hands no event out twice', async () => {
  const { last, made, events, states, fresh } = await connected();
  const joined = { ...serverMessage('participant-joined'), seq: 1 };
  const left = { ...serverMessage('participant-left'), seq: 2 };
  last().say(joined);
  last().say(left);
  last().break();
  await vi.advanceTimersByTimeAsync(1000);
  expect(made.length).toBe(2);
  last().accept();
  expect(last().sent[0]).toMatchObject({ type: 'hello', session: 's_kQ3zv0yU7m5nJ1xw', after: 2 });
  last().say({ ...serverMessage('welcome-resumed'), seq: 3 });
  last().say(left);
  last().say({ ...serverMessage('knock'), seq: 3 });
  expect(events.map((e) => e.type)).toEqual(['participant-joined', 'participant-left', 'knock']);
  expect(states).toEqual(['connecting', 'open', 'reconnecting', 'open']);
  expect(fresh()).toBe(1);
});

test('requests under way fail when the connection breaks', async () => {
  const { socket, last } = await connected();
  const failed = expect(socket.request({ type: 'leave' })).rejects.toMatchObject({ code: 'no-connection' });
  last().break();
  await failed;
  await expect(socket.request({ type: 'leave' })).rejects.toMatchObject({ code: 'no-connection' });
});

test('a session that the server forgot begins anew, with a new ticket', async () => {
  const { last, fresh } = await connected();
  last().break();
  await vi.advanceTimersByTimeAsync(1000);
  last().accept();
  last().say({ type: 'refused', code: 'session-gone', message: '' });
  await vi.advanceTimersByTimeAsync(2000);
  last().accept();
  expect(last().sent[0]).toMatchObject({ type: 'hello', ticket: 't2' });
  last().say(serverMessage('welcome'));
  expect(fresh()).toBe(2);
});

test('a version that does not fit is the end', async () => {
  const { last, made, ended } = await connected();
  last().break();
  await vi.advanceTimersByTimeAsync(1000);
  last().accept();
  last().say(serverMessage('refused'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ended.map((e) => e.code)).toEqual(['version']);
  expect(made.length).toBe(2);
});

test('waits as long as a server that stops asks for', async () => {
  const { last, made } = await connected();
  last().say(serverMessage('shutting-down'));
  last().break();
  await vi.advanceTimersByTimeAsync(4900);
  expect(made.length).toBe(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(made.length).toBe(2);
});

test('a server that says nothing for 35 s is gone', async () => {
  const { states } = await connected();
  await vi.advanceTimersByTimeAsync(34_000);
  expect(states.at(-1)).toBe('open');
  await vi.advanceTimersByTimeAsync(1500);
  expect(states.at(-1)).toBe('reconnecting');
});

test('stops trying after a minute', async () => {
  const { last, ended, made } = await connected();
  last().break();
  for (let i = 0; i < 100 && ended.length === 0; i++) {
    await vi.advanceTimersByTimeAsync(1000);
    if (last().readyState === 0) last().break();
  }
  expect(ended.map((e) => e.code)).toEqual(['no-connection']);
  const tries = made.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(made.length).toBe(tries);
});

test('a nudge tries at once', async () => {
  const { socket, last, made } = await connected();
  last().break();
  socket.nudge();
  await vi.advanceTimersByTimeAsync(0);
  expect(made.length).toBe(2);
});
