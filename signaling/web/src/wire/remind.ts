/** What one must not forget, as a card that pops up. */
export interface Reminder {
  /** What `POST /me/reminders/{subject}` answers to. */
  subject: string;
  /** `missing` tells who leads a meeting who is not there. */
  about: string;
  title: string;
  text: string;
  /** Unix milliseconds. */
  start: number;
  end: number;
  link?: string;
  /** What it can be answered with: join, coming, late, cannot, snooze, heard. */
  acts: string[];
}

export type RemindEvent =
  | { type: 'reminder'; reminder: Reminder }
  | { type: 'reminder-settled'; subject: string };
