// What the routes about dates, to-dos and calendars answer in the mock.

import { occurrence } from './fixtures-plan.mjs';

const problem = (status, code) => [status, { status, code, title: code, detail: `The server says ${code}.` }];

const HOUR = 3_600_000;

/** The instant of a wall time, by the zone's offset the day before. */
function instant(wall, zone) {
  const floating = Date.parse(`${wall}:00Z`);
  const shown = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const offset = (at) => Date.parse(`${shown.format(at).replace(' ', 'T')}:00Z`) - at;
  return floating - offset(floating - 24 * HOUR);
}

const wallIn = (at, zone) =>
  new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
    .format(at)
    .replace(' ', 'T');

/** The next dates; every rule counts as weekly here. */
function ahead(world, draft) {
  const zones = new Set([world.me.timeZone, draft.timeZone]);
  for (const { person, timeZone } of draft.invitees) {
    const zone = timeZone ?? world.people.find((p) => p.id === person)?.timeZone;
    if (zone) zones.add(zone);
  }
  const names = draft.invitees.flatMap(({ person }) => world.people.find((p) => p.id === person) ?? []);
  const walls = Array.from({ length: draft.rule ? 10 : 1 }, (_, n) =>
    new Date(Date.parse(`${draft.start}:00Z`) + n * 168 * HOUR).toISOString().slice(0, 16),
  );
  return walls.map((wall, n) => {
    const at = instant(wall, draft.timeZone);
    const local = [...zones].map((timeZone) => {
      const here = wallIn(at, timeZone);
      const before = n > 0 ? wallIn(instant(walls[n - 1], draft.timeZone), timeZone) : here;
      const minutes = (text) => Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16));
      return { timeZone, wall: here, shifted: minutes(here) - minutes(before) };
    });
    return {
      start: new Date(at).toISOString(),
      end: new Date(at + draft.minutes * 60_000).toISOString(),
      wall,
      fit: n === 4 ? 'gap' : 'exact',
      zones: local,
      busy: n === 0 ? names.slice(0, 1) : [],
      quiet: n === 2 ? names.slice(1, 3) : [],
    };
  });
}

const scheduleOf = (world, meeting) => ({
  meeting,
  series: world.plan.series,
  exceptions: [],
  replies: world.plan.replies,
  next: world.plan.occurrences.find((o) => o.meeting === meeting.id && Date.parse(o.end) > Date.now()),
});

/** Answers a request about dates; undefined when it is about something else. */
export function planApi(world, method, path, query, body) {
  const { plan, meetings } = world;
  const [, first, second, third] = path.split('/');
  switch (`${method} /${first}${second && first === 'schedule' ? `/${second}` : ''}`) {
    case 'GET /occurrences': {
      if (second) return [200, plan.occurrences.find((o) => o.id === decodeURIComponent(second))];
      const [from, to] = [query.get('from'), query.get('to')];
      return [200, plan.occurrences.filter((o) => o.start < to && o.end > from)];
    }
    case 'PATCH /occurrences':
      plan.changed = { id: decodeURIComponent(second), ...body };
      return [200, scheduleOf(world, meetings[0])];
    case 'DELETE /occurrences': {
      plan.cancelled = query.get('scope');
      const one = plan.occurrences.find((o) => o.id === decodeURIComponent(second));
      Object.assign(one, { cancelled: true });
      return [204];
    }
    case 'PUT /occurrences':
      plan.occurrences.find((o) => o.id === decodeURIComponent(second)).status = body.status;
      return [204];
    case 'POST /schedule': {
      plan.scheduled = body;
      const start = instant(body.start, body.timeZone);
      const mine = { organiser: world.me, status: '', series: 'new', meeting: meetings[0].id };
      plan.occurrences.push(occurrence(body.title, start, body.minutes, mine));
      return [201, scheduleOf(world, meetings[0])];
    }
    case 'POST /schedule/preview':
      return [200, { dates: ahead(world, body) }];
    case 'POST /schedule/suggest': {
      const day = Math.ceil(Date.now() / (24 * HOUR)) * 24 * HOUR;
      const time = (hours, late = []) => ({
        start: new Date(day + hours * HOUR).toISOString(),
        end: new Date(day + hours * HOUR + body.minutes * 60_000).toISOString(),
        late,
      });
      return [200, { times: [time(2), time(3.5), time(26, body.people.slice(1, 2)), time(30)] }];
    }
    case 'POST /schedule/import':
      if (third === 'preview') return [200, plan.imported];
      return [200, { made: body.events.map((n) => ({ n, meeting: 'm1' })), faults: [] }];
    case 'GET /todos':
      return [200, plan.todos];
    case 'POST /todos': {
      const owner = world.people.find((p) => p.id === body.owner) ?? world.me;
      const made = { id: `t${plan.todos.length + 1}`, ...body, owner, by: world.me.id };
      plan.todos = [
        ...plan.todos,
        { timeZone: world.me.timeZone, createdAt: new Date().toISOString(), ...made },
      ];
      return [201, plan.todos.at(-1)];
    }
    case 'PATCH /todos': {
      const one = plan.todos.find((t) => t.id === second);
      const { done, ...rest } = body;
      Object.assign(
        one,
        rest,
        done === undefined ? {} : { doneAt: done ? new Date().toISOString() : undefined },
      );
      return [200, one];
    }
    case 'DELETE /todos':
      plan.todos = plan.todos.filter((t) => t.id !== second);
      return [204];
  }
  if (first === 'meetings') return ofMeeting(world, method, second, third, body);
  if (first === 'me') return mine(world, method, second);
  return undefined;
}

function ofMeeting(world, method, id, what, body) {
  const { plan } = world;
  const meeting = world.meetings.find((m) => m.id === id);
  switch (`${method} ${what}`) {
    case 'GET schedule':
      return meeting?.kind === 'scheduled' ? [200, scheduleOf(world, meeting)] : problem(404, 'not-found');
    case 'GET todos':
      return [200, plan.todos.filter((t) => t.meeting === id)];
    case 'GET attendance':
      return [200, { people: plan.attendance }];
    case 'GET ladder':
      return [200, { rungs: plan.rungs, own: false }];
    case 'PUT ladder':
      plan.rungs = body.rungs;
      return [200, { rungs: plan.rungs, own: true }];
    default:
      return undefined;
  }
}

function mine({ plan }, method, what) {
  switch (`${method} ${what}`) {
    case 'GET calendar':
      return [200, plan.feed];
    case 'POST calendar':
      plan.feed = {
        url: 'https://meet.example.com/calendar/9mQ2vXr7Lw5Tn2Bp8JcKd.ics',
        createdAt: new Date().toISOString(),
      };
      return [200, plan.feed];
    case 'DELETE calendar':
      plan.feed = { url: '' };
      return [204];
    default:
      return undefined;
  }
}
