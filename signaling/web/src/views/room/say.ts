import { Pace, play, type Sound } from '../../call/sounds';
import { messages } from '../../i18n';
import type { Notice } from '../../store/room';
import { settings } from '../../store/settings';
import { announce, type Toast, type Tone, toast } from '../../store/toasts';
import { visit } from '../../store/visit';
import { type Room, unreachable } from '../../wire/messages';
import { explain } from '../parts/problem';

// Phones hear these at a pace that the server keeps; a browser may be told of
// several rooms in a row.
const pace = new Pace(1500);

function sound(which: Sound): void {
  void play(which);
}

/** Tells a person of what happened in the room: all of it aloud, what matters on the screen. */
export function say(notice: Notice): void {
  const t = messages.value;
  if ('tone' in notice && notice.tone && settings.tones.value && pace.allows(performance.now()))
    sound(notice.kind === 'joined' ? 'joined' : 'left');
  switch (notice.kind) {
    case 'joined':
    case 'left':
    case 'moved-away':
    case 'handed-over':
    case 'hand-down':
    case 'unguarded':
      announce(t.notice[notice.kind](notice.name));
      return;
    case 'knock':
      sound('knock');
      announce(t.notice.knock(notice.name));
      return;
    case 'dropped':
    case 'was-removed':
    case 'hand':
    case 'new-host':
    case 'recording-announcing':
    case 'recording-on':
    case 'objection':
      tell(t.notice[notice.kind](notice.name));
      return;
    case 'not-recorded':
      if (notice.name) tell(t.notice[notice.kind](notice.name));
      return;
    case 'host-called':
      sound('called');
      tell(t.notice['host-called'](notice.name), { tone: 'warn', ms: 20_000 });
      return;
    case 'guarded':
      guarded(notice);
      return;
    case 'moved':
      sound('moved');
      tell(t.notice.moved(whereTo(notice.room)), { tone: 'good', ms: 9000 });
      return;
    case 'muted-by-host':
    case 'unmute-asked':
      tell(t.notice[notice.kind](notice.name), unmute());
      return;
    // Whoever is asked here cannot go to another page without leaving.
    case 'approval':
      void import('../../store/events').then(({ tellApproval }) => tellApproval(notice.approval));
      return;
    case 'budget-notice':
      void import('../../store/events').then(({ tellBudget }) => tellBudget(notice));
      return;
    case 'locked':
    case 'unlocked':
    case 'you-are-host':
    case 'recording-off':
      tell(t.notice[notice.kind]);
      return;
    default:
      unreachable(notice);
  }
}

/** The name of a room, for people. */
export function whereTo(room: Room): string {
  const t = messages.value;
  return room.breakout ? t.room.breakout(room.breakout) : room.name || t.home.nowName;
}

/** A host may say at once that it was no music. */
function guarded({ name, participant }: Extract<Notice, { kind: 'guarded' }>): void {
  const t = messages.value;
  const live = visit.value?.live;
  const undo = live?.host.value && {
    label: t.common.undo,
    run: () => {
      live.act('unguard', { participant }).catch((error: unknown) => toast(explain(error), 'bad'));
    },
  };
  tell(t.notice.guarded(name), { tone: 'warn', ...(undo ? { action: undo, ms: 20_000 } : {}) });
}

function unmute(): How {
  const live = visit.value?.live;
  if (!live?.track.value) return {};
  return {
    tone: 'warn',
    action: { label: messages.value.actions.unmute, run: () => live.setMuted(false) },
  };
}

interface How {
  tone?: Tone;
  action?: NonNullable<Toast['action']>;
  ms?: number;
}

function tell(text: string, { tone = 'info', action, ms }: How = {}): void {
  announce(text);
  toast(text, tone, action, ms);
}
