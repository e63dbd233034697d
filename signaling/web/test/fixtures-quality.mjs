// How calls sounded, as screenshots want it: bad uplinks, long names, both scripts.

const MINUTE = 60_000;
const DAY = 86_400_000;

const nowLeg = (leg, name, more = {}) => ({
  leg,
  meeting: 'm1',
  participant: 4,
  name,
  kind: 'browser',
  class: 'poor',
  because: ['loss', 'concealed'],
  side: 'said',
  since: Date.now() - 95_000,
  loss: 0.142,
  jitterMs: 21,
  roundTripMs: 48,
  concealed: 0.09,
  mos: 2.4,
  band: 'wb',
  site: '上海 12F',
  access: 'wifi',
  agent: 'Chrome 143',
  codec: 'opus',
  relayed: true,
  tcp: false,
  at: Date.now() - 2000,
  ...more,
});

const running = (meeting, organiser, people, more = {}) => ({
  meeting,
  organiser,
  since: Date.now() - 22 * MINUTE,
  people,
  phones: 1,
  poor: 0,
  degraded: 0,
  ...more,
});

const now = () => ({
  at: Date.now(),
  meetings: [
    running('m1', '李雷', 12, { poor: 1, degraded: 1, phones: 3 }),
    running('m2', 'Bartholomew Featherstonehaugh-Cholmondeley', 5, { poor: 1 }),
    running('m3', undefined, 3, { since: Date.now() - 4 * MINUTE }),
  ],
  meetingsAll: 3,
  legs: { browser: 16, phone: 4 },
  classes: { good: 13, degraded: 1, poor: 2, unclassified: 4 },
  joinsPerMinute: 3,
  callsPerMinute: 1,
  failedJoins: 2,
  worst: [
    nowLeg('l1', 'Zoë Okonkwo-Lindqvist'),
    nowLeg('l2', '陈小明', {
      meeting: 'm2',
      kind: 'phone',
      number: '•••4421',
      because: ['jitter'],
      side: 'heard',
      loss: 0.004,
      jitterMs: 44,
      roundTripMs: undefined,
      concealed: undefined,
      mos: 3.1,
      band: 'nb',
      access: undefined,
      site: undefined,
      agent: undefined,
      codec: 'PCMA',
      trunk: 'carrier-b',
      relayed: false,
    }),
    nowLeg('l3', '韩梅梅', {
      class: 'degraded',
      because: ['round-trip'],
      side: 'heard',
      loss: 0,
      jitterMs: 6,
      roundTripMs: 371,
      mos: 3.9,
      access: 'vpn',
      relayed: false,
      tcp: true,
      site: '',
    }),
    nowLeg('l4', '李雷', { class: 'good', because: [], loss: 0, mos: 4.4 }),
  ],
  trunks: [
    { trunk: 'carrier-a', state: 'up', calls: 3 },
    { trunk: 'carrier-b', state: 'down', calls: 1 },
  ],
  spend: { currency: 'CNY', perMinute: 720_000 },
  reminders: { due: 14, late: 2 },
  refused: 3,
  missing: false,
});

const counts = (legs, poor, more = {}) => ({
  legs,
  good: Math.round(legs * 0.82) - poor,
  degraded: Math.round(legs * 0.06),
  poor,
  unclassified: Math.round(legs * 0.12),
  dropped: Math.round(legs * 0.008),
  mosNb: 3.9,
  mosWb: 4.3,
  loss: 0.006,
  jitterMs: 7,
  roundTripMs: 52,
  ...more,
});

function health() {
  const days = Array.from({ length: 7 }, (_, n) => {
    const at = new Date(Date.UTC(2026, 10, 17 + n));
    const weekend = at.getUTCDay() % 6 === 0;
    const legs = weekend ? 42 + n : 610 + ((n * 7919) % 97);
    const poor = n === 2 ? 41 : Math.round(legs * 0.011);
    return {
      day: at.toISOString().slice(0, 10),
      ...counts(legs, poor),
      joins: legs - 20,
      joinsFailed: n === 5 ? 0 : 3 + (n % 4),
      calls: 31,
      callsFailed: n % 3,
    };
  });
  const sum = (field) => days.reduce((all, one) => all + one[field], 0);
  const total = {
    ...days[0],
    day: '',
    ...Object.fromEntries(
      [
        'legs',
        'good',
        'degraded',
        'poor',
        'unclassified',
        'dropped',
        'joins',
        'joinsFailed',
        'calls',
        'callsFailed',
      ].map((field) => [field, sum(field)]),
    ),
  };
  return {
    from: '2026-11-16T16:00:00Z',
    to: '2026-11-23T03:00:00Z',
    zone: 'Asia/Shanghai',
    targets: { poor: 0.02, setUp: 0.005, drop: 0.02 },
    total,
    days,
    because: [
      { because: 'loss', legs: 52 },
      { because: 'jitter', legs: 21 },
      { because: 'concealed', legs: 14 },
      { because: 'round-trip', legs: 6 },
      { because: 'mos', legs: 3 },
    ],
    burn: [
      { hours: 1, poor: 4.2, setUp: 0, drop: 0.3 },
      { hours: 6, poor: 1.4, setUp: 1.1, drop: 0.4 },
      { hours: 72, poor: 0.8, setUp: 1.6, drop: 0.4 },
    ],
  };
}

