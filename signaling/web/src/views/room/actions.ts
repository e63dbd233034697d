import type { Signal } from '@preact/signals';
import type { Messages } from '../../i18n/en';
import type { Live } from '../../store/live';
import { keyOf } from '../../store/room';
import { selfId } from '../../store/session';
import type { ActionName, Participant } from '../../wire/messages';
import type { IconName } from '../parts/icons';

/** What an action of the room is given. */
export interface Context {
  live: Live;
  t: Messages;
  /** Opens one of the room's dialogs. */
  open(dialog: RoomDialog): void;
  /** Tells assistive technology. */
  said(text: string): void;
  /** Tells everybody, on the screen. */
  tell(text: string): void;
  /** Who is chosen to be moved, by `keyOf`; undefined while nobody is being chosen. */
  selection: Signal<ReadonlySet<string> | undefined>;
}

export type RoomDialog =
  | 'dial-in'
  | 'sound'
  | 'connection'
  | 'help'
  | 'more'
  | 'move'
  | 'breakouts'
  | 'hand-over'
  | 'call'
  | 'todos';

/** Something that can be done, wherever it is offered: button, menu or key. */
export interface Action<C = Context> {
  id: string;
  label(c: C): string;
  icon(c: C): IconName;
  /** A key as in KeyboardEvent.key; capitals want Shift. */
  key?: string;
  tone?: 'danger';
  /** Where it is offered: always, where there is room, or under "More" only. */
  place?: 'always' | 'wide' | 'more';
  /** For toggles: whether it is on. */
  pressed?(c: C): boolean;
  /** Whether it is offered at all. */
  shown(c: C): boolean;
  enabled?(c: C): boolean;
  /** Asked before it is done. */
  confirm?(c: C): { title: string; text: string; yes: string } | undefined;
  run(c: C): void | Promise<void>;
}

const always = () => true;
const forHosts = (c: Context) => c.live.host.value;
const handUp = (c: Context) => c.live.self.value?.hand ?? false;
const recording = (c: Context) => c.live.room.value?.room.recording !== undefined;
const locked = (c: Context) => c.live.room.value?.room.locked ?? false;

/** Guests never dial; a meeting may leave it to hosts. */
const mayDial = (c: Context) => {
  const state = c.live.room.value;
  if (!state?.room.dial || state.role === 'guest') return false;
  return forHosts(c) || !state.room.hostsDial;
};

/** Everything that can be done in a room, in the order of the controls. */
export const roomActions: readonly Action[] = [
  {
    id: 'mute',
    place: 'always',
    label: (c) => (c.live.muted.value ? c.t.actions.unmute : c.t.actions.mute),
    icon: (c) => (c.live.muted.value ? 'micOff' : 'mic'),
    key: 'm',
    pressed: (c) => c.live.muted.value,
    shown: always,
    enabled: (c) => c.live.track.value !== null,
    run: (c) => {
      c.live.setMuted(!c.live.muted.value);
      c.said(c.live.muted.value ? c.t.notice.youMuted : c.t.notice.youUnmuted);
    },
  },
  {
    id: 'hand',
    place: 'always',
    label: (c) => (handUp(c) ? c.t.actions.handDown : c.t.actions.hand),
    icon: () => 'hand',
    key: 'h',
    pressed: handUp,
    shown: always,
    run: (c) => c.live.act(handUp(c) ? 'lower-hand' : 'raise-hand'),
  },
  {
    id: 'call',
    label: (c) => c.t.actions.call,
    icon: () => 'phonePlus',
    key: 'c',
    shown: mayDial,
    run: (c) => c.open('call'),
  },
  {
    id: 'mute-all',
    label: (c) => c.t.actions.muteAll,
    icon: () => 'micOff',
    key: 'A',
    shown: forHosts,
    run: async (c) => {
      await c.live.act('mute-all');
      c.said(c.t.notice.allMuted);
    },
  },
  {
    id: 'lock',
    label: (c) => (locked(c) ? c.t.actions.unlock : c.t.actions.lock),
    icon: (c) => (locked(c) ? 'unlock' : 'lock'),
    key: 'L',
    pressed: locked,
    shown: forHosts,
    run: (c) => c.live.act(locked(c) ? 'unlock' : 'lock'),
  },
  {
    id: 'record',
    label: (c) => (recording(c) ? c.t.actions.stopRecording : c.t.actions.record),
    icon: () => 'record',
    key: 'R',
    pressed: recording,
    shown: forHosts,
    confirm: (c) =>
      recording(c)
        ? undefined
        : { title: c.t.actions.recordTitle, text: c.t.actions.recordText, yes: c.t.actions.record },
    run: (c) => c.live.act('record', { value: !recording(c) }),
  },
  {
    id: 'move',
    label: (c) => c.t.actions.move,
    icon: () => 'move',
    key: 'B',
    pressed: (c) => c.selection.value !== undefined,
    shown: forHosts,
    run: (c) => {
      c.selection.value = c.selection.value ? undefined : new Set();
    },
  },
  {
    id: 'breakouts',
    label: (c) => c.t.actions.breakouts,
    icon: () => 'rooms',
    place: 'more',
    shown: forHosts,
    run: (c) => c.open('breakouts'),
  },
  {
    id: 'admit-next',
    label: (c) => c.t.actions.admitNext,
    icon: () => 'door',
    key: 'N',
    place: 'more',
    shown: (c) => forHosts(c) && (c.live.room.value?.door.length ?? 0) > 0,
    run: (c) => c.live.act('admit'),
  },
  {
    id: 'call-host',
    label: (c) => c.t.actions.callHost,
    icon: () => 'bell',
    place: 'more',
    shown: (c) => !forHosts(c),
    run: async (c) => {
      await c.live.act('call-host');
      c.tell(c.t.notice.hostCalled);
    },
  },
  {
    id: 'object',
    label: (c) => c.t.actions.object,
    icon: () => 'shield',
    place: 'more',
    shown: (c) => recording(c) && !c.live.objected.value,
    run: async (c) => {
      await c.live.object();
      c.tell(c.t.notice.objected);
    },
  },
  {
    id: 'hand-over',
    label: (c) => c.t.actions.handOver,
    icon: () => 'phone',
    key: 'P',
    place: 'more',
    shown: always,
    run: (c) => c.open('hand-over'),
  },
  {
    id: 'dial-in',
    label: (c) => c.t.actions.dialIn,
    icon: () => 'dialpad',
    key: 'd',
    shown: always,
    run: (c) => c.open('dial-in'),
  },
  {
    id: 'sound',
    place: 'more',
    label: (c) => c.t.actions.settings,
    icon: () => 'sound',
    key: 's',
    shown: always,
    run: (c) => c.open('sound'),
  },
  {
    id: 'todos',
    place: 'more',
    label: (c) => c.t.actions.todos,
    icon: () => 'list',
    key: 't',
    shown: (c) => c.live.room.value?.role !== 'guest' && selfId() !== '',
    run: (c) => c.open('todos'),
  },
  {
    id: 'help',
    place: 'more',
    label: (c) => c.t.actions.help,
    icon: () => 'keyboard',
    key: '?',
    shown: always,
    run: (c) => c.open('help'),
  },
  {
    id: 'end',
    label: (c) => c.t.actions.end,
    icon: () => 'close',
    key: 'E',
    tone: 'danger',
    shown: forHosts,
    confirm: ({ t }) => ({ title: t.actions.endTitle, text: t.actions.endText, yes: t.actions.end }),
    run: (c) => c.live.act('end'),
  },
  {
    id: 'leave',
    place: 'always',
    label: (c) => c.t.actions.leave,
    icon: () => 'leave',
    key: 'Q',
    tone: 'danger',
    shown: always,
    run: (c) => c.live.leave(),
  },
];

