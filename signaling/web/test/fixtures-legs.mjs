// Single meetings and connections as screenshots want them: a bad uplink, a
// phone that was put on hold, somebody who was cut off, and a long ladder.

const START = Date.UTC(2026, 10, 23, 2, 0, 0);
const MINUTE = 60_000;
const at = (ms) => new Date(START + ms).toISOString();

/** Always the same figures, that look as if measured. */
const noise = (n) => Math.abs(Math.sin(n * 12.9898) * 43758.5453) % 1;

const direction = (more = {}) => ({
  loss: 0.002,
  jitterMs: 9,
  mos: 4.4,
  band: 'wb',
  estimate: true,
  ...more,
});

const leg = (id, name, more = {}) => ({
  id,
  meeting: 'm1',
  meetingName: '周一例会 Monday round',
  room: 'r1',
  participant: Number(id.replace(/\D/g, '')),
  kind: 'browser',
  person: `p-${id}`,
  name,
  outbound: false,
  codec: 'opus',
  wideband: true,
  site: '上海 12F',
  access: 'wired',
  agent: 'Chrome 143',
  system: 'Windows 11',
  device: 'Jabra Evolve2 65',
  transport: 'udp',
  candidate: 'host',
  began: at(20_000),
  ended: at(26 * MINUTE),
  seconds: 1540,
  cause: 'normal',
  dropped: false,
  class: 'good',
  because: [],
  said: direction(),
  heard: direction(),
  roundTripMs: 31,
  missing: false,
  ...more,
});

const bad = leg('l1', 'Zoë Okonkwo-Lindqvist', {
  access: 'wifi',
  candidate: 'relay',
  class: 'poor',
  because: ['loss', 'concealed'],
  said: direction({ loss: 0.061, jitterMs: 27, mos: 3.1 }),
  roundTripMs: 74,
  rating: 2,
});

const phone = leg('l2', '陈小明', {
  kind: 'phone',
  person: undefined,
  number: '•••4421',
  outbound: true,
  trunk: 'carrier-b',
  country: 'CN',
  destination: 'China mobile',
  codec: 'PCMA',
  wideband: false,
  site: undefined,
  access: undefined,
  agent: 'Acme SBC 7.2',
  system: undefined,
  device: undefined,
  transport: undefined,
  candidate: undefined,
  class: 'degraded',
  because: ['jitter'],
  began: at(61_000),
  ended: at(19 * MINUTE),
  seconds: 1079,
  said: direction({ mos: 3.9, band: 'nb', estimate: false, jitterMs: 24, loss: 0.009 }),
  heard: direction({ mos: 4.1, band: 'nb', estimate: false }),
  roundTripMs: 88,
});

const cut = leg('l5', '王芳', {
  access: 'cellular',
  agent: 'Safari 19',
  system: 'iOS 20',
  dropped: true,
  cause: 'lost',
  class: 'degraded',
  because: ['round-trip'],
  ended: at(14 * MINUTE),
  seconds: 820,
  roundTripMs: 342,
});

const legs = [
  bad,
  phone,
  cut,
  leg('l3', '韩梅梅'),
  leg('l4', 'Maximilian Freiherr von Hohenstein-Wittelsbach', { agent: 'Firefox 147', site: 'Berlin' }),
  leg('l6', 'Lena Vogt', { class: 'unclassified', said: {}, heard: direction(), site: undefined }),
];

const event = (minutes, what, note) => ({ at: at(minutes * MINUTE), what, ...(note ? { note } : {}) });
const stretch = (from, to, cls, because, side) => ({
  from: at(from * MINUTE),
  to: at(to * MINUTE),
  class: cls,
  because,
  side,
});

const sentence =
  'Zoë Okonkwo-Lindqvist (Wi-Fi, relayed) lost 14 % of what they said, from 10:06 to 10:11. Nobody else was affected.';

const verdict = {
  ok: false,
  sentence,
  findings: [
    {
      leg: 'l1',
      name: 'Zoë Okonkwo-Lindqvist',
      side: 'said',
      from: at(6 * MINUTE),
      to: at(11 * MINUTE),
      cause: 'uplink-loss',
      alone: true,
      sentence,
      advice: 'A cable instead of Wi-Fi, or going nearer to the access point, helps.',
    },
    {
      leg: 'l2',
      name: '陈小明',
      side: 'heard',
      from: at(12.5 * MINUTE),
      to: at(13.5 * MINUTE),
      cause: 'carrier',
      alone: false,
      sentence: 'The telephone network behind carrier-b had a jitter of 44 ms, from 10:12 to 10:13.',
      advice: 'Send the carrier the evidence file of one of these calls.',
    },
  ],
};

