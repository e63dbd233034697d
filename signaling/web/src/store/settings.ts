import { effect, signal } from '@preact/signals';
import type { Language } from '../wire/api';
import { askIn } from '../wire/http';

export type Theme = 'system' | 'light' | 'dark';

// Storage may be forbidden, e.g. in private windows: settings then last as
// long as the page.
function load(key: string): string {
  try {
    return localStorage.getItem(`partyline.${key}`) ?? '';
  } catch {
    return '';
  }
}

function keep(key: string, value: string): void {
  try {
    if (value) localStorage.setItem(`partyline.${key}`, value);
    else localStorage.removeItem(`partyline.${key}`);
  } catch {
    // See load.
  }
}

function oneOf<T extends string>(value: string, values: readonly T[], otherwise: T): T {
  return (values as readonly string[]).includes(value) ? (value as T) : otherwise;
}

function browserLanguage(): Language {
  return (globalThis.navigator?.language ?? 'en').toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

/** What a person chose in this browser. */
export const settings = {
  theme: signal<Theme>(oneOf(load('theme'), ['system', 'light', 'dark'], 'system')),
  language: signal<Language>(oneOf(load('language'), ['en', 'zh-CN'], browserLanguage())),
  /** True once the language was chosen here rather than guessed. */
  languageChosen: signal(load('language') !== ''),
  microphone: signal(load('microphone')),
  guestName: signal(load('name')),
  shortcuts: signal(load('shortcuts') !== 'off'),
  /** Whether coming and going is heard here, where the meeting has it. */
  tones: signal(load('tones') !== 'off'),
};

effect(() => keep('theme', settings.theme.value === 'system' ? '' : settings.theme.value));
effect(() => askIn(settings.language.value));
effect(() => {
  if (settings.languageChosen.value) keep('language', settings.language.value);
});
effect(() => keep('microphone', settings.microphone.value));
effect(() => keep('name', settings.guestName.value));
effect(() => keep('shortcuts', settings.shortcuts.value ? '' : 'off'));
effect(() => keep('tones', settings.tones.value ? '' : 'off'));

export function chooseLanguage(language: Language): void {
  settings.language.value = language;
  settings.languageChosen.value = true;
}
