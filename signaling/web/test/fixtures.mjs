// People, meetings and a room as screenshots want them: long names, both
// scripts, every state that an entry can have.

import { legsFixtures } from './fixtures-legs.mjs';
import { paidFixtures } from './fixtures-paid.mjs';
import { planFixtures } from './fixtures-plan.mjs';
import { qualityFixtures } from './fixtures-quality.mjs';
import { remindFixtures } from './fixtures-remind.mjs';

const person = (id, name, email, more = {}) => ({
  id,
  name,
  email,
  language: 'zh-CN',
  timeZone: 'Asia/Shanghai',
  admin: false,
  active: true,
  invited: false,
  ...more,
});

const meeting = (id, name, number, more = {}) => ({
  id,
  name,
  kind: name ? 'named' : 'now',
  link: `https://meet.example.com/j/${id}kQ3zv0yU7m5nJ1xwP9aB2c`,
  number,
  hostCode: '654321',
  organiser: { id: 'p1', name: '李雷' },
  muteOnEntry: false,
  waitForHost: false,
  tones: true,
  recordNames: false,
  hostsDial: false,
  maxParticipants: 0,
  locked: false,
  running: false,
  participants: 0,
  invitees: [],
  createdAt: '2026-11-20T08:00:00Z',
  ...more,
});

const invitee = (id, name, code, more) => ({
  id,
  name,
  code,
  required: true,
  coHost: false,
  ring: false,
  ...more,
});

const entry = (participant, name, more = {}) => ({
  participant,
  name,
  kind: 'browser',
  role: 'participant',
  muted: false,
  mutedByHost: false,
  hand: false,
  held: false,
  connection: 'connected',
  quality: 'good',
  ...more,
});

