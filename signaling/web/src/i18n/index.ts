import { type Signal, signal } from '@preact/signals';
import type { Language } from '../wire/api';
import type { Messages } from './en';

const loaders: Record<Language, () => Promise<Messages>> = {
  en: async () => (await import('./en')).en,
  'zh-CN': async () => (await import('./zh')).zh,
};

/** The catalogue in use. Views read `messages.value` and follow a change. */
export const messages = signal<Messages>({} as Messages);
/** The language that `messages` holds. */
export const speaking = signal<Language>('en');

const parts: ((language: Language) => Promise<void>)[] = [];

/** Loads a catalogue; only the one in use travels to the browser. */
export async function speak(language: Language): Promise<void> {
  const [all] = await Promise.all([loaders[language](), ...parts.map((load) => load(language))]);
  messages.value = all;
  speaking.value = language;
}

/** A catalogue of its own, for pages that are loaded when first shown. */
export function part<T>(load: Record<Language, () => Promise<T>>): {
  texts: Signal<T>;
  /** Resolves when the texts are there, in the language in use; they follow every change of it. */
  ready(): Promise<void>;
} {
  const texts = signal({} as T);
  let loading: Promise<void> | undefined;
  const follow = async (language: Language) => {
    texts.value = await load[language]();
  };
  return {
    texts,
    ready() {
      if (!loading) {
        parts.push(follow);
        loading = follow(speaking.value);
      }
      return loading;
    },
  };
}

/** "482915306" as "482 915 306". */
export function grouped(digits: string): string {
  return digits.replace(/(\d{3})(?=\d)/g, '$1 ');
}

/** "3 minutes ago", in the language in use. */
export function ago(when: string, now = Date.now()): string {
  const seconds = Math.round((new Date(when).getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(speaking.value, { numeric: 'auto' });
  const size = Math.abs(seconds);
  if (size < 60) return format.format(0, 'minute');
  if (size < 3600) return format.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return format.format(Math.round(seconds / 3600), 'hour');
  return format.format(Math.round(seconds / 86_400), 'day');
}

/** "12:05", or "1:02:05" after an hour. */
export function elapsed(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** "10:30", with the date when it is not today. */
export function timeOf(ms: number, now = Date.now()): string {
  const today = new Date(ms).toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(speaking.value, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(today ? {} : { month: 'short', day: 'numeric' }),
  }).format(ms);
}