const timeline = {
  meeting: 'm1',
  name: '周一例会 Monday round',
  from: at(0),
  to: at(27 * MINUTE),
  complete: false,
  verdict,
  lanes: [
    {
      leg: bad,
      events: [event(0.4, 'joined'), event(3, 'muted'), event(4.5, 'unmuted'), event(17, 'handed-over')],
      spans: [
        stretch(6, 8.2, 'poor', ['loss', 'concealed'], 'said'),
        stretch(8.2, 9, 'degraded', ['loss'], 'said'),
        stretch(9, 11, 'poor', ['loss'], 'said'),
      ],
    },
    {
      leg: phone,
      events: [event(1, 'joined'), event(15, 'held'), event(17.5, 'resumed'), event(19, 'left')],
      spans: [stretch(12.5, 13.5, 'degraded', ['jitter'], 'said')],
    },
    {
      leg: cut,
      events: [event(0.4, 'joined'), event(7, 'broken'), event(7.4, 'reconnected')],
      spans: [stretch(11, 14, 'degraded', ['round-trip'], 'heard')],
    },
    { leg: legs[3], events: [event(0.5, 'joined'), event(1, 'muted'), event(9, 'unmuted')], spans: [] },
    { leg: legs[4], events: [event(2, 'joined'), event(20, 'device')], spans: [] },
    { leg: legs[5], events: [event(0.6, 'joined'), event(0.7, 'muted')], spans: [] },
  ],
};

function matrix() {
  const people = legs.map(({ id, name }) => ({ leg: id, name }));
  const cells = people.flatMap((speaker, s) =>
    people
      .filter((listener) => listener.leg !== speaker.leg && !(speaker.leg === 'l5' && listener.leg === 'l6'))
      .map((listener, n) => {
        const poor = speaker.leg === 'l1';
        const slow = speaker.leg === 'l5' || listener.leg === 'l5';
        const quiet = speaker.leg === 'l6';
        return {
          speaker: speaker.leg,
          listener: listener.leg,
          ...(quiet ? {} : { delayMs: (slow ? 310 : 120) + Math.round(noise(s * 7 + n) * 60) }),
          ...(quiet ? {} : { loss: poor ? 0.061 : 0.002 }),
          ...(quiet ? {} : { mos: poor ? 2.4 + noise(n) / 4 : slow ? 3.4 : 4.1 + noise(s + n) / 4 }),
          band: 'wb',
          estimate: true,
          class: quiet ? 'unclassified' : poor ? 'poor' : slow ? 'degraded' : 'good',
        };
      }),
  );
  return { people, cells };
}

/** Figures every 5 s; `trouble(n)` is how bad it was, 0 to 1. */
function samples(began, count, trouble, narrow) {
  const every = Array.from({ length: count }, (_, n) => n);
  const column = (of) => every.map((n) => (n > 190 && n < 196 ? null : of(n)));
  const side = (mine, seed) => ({
    packets: column(() => 250),
    loss: column((n) => (mine(n) ? mine(n) * (0.12 + 0.08 * noise(n)) : noise(n + seed) < 0.06 ? 0.01 : 0)),
    burst: column((n) => 1 + noise(n)),
    gap: column(() => 1),
    late: column(() => 0),
    reordered: column(() => 0),
    duplicated: column(() => 0),
    healed: column(() => 0),
    concealed: column((n) => mine(n) * (0.07 + 0.05 * noise(n + 3))),
    jitterMs: column((n) => 7 + 5 * noise(n + seed) + 32 * mine(n)),
    spreadMs: column((n) => 20 + 9 * noise(n)),
    bufferMs: column((n) => 42 + 8 * noise(n + seed) + 50 * mine(n)),
    bitrate: column(() => 32_000),
    level: column((n) => (n % 40 < 12 ? -62 : -28 - 8 * noise(n + seed))),
    swing: column(() => 6),
    clipped: column(() => 0),
    talking: column(() => 0.4),
    mos: column((n) => (narrow ? 4.2 : 4.4) - 0.15 * noise(n + seed) - 1.7 * mine(n)),
  });
  const none = () => 0;
  return {
    everyMs: 5000,
    estimate: !narrow,
    at: every.map((n) => began / 1000 + 5 * (n + 1)),
    said: side(trouble, 1),
    heard: side(none, 50),
    roundTripMs: column((n) => 45 + 20 * noise(n + 9) + 40 * trouble(n)),
    class: every.map((n) => (trouble(n) > 0.6 ? 3 : trouble(n) > 0 ? 2 : 1)),
    marks: every.map((n) => [
      ...(n > 34 && n < 52 ? ['muted'] : []),
      ...(narrow ? (n > 170 && n < 200 ? ['held'] : []) : ['relayed']),
    ]),
  };
}

