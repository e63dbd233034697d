import { beforeAll, describe, expect, test } from 'vitest';
import { speak } from '../src/i18n';
import { amountOf, exact, exponent, money, typed } from '../src/i18n/money';
import { paidReady } from '../src/i18n/paid';
import { beginOf, dayIn, zoneOf } from '../src/i18n/zone';
import { readList, unique } from '../src/store/callees';
import {
  anyCalls,
  elsewhere,
  enterCalls,
  noCalls,
  reduceCalls,
  ringing,
  shownCalls,
} from '../src/store/calls';
import { company } from '../src/store/company';
import { enter, notice } from '../src/store/room';
import { draftOf, readTarget, targetText, trunkOf } from '../src/store/trunk';
import { fieldName, subject, valueText } from '../src/views/admin/auditwords';
import { readBrake, shownBrake } from '../src/views/admin/brakes';
import { moreFields, namesOf, queryOf, units } from '../src/views/admin/filterfields';
import { isForeign } from '../src/views/admin/rates';
import { lasting } from '../src/views/paid/quote';
import { routeWords } from '../src/views/paid/routes';
import { spanOf } from '../src/views/paid/spans';
import { refusalText, ruleText, span } from '../src/views/paid/words';
import { decode } from '../src/wire/decode';
import { type Call, type PaidEvent, samePayer } from '../src/wire/dial';
import type { RoomEvent } from '../src/wire/messages';
import type { AuditEntry, Deck, Trunk } from '../src/wire/paid';
import { serverMessage } from './golden';

beforeAll(async () => {
  await speak('en');
  await paidReady();
});

const event = (name: string) => decode(JSON.stringify(serverMessage(name))) as unknown as PaidEvent;

describe('money', () => {
  test.each([
    ['CNY', 1_420_000, '¥1.42'],
    ['USD', 1_420_000, '$1.42'],
    ['JPY', 12_000_000, '¥12'],
    ['KWD', 1_234_000, 'KWD 1.234'],
    ['CNY', 1_234_567_890_000, '¥1,234,567.89'],
    ['CNY', 0, '¥0.00'],
    // Less than the smallest coin is not nothing.
    ['CNY', 1234, '¥0.001234'],
  ])('in %s: %d', (currency, micro, text) => {
    expect(money(micro, currency).replace(/\u00a0/g, ' ')).toBe(text);
  });

  test('a price has all its digits, and those of the coin at least', () => {
    expect(exact(18_500, 'CNY')).toBe('¥0.0185');
    expect(exact(180_000, 'CNY')).toBe('¥0.18');
    expect(exact(2_000_000, 'CNY')).toBe('¥2.00');
  });

  test('in Chinese as in China', async () => {
    await speak('zh-CN');
    expect(money(1_420_000, 'CNY')).toBe('¥1.42');
    await speak('en');
  });

  test('digits after the point are those of ISO 4217', () => {
    expect([exponent('CNY'), exponent('JPY'), exponent('KWD')]).toEqual([2, 0, 3]);
  });

  test('an unknown currency is told all the same', () => {
    expect(money(1_000_000, '')).toBe('1.00');
  });

  test.each([
    ['500', 500_000_000],
    ['0.18', 180_000],
    ['1,000.50', 1_000_500_000],
    ['0.000001', 1],
    ['', undefined],
    ['-3', undefined],
    ['12.3456789', undefined],
    ['about 5', undefined],
  ])('an amount that is typed: %s', (text, micro) => {
    expect(amountOf(text)).toBe(micro);
    if (micro !== undefined) expect(amountOf(typed(micro))).toBe(micro);
  });
});

describe('whom to call', () => {
  const read = (text: string) => {
    const { wanted, names } = readList(text);
    return { wanted: wanted.map(({ name, number }) => [name, number]), names };
  };

  test('one number on each line, with and without names', () => {
    expect(read('张伟 13700001111\nNorthwind, +44 20 5550 9876\n+1 (650) 555-0100')).toEqual({
      wanted: [
        ['张伟', '13700001111'],
        ['Northwind', '+44 20 5550 9876'],
        ['+1 (650) 555-0100', '+1 (650) 555-0100'],
      ],
      names: [],
    });
  });

  test('a table of two columns, numbers in a row, names to be looked up', () => {
    expect(read('Ann\t4021\n110, 120; Bob\nAnn Lee')).toEqual({
      wanted: [
        ['Ann', '4021'],
        ['110', '110'],
        ['120', '120'],
      ],
      names: ['Bob', 'Ann Lee'],
    });
  });

  test('the same number written twice is called once', () => {
    expect(readList('+86 138 0013 8000\n+8613800138000 韩梅梅').wanted).toHaveLength(1);
    expect(unique(readList('a 12345').wanted)).toHaveLength(1);
  });
});

