// The routes of /api/v1 that the client uses, typed.
import { call } from './http';

export type Language = 'en' | 'zh-CN';

export type MayCall = 'everyone' | 'known' | 'nobody';

export interface Person {
  id: string;
  name: string;
  email: string;
  phone?: string;
  language: Language;
  timeZone: string;
  admin: boolean;
  department?: string;
  /** Administrators see it, others their own. */
  costCentre?: string;
  /** Whom one may call at the company's expense; as costCentre. */
  mayCall?: MayCall;
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
  email?: string;
  phone?: string;
  language?: Language;
  timeZone?: string;
  required: boolean;
  coHost: boolean;
  /** Is called into the meeting when it begins. */
  ring: boolean;
}

export interface Meeting {
  id: string;
  name: string;
  kind: 'now' | 'named' | 'scheduled';
  link: string;
  number: string;
  hostCode?: string;
  organiser: { id: string; name: string };
  muteOnEntry: boolean;
  /** Of a scheduled one: others than hosts wait until a date comes. */
  lobby?: boolean;
  /** Before it, others than hosts wait; absent when always open. */
  opensAt?: string;
  waitForHost: boolean;
  /** Whether hosts alone may call people; absent where nobody can. */
  hostsDial?: boolean;
  /** Whether coming and going is heard. */
  tones: boolean;
  /** Callers without a name are asked to speak it. */
  recordNames: boolean;
  /** 0: as many as the server takes. */
  maxParticipants: number;
  /** Whether the person who asks is in it by phone. */
  onPhone?: boolean;
  locked: boolean;
  running: boolean;
  participants: number;
  invitees: Invitee[];
  createdAt: string;
  endedAt?: string;
}

export interface Door {
  meeting: Pick<Meeting, 'id' | 'name' | 'running' | 'locked' | 'participants' | 'opensAt' | 'onPhone'>;
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
  department?: string;
  costCentre?: string;
  mayCall?: MayCall;
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

/** What the organiser decides about a meeting; a time that has passed opens it. */
export type Settings = Pick<
  Meeting,
  'muteOnEntry' | 'lobby' | 'hostsDial' | 'waitForHost' | 'tones' | 'recordNames' | 'maxParticipants'
> & { opensAt: string };

export interface MeetingRecording {
  id: string;
  /** The host who began it. */
  by: string;
  startedAt: string;
  /** Absent while it runs. */
  endedAt?: string;
  /** When it is deleted by itself; absent: never. */
  expiresAt?: string;
  /** Of a break-out room. */
  breakout?: boolean;
  /** `mix`, `slot-1` and on: one for each voice at a time, and `talkers`: who had which when. */
  tracks: { name: string; size: number }[];
}

/** An account for a SIP phone of one's own. */
export interface SipPhone {
  user: string;
  /** Short number by which colleagues reach it. */
  number: string;
  domain: string;
  transports: string[];
  /** Right after it was made, and never again. */
  password?: string;
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
  changeMeeting: (meeting: string, body: Partial<{ name: string } & Settings>) =>
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

  recordings: (meeting: string) => call<MeetingRecording[]>('GET', `/meetings/${id(meeting)}/recordings`),
  deleteRecording: (recording: string) => call<void>('DELETE', `/recordings/${id(recording)}`),
  /** Where a track is to be had, for players and downloads. */
  trackAddress: (recording: string, track: string) => `/api/v1/recordings/${id(recording)}/${id(track)}`,

  phone: () => call<SipPhone>('GET', '/me/phone'),
  newPhone: () => call<SipPhone>('POST', '/me/phone'),
  removePhone: () => call<void>('DELETE', '/me/phone'),

  door: (token: string) => call<Door>('GET', `/join/${id(token)}`),
  doorByNumber: (number: string) => call<Door>('GET', `/join/number/${id(number)}`),
  ticket: (body: TicketFor) =>
    call<{ ticket: string; expiresAt: string; meeting: string }>('POST', '/tickets', body),
  /** For a page outside of meetings. */
  ownTicket: () => call<{ ticket: string }>('POST', '/tickets', {}),
  dialIn: () => call<DialIn>('GET', '/dial-in'),
};