export function fixtures() {
  const me = person('p1', '李雷', 'lilei@example.com', { admin: true, phone: '+8613800138000' });
  const invitees = [
    invitee('i1', '韩梅梅', '204871', { person: 'p2', coHost: true }),
    invitee('i2', 'Bartholomew Featherstonehaugh', '731905', { required: false }),
    invitee('i3', 'Zoë Okonkwo-Lindqvist', '558210', { ring: true, email: 'zoe@example.com' }),
  ];
  return {
    loggedIn: true,
    money: paidFixtures(),
    plan: planFixtures(),
    remind: remindFixtures(),
    quality: qualityFixtures(),
    legs: legsFixtures(),
    /** Calls at the company's expense in the room, and who follows them by SSE. */
    liveCalls: [],
    streams: new Set(),
    setupNeeded: true,
    fail: {},
    /** Whether the meeting is a colleague's, which one may join but not see beforehand. */
    hidden: false,
    /** Why one waits at the door, and where in the queue; undefined: one is let in. */
    waiting: undefined,
    /** One's own number on the phone, when one is in the meeting by phone as well. */
    elsewhere: undefined,
    phone: undefined,
    newPhone: {
      user: 'lilei-7k2p',
      number: '4021',
      domain: 'meet.example.com',
      transports: ['tls', 'tcp', 'udp'],
    },
    recordings: [],
    silent: false,
    /** Whether every WebSocket breaks at once. */
    down: false,
    company: '和信精密 Hexin Precision',
    me,
    people: [
      me,
      person('p2', '韩梅梅', 'hanmeimei@example.com', {
        phone: '+8613911112222',
        department: 'Sales 销售',
        costCentre: '4711',
        mayCall: 'known',
      }),
      person('p3', 'Bartholomew Featherstonehaugh', 'bartholomew.featherstonehaugh@example.com', {
        language: 'en',
      }),
      person('p4', 'Zoë Okonkwo-Lindqvist', 'zoe@example.com', { invited: true, timeZone: 'Europe/London' }),
      person('p5', '王芳', 'wangfang@example.com', { active: false }),
    ],
    importRows: [
      {
        line: 2,
        name: '陈晨',
        email: 'chenchen@example.com',
        phone: '+8613700001111',
        language: 'zh-CN',
        timeZone: 'Asia/Shanghai',
        errors: [],
      },
      {
        line: 3,
        name: 'Maria Silva',
        email: 'maria@example.com',
        phone: '',
        language: 'en',
        timeZone: 'America/Sao_Paulo',
        errors: [],
      },
      {
        line: 4,
        name: '',
        email: 'nobody',
        phone: '12',
        language: 'fr',
        timeZone: 'Mars/Base',
        errors: ['The name is missing.', 'This is not an e-mail address.'],
      },
      {
        line: 5,
        name: '林涛',
        email: 'lintao@example.com',
        phone: '',
        language: 'zh-CN',
        timeZone: 'Asia/Shanghai',
        errors: [],
      },
    ],
    sessions: [
      {
        id: 's1',
        createdAt: '2026-11-20T08:00:00Z',
        lastSeenAt: new Date().toISOString(),
        userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36',
        address: '10.1.4.22',
        current: true,
      },
      {
        id: 's2',
        createdAt: '2026-11-10T08:00:00Z',
        lastSeenAt: new Date(Date.now() - 26 * 3600e3).toISOString(),
        userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605.1',
        address: '10.1.9.80',
        current: false,
      },
    ],
    meetings: [
      meeting('m1', '周一例会 Monday round', '482915306', { running: true, participants: 6, invitees }),
      meeting('m2', 'Project Heron: suppliers, schedule and everything that follows from it', '771204958'),
      meeting('m3', '', '305118642'),
    ],
    dialIn: {
      numbers: [
        { number: '+86 21 5550 1234', label: '上海 Shanghai' },
        { number: '+44 20 5550 9876', label: 'London' },
      ],
      sipAddress: 'sip:meet@meet.example.com',
    },
    door: {
      meeting: { id: 'm1', name: '周一例会 Monday round', running: true, locked: false, participants: 6 },
      disclosure:
        'Hexin Precision sees who joined, when, and how good the connection was. Nobody listens in or records.',
      company: '和信精密 Hexin Precision',
      signedIn: true,
    },
    room: {
      meeting: 'm1',
      name: '周一例会 Monday round',
      number: '482915306',
      locked: true,
      muteOnEntry: false,
      startedAt: Date.now() - 754_000,
      slots: 3,
      waitForHost: false,
      tones: true,
      maxParticipants: 500,
      dial: true,
    },
    roster: [
      entry(1, '李雷', { role: 'host' }),
      entry(2, '韩梅梅'),
      entry(3, 'Bartholomew Featherstonehaugh', { muted: true, hand: true, handAt: Date.now() - 20_000 }),
      entry(4, 'Caller 4', { kind: 'phone', role: 'guest', number: '•••678', quality: 'degraded' }),
      entry(5, '王芳', { kind: 'phone', held: true, quality: 'unclassified', number: '•••222' }),
      entry(6, 'Zoë Okonkwo-Lindqvist', {
        role: 'guest',
        muted: true,
        mutedByHost: true,
        connection: 'reconnecting',
        quality: 'poor',
      }),
    ],
    doorList: [{ participant: 7, name: 'Tomás Rivera', kind: 'browser' }],
    speakers: [{ participant: 2, level: 20 }],
  };
}

/** Two break-out rooms, one with people. */
export const breakouts = [
  {
    breakout: 1,
    participants: [
      { participant: 1, name: '林涛', kind: 'browser' },
      { participant: 2, name: 'Maria Silva', kind: 'browser' },
      { participant: 3, name: 'Caller 9', kind: 'phone' },
    ],
  },
  { breakout: 2, participants: [] },
];

/** One that ended and one that runs. */
export const recordings = [
  {
    id: 'r2',
    by: '韩梅梅',
    startedAt: new Date(Date.now() - 600e3).toISOString(),
    tracks: [{ name: 'mix', size: 120_000 }],
  },
  {
    id: 'r1',
    by: '李雷',
    startedAt: '2026-11-20T09:00:00Z',
    endedAt: '2026-11-20T09:47:12Z',
    expiresAt: new Date(Date.now() + 26.5 * 86400e3).toISOString(),
    tracks: [
      { name: 'slot-1', size: 5_900_000 },
      { name: 'slot-2', size: 2_400_000 },
      { name: 'slot-3', size: 310_000 },
      { name: 'mix', size: 11_300_000 },
      { name: 'talkers', size: 2400 },
    ],
  },
];
