// The routes of /api/v1 about reminders, quiet hours, receipts and channels, typed.
// Times are RFC 3339.
import { call } from './http';

export type Act = 'join' | 'coming' | 'late' | 'cannot' | 'snooze' | 'heard';
export type Kind = 'meeting' | 'todo' | 'broadcast';
/** What brings something to be read later. */
export const MESSAGES = ['push', 'mail', 'wecom', 'dingtalk', 'feishu', 'slack', 'webhook'] as const;
export type MessageChannel = (typeof MESSAGES)[number];
export const BOTS = ['wecom', 'dingtalk', 'feishu', 'slack', 'webhook'] as const;
export type BotChannel = (typeof BOTS)[number];

/** What one must not forget, as a card that pops up. */
export interface Reminder {
  /** Id of the occurrence, to-do or announcement: what is answered to. */
  subject: string;
  /** `missing` tells who leads a meeting who is not there. */
  about: string;
  /** A line in the person's language: what, and how soon. */
  title: string;
  text: string;
  /** Unix milliseconds. */
  start: number;
  end: number;
  link?: string;
  /** What it can be answered with. */
  acts: string[];
}

/** What hosts are told of those who are invited: one who is late or cannot come, or who is missing. */
export interface Invitees {
  meeting: string;
  subject: string;
  title: string;
  name?: string;
  act?: 'late' | 'cannot';
  minutes?: number;
  missing?: string[];
}

export type RemindEvent =
  | { type: 'reminder'; reminder: Reminder }
  | { type: 'reminder-settled'; subject: string }
  | ({ type: 'invitees' } & Invitees);

/** Something that one was reminded of and has not answered. */
export interface Card {
  /** Id of the occurrence, to-do or announcement. */
  subject: string;
  kind: Kind;
  meeting: string;
  title: string;
  text: string;
  start: string;
  end: string;
  organiser: string;
  link: string;
  /** Who disturbs quiet hours, and why; empty: nobody. */
  urgent: string;
  /** When last; null: kept silent. */
  reminded: string | null;
  snoozed: boolean;
}

/** What a signed link is about. */
export interface LinkCard {
  kind: Kind;
  title: string;
  text: string;
  start: string;
  end: string;
  zone: string;
  organiser: string;
  /** Of the person. */
  name: string;
  link: string;
  number: string;
  code: string;
  answer: '' | Act;
  minutes: number;
}

export type Coming = 'accepted' | 'tentative' | 'declined';

/** What a link in an invitation by mail asks. */
export interface Question {
  /** Of the invitee. */
  name: string;
  organiser: string;
  title: string;
  agenda: string;
  /** Of the one date, or the next of all. */
  start: string;
  end: string;
  timeZone: string;
  /** It is about all dates of several. */
  all: boolean;
  status: 'needs-action' | Coming;
  /** To the date that is shown. */
  next: 'needs-action' | Coming;
  link: string;
  number: string;
  code: string;
}

/** How a person wants to be reminded. */
export interface Choice {
  /** Null: as usual. */
  channels: MessageChannel[] | null;
  /** Minutes before the start; none: as the meeting says. */
  lead: number[];
  noRing: boolean;
  noCall: boolean;
}

/** "18:30" to "09:00"; no later than it begins: on the next day. */
export interface Span {
  from: string;
  to: string;
}

export interface Quiet {
  zone: string;
  /** By weekday, Sunday first. */
  week: Span[][];
  restUntil: string | null;
  /** Quiet now, until then. */
  restingUntil: string | null;
}

/** A time at which one was disturbed in quiet hours. */
export interface Disturbance {
  id: string;
  title: string;
  sender: string;
  reason: string;
  at: string;
  judged: boolean;
  urgent: boolean;
}

export type RowState =
  | 'pending'
  | 'claimed'
  | 'sent'
  | 'delivered'
  | 'acknowledged'
  | 'failed'
  | 'expired'
  | 'suppressed';

export interface ReceiptRow {
  step: string;
  channel: string;
  state: RowState;
  reason: string;
  due: string;
  sentAt: string | null;
}

export interface ReceiptPerson {
  who: string;
  name: string;
  required: boolean;
  answer: '' | Act;
  minutes: number;
  where: string;
  at: string | null;
  rows: ReceiptRow[];
}

export interface Receipts {
  subject: string;
  kind: Kind;
  title: string;
  funnel: {
    people: number;
    planned: number;
    sent: number;
    delivered: number;
    acknowledged: number;
    late: number;
    declined: number;
    failed: number;
    expired: number;
    suppressed: number;
    waiting: number;
  };
  people: ReceiptPerson[];
  again: { left: number; nextAt: string | null };
}