describe('the calls of a meeting', () => {
  const state = reduceCalls(noCalls, event('call-ringing'));
  const only = [...state.calls.values()][0] as Call;

  test('a call rings, is shown, and is heard by whoever dialled it', () => {
    expect(shownCalls(state)).toEqual([only]);
    expect(ringing(state, only.by)).toEqual(only);
    expect(ringing(state, 'somebody else')).toBeUndefined();
    expect(
      ringing(reduceCalls(state, { type: 'call', call: { ...only, early: true } }), only.by),
    ).toBeUndefined();
  });

  test('joined it is in the roster; ended by hanging up it is gone; refused it stays to be read', () => {
    expect(shownCalls(reduceCalls(state, event('call-joined')))).toEqual([]);
    expect(shownCalls(reduceCalls(state, event('call-ended')))).toEqual([]);
    expect(shownCalls(reduceCalls(state, event('call-refused')))).toHaveLength(1);
  });

  test('a warning stands until its call ends', () => {
    const warned = reduceCalls(state, event('money-warning'));
    expect(warned.warnings.size).toBe(1);
    expect(reduceCalls(warned, event('call-ended')).warnings.size).toBe(0);
    expect(reduceCalls(warned, event('money-warning-over')).warnings.size).toBe(0);
  });

  test('the end of paid calls is called off when somebody comes back', () => {
    const ending = reduceCalls(state, event('calls-ending'));
    expect(ending.endsAt).toBeGreaterThan(0);
    expect(reduceCalls(ending, event('calls-ending-not')).endsAt).toBeUndefined();
  });

  test('the meter is kept on coming in again, the calls are told anew', () => {
    const metered = reduceCalls(state, event('money') as never);
    const again = enterCalls(metered);
    expect(again.meter?.spent).toBe(144_000);
    expect(again.calls.size).toBe(0);
    expect(anyCalls(again)).toBe(true);
    expect(anyCalls(noCalls)).toBe(false);
  });

  test('what is told of another meeting does not count', () => {
    expect(elsewhere(event('call-ringing'), only.meeting)).toBe(false);
    expect(elsewhere(event('call-ringing'), 'another')).toBe(true);
    expect(elsewhere(event('approval'), 'another')).toBe(false);
  });
});

test('an administrator in a meeting is asked there, and told of budgets', () => {
  const room = enter(serverMessage('joined-host') as never);
  const said = (name: string) => notice(room, event(name) as unknown as RoomEvent);
  expect(said('approval')).toMatchObject({ kind: 'approval', approval: { country: 'GB', state: 'pending' } });
  expect(said('budget-notice')).toMatchObject({ kind: 'budget-notice', percent: 80 });
});

describe('words', () => {
  test('a refusal says why, with its figures, and what to do', () => {
    expect(ruleText('price-ceiling', { price: '3', ceiling: '2.000000' }, 'CNY')).toContain('¥2.00');
    expect(ruleText('class-off', { class: 'international', country: 'GB' }, 'CNY')).toContain(
      'International, United Kingdom',
    );
    expect(refusalText({ cause: 'busy' }, 'CNY')).toBe('The line is busy. Call again in a moment.');
    expect(refusalText({ cause: 'refused', rule: 'emergency' }, 'CNY')).toContain('your own phone');
    expect(refusalText({ cause: 'refused', rule: 'a-new-rule' }, 'CNY')).toContain('administrator');
  });

  test('a time in its two greatest units', () => {
    expect([span(12_000), span(61), span(5), span(90_000)]).toEqual([
      '3 hr 20 min',
      '1 min 1 sec',
      '5 sec',
      '1 day 1 hr',
    ]);
  });

  test('what is left lasts as long as all that can be called burn it together', () => {
    const quote = serverMessage('quote') as never;
    expect(lasting(quote)).toEqual({ left: 36_000_000, seconds: 12_000 });
  });
});

describe('calling again', () => {
  const sales = { kind: 'cost_centre', id: '4711', name: 'Sales' } as const;
  const one = { by: 'me', payer: sales } as Call;

  test('is paid by whoever paid before', () => {
    expect(samePayer([one, { by: 'me' } as Call, one], 'me')).toEqual({
      payer: { kind: 'cost_centre', id: '4711' },
    });
  });

  test('is paid by rule where payers differ, or somebody else called', () => {
    expect(samePayer([one, { ...one, payer: { kind: 'company' } }], 'me')).toEqual({});
    expect(samePayer([one, { ...one, by: 'other' }], 'me')).toEqual({});
    expect(samePayer([{ by: 'me' } as Call], 'me')).toEqual({});
  });
});

