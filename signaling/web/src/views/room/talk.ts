import { useEffect } from 'preact/hooks';
import { messages } from '../../i18n';
import type { Live } from '../../store/live';
import { announce } from '../../store/toasts';

/** Somebody who talks this long is worth a word; shorter ones would drown the meeting. */
const STEADY_MS = 1500;

/** Tells assistive technology who has the floor, once for each change. */
export function useTalkAnnouncements(live: Live): void {
  const state = live.room.value;
  const loudest = live.speaking.value.find((n) => n !== state?.self);
  const name = loudest === undefined ? undefined : state?.roster.get(loudest)?.name;
  useEffect(() => {
    if (!name) return;
    const timer = setTimeout(() => announce(messages.value.notice.talking(name)), STEADY_MS);
    return () => clearTimeout(timer);
  }, [name]);
}
