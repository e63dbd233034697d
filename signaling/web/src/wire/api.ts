// The routes of /api/v1 that the client uses, typed.
import { call } from './http';

export type Language = 'en' | 'zh-CN';

export interface Person {
  id: string;
  name: string;
  email: string;
  phone?: string;
  language: Language;
  timeZone: string;
  admin: boolean;
  /** May log in; false after deactivation. */
  active: boolean;
  /** Has not chosen a password yet. */
  invited: boolean;
}

export interface Session {
  person: Person;
  company: string;
  version: string;
}

export interface LoginSession {
  id: string;
  createdAt: string;
  lastSeenAt: string;
  userAgent: string;
  address: string;
  current: boolean;
}

export interface Invitee {
  id: string;
  person?: string;
  name: string;
  code: string;
}

export interface Meeting {
  id: string;
  name: string;
  kind: 'now' | 'named';
  link: string;
  number: string;
  hostCode?: string;
  organiser: { id: string; name: string };
  muteOnEntry: boolean;
  locked: boolean;
  running: boolean;
  participants: number;
  invitees: Invitee[];
  createdAt: string;
  endedAt?: string;
}

export interface Door {
  meeting: { id: string; name: string; running: boolean; locked: boolean; participants: number };
  disclosure: string;
  company: string;
  signedIn: boolean;
}

export interface DialIn {
  numbers: { number: string; label: string }[];
  sipAddress: string;
}

/** An account with the link by which its owner chooses a password. */
export interface Newcomer {
  person: Person;
  link: string;
}

export interface NewPerson {
  name: string;
  email: string;
  phone?: string;
  language: Language;
  timeZone: string;
  admin?: boolean;
}

export interface ImportRow extends Omit<NewPerson, 'language' | 'admin'> {
  line: number;
  language: string;
  /** Sentences; a line with any is left out. */
  errors: string[];
  /** The invitation, once the account is there. */
  link?: string;
}

export interface Import {
  rows: ImportRow[];
  /** Columns that mean nothing to the server. */
  ignored: string[];
  created: number;
}

export type Which = 'link' | 'number' | 'host';
export type TicketFor = { link: string; name?: string } | { meeting: string } | { number: string };

const id = encodeURIComponent;

export const api = {
  setupNeeded: () => call<{ needed: boolean }>('GET', '/setup'),
  setup: (body: {
    token: string;
    company: string;
    name: string;
    email: string;
    password: string;
    language: Language;
    timeZone: string;
  }) => call<Session>('POST', '/setup', body),

  session: () => call<Session>('GET', '/session'),
  logIn: (email: string, password: string) => call<Session>('POST', '/session', { email, password }),
  logOut: () => call<void>('DELETE', '/session'),
  sessions: () => call<LoginSession[]>('GET', '/session/all'),
  endSession: (session: string) => call<void>('DELETE', `/session/${id(session)}`),
  changePassword: (current: string, next: string) => call<void>('POST', '/password', { current, new: next }),
  changeMe: (body: Partial<NewPerson>) => call<Person>('PATCH', '/me', body),

  invitation: (token: string) => call<{ name: string; email: string }>('GET', `/invitation/${id(token)}`),
  acceptInvitation: (token: string, password: string) =>
    call<Session>('POST', `/invitation/${id(token)}`, { password }),

  people: (query: string) => call<Person[]>('GET', `/people${query ? `?q=${id(query)}` : ''}`),
  addPerson: (body: NewPerson) => call<Newcomer>('POST', '/people', body),
  changePerson: (person: string, body: Partial<NewPerson> & { active?: boolean }) =>
    call<Person>('PATCH', `/people/${id(person)}`, body),
  deactivate: (person: string) => call<void>('DELETE', `/people/${id(person)}`),
  invite: (person: string) => call<Newcomer>('POST', `/people/${id(person)}/invitation`),
  importPeople: (csv: string, commit: boolean) => call<Import>('POST', '/people/import', { csv, commit }),

  meetings: () => call<Meeting[]>('GET', '/meetings'),
  meeting: (meeting: string) => call<Meeting>('GET', `/meetings/${id(meeting)}`),
  newMeeting: (kind: Meeting['kind'], name?: string) =>
    call<Meeting>('POST', '/meetings', { kind, ...(name ? { name } : {}) }),
  changeMeeting: (meeting: string, body: { name?: string; muteOnEntry?: boolean }) =>
    call<Meeting>('PATCH', `/meetings/${id(meeting)}`, body),
  deleteMeeting: (meeting: string) => call<void>('DELETE', `/meetings/${id(meeting)}`),
  replaceCode: (meeting: string, which: Which) =>
    call<Meeting>('POST', `/meetings/${id(meeting)}/codes`, { which }),
  addInvitee: (meeting: string, body: { person: string } | { name: string }) =>
    call<Meeting>('POST', `/meetings/${id(meeting)}/invitees`, body),
  removeInvitee: (meeting: string, invitee: string) =>
    call<Meeting>('DELETE', `/meetings/${id(meeting)}/invitees/${id(invitee)}`),
  replaceInviteeCode: (meeting: string, invitee: string) =>
    call<Meeting>('POST', `/meetings/${id(meeting)}/invitees/${id(invitee)}/code`),

  door: (token: string) => call<Door>('GET', `/join/${id(token)}`),
  doorByNumber: (number: string) => call<Door>('GET', `/join/number/${id(number)}`),
  ticket: (body: TicketFor) =>
    call<{ ticket: string; expiresAt: string; meeting: string }>('POST', '/tickets', body),
  dialIn: () => call<DialIn>('GET', '/dial-in'),
};