describe('a trunk', () => {
  test.each(['sip.example.com', 'sip.example.com:5061/tls', '[2001:db8::1]:5060/udp', '198.51.100.7/tcp'])(
    'target %s reads back',
    (text) => {
      expect(targetText(readTarget(text, 10))).toBe(text);
    },
  );

  const trunk: Trunk = {
    name: 'carrier-a',
    label: 'A',
    allow: ['203.0.113.0/24'],
    numbers: ['+8610'],
    language: 'zh-CN',
    maxCalls: 4,
    srtp: 'required',
    vouches: true,
    user: 'u',
    source: 'stored',
    hasPassword: true,
    outbound: {
      accounts: [{ user: 'a', authUser: 'b' }],
      targets: [{ host: 'a.example', port: 5061, transport: 'tls', priority: 7, weight: 30 }],
      proxy: '',
      register: true,
      registrar: 'r',
      domain: 'd',
      expires: 600,
      caller: { owned: ['+8610'], default: '+8610', header: 'pai', privacy: true, diversion: false },
      channels: 9,
      serverName: 's',
      ca: '',
      clientCert: '',
      prefixes: ['+86'],
      off: false,
    },
  };

  test('that is saved as it is stays as it is, and keeps its secrets', () => {
    const { source: _, hasPassword: __, ...input } = trunk;
    expect(trunkOf(draftOf(trunk), trunk)).toEqual(input);
  });

  test('that takes calls only has nothing to do with outbound', () => {
    const draft = draftOf(trunk);
    draft.on.outbound = false;
    draft.text.password = 'fresh';
    const input = trunkOf(draft, trunk);
    expect(input.outbound).toBeUndefined();
    expect(input.password).toBe('fresh');
  });
});

