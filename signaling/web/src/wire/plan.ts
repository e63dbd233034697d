// The routes of /api/v1 about meetings with dates, to-dos and calendars, typed.
// Wall times are "2026-03-01T09:00", instants RFC 3339.
import type { Language, Meeting } from './api';
import { call } from './http';

/** How a wall time fits its zone: it is there, skipped, or there twice. */
export type Fit = 'exact' | 'gap' | 'twice';

export type Status = 'needs-action' | 'accepted' | 'tentative' | 'declined';

/** One date of a meeting. */
export interface Occurrence {
  id: string;
  meeting: string;
  series: string;
  recurrence: string;
  /** When it begins in its zone. */
  wall: string;
  start: string;
  end: string;
  timeZone: string;
  title: string;
  agenda: string;
  cancelled: boolean;
  /** Is not when the rule has it. */
  moved: boolean;
  recurring: boolean;
  fit: Fit;
  organiser: { id: string; name: string };
  /** The asker's own answer; empty for the organiser. */
  status: '' | Status;
}

/** Somebody to be invited. */
export interface Guest {
  id?: string;
  person?: string;
  name: string;
  email?: string;
  phone?: string;
  language?: Language;
  timeZone?: string;
  required: boolean;
  coHost: boolean;
  /** Is called into the meeting when it begins. */
  ring: boolean;
}

/** As it is sent: of a colleague the server knows the name and the rest. */
export type Invitation = Omit<Guest, 'name'> & { name?: string };

export const STEPS = ['ask', 'ring', 'call', 'host'] as const;
export type StepName = (typeof STEPS)[number] | 'dial';

/** When a step is taken, in minutes after the start; negative: before it. */
export interface Rung {
  step: StepName;
  minutes: number;
}

/** How people are reminded of a meeting; a step without a rung is not taken. */
export interface LadderOf {
  rungs: Rung[];
  /** The meeting's own, not the usual one. */
  own: boolean;
}

/** When and how often a meeting is to be. */
export interface Dates {
  title: string;
  agenda: string;
  timeZone: string;
  start: string;
  minutes: number;
  rule: string;
}

/** What is decided when a meeting is scheduled. */
export interface Plan extends Dates {
  invitees: Invitation[];
  lobby?: boolean;
  waitForHost?: boolean;
  muteOnEntry?: boolean;
}

export interface Series extends Dates {
  id: string;
  /** When the last date begins; absent: never. */
  ends?: string;
  cancelled: boolean;
}

export type Scope = 'one' | 'following' | 'all';

export interface Reply {
  invitee: string;
  /** Empty: of all dates that have none of their own. */
  occurrence: string;
  status: Status;
  at: string;
  via: string;
}

/** A meeting with everything about its dates. */
export interface Schedule {
  meeting: Meeting;
  series: Series[];
  replies: Reply[];
  next?: Occurrence;
}

interface Named {
  id: string;
  name: string;
}

/** One of the next dates of a meeting that is being scheduled. */
export interface Ahead {
  wall: string;
  start: string;
  end: string;
  fit: Fit;
  /** For all who are invited, each zone once. */
  zones: { timeZone: string; wall: string; shifted: number }[];
  /** Colleagues who are in another meeting then, and whose quiet hours it breaks into. */
  busy: Named[];
  quiet: Named[];
}

/** A time that suits all but those for whom it is late. */
export interface Free {
  start: string;
  end: string;
  late: string[];
}

export interface Todo {
  id: string;
  meeting?: string;
  occurrence?: string;
  text: string;
  owner: { id: string; name: string };
  due?: string;
  timeZone: string;
  doneAt?: string;
  by: string;
  createdAt: string;
}

export interface NewTodo {
  text: string;
  owner?: string;
  due?: string;
  timeZone?: string;
  meeting?: string;
  occurrence?: string;
}

export interface Attended {
  name: string;
  kind: 'browser' | 'phone';
  joinedAt: string;
  /** Absent: is still there. */
  leftAt?: string;
  seconds: number;
}

/** One's own calendar for other programs. */
export interface Feed {
  /** Empty: there is none. */
  url: string;
  createdAt?: string;
}

