// Money as screenshots want it: calls of every outcome, budgets that run out,
// a trunk that is down, a rate deck with a price that cannot be meant.

const day = 86_400e3;
const iso = (ms) => new Date(ms).toISOString();
const CNY = 'CNY';

export const sales = { kind: 'cost_centre', id: '4711', name: 'Sales 销售' };
const company = { kind: 'company' };

/** The price of each callee, by what is asked for: class-off, emergency, no money, an approval. */
export function price(callee, names) {
  const number = callee.numbers?.[0] ?? '';
  const name = names(callee) ?? callee.name;
  const digits = number.replace(/\D/g, '');
  const base = {
    ...(name ? { name } : {}),
    number: digits ? `•••${digits.slice(-3)}` : '•••222',
    payer: sales,
  };
  const more = { payers: [sales, company], left: 36_000_000, lasts: 12_000 };
  if (/^(110|112|119|120|911)$/.test(digits))
    return {
      ...base,
      rate: 0,
      class: 'emergency',
      refusal: { cause: 'refused', rule: 'emergency', detail: { number: digits } },
    };
  if (/^(00|\+)?44/.test(number.replace(/[^\d+]/g, '')))
    return { ...base, rate: 900_000, class: 'international', country: 'GB', ...more, approval: true };
  if (/^(00|\+)?88/.test(number.replace(/[^\d+]/g, '')))
    return {
      ...base,
      rate: 0,
      class: 'denied',
      refusal: { cause: 'refused', rule: 'class-off', detail: { class: 'premium', country: 'IT' } },
    };
  return { ...base, rate: 180_000, class: 'mobile', country: 'CN', ...more };
}

let made = 0;

/** One call of a batch, as the protocol has it. */
export function paidCall(name, state, more = {}) {
  made++;
  return {
    call: `c${made}`,
    batch: 'b1',
    meeting: 'm1',
    by: 'p1',
    byName: '李雷',
    name,
    number: `•••${String(100 + ((made * 37) % 900))}`,
    state,
    since: Date.now() - 4000,
    attempt: 1,
    of: 1,
    class: 'mobile',
    country: 'CN',
    rate: 180_000,
    payer: sales,
    ...more,
  };
}

export function batchOf(calls, more = {}) {
  const states = {};
  const causes = {};
  for (const call of calls) {
    states[call.state] = (states[call.state] ?? 0) + 1;
    if (call.cause) causes[call.cause] = (causes[call.cause] ?? 0) + 1;
  }
  return {
    batch: 'b1',
    kind: 'ring-all',
    meeting: 'm1',
    by: 'p1',
    byName: '李雷',
    total: calls.length,
    states,
    causes,
    beganAt: Date.now() - 40_000,
    spent: calls.reduce((sum, call) => sum + (call.spent ?? 0), 0),
    ...more,
  };
}

const record = (id, toName, more = {}) => {
  const began = more.began ?? iso(Date.now() - 3600e3);
  const answered = more.cause && more.cause !== 'hung-up' ? undefined : iso(Date.parse(began) + 9000);
  const ms = more.durationMs ?? (answered ? 61_000 : 0);
  return {
    id,
    kind: 'pstn_out',
    direction: 'outbound',
    state: 'closed',
    meeting: 'm1',
    meetingName: '周一例会 Monday round',
    attempt: 1,
    person: 'p1',
    personName: '李雷',
    department: 'Sales',
    costCentre: '4711',
    from: '+862155501234',
    to: '+8613911112222',
    masked: false,
    toName,
    country: 'CN',
    class: 'mobile',
    destination: 'China mobile',
    prefix: '86139',
    trunk: 'carrier-a',
    began,
    ringing: iso(Date.parse(began) + 1800),
    ...(answered ? { answered } : {}),
    ended: iso(Date.parse(began) + 9000 + ms),
    pddMs: 1800,
    durationMs: ms,
    billedSeconds: answered ? 66 : 0,
    payer: sales,
    deck: '7',
    ratePerMinute: 180_000,
    connectFee: 0,
    block: '60/6',
    cost: answered ? 198_000 : 0,
    currency: CNY,
    cause: 'hung-up',
    hangup: 'them',
    status: 200,
    q850: 16,
    codec: 'PCMA',
    quality: 'good',
    mosIn: 4.31,
    mosOut: 4.28,
    lossIn: 0.12,
    lossOut: 0.2,
    jitterInMs: 4.2,
    jitterOutMs: 5.5,
    rttMs: 41,
    recorded: false,
    joinMethod: 'confirm',
    keys: 1,
    ...more,
  };
};

