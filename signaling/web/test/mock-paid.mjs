// What the routes and acts about calls at the company's expense answer in the mock.

import { batchOf, paidCall, price } from './fixtures-paid.mjs';

const nameOf = (world) => (callee) =>
  world.people.find((p) => p.id === callee.person)?.name ??
  world.money.contacts.find((c) => c.id === callee.contact)?.name;

function quote(world, dial) {
  const all = [
    ...(dial.kind === 'callback' || dial.kind === 'me' ? [dial.from ?? {}] : []),
    ...(dial.to ?? []),
  ];
  const prices = all.map((callee) => price(callee, nameOf(world)));
  const rate = prices.filter((p) => !p.refusal).reduce((sum, p) => sum + p.rate, 0);
  return { currency: world.money.companyInfo.currency, rate, prices };
}

const problem = (status, code) => [status, { status, code, title: code, detail: `The server says ${code}.` }];

/** Answers a request about money; undefined when it is about something else. */
export function paidApi(world, method, path, query, body) {
  const { money } = world;
  const [, first, second, third] = path.split('/');
  switch (`${method} /${first}`) {
    case 'GET /company':
      return [200, money.companyInfo];
    case 'POST /quotes':
      return [200, quote(world, body)];
    case 'POST /batches': {
      const to = body.kind === 'me' ? [{ name: world.me.name }] : body.to;
      const calls = to.map((c) => paidCall(nameOf(world)(c) ?? c.name ?? c.numbers?.[0], 'ringing'));
      money.batchCalls = calls;
      return [201, { batch: batchOf(calls, { kind: body.kind }), calls }];
    }
    case 'GET /batches':
      return [
        200,
        second ? { batch: batchOf(money.batchCalls), calls: money.batchCalls } : [batchOf(money.batchCalls)],
      ];
    case 'DELETE /batches':
      return [204];
    case 'GET /calls': {
      const found = money.records.find((r) => r.id === second);
      if (second)
        return found
          ? [200, { ...found, charge: money.charge, routing: money.routing }]
          : problem(404, 'not-found');
      const own = query.get('mine') === 'true';
      const calls = money.records.map((r) => (own ? r : { ...r, to: `•••${r.to.slice(-3)}`, masked: true }));
      const wanted = query.get('cause');
      return [200, { calls: calls.filter((r) => !wanted || r.cause === wanted), currency: 'CNY' }];
    }
    case 'GET /costs': {
      const rows = money.costs;
      const sum = (key) => rows.reduce((all, row) => all + row[key], 0);
      const total = {
        key: '',
        calls: sum('calls'),
        answered: sum('answered'),
        durationMs: sum('durationMs'),
      };
      Object.assign(total, { billedSeconds: sum('billedSeconds'), cost: sum('cost') });
      return [200, { by: query.get('by'), currency: 'CNY', total, rows }];
    }
    case 'GET /budgets':
      return [200, money.budgets];
    case 'POST /budgets':
      return [201, money.budgets[0]];
    case 'PATCH /budgets':
      return body.acceptOverspent ? [200, money.budgets[0]] : problem(409, 'budget-below-spent');
    case 'GET /trunks':
      if (!money.trunks) return problem(404, 'not-found');
      return [200, second ? money.trunks.find((t) => t.name === second) : money.trunks];
    case 'POST /trunks':
      if (third === 'check')
        return [200, { reachable: true, status: 200, tookMs: 31, target: 'sip.carrier.example:5061' }];
      return [201, { ...body, source: 'stored' }];
    case 'PUT /trunks':
      money.saved = body;
      return [200, { ...body, source: 'stored' }];
    case 'GET /decks':
      if (third === 'download') return [200, 'prefix,rate_per_min\n'];
      if (third !== 'preview') return [200, money.decks];
      return [200, { deck: money.decks.find((d) => d.version === second), ...money.preview }];
    case 'POST /decks': {
      if (third === undefined) {
        const same = money.decks.find((d) => d.name === query.get('name'));
        if (!same) return [200, money.faults];
        const copy = { ...same, version: '0009', state: 'draft', activeFrom: undefined };
        money.decks = [copy, ...money.decks];
        return [200, { ...money.preview, deck: copy }];
      }
      const found = money.decks.find((d) => d.version === second);
      if (!body.confirm) return problem(409, 'confirm');
      Object.assign(found, {
        state: body.at ? 'scheduled' : 'active',
        activeFrom: body.at ?? new Date().toISOString(),
      });
      return [200, found];
    }
    case 'GET /replay':
      return [200, `{"progress":{"done":400,"total":778}}\n${JSON.stringify({ result: money.whatIf })}\n`];
    case 'GET /brakes':
      return [200, money.brakes];
    case 'PUT /brakes':
      if (body.password !== 'correct horse') return problem(403, 'wrong-password');
      money.brakes = { brakes: body.brakes, changedAt: new Date().toISOString(), changedBy: world.me.name };
      return [200, money.brakes];
    case 'GET /approvals':
      return [200, money.approvals.filter((a) => !query.get('state') || a.state === query.get('state'))];
    case 'POST /approvals': {
      const one = money.approvals.find((a) => a.id === second);
      Object.assign(one, { state: third === 'approve' ? 'approved' : 'denied', decidedBy: world.me });
      one.decidedAt = new Date().toISOString();
      return [200, one];
    }
    case 'GET /contacts':
      return [
        200,
        money.contacts.filter((c) => c.name.toLowerCase().includes((query.get('q') ?? '').toLowerCase())),
      ];
    case 'POST /contacts':
      if (money.contacts.some((c) => c.number === body.number)) return problem(409, 'contact-taken');
      money.contacts = [...money.contacts, { id: `k${money.contacts.length + 1}`, ...body }];
      return [201, money.contacts.at(-1)];
    case 'GET /me':
      return second === 'lookups' ? [200, money.lookups] : undefined;
    case 'GET /audit':
      return [200, { entries: money.audit }];
    default:
      return undefined;
  }
}

/** Follows a batch, or what concerns a person, as server-sent events. */
export function paidEvents(world, path, res) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' });
  res.write(': hello\n\n');
  const tell = (event, data) => res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  if (path.startsWith('/batches/')) {
    for (const call of world.money.batchCalls) tell('call', { call });
    tell('batch', { batch: batchOf(world.money.batchCalls) });
  }
  world.streams.add(tell);
  res.on('close', () => world.streams.delete(tell));
}

/** Does the acts `quote`, `dial` and `dial-cancel`; undefined for all others. */
export function paidAct(world, tell, send, m) {
  const calls = world.liveCalls;
  const change = (call, fields) => {
    Object.assign(call, fields, { since: Date.now() });
    tell({ type: 'call', call });
  };
  switch (m.action) {
    case 'quote':
      return send({ type: 'quote', re: m.id, ...quote(world, m.dial) }) ?? true;
    case 'dial': {
      const made = m.dial.to.map((c) => paidCall(nameOf(world)(c) ?? c.name ?? c.numbers?.[0], 'trying'));
      calls.push(...made);
      send({ type: 'dialling', re: m.id, batch: batchOf(made), calls: made });
      for (const call of made) change(call, { state: 'ringing' });
      return true;
    }
    case 'dial-cancel': {
      const call = calls.find((c) => c.call === m.value);
      if (call) change(call, { state: 'ended', cause: 'cancelled', endedAt: Date.now() });
      send({ type: 'done', re: m.id });
      return true;
    }
    default:
      return undefined;
  }
}