export interface Broadcast {
  id: string;
  title: string;
  text: string;
  by: string;
  at: string;
  /** How many are told. */
  people: number;
  phone: boolean;
}

export interface NewBroadcast {
  title: string;
  text: string;
  /** Ids; empty: everybody. */
  people: string[];
  phone: boolean;
  /** The reason, or empty. */
  urgent: string;
}

export interface Channels {
  mail: boolean;
  push: boolean;
  browsers: number;
  bots: { id: string; name: string; channel: BotChannel; chosen: boolean; mention: string }[];
}

export interface Browsers {
  /** The applicationServerKey, base64url; empty: no push here. */
  key: string;
  browsers: { id: string; userAgent: string; createdAt: string; current: boolean }[];
}

export interface Bot {
  id: string;
  name: string;
  channel: BotChannel;
  host: string;
  hasSecret: boolean;
  allowPrivate: boolean;
  people: number;
  fault: string;
  changedAt: string;
  changedBy: string;
}

export interface NewBot {
  name: string;
  channel: BotChannel;
  url?: string;
  secret?: string;
  allowPrivate: boolean;
}

const id = encodeURIComponent;

export const remindApi = {
  cards: () => call<Card[]>('GET', '/me/reminders'),
  answer: (subject: string, act: Act, minutes?: number) =>
    call<void>('POST', `/me/reminders/${id(subject)}`, { act, ...(minutes ? { minutes } : {}) }),
  link: (token: string) => call<LinkCard>('GET', `/reminders/${id(token)}`),
  answerLink: (token: string, act: Act, minutes?: number) =>
    call<LinkCard>('POST', `/reminders/${id(token)}`, { act, ...(minutes ? { minutes } : {}) }),

  question: (token: string) => call<Question>('GET', `/answers/${id(token)}`),
  come: (token: string, status: Coming, next: boolean) =>
    call<Question>('POST', `/answers/${id(token)}`, { status, next }),

  choice: () => call<Choice>('GET', '/me/notifications'),
  choose: (choice: Choice) => call<Choice>('PUT', '/me/notifications', choice),
  quiet: () => call<Quiet>('GET', '/me/quiet'),
  setQuiet: (zone: string, week: Span[][]) => call<Quiet>('PUT', '/me/quiet', { zone, week }),
  rest: (until: string | null) => call<Quiet>('PUT', '/me/rest', { until }),
  disturbances: () => call<Disturbance[]>('GET', '/me/disturbances'),
  judge: (disturbance: string, urgent: boolean) =>
    call<void>('POST', `/me/disturbances/${id(disturbance)}`, { urgent }),

  receipts: (subject: string) => call<Receipts>('GET', `/subjects/${id(subject)}/receipts`),
  receiptsCSV: (subject: string) => `/api/v1/subjects/${id(subject)}/receipts/export`,
  again: (subject: string) => call<{ reminded: number }>('POST', `/subjects/${id(subject)}/again`),
  override: (subject: string, reason: string) =>
    call<{ left: number; of: number }>('POST', `/subjects/${id(subject)}/override`, { reason }),
  quota: () => call<{ left: number; of: number }>('GET', '/me/override-quota'),

  broadcasts: () => call<Broadcast[]>('GET', '/broadcasts'),
  announce: (broadcast: NewBroadcast) => call<Broadcast>('POST', '/broadcasts', broadcast),

  channels: () => call<Channels>('GET', '/me/channels'),
  setBots: (bots: { id: string; mention: string }[]) => call<Channels>('PUT', '/me/channels', { bots }),
  browsers: () => call<Browsers>('GET', '/me/push'),
  subscribe: (subscription: PushSubscriptionJSON) => call<{ id: string }>('POST', '/me/push', subscription),
  unsubscribe: (browser: string) => call<void>('DELETE', `/me/push/${id(browser)}`),
  testPush: () => call<{ sent: boolean; error: string }>('POST', '/me/push/test'),

  bots: () => call<Bot[]>('GET', '/bots'),
  addBot: (bot: NewBot) => call<Bot>('POST', '/bots', bot),
  changeBot: (bot: string, change: NewBot) => call<Bot>('PUT', `/bots/${id(bot)}`, change),
  removeBot: (bot: string) => call<void>('DELETE', `/bots/${id(bot)}`),
  testBot: (bot: string) =>
    call<{ sent: boolean; error: string; tookMs: number }>('POST', `/bots/${id(bot)}/test`),
};