/** Offered where one is in the meeting by phone as well. */
export const takeOver: Action = {
  id: 'take-over',
  label: ({ t }) => t.room.continueHere,
  icon: () => 'browser',
  shown: ({ live }) => live.room.value?.elsewhere !== undefined,
  run: ({ live }) => live.takeOver(),
};

export interface TargetContext extends Context {
  target: Participant;
}

const onOthers = (c: TargetContext) => c.live.host.value && c.target.participant !== c.live.room.value?.self;
const send = (action: ActionName) => (c: TargetContext) =>
  c.live.act(action, { participant: c.target.participant });

/** What a host can do to one participant; ids are `act-` and the protocol's action. */
export const participantActions: readonly Action<TargetContext>[] = [
  {
    id: 'act-mute',
    label: (c) => c.t.actions.muteOne,
    icon: () => 'micOff',
    shown: (c) => onOthers(c) && !c.target.muted,
    run: send('mute'),
  },
  {
    id: 'act-unguard',
    label: (c) => c.t.actions.unguard,
    icon: () => 'music',
    shown: (c) => onOthers(c) && c.target.guarded === true,
    run: send('unguard'),
  },
  {
    id: 'act-ask-unmute',
    label: (c) => c.t.actions.askUnmute,
    icon: () => 'mic',
    shown: (c) => onOthers(c) && c.target.muted && !c.target.guarded,
    run: async (c) => {
      await c.live.act('ask-unmute', { participant: c.target.participant });
      c.said(c.t.notice.askedUnmute(c.target.name));
    },
  },
  {
    id: 'act-lower-hand',
    label: (c) => c.t.actions.lowerHand,
    icon: () => 'hand',
    shown: (c) => onOthers(c) && c.target.hand,
    run: send('lower-hand'),
  },
  {
    id: 'act-make-host',
    label: (c) => c.t.actions.makeHost,
    icon: () => 'crown',
    shown: (c) => onOthers(c) && c.target.role !== 'host',
    run: send('make-host'),
  },
  {
    id: 'act-move',
    label: (c) => c.t.actions.move,
    icon: () => 'move',
    shown: onOthers,
    run: (c) => {
      const own = c.live.room.value?.room.breakout ?? 0;
      c.selection.value = new Set([keyOf(own, c.target.participant)]);
      c.open('move');
    },
  },
  {
    id: 'act-remove',
    label: (c) => c.t.actions.removeOne,
    icon: () => 'close',
    tone: 'danger',
    shown: onOthers,
    confirm: ({ t, target }) => ({
      title: t.actions.removeTitle(target.name),
      text: t.actions.removeText,
      yes: t.common.remove,
    }),
    run: send('remove'),
  },
];

/** Finds the action of a key press; keys with Ctrl, Alt or Meta belong to the browser. */
export function byKey(
  event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>,
): Action | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  return roomActions.find((action) => {
    if (!action.key) return false;
    if (action.key === '?') return event.key === '?';
    const capital = action.key !== action.key.toLowerCase();
    return event.key.toLowerCase() === action.key.toLowerCase() && event.shiftKey === capital;
  });
}

/** "⇧A" for a person. */
export function keyName(key: string): string {
  return key !== key.toLowerCase() ? `⇧ ${key}` : key.toUpperCase();
}