const trunk = (name, more = {}) => ({
  trunk: name,
  state: 'up',
  attempts: 412,
  answered: 301,
  asr: 0.731,
  ner: 0.985,
  ser: 0.742,
  seer: 0.981,
  pddMs: 1840,
  pdd95Ms: 4300,
  acdSeconds: 412,
  mosNb: 4.0,
  legs: 301,
  poor: 4,
  cost: 412_600_000,
  outcomes: [
    { status: 200, q850: 16, count: 301 },
    { status: 486, q850: 17, count: 61 },
    { status: 480, q850: 19, count: 38 },
    { status: 503, q850: 34, count: 12 },
  ],
  ...more,
});

const trunks = () => ({
  currency: 'CNY',
  trunks: [
    trunk('carrier-a'),
    trunk('carrier-b', {
      state: 'down',
      attempts: 96,
      answered: 31,
      asr: 0.323,
      ner: 0.604,
      ser: 0.33,
      seer: 0.6,
      pddMs: 5200,
      pdd95Ms: 11_400,
      acdSeconds: 77,
      mosNb: 3.2,
      mosWb: 3.8,
      legs: 31,
      poor: 9,
      cost: 18_200_000,
      outcomes: [
        { status: 503, q850: 38, count: 33 },
        { status: 200, q850: 16, count: 31 },
      ],
    }),
    {
      trunk: '备用线路-深圳',
      state: 'unknown',
      attempts: 0,
      answered: 0,
      legs: 0,
      poor: 0,
      outcomes: [],
    },
  ],
});

const stage = (name, reached, medianMs, p95Ms) => ({ stage: name, reached, medianMs, p95Ms });

const joins = () => ({
  joins: [
    {
      kind: 'browser',
      total: 812,
      failed: 19,
      stages: [
        stage('click', 812, 0, 0),
        stage('microphone', 803, 140, 1900),
        stage('signalled', 801, 190, 2100),
        stage('ice', 795, 260, 2300),
        stage('dtls', 795, 310, 2400),
        stage('sent', 794, 330, 2450),
        stage('received', 793, 360, 2500),
        stage('heard', 793, 420, 2600),
      ],
    },
    {
      kind: 'phone',
      total: 124,
      failed: 2,
      stages: [
        stage('signalled', 124, 90, 210),
        stage('sent', 123, 120, 260),
        stage('received', 122, 140, 410),
        stage('heard', 122, 520, 900),
      ],
    },
  ],
  failures: [
    { kind: 'browser', stage: 'microphone', cause: 'denied', count: 9 },
    { kind: 'browser', stage: 'ice', cause: 'network', count: 6 },
    { kind: 'browser', stage: 'signalled', cause: 'refused', count: 4 },
    { kind: 'phone', stage: 'received', cause: 'timeout', count: 2 },
  ],
  recent: [
    {
      kind: 'browser',
      at: new Date(Date.now() - 12 * MINUTE).toISOString(),
      steps: [
        { stage: 'click', ms: 0 },
        { stage: 'microphone', ms: 210 },
        { stage: 'signalled', ms: 300 },
      ],
      failed: 'ice',
      cause: 'network',
    },
    {
      leg: 'l2',
      kind: 'phone',
      at: new Date(Date.now() - DAY).toISOString(),
      steps: [{ stage: 'signalled', ms: 80 }],
      failed: 'received',
      cause: 'timeout',
    },
  ],
});

const myLeg = (id, more = {}) => ({
  id,
  meeting: 'm1',
  meetingName: '周一例会 Monday round',
  room: 'm1',
  participant: 4,
  kind: 'browser',
  name: '李雷',
  outbound: false,
  wideband: true,
  codec: 'opus',
  access: 'wifi',
  agent: 'Chrome 143',
  began: new Date(Date.now() - 3 * 3_600_000).toISOString(),
  ended: new Date(Date.now() - 2.4 * 3_600_000).toISOString(),
  seconds: 2160,
  dropped: false,
  class: 'good',
  because: [],
  said: { loss: 0.001, mos: 4.3, band: 'wb', estimate: true },
  heard: { loss: 0, mos: 4.4, band: 'wb', estimate: true },
  roundTripMs: 31,
  missing: false,
  ...more,
});

export const qualityFixtures = () => ({
  now: now(),
  health: health(),
  trunks: trunks(),
  joins: joins(),
  ratings: {
    count: 41,
    mean: 4.3,
    stars: [1, 2, 3, 12, 23],
    reasons: [
      { reason: 'choppy-audio', count: 4 },
      { reason: 'echo', count: 2 },
    ],
    rows: [
      {
        at: new Date(Date.now() - 3_600_000).toISOString(),
        leg: 'l1',
        name: 'Zoë Okonkwo-Lindqvist',
        stars: 2,
        reasons: ['choppy-audio', 'echo'],
      },
      { at: '2026-11-20T03:00:00Z', leg: 'l2', name: '陈小明', stars: 5, reasons: [] },
    ],
  },
  mine: [
    myLeg('l1', {
      class: 'poor',
      because: ['loss'],
      said: { loss: 0.142, mos: 2.4, band: 'wb', estimate: true },
      rating: 2,
    }),
    myLeg('l5', {
      kind: 'phone',
      number: '•••0013',
      codec: 'PCMA',
      access: undefined,
      agent: undefined,
      began: '2026-11-20T01:00:00Z',
      ended: '2026-11-20T01:31:00Z',
      seconds: 1860,
      said: { loss: 0.002, mos: 4.1, band: 'nb' },
      heard: {},
      dropped: true,
    }),
    myLeg('l6', { class: 'unclassified', said: {}, heard: { loss: 0.01 }, began: '2026-11-19T06:00:00Z' }),
  ],
});