const sip = (ms, out, line, cseq, more = {}) => ({
  at: at(ms),
  out,
  line,
  sort: /^SIP\/2\.0 (\d+)/.exec(line)?.[1] ?? line.split(' ')[0],
  cseq,
  peer: 'udp 203.0.113.9:5060',
  again: false,
  ...more,
});

const invite = 'INVITE sip:•••4421@203.0.113.9 SIP/2.0';
const ladder = [
  sip(52_000, true, invite, 'INVITE', {
    media: 'opus PCMA 198.51.100.7:40012 sendrecv',
    headers: `${invite}\r\nVia: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK4b1\r\nFrom: <sip:•••1000@198.51.100.7>;tag=8f2\r\nTo: <sip:•••4421@203.0.113.9>\r\nCall-ID: 7c1e0b2a@198.51.100.7\r\nCSeq: 1 INVITE`,
  }),
  sip(52_080, false, 'SIP/2.0 407 Proxy Authentication Required', 'INVITE'),
  sip(52_082, true, 'ACK sip:•••4421@203.0.113.9 SIP/2.0', 'ACK'),
  sip(52_084, true, invite, 'INVITE', { media: 'opus PCMA 198.51.100.7:40012 sendrecv' }),
  sip(52_584, true, invite, 'INVITE', { again: true }),
  sip(52_700, false, 'SIP/2.0 100 Trying', 'INVITE'),
  sip(54_100, false, 'SIP/2.0 183 Session Progress', 'INVITE', { media: 'PCMA 203.0.113.20:18220 sendrecv' }),
  sip(60_800, false, 'SIP/2.0 200 OK', 'INVITE', { media: 'PCMA 203.0.113.20:18220 sendrecv' }),
  sip(60_803, true, 'ACK sip:•••4421@203.0.113.9 SIP/2.0', 'ACK'),
  sip(15 * MINUTE, false, 'INVITE sip:•••1000@198.51.100.7 SIP/2.0', 'INVITE', {
    media: 'PCMA 0.0.0.0:18220 sendonly',
  }),
  sip(15 * MINUTE + 4, true, 'SIP/2.0 200 OK', 'INVITE', { media: 'PCMA 198.51.100.7:40012 recvonly' }),
  sip(15 * MINUTE + 40, false, 'ACK sip:•••1000@198.51.100.7 SIP/2.0', 'ACK'),
  sip(19 * MINUTE, false, 'BYE sip:•••1000@198.51.100.7 SIP/2.0', 'BYE'),
  sip(19 * MINUTE + 3, true, 'SIP/2.0 200 OK', 'BYE'),
];

const details = {
  l1: {
    leg: bad,
    samples: samples(START + 20_000, 308, (n) =>
      n > 68 && n < 95 ? 1 : n < 106 && n >= 95 ? 0.3 : n >= 106 && n < 130 ? 0.8 : 0,
    ),
    events: timeline.lanes[0].events,
    join: {
      leg: 'l1',
      kind: 'browser',
      at: at(18_800),
      steps: [
        { stage: 'click', ms: 0 },
        { stage: 'microphone', ms: 212 },
        { stage: 'signalled', ms: 268 },
        { stage: 'ice', ms: 604 },
        { stage: 'dtls', ms: 731 },
        { stage: 'sent', ms: 742 },
        { stage: 'received', ms: 790 },
        { stage: 'heard', ms: 861 },
      ],
    },
    verdict: { ...verdict, findings: verdict.findings.slice(0, 1) },
    evidence: false,
  },
  l2: {
    leg: phone,
    samples: samples(START + 61_000, 215, (n) => (n > 136 && n < 150 ? 0.4 : 0), true),
    events: timeline.lanes[1].events,
    callId: '7c1e0b2a@198.51.100.7',
    address: '203.0.113.20',
    ladder,
    signalling: {
      pddMs: 2100,
      answerMs: 8800,
      status: 200,
      q850: 16,
      retransmissions: 1,
      challenges: 1,
      holds: 1,
      heldMs: 150_000,
      bye: 'them',
    },
    verdict: { ok: false, sentence: verdict.findings[1].sentence, findings: verdict.findings.slice(1) },
    evidence: true,
  },
};

