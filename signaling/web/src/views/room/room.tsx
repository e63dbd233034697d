import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { messages } from '../../i18n';
import { anyCalls } from '../../store/calls';
import type { Live } from '../../store/live';
import { announce, toast } from '../../store/toasts';
import { lazyPaid } from '../parts/lazypaid';
import { ids } from '../testids';
import type { Context } from './actions';
import { Banners } from './banners';
import { Chambers, MoveBar } from './chambers';
import { Controls } from './controls';
import { type Dialogs, RoomDialogs } from './dialogs';
import { DoorList } from './door';
import { Head } from './head';
import { useKeys } from './keys';
import { Over } from './over';
import { Playback } from './playback';
import { RecordingStrip } from './recording';
import { Roster } from './roster';
import { Side } from './side';
import { useTalkAnnouncements } from './talk';
import { Waiting } from './wait';

// Most meetings call nobody.
const RoomCalls = lazyPaid(() => import('./roomcalls'), true);

/** A visit to a meeting, from the first handshake to the last word. */
export function Room({ live }: { live: Live }) {
  const phase = live.phase.value;
  useEffect(() => {
    const bye = () => live.farewell();
    addEventListener('pagehide', bye);
    return () => removeEventListener('pagehide', bye);
  }, [live]);
  // Whoever goes to another page of the client leaves the meeting.
  useEffect(
    () => () => {
      if (live.phase.value.name !== 'over') void live.leave();
    },
    [live],
  );
  switch (phase.name) {
    case 'connecting':
    case 'waiting':
      return <Waiting live={live} phase={phase} />;
    case 'in':
      return <Inside live={live} />;
    case 'over':
      return <Over end={phase} rejoin={live.meeting} receipt={live.receipt.value} live={live} />;
  }
}

function Inside({ live }: { live: Live }) {
  const t = messages.value;
  const dialog = useSignal<Dialogs | undefined>(undefined);
  const selection = useSignal<ReadonlySet<string> | undefined>(undefined);
  // In another room, and without the right to move anybody, nobody is chosen.
  const where = live.room.value?.room.breakout;
  useEffect(() => {
    selection.value = undefined;
  }, [where, live.host.value]);
  const context: Context = {
    live,
    t,
    open: (name) => {
      dialog.value = { name };
    },
    said: announce,
    tell: (text) => {
      announce(text);
      toast(text);
    },
    selection,
  };
  useKeys(context, () => dialog.value !== undefined);
  useTalkAnnouncements(live);
  const close = () => {
    dialog.value = undefined;
  };
  return (
    <div
      class="room"
      data-testid={ids.room}
      data-phase="in"
      data-socket={live.socket.value}
      data-audio={live.audio.value}
      data-muted={String(live.muted.value)}
      data-breakout={where ?? 0}
    >
      <Head live={live} connection={() => context.open('connection')} />
      <main id="content" class="room-main">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
        <section class="room-stage" tabIndex={0} aria-label={t.room.stage}>
          <Banners live={live} context={context} />
          <RecordingStrip context={context} />
          {anyCalls(live.calls.value) && <RoomCalls context={context} />}
          <DoorList context={context} />
          <MoveBar context={context} />
          <Roster
            context={context}
            choose={(participant) => {
              dialog.value = { name: 'participant', participant };
            }}
          />
          <Chambers context={context} />
        </section>
        <Side live={live} />
      </main>
      <Controls context={context} />
      <Playback live={live} />
      {dialog.value && <RoomDialogs open={dialog.value} context={context} close={close} />}
    </div>
  );
}
