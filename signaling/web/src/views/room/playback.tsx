import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Live } from '../../store/live';

/** The browser wants a key or a click before it plays. */
export const playBlocked = signal(false);

const elements = new Set<HTMLAudioElement>();

export function playAll(): void {
  playBlocked.value = false;
  for (const element of elements) play(element);
}

function play(element: HTMLAudioElement): void {
  element.play().catch((error: { name?: string }) => {
    if (error.name === 'NotAllowedError') playBlocked.value = true;
  });
}

/** What the others say: one element per slot. */
export function Playback({ live }: { live: Live }) {
  useEffect(() => {
    const retry = () => {
      if (playBlocked.peek()) playAll();
    };
    addEventListener('pointerdown', retry);
    addEventListener('keydown', retry);
    return () => {
      removeEventListener('pointerdown', retry);
      removeEventListener('keydown', retry);
      playBlocked.value = false;
    };
  }, []);
  return (
    <>
      {live.streams.value.map((stream, slot) => (
        <Slot key={stream.id} stream={stream} slot={slot} />
      ))}
    </>
  );
}

function Slot({ stream, slot }: { stream: MediaStream; slot: number }) {
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    element.srcObject = stream;
    elements.add(element);
    play(element);
    return () => {
      elements.delete(element);
      element.srcObject = null;
    };
  }, [stream]);
  // biome-ignore lint/a11y/useMediaCaption: live speech has no captions
  return <audio ref={audio} data-slot={slot} />;
}