/** What an .ics file holds. */
export interface Imported {
  events: {
    n: number;
    title: string;
    start: string;
    timeZone: string;
    minutes: number;
    rule: string;
    /** Of the next date. */
    next?: string;
    exceptions: number;
    /** In the file; nobody is invited by an import. */
    invitees: number;
    /** Was imported before. */
    known: boolean;
    past: boolean;
  }[];
  faults: { line: number; title: string; text: string; dropped: boolean }[];
}

const id = encodeURIComponent;

const within = (from: Date, to: Date): string =>
  new URLSearchParams({ from: from.toISOString(), to: to.toISOString() }).toString();

export const planApi = {
  occurrences: (from: Date, to: Date) => call<Occurrence[]>('GET', `/occurrences?${within(from, to)}`),
  occurrence: (occurrence: string) => call<Occurrence>('GET', `/occurrences/${id(occurrence)}`),
  schedule: (plan: Plan) => call<Schedule>('POST', '/schedule', plan),
  addDates: (meeting: string, dates: Dates) =>
    call<Schedule>('POST', `/meetings/${id(meeting)}/schedule`, dates),
  preview: (plan: Plan, meeting: string) =>
    call<{ dates: Ahead[] }>('POST', '/schedule/preview', { ...plan, ...(meeting ? { meeting } : {}) }),
  suggest: (people: string[], minutes: number, from: Date, to: Date) =>
    call<{ times: Free[] }>('POST', '/schedule/suggest', { people, minutes, from, to }),
  scheduleOf: (meeting: string) => call<Schedule>('GET', `/meetings/${id(meeting)}/schedule`),
  change: (occurrence: string, scope: Scope, edit: Partial<Dates>) =>
    call<Schedule>('PATCH', `/occurrences/${id(occurrence)}`, { scope, ...edit }),
  cancel: (occurrence: string, scope: Scope) =>
    call<void>('DELETE', `/occurrences/${id(occurrence)}?scope=${scope}`),
  reply: (occurrence: string, status: Status, scope: 'one' | 'all') =>
    call<void>('PUT', `/occurrences/${id(occurrence)}/reply`, { status, scope }),
  attendance: (meeting: string, from: Date, to: Date) =>
    call<{ people: Attended[] }>('GET', `/meetings/${id(meeting)}/attendance?${within(from, to)}`),
  attendanceCSV: (meeting: string, from: Date, to: Date) =>
    `/api/v1/meetings/${id(meeting)}/attendance/export?${within(from, to)}`,
  invite: (meeting: string, guest: Invitation) =>
    call<Meeting>('POST', `/meetings/${id(meeting)}/invitees`, guest),
  expect: (meeting: string, invitee: string, change: Partial<Guest>) =>
    call<Meeting>('PATCH', `/meetings/${id(meeting)}/invitees/${id(invitee)}`, change),

  ladder: (meeting: string) => call<LadderOf>('GET', `/meetings/${id(meeting)}/ladder`),
  setLadder: (meeting: string, rungs: readonly Rung[]) =>
    call<LadderOf>('PUT', `/meetings/${id(meeting)}/ladder`, { rungs }),

  todos: () => call<Todo[]>('GET', '/todos'),
  meetingTodos: (meeting: string) => call<Todo[]>('GET', `/meetings/${id(meeting)}/todos`),
  addTodo: (todo: NewTodo) => call<Todo>('POST', '/todos', todo),
  changeTodo: (todo: string, change: Partial<NewTodo> & { done?: boolean }) =>
    call<Todo>('PATCH', `/todos/${id(todo)}`, change),
  removeTodo: (todo: string) => call<void>('DELETE', `/todos/${id(todo)}`),

  feed: () => call<Feed>('GET', '/me/calendar'),
  newFeed: () => call<Feed>('POST', '/me/calendar'),
  revokeFeed: () => call<void>('DELETE', '/me/calendar'),
  previewImport: (calendar: string) => call<Imported>('POST', '/schedule/import/preview', { calendar }),
  importEvents: (calendar: string, events: number[]) =>
    call<{ made: { n: number; meeting: string }[]; faults: { n: number; title: string; text: string }[] }>(
      'POST',
      '/schedule/import',
      { calendar, events },
    ),
};
