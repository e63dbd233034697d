// A server for developing and testing the client without the real one: the
// routes of /api/v1 with made-up people, and a room that talks by itself. Its
// messages have the shapes of signaling/testdata/protocol. Not shipped.
//
//   npm run build && npm run mock     then open http://localhost:8090

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { csp } from './csp.mjs';
import { fixtures } from './fixtures.mjs';
import { act, entryOf } from './mock-acts.mjs';
import { legsApi } from './mock-legs.mjs';
import { paidAct, paidApi, paidEvents } from './mock-paid.mjs';
import { planApi } from './mock-plan.mjs';
import { qualityApi, watch } from './mock-quality.mjs';
import { remindApi } from './mock-remind.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const kinds = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/**
 * Starts the mock. `answer(offer)` may give an SDP answer; without it the
 * room has no sound. `set(name, value)` changes what the next request sees.
 */
export async function startMock({ port = 0, answer } = {}) {
  const world = fixtures();
  const server = createServer((req, res) => void serve(world, req, res));
  const sockets = new WebSocketServer({ server, path: '/ws' });
  sockets.on('connection', (ws) => (world.down ? ws.terminate() : room(world, ws, answer)));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${server.address().port}`,
    world,
    /** Moves everybody who looks to another room. */
    move(change) {
      Object.assign(world.room, change.room);
      if (change.roster) world.roster = change.roster;
      this.tell({ type: 'moved', by: 2, ...entryOf(world) });
    },
    /** Sends a sequenced event to every socket. */
    tell(event) {
      for (const ws of sockets.clients) ws.tell?.(event);
    },
    /** Sends an event to every page that follows a batch or its own. */
    stream(event, data) {
      for (const tell of world.streams) tell(event, data);
    },
    /** How many sockets were greeted. */
    listening() {
      return [...sockets.clients].filter((ws) => ws.greeted).length;
    },
    cut() {
      for (const ws of sockets.clients) ws.terminate();
    },
    async close() {
      for (const ws of sockets.clients) ws.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(world, req, res) {
  const { pathname, searchParams } = new URL(req.url, 'http://localhost');
  if (!pathname.startsWith('/api/v1/')) return file(pathname, res);
  if (pathname.endsWith('/events')) return paidEvents(world, pathname.slice('/api/v1'.length), res);
  let body = '';
  for await (const chunk of req) body += chunk;
  const path = pathname.slice('/api/v1'.length);
  const [status, value] = api(world, req.method, path, searchParams, bodyOf(req, body));
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  res.writeHead(status, { 'Content-Type': type });
  res.end(value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));
}

const bodyOf = (req, text) =>
  text && req.headers['content-type'] === 'application/json' ? JSON.parse(text) : {};

async function file(pathname, res) {
  const name = extname(pathname) ? pathname : '/index.html';
  try {
    const bytes = await readFile(join(dist, name));
    res.writeHead(200, {
      'Content-Type': kinds[extname(name)] ?? 'text/plain',
      'Content-Security-Policy': csp,
    });
    res.end(bytes);
  } catch {
    res.writeHead(404).end();
  }
}

const problem = (status, code) => [status, { status, code, title: code, detail: `The server says ${code}.` }];

function api(world, method, path, query, body) {
  const { meetings } = world;
  const session = { person: world.me, company: world.company, version: '1.0.0' };
  if (world.fail[path]) return problem(world.fail[path], 'internal');
  const known =
    qualityApi(world, method, path) ??
    remindApi(world, method, path, body) ??
    legsApi(world, method, path, query, body) ??
    planApi(world, method, path, query, body) ??
    paidApi(world, method, path, query, body);
  if (known) return known;
  const route = `${method} ${path}`;
  switch (route) {
    case 'GET /setup':
      return [200, { needed: world.setupNeeded }];
    case 'POST /setup':
      return [200, session];
    case 'GET /session':
      return world.loggedIn ? [200, session] : problem(401, 'signed-out');
    case 'POST /session':
      if (body.password !== 'correct horse') return problem(403, 'wrong-password');
      world.loggedIn = true;
      return [200, session];
    case 'DELETE /session':
      world.loggedIn = false;
      return [204];
    case 'GET /session/all':
      return [200, world.sessions];
    case 'GET /people': {
      const q = (query.get('q') ?? '').toLowerCase();
      return [200, world.people.filter((p) => `${p.name} ${p.email}`.toLowerCase().includes(q))];
    }
    case 'POST /people':
      return [
        201,
        { person: { ...body, id: 'new' }, link: 'https://meet.example.com/welcome/1f0c6a2be1d94f4c' },
      ];
    case 'POST /people/import':
      return [200, { rows: world.importRows, ignored: ['department'], created: body.commit ? 3 : 0 }];
    case 'PATCH /me':
      Object.assign(world.me, body);
      return [200, world.me];
    case 'GET /me/phone':
      return world.phone ? [200, world.phone] : problem(404, 'not-found');
    case 'POST /me/phone':
      world.phone = { ...world.newPhone };
      return [201, { ...world.phone, password: 'kolibri-9wXcV2-Heron' }];
    case 'DELETE /me/phone':
      world.phone = undefined;
      return [204];
    case 'POST /password':
      return [204];
    case 'GET /meetings':
      return [200, meetings];
    case 'POST /meetings':
      return [201, { ...meetings[0], kind: body.kind, name: body.name ?? '' }];
    case 'GET /dial-in':
      return [200, world.dialIn];
    case 'POST /tickets':
      if (!('meeting' in body || 'link' in body || 'number' in body)) return [200, { ticket: 't_own' }];
      if (world.noTicket) return problem(...world.noTicket);
      return [
        200,
        { ticket: 't_mock', expiresAt: new Date(Date.now() + 30_000).toISOString(), meeting: meetings[0].id },
      ];
  }
  const [, first, second, third] = path.split('/');
  if (first === 'invitation') {
    return second === 'gone'
      ? problem(404, 'not-found')
      : [200, method === 'GET' ? { name: '韩梅梅', email: 'hanmeimei@example.com' } : session];
  }
  if (first === 'join') {
    if (second === 'gone' || third === '000000000') return problem(404, 'not-found');
    return [200, { ...world.door, signedIn: world.loggedIn }];
  }
  if (first === 'people')
    return [200, { person: world.people[1], link: 'https://meet.example.com/welcome/1f0c6a2be1d94f4c' }];
  if (first === 'recordings' && method === 'DELETE') {
    world.recordings = world.recordings.filter((r) => r.id !== second);
    return [204];
  }
  if (first === 'meetings') {
    if (!world.loggedIn) return problem(401, 'signed-out');
    if (world.hidden) return problem(404, 'not-found');
    const meeting = meetings.find((m) => m.id === second) ?? meetings[0];
    if (third === 'recordings') return [200, world.recordings];
    if (third === undefined && method === 'PATCH') Object.assign(meeting, body);
    return method === 'DELETE' ? [204] : [200, meeting];
  }
  return problem(404, 'not-found');
}

/** One WebSocket: hello, join, offer, and what the actions of mock-acts.mjs do. */
function room(world, ws, answer) {
  let seq = 0;
  const send = (message) => ws.send(JSON.stringify(message));
  ws.tell = (event) => send({ ...event, seq: ++seq });
  const talk = setInterval(() => send({ type: 'speakers', speakers: world.speakers }), 100);
  ws.on('close', () => clearInterval(talk));
  const handlers = {
    hello: (m) => {
      if (world.refuse) return send({ type: 'refused', code: world.refuse, message: 'No.' });
      if (world.silent) return;
      ws.greeted = true;
      send({
        type: 'welcome',
        protocol: 1,
        server: '1.0.0',
        session: 's_mock',
        resumed: Boolean(m.session),
        seq,
      });
    },
    join: (m) => {
      if (world.joinError) return send({ type: 'error', re: m.id, code: world.joinError, message: 'No.' });
      if (world.waiting) return send({ type: 'waiting', re: m.id, participant: 9, ...world.waiting });
      Object.assign(world.roster[0], { muted: m.muted, name: m.name ?? world.me.name });
      const { elsewhere } = world;
      // Whoever takes over from their phone hangs it up.
      if (m.takeOver) world.roster = world.roster.filter((p) => p.participant !== elsewhere);
      send({
        type: 'joined',
        re: m.id,
        ...entryOf(world),
        ...(elsewhere && !m.takeOver ? { elsewhere } : {}),
      });
      for (const call of world.liveCalls) ws.tell({ type: 'call', call });
    },
    offer: async (m) => {
      world.offers = (world.offers ?? 0) + 1;
      const sdp = await answer?.(m.sdp).catch(() => undefined);
      if (sdp) send({ type: 'answer', re: m.id, leg: m.leg, sdp });
      else send({ type: 'error', re: m.id, code: 'bad-offer', message: 'The mock has no sound.' });
    },
    act: (m) => paidAct(world, ws.tell, send, m) ?? act(world, ws.tell, send, m),
    leave: (m) => {
      if (world.receipt) ws.tell({ type: 'receipt', ...world.receipt });
      send({ type: 'done', re: m.id });
    },
    watch: (m) => watch(world, send, m),
    rating: (m) => send({ type: 'done', re: m.id }),
    'drop-leg': (m) => send({ type: 'done', re: m.id }),
  };
  ws.on('message', (data) => {
    const message = JSON.parse(String(data));
    void handlers[message.type]?.(message);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startMock({ port: 8090 });
  console.log(url);
}
