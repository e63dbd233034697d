import { messages } from '../../i18n';
import type { Notice } from '../../store/room';
import { announce, toast } from '../../store/toasts';
import { visit } from '../../store/visit';

/** Tells a person of what happened in the room: all of it aloud, what matters on the screen. */
export function say(notice: Notice): void {
  const t = messages.value;
  switch (notice.kind) {
    case 'joined':
    case 'left':
    case 'hand-down':
    case 'knock':
      announce(t.notice[notice.kind](notice.name));
      return;
    case 'dropped':
    case 'was-removed':
    case 'hand':
    case 'new-host':
      tell(t.notice[notice.kind](notice.name));
      return;
    case 'muted-by-host':
      tell(t.notice['muted-by-host'](notice.name), true);
      return;
    case 'unmute-asked':
      tell(t.notice['unmute-asked'](notice.name), true);
      return;
    case 'locked':
    case 'unlocked':
    case 'you-are-host':
      tell(t.notice[notice.kind]);
      return;
  }
}

function tell(text: string, unmute = false): void {
  announce(text);
  const live = visit.value?.live;
  if (unmute && live?.track.value) {
    toast(text, 'warn', { label: messages.value.actions.unmute, run: () => live.setMuted(false) });
  } else toast(text);
}