const counts = (legsAll, poor, degraded, more = {}) => {
  const unclassified = Math.round(legsAll * 0.04);
  return {
    legs: legsAll,
    poor,
    degraded,
    unclassified,
    good: legsAll - poor - degraded - unclassified,
    dropped: Math.round(legsAll * 0.006),
    loss: 0.002 + poor / legsAll / 5,
    jitterMs: 8 + (poor / legsAll) * 100,
    roundTripMs: 42,
    mosNb: 4.1,
    mosWb: 4.3,
    ...more,
  };
};

const breakdowns = {
  site: [
    { key: '杭州 3F', ...counts(412, 61, 44) },
    { key: '上海 12F', ...counts(9120, 132, 301) },
    { key: 'Berlin, Friedrichstraße', ...counts(2204, 18, 40) },
    { key: '', ...counts(640, 9, 12) },
  ],
  access: [
    { key: 'cellular', ...counts(900, 102, 80) },
    { key: 'wifi', ...counts(6120, 110, 240) },
    { key: 'wired', ...counts(5104, 8, 40, { mosNb: undefined }) },
  ],
};

const hours = Array.from({ length: 7 }, (_, weekday) => weekday).flatMap((weekday) =>
  Array.from({ length: 24 }, (_, hour) => hour)
    .filter((hour) => hour > 7 && hour < 21 && !(weekday % 6 === 0 && hour > 12))
    .map((hour) => {
      const seed = weekday * 24 + hour;
      const share = weekday === 1 && hour === 10 ? 0.19 : noise(seed) ** 4 * 0.13;
      return { weekday, hour, ...counts(200, Math.round(200 * share), 6) };
    }),
);

const meetings = [
  {
    meeting: 'm1',
    name: '周一例会 Monday round',
    from: at(0),
    to: at(27 * MINUTE),
    people: 6,
    ...counts(6, 1, 2),
  },
  {
    meeting: 'm2',
    name: 'Supplier negotiation: Schwäbische Präzisionswerkzeuge',
    from: at(-90 * MINUTE),
    to: at(-20 * MINUTE),
    people: 14,
    ...counts(17, 1, 1),
  },
  { meeting: 'm3', organiser: '韩梅梅', from: at(-3000 * MINUTE), people: 3, ...counts(3, 0, 0) },
];

const all = {
  breakdowns,
  hours: { zone: 'Asia/Shanghai', cells: hours },
  subnets: {
    subnets: [
      { prefix: '10.20.0.0/16', site: '上海 12F', access: 'wired', city: '上海', country: 'CN' },
      { prefix: '10.21.0.0/16', site: '上海 12F', access: 'wifi', city: '上海', country: 'CN' },
      {
        prefix: '2001:db8:30::/48',
        site: 'Berlin, Friedrichstraße',
        access: 'vpn',
        city: 'Berlin',
        country: 'DE',
      },
    ],
    changedAt: '2026-11-20T08:00:00Z',
    changedBy: { id: 'p1', name: '李雷' },
  },
  meetings,
  timeline,
  matrix: matrix(),
  legs,
  details,
};

/** Each world its own. */
export const legsFixtures = () => structuredClone(all);

/** The verdicts in the other language. */
export const inChinese = {
  [sentence]: '10:06 至 10:11，Zoë Okonkwo-Lindqvist（Wi-Fi，经中继）说的话丢失了 14 %。其他人未受影响。',
  [verdict.findings[0].advice]: '请改用网线，或靠近无线接入点。',
  [verdict.findings[1].sentence]: '10:12 至 10:13，线路 carrier-b 背后的电话网络出现 44 ms 的抖动。',
  [verdict.findings[1].advice]: '请把其中一通电话的证据文件发给运营商。',
};

/** The verdicts as those read them whom they are about. */
export const toOwner = {
  en: {
    [sentence]: 'Your connection (Wi-Fi, relayed) lost 14 % of what you said, from 10:06 to 10:11.',
    [verdict.findings[0].advice]: 'Use a cable instead of Wi-Fi, or go nearer to the access point.',
  },
  'zh-CN': {
    [sentence]: '10:06 至 10:11，您的连接（Wi-Fi，经中继）丢失了您说话内容的 14 %。',
    [verdict.findings[0].advice]: '请您改用网线，或靠近无线接入点。',
  },
};
