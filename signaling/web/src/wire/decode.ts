import { CALL_STATES, PAYER_KINDS } from './dial';
import { BECAUSE } from './fare';
import { ERROR_CODES, type ServerMessage } from './messages';

// A field's check. The shapes say only what the client relies on; unknown
// fields are let through, so that a newer server may add some.
type Check = (value: unknown) => boolean;
type Shape = Record<string, Check>;

const isString: Check = (v) => typeof v === 'string';
const isNumber: Check = (v) => typeof v === 'number' && Number.isFinite(v);
const isBoolean: Check = (v) => typeof v === 'boolean';
const oneOf =
  (...values: readonly string[]): Check =>
  (v) =>
    typeof v === 'string' && values.includes(v);
const optional =
  (check: Check): Check =>
  (v) =>
    v === undefined || check(v);
const listOf =
  (check: Check): Check =>
  (v) =>
    Array.isArray(v) && v.every(check);
const shaped =
  (shape: Shape): Check =>
  (v) =>
    typeof v === 'object' &&
    v !== null &&
    Object.entries(shape).every(([name, check]) => check((v as Record<string, unknown>)[name]));

const kind = oneOf('browser', 'phone');
const role = oneOf('host', 'participant', 'guest');
const quality = oneOf('unclassified', 'good', 'degraded', 'poor');
const code = oneOf(...ERROR_CODES);

