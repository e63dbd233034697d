import { type Day, dayOf, wallAt } from '../../store/civil';
import { once, type Repeat, readRule, ruleText } from '../../store/rule';
import type { Dates, Guest, Invitation, Occurrence, Rung, Series } from '../../wire/plan';

/** What stands in the form of a meeting. */
export interface Draft {
  title: string;
  agenda: string;
  day: Day;
  /** "09:30". */
  time: string;
  minutes: number;
  zone: string;
  /** Undefined: a rule that the editor cannot show, which is kept. */
  repeat: Repeat | undefined;
  rule: string;
}

export const LENGTHS = [15, 30, 45, 60, 90, 120, 180, 240] as const;

/** When the server was told nothing else: PRODUCT's ladder, in minutes after the start. */
export const LADDER: readonly Rung[] = [
  { step: 'ask', minutes: -10 },
  { step: 'ring', minutes: -1 },
  { step: 'call', minutes: 1 },
  { step: 'host', minutes: 3 },
];

/** An empty form: the next full hour, or what was chosen in the calendar. */
export function freshDraft(zone: string, at: string, now = Date.now()): Draft {
  const soon = wallAt(now + 3_600_000, zone);
  const wall = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(at) ? at : `${soon.slice(0, 13)}:00`;
  return {
    title: '',
    agenda: '',
    day: dayOf(wall),
    time: wall.slice(11),
    minutes: 30,
    zone,
    repeat: once,
    rule: '',
  };
}

/** A form with one date of what was scheduled. */
export function draftOf(series: Series, one: Occurrence): Draft {
  return {
    title: one.title,
    agenda: one.agenda,
    day: dayOf(one.wall),
    time: one.wall.slice(11, 16),
    minutes: Math.round((Date.parse(one.end) - Date.parse(one.start)) / 60_000),
    zone: series.timeZone,
    repeat: readRule(series.rule, dayOf(series.start)),
    rule: series.rule,
  };
}

export function datesOf(draft: Draft): Dates {
  const { title, agenda, day, time, minutes, zone, repeat, rule } = draft;
  return {
    title: title.trim(),
    agenda: agenda.trim(),
    timeZone: zone,
    start: `${day}T${time}`,
    minutes,
    rule: repeat ? ruleText(repeat, day) : rule,
  };
}

/** What is sent of somebody who is invited. */
export function invitation({
  person,
  name,
  email,
  phone,
  language,
  timeZone,
  required,
  coHost,
  ring,
}: Guest): Invitation {
  const rest = person
    ? { person }
    : {
        name,
        ...(email ? { email } : {}),
        ...(phone ? { phone } : {}),
        ...(language ? { language } : {}),
        ...(timeZone ? { timeZone } : {}),
      };
  return { ...rest, required, coHost, ring };
}
