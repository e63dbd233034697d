/**
 * Reads a sentence aloud with a voice of this computer, and tells whether it
 * was heard to its end. Voices that live on somebody's server are not asked.
 */
export function readAloud(text: string, language: string): Promise<boolean> {
  const speech = globalThis.speechSynthesis as SpeechSynthesis | undefined;
  const short = language.slice(0, 2);
  const voice = speech?.getVoices().find((v) => v.localService && v.lang.startsWith(short));
  if (!speech || !voice) return Promise.resolve(false);
  return new Promise((resolve) => {
    const said = new SpeechSynthesisUtterance(text);
    said.voice = voice;
    said.lang = voice.lang;
    said.onend = () => resolve(true);
    said.onerror = () => resolve(false);
    speech.speak(said);
  });
}
