import { afterEach, expect, test, vi } from 'vitest';
import { duration, Pace, play } from '../src/call/sounds';
import { readAloud } from '../src/call/voice';

afterEach(() => vi.unstubAllGlobals());

test('sounds come no closer to each other than their pace', () => {
  const pace = new Pace(1000);
  expect([0, 999, 1000, 1500, 2000].map((now) => pace.allows(now))).toEqual([true, false, true, false, true]);
});

test('what happens often is short', () => {
  expect(duration('joined')).toBeLessThan(0.4);
  expect(duration('left')).toBeLessThan(0.4);
  expect(duration('beep')).toBeLessThan(0.4);
});

test('without a way to make sounds nothing was heard', async () => {
  vi.stubGlobal('AudioContext', undefined);
  expect(await play('notice')).toBe(false);
});

test('a voice reads in the language asked for, and only one that lives here', async () => {
  const spoken: { text: string; voice: { lang: string } }[] = [];
  vi.stubGlobal(
    'SpeechSynthesisUtterance',
    class {
      onend = () => {};
      voice = { lang: '' };
      constructor(readonly text: string) {}
    },
  );
  vi.stubGlobal('speechSynthesis', {
    getVoices: () => [
      { lang: 'zh-CN', localService: false },
      { lang: 'en-GB', localService: true },
    ],
    speak: (said: { text: string; voice: { lang: string }; onend(): void }) => {
      spoken.push(said);
      said.onend();
    },
  });
  expect(await readAloud('Recorded', 'en')).toBe(true);
  expect(await readAloud('录音', 'zh-CN')).toBe(false);
  expect(spoken.map((s) => [s.text, s.voice.lang])).toEqual([['Recorded', 'en-GB']]);
});