const deck = (version, name, state, more = {}) => ({
  version,
  name,
  state,
  rows: 98_214,
  currency: CNY,
  uploadedAt: iso(Date.now() - Number(version) * day),
  uploadedBy: '韩梅梅',
  ...more,
});

const change = (prefix, destination, kind, before, after, more = {}) => ({
  prefix,
  destination,
  direction: 'out',
  kind,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
  ...(before && after ? { factor: after / before } : {}),
  hundredfold: false,
  ...more,
});

const budget = (id, payer, period, limit, spent, more = {}) => {
  const held = more.held ?? 0;
  return {
    id,
    payer,
    period,
    limit,
    hard: true,
    currency: CNY,
    spent,
    held,
    left: limit - spent - held,
    percent: Math.round(((spent + held) / limit) * 100),
    notice: 0,
    ...more,
  };
};

const outbound = {
  targets: [
    { host: 'sip.carrier.example', port: 5061, transport: 'tls', priority: 10, weight: 0 },
    { host: '198.51.100.7', port: 0, transport: 'udp', priority: 20, weight: 0 },
  ],
  accounts: [{ user: 'hexin', authUser: '', hasPassword: true }],
  proxy: '',
  register: true,
  registrar: 'sip.carrier.example',
  domain: 'carrier.example',
  expires: 3600,
  caller: {
    owned: ['+862155501234', '+862155501235'],
    default: '+862155501234',
    header: 'pai',
    privacy: false,
    diversion: false,
  },
  channels: 30,
  serverName: 'sip.carrier.example',
  ca: '',
  clientCert: '',
  hasClientKey: false,
  prefixes: ['+86'],
  off: false,
};

const trunk = (name, label, more = {}) => ({
  name,
  label,
  allow: ['203.0.113.0/24'],
  numbers: ['+862155501234'],
  language: 'zh-CN',
  maxCalls: 0,
  srtp: 'offered',
  vouches: true,
  user: 'hexin',
  source: 'stored',
  hasPassword: true,
  changedAt: iso(Date.now() - 3 * day),
  changedBy: '韩梅梅',
  outbound,
  ...more,
});

const costRow = (key, calls, cost, name) => ({
  key,
  ...(name ? { name } : {}),
  calls,
  answered: Math.round(calls * 0.8),
  durationMs: (cost / 180_000) * 58_000,
  billedSeconds: Math.round((cost / 180_000) * 60),
  cost,
});

