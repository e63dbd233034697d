import { useLayoutEffect, useRef } from 'preact/hooks';
import { settings } from '../../store/settings';
import { byKey, type Context } from './actions';
import { perform } from './perform';

/** A shorter press of the space bar on the mute button is a click. */
const TAP_MS = 250;

/**
 * The room's keys: single keys from the table of actions, and the space bar as
 * push-to-talk. Whatever has the focus keeps the keys that it needs itself.
 */
export function useKeys(context: Context, dialogOpen: () => boolean): void {
  const current = useRef(context);
  current.current = context;
  // With the room's first picture, not a frame later: no press is lost in between.
  useLayoutEffect(() => {
    let since = 0;
    const down = (event: KeyboardEvent) => {
      const { live } = current.current;
      if (dialogOpen() || document.querySelector('dialog[open]') || typing(event.target)) return;
      if (event.key === ' ') {
        if (!mayPush(event.target)) return;
        event.preventDefault();
        if (event.repeat) return;
        since = event.timeStamp;
        live.push(true);
        return;
      }
      if (event.repeat || !settings.shortcuts.value) return;
      const action = byKey(event);
      if (!action) return;
      event.preventDefault();
      void perform(action, current.current);
    };
    const up = (event: KeyboardEvent) => {
      if (event.key !== ' ') return;
      const { live } = current.current;
      const tap = event.timeStamp - since < TAP_MS;
      const onMute = muteButton(event.target);
      if (live.pushing.value) {
        // Space on the mute button itself still toggles when it is only tapped.
        event.preventDefault();
        if (tap && onMute) live.pushing.value = false;
        else live.push(false);
      }
    };
    const gone = () => current.current.live.push(false);
    addEventListener('keydown', down);
    addEventListener('keyup', up);
    addEventListener('blur', gone);
    return () => {
      removeEventListener('keydown', down);
      removeEventListener('keyup', up);
      removeEventListener('blur', gone);
    };
  }, []);
}

function typing(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}

function muteButton(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-testid=mute]') !== null;
}

function mayPush(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return true;
  if (muteButton(target)) return true;
  return target.closest('button, a, summary') === null;
}
