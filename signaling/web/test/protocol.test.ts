import { describe, expect, test } from 'vitest';
import { decode, serverTypes } from '../src/wire/decode';
import type { ClientMessage } from '../src/wire/messages';
import { golden } from './golden';

const server = golden.filter((g) => g.direction === 'server');
const client = golden.filter((g) => g.direction === 'client');

// Understood before there are golden messages of them.
const announced = ['invitees'];

describe('what the server sends', () => {
  test.each(server)('$file is understood', ({ message }) => {
    expect(decode(JSON.stringify(message))).toEqual(message);
  });

  test('every type has a golden message', () => {
    const told = new Set(server.map((g) => g.message.type));
    expect(new Set(serverTypes.filter((type) => !announced.includes(type) || told.has(type)))).toEqual(told);
  });

  test.each(server)('$file without a field that is relied on is refused', ({ message }) => {
    const optional = new Set([
      'over',
      'retryAfter',
      'at',
      'opensAt',
      'elsewhere',
      'tone',
      'results',
      'undo',
      'since',
      'payer',
      'endsAt',
    ]);
    if (message.type === 'budget-notice') optional.delete('payer');
    if (message.type === 'invitees')
      for (const some of ['name', 'act', 'minutes', 'missing']) optional.add(some);
    if (message.type === 'fare')
      for (const some of ['side', 'loss', 'jitter', 'rtt', 'concealed', 'mos', 'band']) optional.add(some);
    if (message.type === 'hint') optional.add('with');
    for (const count of ['objections', 'heard', 'of']) optional.add(count);
    if (message.type === 'error') optional.add('re');
    // Who began a recording is always told; who ended a meeting may be nobody.
    if (message.type !== 'recording') optional.add('by');
    for (const field of Object.keys(message)) {
      if (optional.has(field)) continue;
      const { [field]: _, ...rest } = message;
      expect(decode(JSON.stringify(rest)), field).toBeUndefined();
    }
  });

  test('fields of a newer server do no harm', () => {
    expect(decode('{"type":"ping","since":3}')).toEqual({ type: 'ping', since: 3 });
  });

  test.each([
    '',
    'null',
    '[]',
    '7',
    '{"type":7}',
    '{"type":"toString"}',
    '{"type":"quality","participant":"4"}',
  ])('nonsense is refused: %s', (text) => {
    expect(decode(text)).toBeUndefined();
  });
});

// The keys of each message that this client sends; the compiler holds them
// against the types, the test against the golden messages.
type Keys<M> = M extends { type: infer T extends string }
  ? { type: T; keys: { [K in keyof Required<M>]: true } }
  : never;
const sent: Keys<ClientMessage>[] = [
  { type: 'hello', keys: { type: true, protocol: true, client: true, ticket: true } },
  { type: 'hello', keys: { type: true, protocol: true, client: true, session: true, after: true } },
  { type: 'join', keys: { type: true, id: true, meeting: true, name: true, muted: true, takeOver: true } },
  { type: 'leave', keys: { type: true, id: true } },
  { type: 'offer', keys: { type: true, id: true, leg: true, sdp: true } },
  { type: 'drop-leg', keys: { type: true, id: true, leg: true } },
  {
    type: 'act',
    keys: {
      type: true,
      id: true,
      action: true,
      participant: true,
      participants: true,
      from: true,
      to: true,
      value: true,
      dial: true,
    },
  },
  {
    type: 'stats',
    keys: {
      type: true,
      leg: true,
      at: true,
      span: true,
      said: true,
      heard: true,
      rtt: true,
      muted: true,
      facts: true,
    },
  },
  { type: 'joins', keys: { type: true, leg: true, ago: true, steps: true, failed: true, cause: true } },
  { type: 'rating', keys: { type: true, id: true, stars: true, reasons: true } },
  { type: 'watch', keys: { type: true, id: true, now: true } },
  { type: 'pong', keys: { type: true } },
];

describe('what the client sends', () => {
  test.each(client)('$file has only fields that the client knows', ({ message }) => {
    const keys = Object.keys(message);
    const fits = sent.some((s) => s.type === message.type && keys.every((key) => key in s.keys));
    expect(fits, keys.join(' ')).toBe(true);
  });

  test('every type has a golden message', () => {
    expect(new Set(client.map((g) => g.message.type))).toEqual(new Set(sent.map((s) => s.type)));
  });
});