const visitorShape: Shape = { participant: isNumber, name: isString, kind };
const participant = shaped({
  ...visitorShape,
  role,
  muted: isBoolean,
  mutedByHost: isBoolean,
  hand: isBoolean,
  handAt: optional(isNumber),
  held: isBoolean,
  connection: oneOf('connected', 'reconnecting'),
  quality,
  number: optional(isString),
  guarded: optional(isBoolean),
});
const recording: Shape = {
  state: oneOf('announcing', 'on', 'off'),
  by: isNumber,
  name: isString,
  since: optional(isNumber),
  objections: optional(isNumber),
  heard: optional(isNumber),
  of: optional(isNumber),
};
const room = shaped({
  meeting: isString,
  name: isString,
  number: isString,
  locked: isBoolean,
  muteOnEntry: isBoolean,
  startedAt: isNumber,
  slots: isNumber,
  waitForHost: isBoolean,
  opensAt: optional(isNumber),
  tones: isBoolean,
  maxParticipants: isNumber,
  breakout: optional(isNumber),
  breakouts: optional(listOf(shaped({ breakout: isNumber, participants: listOf(shaped(visitorShape)) }))),
  recording: optional(shaped(recording)),
  dial: optional(isBoolean),
  hostsDial: optional(isBoolean),
});
const wait: Shape = {
  reason: oneOf('early', 'host', 'locked'),
  position: isNumber,
  opensAt: optional(isNumber),
};
const payer = shaped({ kind: oneOf(...PAYER_KINDS), id: optional(isString), name: optional(isString) });
const refusal: Shape = {
  cause: optional(isString),
  rule: optional(isString),
  detail: optional((v) => typeof v === 'object' && v !== null && Object.values(v).every(isString)),
  status: optional(isNumber),
};
const called = shaped({
  ...refusal,
  call: isString,
  batch: isString,
  meeting: isString,
  by: isString,
  byName: isString,
  name: isString,
  number: isString,
  state: oneOf(...CALL_STATES),
  since: isNumber,
  attempt: isNumber,
  of: isNumber,
  retryAt: optional(isNumber),
  participant: optional(isNumber),
  rate: optional(isNumber),
  payer: optional(payer),
  answeredAt: optional(isNumber),
  endedAt: optional(isNumber),
  spent: optional(isNumber),
});
const counts: Check = (v) => typeof v === 'object' && v !== null && Object.values(v).every(isNumber);
const batch = shaped({
  batch: isString,
  kind: oneOf('me', 'into', 'callback', 'ring-all'),
  meeting: isString,
  by: isString,
  byName: isString,
  total: isNumber,
  states: counts,
  causes: counts,
  retryAt: optional(isNumber),
  beganAt: isNumber,
  endedAt: optional(isNumber),
  spent: isNumber,
});
const price = shaped({
  number: isString,
  rate: isNumber,
  connect: optional(isNumber),
  payer,
  payers: optional(listOf(payer)),
  left: optional(isNumber),
  lasts: optional(isNumber),
  refusal: optional(shaped(refusal)),
  approval: optional(isBoolean),
});
const meterLeg = shaped({
  call: isString,
  rate: isNumber,
  since: isNumber,
  spent: isNumber,
  left: optional(isNumber),
  lasts: optional(isNumber),
});
const person = shaped({ id: isString, name: isString });
const approval = shaped({
  id: isString,
  country: isString,
  state: oneOf('pending', 'approved', 'denied'),
  askedBy: person,
  number: isString,
  askedAt: isNumber,
  decidedBy: optional(person),
});
const because = listOf(oneOf(...BECAUSE));
const side = optional(oneOf('said', 'heard'));
const band = optional(oneOf('nb', 'wb'));
const presentMeeting = shaped({
  meeting: isString,
  organiser: optional(isString),
  since: isNumber,
  people: isNumber,
  phones: isNumber,
  poor: isNumber,
  degraded: isNumber,
});
const presentLeg = shaped({
  leg: isString,
  meeting: isString,
  participant: isNumber,
  name: isString,
  kind,
  class: quality,
  because,
  side,
  since: isNumber,
  loss: optional(isNumber),
  jitterMs: optional(isNumber),
  roundTripMs: optional(isNumber),
  concealed: optional(isNumber),
  mos: optional(isNumber),
  band,
  at: isNumber,
});
const present = shaped({
  at: isNumber,
  meetings: listOf(presentMeeting),
  meetingsAll: isNumber,
  legs: shaped({ browser: isNumber, phone: isNumber }),
  classes: shaped({ good: isNumber, degraded: isNumber, poor: isNumber, unclassified: isNumber }),
  joinsPerMinute: isNumber,
  callsPerMinute: isNumber,
  failedJoins: isNumber,
  worst: listOf(presentLeg),
  trunks: listOf(shaped({ trunk: isString, state: oneOf('up', 'down', 'unknown'), calls: isNumber })),
  spend: optional(shaped({ currency: isString, perMinute: isNumber })),
  reminders: optional(shaped({ due: isNumber, late: isNumber })),
  refused: isNumber,
  missing: isBoolean,
});
const entry: Shape = {
  room,
  self: isNumber,
  role,
  roster: listOf(participant),
  door: listOf(shaped(visitorShape)),
  elsewhere: optional(isNumber),
};
const reply: Shape = { re: isNumber };
const event: Shape = { seq: isNumber };