/** What the routes about money answer. */
export function paidFixtures() {
  return {
    companyInfo: { name: 'Hexin', currency: CNY, exponent: 2, timeZone: 'Asia/Shanghai', homeCountry: 'CN' },
    contacts: [
      { id: 'k1', name: 'Dr. Ángela Ruiz', number: '+34911112222' },
      { id: 'k2', name: '张伟（律师）', number: '+8613700001111' },
      { id: 'k3', name: 'Northwind Freight, night desk', number: '+442055509876' },
    ],
    records: [
      record('r1', '韩梅梅'),
      record('r2', 'Northwind Freight, night desk', {
        began: iso(Date.now() - 5 * 3600e3),
        to: '+442055509876',
        class: 'international',
        country: 'GB',
        durationMs: 754_000,
        billedSeconds: 756,
        ratePerMinute: 900_000,
        cost: 11_340_000,
        trunk: 'carrier-b',
        payer: company,
        block: '1/6',
      }),
      record('r3', '张伟（律师）', { began: iso(Date.now() - day), cause: 'busy', status: 486, q850: 17 }),
      record('r4', '', {
        began: iso(Date.now() - 2 * day),
        to: '+8821612345678',
        class: 'denied',
        cause: 'refused',
        rule: 'class-off',
        trunk: undefined,
      }),
      record('r5', 'Zoë Okonkwo-Lindqvist', {
        began: iso(Date.now() - 3 * day),
        cause: 'no-money',
        rule: 'no-money',
      }),
    ],
    charge: {
      total: 198_000,
      currency: CNY,
      seconds: 66,
      verified: true,
      steps: [
        { key: 'talked', values: { seconds: '61' } },
        { key: 'initial', values: { seconds: '60' } },
        { key: 'increments', values: { count: '1', each: '6' } },
        { key: 'billed', values: { seconds: '66' } },
        { key: 'minutes', values: { seconds: '66', price: '0.18', amount: '0.198' } },
        { key: 'total', values: { amount: '0.198' } },
      ],
    },
    routing: [
      { trunk: 'carrier-c', taken: false, why: 'down', prefix: '+86' },
      { trunk: 'carrier-a', taken: true, why: 'price', perMinute: 180_000, prefix: '+86', quality: 'good' },
      { trunk: 'carrier-b', taken: false, why: 'last', perMinute: 240_000, quality: 'fair' },
    ],
    costs: [
      costRow('4711', 412, 812_340_000, 'Sales 销售'),
      costRow('4712', 260, 402_100_000, 'Support 客服'),
      costRow('4799', 92, 118_000_000, 'Purchasing'),
      costRow('', 14, 9_180_000),
    ],
    budgets: [
      budget('g1', company, 'month', 5000_000_000, 1_341_620_000, { hard: false, held: 360_000 }),
      budget('g2', sales, 'month', 1000_000_000, 812_340_000, { held: 2_520_000 }),
      budget(
        'g3',
        { kind: 'department', id: 'Support', name: 'Support 客服' },
        'month',
        400_000_000,
        402_100_000,
        {
          hard: false,
        },
      ),
      budget('g4', { kind: 'person', id: 'p2', name: '韩梅梅' }, 'day', 20_000_000, 3_200_000),
    ],
    trunks: [
      trunk('carrier-a', 'China Telecom 上海', {
        state: {
          registered: true,
          healthy: true,
          since: iso(Date.now() - 9 * day),
          calls: 3,
          targets: [
            { address: 'sip.carrier.example:5061', healthy: true },
            { address: '198.51.100.7:5060', healthy: true },
          ],
        },
      }),
      trunk('carrier-b', 'London', {
        state: {
          registered: false,
          healthy: false,
          since: iso(Date.now() - 900e3),
          error: '403 Forbidden: wrong password. The next try is in 4 minutes.',
          calls: 0,
          targets: [{ address: 'lon.example.net:5060', healthy: true }],
        },
      }),
      trunk('pbx', '', {
        source: 'config',
        outbound: undefined,
        state: { healthy: true, since: iso(Date.now() - 30 * day), calls: 0, targets: [] },
      }),
    ],
    decks: [
      deck('0008', 'Carrier 2026-12', 'draft'),
      deck('0007', 'Carrier 2026-11', 'active', { activeFrom: '2026-11-01T00:00:00Z', activatedBy: '李雷' }),
      deck('0006', 'Carrier 2026-10', 'retired', { activeFrom: '2026-10-01T00:00:00Z' }),
      deck('0005', 'Carrier Europe', 'draft', { currency: 'EUR' }),
    ],
    preview: {
      rows: 98_214,
      faultCount: 0,
      faults: [],
      against: '0007',
      added: 12,
      removed: 3,
      raised: 418,
      lowered: 1204,
      unchanged: 96_580,
      changes: [
        change('4470', 'United Kingdom personal', 'raised', 900_000, 2_700_000),
        change('86139', 'China mobile', 'lowered', 180_000, 150_000),
        change('8861', 'Taiwan', 'added', undefined, 420_000),
        change('39199', 'Italy premium', 'removed', 3_100_000),
      ],
      hundredfold: [change('3491', 'Spain Madrid', 'raised', 120_000, 12_000_000, { hundredfold: true })],
    },
    faults: {
      rows: 4,
      faultCount: 3,
      faults: [
        { line: 3, column: 'rate_per_min', message: 'The price is below zero.' },
        { line: 7, column: 'prefix', message: 'A prefix has digits only: 86-139.' },
        { line: 9, column: 'effective_from', message: 'This overlaps with line 2 of the same prefix.' },
      ],
      added: 0,
      removed: 0,
      raised: 0,
      lowered: 0,
      unchanged: 0,
      changes: [],
      hundredfold: [],
    },
    whatIf: {
      deck: '0008',
      currency: CNY,
      calls: 778,
      skipped: 2,
      before: 1_341_620_000,
      after: 1_204_410_000,
      difference: -137_210_000,
      rows: [
        {
          costCentre: 'Sales 销售',
          calls: 412,
          before: 812_340_000,
          after: 702_000_000,
          difference: -110_340_000,
        },
        {
          costCentre: 'Support 客服',
          calls: 260,
          before: 402_100_000,
          after: 410_300_000,
          difference: 8_200_000,
        },
      ],
    },
    brakes: {
      brakes: {
        countries: ['GB', 'DE'],
        internal: true,
        domestic: true,
        mobile: true,
        premium: false,
        ceiling: 2_000_000,
        window: 600,
        perPerson: 60,
        perPrefix: 30,
        perTrunk: 1000,
        atOncePerson: 50,
        atOnce: 500,
        firstCountry: true,
        night: true,
        nightFrom: 79_200,
        nightTo: 21_600,
        longest: 14_400,
        invitees: false,
        lastLeave: true,
      },
      changedAt: iso(Date.now() - 12 * day),
      changedBy: '韩梅梅',
    },
    lookups: [
      {
        at: iso(Date.now() - 3600e3),
        by: 'p2',
        byName: '韩梅梅',
        what: 'call',
        call: 'r1',
        everybody: false,
      },
      { at: iso(Date.now() - 7200e3), by: 'p2', byName: '韩梅梅', what: 'quality', call: 'l1' },
      { at: iso(Date.now() - 2 * day), by: 'p2', byName: '韩梅梅', what: 'export', everybody: true },
    ],
    approvals: [
      {
        id: 'a1',
        country: 'KE',
        state: 'pending',
        askedBy: { id: 'p2', name: '韩梅梅' },
        number: '•••123',
        askedAt: iso(Date.now() - 60e3),
      },
      {
        id: 'a2',
        country: 'GB',
        state: 'approved',
        askedBy: { id: 'p3', name: 'Bartholomew' },
        number: '•••876',
        askedAt: iso(Date.now() - 3 * day),
        decidedBy: { id: 'p1', name: '李雷' },
        decidedAt: iso(Date.now() - 3 * day),
      },
      {
        id: 'a3',
        country: 'SO',
        state: 'denied',
        askedBy: { id: 'p5', name: '王芳' },
        number: '•••004',
        askedAt: iso(Date.now() - 9 * day),
        decidedBy: { id: 'p1', name: '李雷' },
        decidedAt: iso(Date.now() - 9 * day),
        reason: 'We do no business there.',
      },
    ],
    audit: [
      {
        id: 'e1',
        at: iso(Date.now() - 3600e3),
        by: { id: 'p1', name: '李雷' },
        thing: 'brakes',
        name: 'brakes',
        act: 'changed',
        changes: [
          { field: 'ceiling', from: '1500000', to: '2000000' },
          { field: 'countries', from: '["GB"]', to: '["GB","DE"]' },
          { field: 'longest', from: '7200000000000', to: '14400000000000' },
          { field: 'premium', from: 'true', to: '' },
        ],
      },
      {
        id: 'e2',
        at: iso(Date.now() - 3 * day),
        by: { id: 'p2', name: '韩梅梅' },
        thing: 'trunk',
        name: 'carrier-a',
        act: 'changed',
        changes: [
          { field: 'outbound.channels', from: '10', to: '30' },
          {
            field: 'outbound.targets',
            from: '',
            to: '[{"host":"sip.carrier.example","port":5061,"transport":"tls","priority":10,"weight":0}]',
          },
          { field: 'secrets.accounts.hexin', from: '•••', to: '•••' },
        ],
      },
      {
        id: 'e3',
        at: iso(Date.now() - 4 * day),
        by: { id: 'p1', name: '李雷' },
        thing: 'budget',
        name: 'cost_centre 4711, month',
        act: 'changed',
        changes: [
          { field: 'limit', from: '800000000', to: '1000000000' },
          { field: 'hard', from: '', to: 'true' },
        ],
      },
      {
        id: 'e4',
        at: iso(Date.now() - 9 * day),
        by: { id: 'p1', name: '李雷' },
        thing: 'approval',
        name: 'SO',
        act: 'denied',
        changes: [{ field: 'standing', from: 'pending', to: 'denied' }],
      },
      {
        id: 'e5',
        at: iso(Date.now() - 22 * day),
        by: { id: 'p1', name: '李雷' },
        thing: 'deck',
        name: '0007',
        act: 'activated',
        changes: [{ field: 'activeFrom', from: '', to: '2026-11-01T00:00:00Z' }],
      },
    ],
    batchCalls: [
      paidCall('韩梅梅', 'joined', { spent: 540_000, answeredAt: Date.now() - 170_000 }),
      paidCall('Bartholomew Featherstonehaugh', 'answered', { spent: 0 }),
      paidCall('Zoë Okonkwo-Lindqvist', 'ringing', { person: 'p4' }),
      paidCall('王芳', 'retrying', { attempt: 1, of: 3, cause: 'busy', retryAt: Date.now() + 25_000 }),
      paidCall('Dr. Ángela Ruiz', 'ended', { cause: 'voicemail', person: 'p9', spent: 180_000 }),
      paidCall('张伟（律师）', 'queued', { attempt: 0 }),
    ],
  };
}