describe('the administrators’ forms', () => {
  test.each([
    ['money', 2_000_000],
    ['minutes', 600],
    ['clock', 79_200],
    ['list', ['GB', 'DE']],
    ['count', 60],
  ] as const)('a brake of kind %s reads back', (kind, value) => {
    expect(readBrake(kind, shownBrake(kind, value))).toEqual(value);
  });

  test('a brake that cannot be meant is refused', () => {
    expect([readBrake('count', '-1'), readBrake('money', 'much'), readBrake('clock', '26:00')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(readBrake('count', '')).toBeUndefined();
  });

  test('filters are read from an address, days as whole days', () => {
    expect(queryOf(new URLSearchParams('cause=busy&name=&nonsense=1'))).toEqual({ cause: 'busy' });
    const { from, to, minCost } = units;
    expect(from?.show(from.ask('2026-11-23') ?? '')).toBe('2026-11-23');
    expect(to?.show(to.ask('2026-11-23') ?? '')).toBe('2026-11-23');
    expect(Date.parse(to?.ask('2026-11-23') ?? '') - Date.parse(from?.ask('2026-11-23') ?? '')).toBe(
      86_400e3,
    );
    expect(minCost?.ask('1.5')).toBe('1500000');
  });

  test('every field of a record can be searched by', () => {
    const names = moreFields().flatMap((group) => group.fields.flatMap(namesOf));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(['known', 'occurrence', 'parent', 'maxCost', 'minBilled', 'maxRtt', 'minKeys']),
    );
    expect(queryOf(new URLSearchParams('known=true&maxKeys=4'))).toEqual({ known: 'true', maxKeys: '4' });
  });

  test('months are those of the company, wherever the browser is', () => {
    const now = new Date('2025-12-31T17:00:00Z');
    expect(spanOf('month', 'Asia/Shanghai', now)).toEqual({ from: '2025-12-31T16:00:00.000Z' });
    expect(spanOf('month', 'UTC', now)).toEqual({ from: '2025-12-01T00:00:00.000Z' });
    expect(spanOf('last', 'Asia/Shanghai', now)).toEqual({
      from: '2025-11-30T16:00:00.000Z',
      to: '2025-12-31T16:00:00.000Z',
    });
    expect(spanOf('week', 'Asia/Shanghai', now)).toEqual({ from: '2025-12-25T16:00:00.000Z' });
    expect(spanOf('year', 'America/New_York', now)).toEqual({ from: '2025-01-01T05:00:00.000Z' });
  });

  test('a day begins where its clocks say so', () => {
    const begins = (zone: string, year: number, month: number, day: number) =>
      beginOf(zone, { year, month, day }).toISOString();
    // Midnight does not happen: clocks go from 0 to 1.
    expect(begins('America/Santiago', 2026, 9, 6)).toBe('2026-09-06T04:00:00.000Z');
    // Midnight happens twice: clocks go from 1 back to 0.
    expect(begins('America/Havana', 2026, 11, 1)).toBe('2026-11-01T04:00:00.000Z');
    expect(begins('Asia/Kathmandu', 2026, 1, 32)).toBe('2026-01-31T18:15:00.000Z');
    expect(dayIn('Pacific/Auckland', new Date('2026-01-31T12:00:00Z'))).toEqual({
      year: 2026,
      month: 2,
      day: 1,
    });
    expect(zoneOf('Nowhere/Else')).toBe(zoneOf(''));
  });

  test('why a line was taken: in words, with its price, or as it was told', () => {
    const route = {
      trunk: 'a',
      taken: true,
      why: 'price',
      perMinute: 180_000,
      prefix: '+8610',
      quality: 'fair',
    };
    expect(routeWords(route, 'CNY')).toEqual([
      'cheaper than the next',
      '¥0.18/min',
      'for numbers that begin with +8610',
      'quality lately: fair',
    ]);
    expect(routeWords({ trunk: 'a', why: 'from another office' }, 'CNY')).toEqual(['from another office']);
  });

  test('whose budget is used up is told in words', () => {
    const told = (payer: string, payer_id: string) =>
      ruleText('no-money', { payer, payer_id, left: '0.5' }, 'CNY');
    expect(told('cost_centre', '4711')).toContain('(Cost centre 4711) has ¥0.50 left');
    expect(told('person', '0198a3c2')).toContain('(Personal budget)');
    expect(told('company', '')).toContain('(The company)');
  });
});

describe('the log of changes', () => {
  beforeAll(() => {
    company.value = {
      name: 'Hexin',
      currency: 'CNY',
      exponent: 2,
      timeZone: 'Asia/Shanghai',
      homeCountry: 'CN',
    };
  });

  test.each([
    ['brakes', 'ceiling', '1500000', 'Most per minute', '¥1.50/min'],
    ['brakes', 'longest', '14400000000000', 'Longest call', '4 hr'],
    ['brakes', 'night_from', '79200000000000', 'Night begins', '22:00'],
    ['brakes', 'countries', '["GB","*"]', 'Countries that may be called', 'United Kingdom, *'],
    ['brakes', 'first_country', '', 'First call to a country', 'no'],
    ['budget', 'limit', '1000000000', 'Limit', '¥1,000.00'],
    ['budget', 'payer.kind', 'cost_centre', 'Whose', 'Cost centre'],
    ['budget', 'period', 'month', 'Period', 'per month'],
    ['trunk', 'outbound.caller.default', '•••234', 'Shown when nothing is chosen', '•••234'],
    [
      'trunk',
      'outbound.targets',
      '[{"host":"a.example","port":5061,"transport":"tls"}]',
      'Targets',
      'a.example:5061/tls',
    ],
    ['trunk', 'secrets.accounts.4711', '•••', 'Password of the account: 4711', '•••'],
    [
      'trunk',
      'allow',
      '["203.0.113.0/24","cut sho…',
      'Addresses of the carrier',
      '["203.0.113.0/24","cut sho…',
    ],
    ['approval', 'standing', 'denied', 'Decision', 'denied'],
    ['deck', 'something-new', 'x', 'something-new', 'x'],
  ])('%s, %s: %s', (thing, field, raw, name, text) => {
    expect(fieldName(thing, field)).toBe(name);
    expect(valueText(thing, field, raw)).toBe(text);
  });

  test.each([
    ['brakes', 'brakes', 'the brakes'],
    ['approval', 'KE', 'calls to Kenya'],
    ['budget', 'cost_centre 4711, month', 'a budget: Cost centre 4711, per month'],
    ['budget', 'company, day', 'a budget: The company, per day'],
    ['meeting', 'Monday', 'meeting Monday'],
  ])('%s %s is %s', (thing, name, text) => {
    expect(subject({ thing, name } as AuditEntry)).toBe(text);
  });
});

test('a deck in another currency prices nothing, a draft of it neither', () => {
  company.value = {
    name: 'Hexin',
    currency: 'CNY',
    exponent: 2,
    timeZone: 'Asia/Shanghai',
    homeCountry: 'CN',
  };
  const deck = { state: 'draft', currency: 'EUR' } as Deck;
  expect(isForeign(deck)).toBe(true);
  expect(isForeign({ ...deck, currency: 'CNY' })).toBe(false);
  expect(isForeign({ ...deck, state: 'foreign' })).toBe(true);
  company.value = undefined;
  expect(isForeign(deck)).toBe(false);
});