const shapes: Record<ServerMessage['type'], Shape> = {
  welcome: { protocol: isNumber, server: isString, session: isString, resumed: isBoolean, seq: isNumber },
  refused: { code, message: isString, retryAfter: optional(isNumber) },
  ping: {},
  'shutting-down': { retryAfter: isNumber },
  joined: { ...reply, ...entry },
  waiting: { ...reply, participant: isNumber, ...wait },
  answer: { ...reply, leg: isString, sdp: isString },
  done: {
    ...reply,
    results: optional(
      listOf(shaped({ participant: isNumber, as: optional(isNumber), code: optional(code) })),
    ),
    undo: optional(isString),
  },
  'phone-code': { ...reply, number: isString, code: isString, until: isNumber },
  quote: { ...reply, currency: isString, rate: isNumber, prices: listOf(price) },
  dialling: { ...reply, batch, calls: listOf(called) },
  error: { re: optional(isNumber), code, message: isString, at: optional(isNumber) },
  admitted: { ...event, ...entry },
  'refused-entry': event,
  'still-waiting': { ...event, ...wait },
  moved: { ...event, ...entry, by: optional(isNumber) },
  'participant-joined': { ...event, participant, tone: optional(isBoolean) },
  'participant-changed': { ...event, participant },
  'participant-left': {
    ...event,
    participant: isNumber,
    reason: oneOf('left', 'dropped', 'removed', 'ended', 'moved', 'handed-over'),
    tone: optional(isBoolean),
  },
  'room-changed': { ...event, room },
  knock: { ...event, ...visitorShape },
  'knock-gone': { ...event, participant: isNumber },
  'unmute-asked': { ...event, by: isNumber },
  'muted-by-host': { ...event, by: isNumber },
  'handed-over': { ...event, as: isNumber },
  'host-called': { ...event, participant: isNumber },
  notice: { ...event, notice: isNumber, about: oneOf('recording') },
  recording: { ...event, ...recording },
  'not-recorded': { ...event, participants: listOf(isNumber) },
  objection: { ...event, participant: isNumber },
  removed: { ...event, by: optional(isNumber) },
  ended: { ...event, by: optional(isNumber) },
  invitees: {
    ...event,
    meeting: isString,
    subject: isString,
    title: isString,
    name: optional(isString),
    act: optional(oneOf('late', 'cannot')),
    minutes: optional(isNumber),
    missing: optional(listOf(isString)),
  },
  leg: { ...event, leg: isString, state: oneOf('connected', 'broken', 'closed') },
  call: { ...event, call: called },
  batch: { ...event, batch },
  'money-warning': {
    ...event,
    call: isString,
    meeting: isString,
    name: isString,
    about: oneOf('money', 'duration'),
    seconds: isNumber,
    payer: optional(payer),
    over: optional(isBoolean),
  },
  receipt: {
    ...event,
    currency: isString,
    meeting: isString,
    seconds: isNumber,
    spent: isNumber,
    running: isNumber,
    calls: listOf(
      shaped({
        call: isString,
        name: isString,
        number: isString,
        seconds: isNumber,
        spent: isNumber,
        cause: optional(isString),
      }),
    ),
  },
  'calls-ending': { ...event, endsAt: optional(isNumber) },
  approval: { ...event, approval },
  'budget-notice': {
    ...event,
    budget: isString,
    payer,
    period: isString,
    percent: isNumber,
    limit: isNumber,
    spent: isNumber,
  },
  reminder: {
    ...event,
    reminder: shaped({
      subject: isString,
      about: isString,
      title: isString,
      text: isString,
      start: isNumber,
      end: isNumber,
      link: optional(isString),
      acts: listOf(isString),
    }),
  },
  'reminder-settled': { ...event, subject: isString },
  money: {
    meeting: isString,
    currency: isString,
    at: isNumber,
    rate: isNumber,
    spent: isNumber,
    legs: listOf(meterLeg),
  },
  speakers: { speakers: listOf(shaped({ participant: isNumber, level: isNumber })) },
  quality: { participant: isNumber, class: quality },
  fare: {
    leg: isString,
    class: quality,
    because,
    side,
    loss: optional(isNumber),
    jitter: optional(isNumber),
    rtt: optional(isNumber),
    concealed: optional(isNumber),
    mos: optional(isNumber),
    band,
  },
  hint: {
    about: oneOf('dead-microphone', 'noise', 'echo'),
    with: optional(isNumber),
    over: optional(isBoolean),
  },
  now: { now: present },
};

/** Every type of message that the server may send. */
export const serverTypes = Object.keys(shapes);

/** Reads one frame; undefined when it is not a message of this protocol. */
export function decode(text: string): ServerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const type = (value as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(shapes, type)) return undefined;
  const shape = shapes[type as ServerMessage['type']];
  return shaped(shape)(value) ? (value as ServerMessage) : undefined;
}
