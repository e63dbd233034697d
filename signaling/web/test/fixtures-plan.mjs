// Meetings with dates, to-dos, reminders and channels, as screenshots want them.

const HOUR = 3_600_000;

/** The Monday of this week at midnight in Shanghai, Unix ms. */
export const monday = () => {
  const shifted = new Date(Date.now() + 8 * HOUR);
  const day = (shifted.getUTCDay() + 6) % 7;
  return Date.UTC(shifted.getUTCFullYear(), shifted.getUTCMonth(), shifted.getUTCDate() - day) - 8 * HOUR;
};

const iso = (at) => new Date(at).toISOString();
/** The wall time in Shanghai. */
const wall = (at) => iso(at + 8 * HOUR).slice(0, 16);

export const occurrence = (title, start, minutes, more = {}) => ({
  id: `${more.series ?? 's1'}_${wall(start).replace(/[-:]/g, '')}00`,
  meeting: 'm1',
  series: 's1',
  recurrence: wall(start),
  wall: wall(start),
  start: iso(start),
  end: iso(start + minutes * 60_000),
  timeZone: 'Asia/Shanghai',
  title,
  agenda: '',
  ...(more.series ? { meeting: more.series === 'new' ? 'm1' : 'm2' } : {}),
  cancelled: false,
  moved: false,
  recurring: false,
  fit: 'exact',
  organiser: { id: 'p2', name: '韩梅梅' },
  status: 'needs-action',
  ...more,
});

function week() {
  const at = (day, hours) => monday() + day * 24 * HOUR + hours * HOUR;
  const mine = { organiser: { id: 'p1', name: '李雷' }, status: '' };
  return [
    occurrence('周一例会 Monday round', at(0, 9), 30, {
      ...mine,
      recurring: true,
      agenda: '1. 进度\n2. 预算',
    }),
    occurrence('Supplier call: Northwind', at(0, 14), 60, { series: 's2', status: 'accepted' }),
    occurrence('Design review', at(1, 10), 90, { series: 's3', status: 'tentative' }),
    occurrence('1:1 Zoë', at(1, 10.5), 30, { series: 's4', ...mine }),
    occurrence('客服培训', at(2, 13), 120, { series: 's5', status: 'accepted' }),
    occurrence('Stand-up', at(2, 9.25), 15, { series: 's6', status: 'accepted', recurring: true }),
    occurrence('Stand-up', at(3, 9.25), 15, { series: 's6', status: 'accepted', recurring: true }),
    occurrence('Project Heron: suppliers and schedule', at(3, 15), 60, { series: 's7', cancelled: true }),
    occurrence('Budget round', at(4, 11), 60, { series: 's8', status: 'declined' }),
    occurrence('Call with New York', at(4, 21), 60, { series: 's9', status: 'accepted' }),
    occurrence('周一例会 Monday round', at(7, 9), 30, { ...mine, recurring: true }),
    occurrence('周一例会 Monday round', at(14, 9), 30, { ...mine, recurring: true }),
  ];
}

const todo = (id, text, more = {}) => ({
  id,
  text,
  owner: { id: 'p1', name: '李雷' },
  timeZone: 'Asia/Shanghai',
  by: 'p2',
  createdAt: '2026-11-20T08:00:00Z',
  ...more,
});

/** What the world of the mock knows of all this. */
export function planFixtures() {
  const occurrences = week();
  const later = (days) => wall(monday() + days * 24 * HOUR + 18 * HOUR);
  return {
    occurrences,
    series: [
      {
        id: 's1',
        title: '周一例会 Monday round',
        agenda: '1. 进度\n2. 预算',
        timeZone: 'Asia/Shanghai',
        start: wall(monday() + 9 * HOUR),
        minutes: 30,
        rule: 'FREQ=WEEKLY;BYDAY=MO',
        cancelled: false,
      },
    ],
    replies: [
      { invitee: 'i1', occurrence: '', status: 'accepted', at: '2026-11-20T08:30:00Z', via: 'mail' },
      { invitee: 'i2', occurrence: '', status: 'tentative', at: '2026-11-20T09:30:00Z', via: 'page' },
    ],
    todos: [
      todo('t1', '把供应商合同发给法务 Send the contract to the lawyers', { due: later(4), meeting: 'm1' }),
      todo('t2', 'Book the room for the December all-hands', { due: '2026-11-01T12:00' }),
      todo('t3', '更新值班表', { owner: { id: 'p2', name: '韩梅梅' }, by: 'p1', meeting: 'm1' }),
      todo('t4', 'Order headsets', { doneAt: '2026-11-22T09:00:00Z', meeting: 'm1' }),
    ],
    attendance: [
      {
        name: '韩梅梅',
        person: 'p2',
        kind: 'browser',
        joinedAt: '2026-11-23T01:00:04Z',
        leftAt: '2026-11-23T01:31:10Z',
        seconds: 1866,
      },
      {
        name: 'Bartholomew Featherstonehaugh',
        kind: 'phone',
        joinedAt: '2026-11-23T01:04:30Z',
        leftAt: '2026-11-23T01:29:00Z',
        seconds: 1470,
      },
      { name: '李雷', person: 'p1', kind: 'browser', joinedAt: '2026-11-23T00:58:00Z', seconds: 2100 },
    ],
    rungs: [
      { step: 'ask', minutes: -10 },
      { step: 'ring', minutes: -1 },
      { step: 'call', minutes: 1 },
      { step: 'host', minutes: 3 },
    ],
    feed: { url: '' },
    imported: {
      events: [
        {
          n: 0,
          title: 'Lenkungskreis Reiher',
          start: '2027-03-01T09:00',
          timeZone: 'Europe/Berlin',
          minutes: 60,
          rule: 'FREQ=WEEKLY;BYDAY=MO',
          next: '2027-03-01T08:00:00Z',
          exceptions: 2,
          invitees: 7,
          known: false,
          past: false,
        },
        {
          n: 1,
          title: '年度预算',
          start: '2027-01-12T14:00',
          timeZone: 'Asia/Shanghai',
          minutes: 90,
          rule: '',
          next: '2027-01-12T06:00:00Z',
          exceptions: 0,
          invitees: 0,
          known: false,
          past: false,
        },
        {
          n: 2,
          title: 'Kick-off',
          start: '2024-05-02T10:00',
          timeZone: 'Europe/Berlin',
          minutes: 60,
          rule: '',
          exceptions: 0,
          invitees: 3,
          known: true,
          past: true,
        },
      ],
      faults: [
        { line: 88, title: 'Heartbeat', text: 'It repeats every second, which is too often.', dropped: true },
      ],
    },
  };
}
