import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { messages } from '../../i18n';
import type { Live } from '../../store/live';
import { announce } from '../../store/toasts';
import { PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Plain } from '../shell';
import { ids } from '../testids';
import type { Context } from './actions';
import { Banners } from './banners';
import { Controls } from './controls';
import { type Dialogs, RoomDialogs } from './dialogs';
import { DoorList } from './door';
import { Head } from './head';
import { useKeys } from './keys';
import { Over } from './over';
import { Playback } from './playback';
import { Roster } from './roster';
import { Side } from './side';
import { useTalkAnnouncements } from './talk';

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
      return <Waiting live={live} />;
    case 'waiting':
      return <Waiting live={live} door />;
    case 'in':
      return <Inside live={live} />;
    case 'over':
      return <Over why={phase.why} {...(phase.by ? { by: phase.by } : {})} rejoin />;
  }
}

function Waiting({ live, door }: { live: Live; door?: boolean }) {
  const t = messages.value;
  return (
    <Plain>
      <section
        class="card over"
        data-testid={ids.room}
        data-phase={live.phase.value.name}
        data-socket={live.socket.value}
      >
        <span class="pulse" aria-hidden="true" />
        <PageTitle>{door ? t.room.waiting : t.room.connecting}</PageTitle>
        <p class="lead" role="status">
          {door ? t.room.waitingText : t.room.connectingText}
        </p>
        <Button onClick={() => void live.leave()}>{door ? t.room.stopWaiting : t.common.cancel}</Button>
      </section>
    </Plain>
  );
}

function Inside({ live }: { live: Live }) {
  const t = messages.value;
  const dialog = useSignal<Dialogs | undefined>(undefined);
  const context: Context = {
    live,
    t,
    open: (name) => {
      dialog.value = { name };
    },
    said: announce,
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
    >
      <Head live={live} />
      <main id="content" class="room-main">
        <div class="room-stage">
          <Banners live={live} context={context} />
          <DoorList context={context} />
          <Roster
            live={live}
            choose={(participant) => {
              dialog.value = { name: 'participant', participant };
            }}
          />
        </div>
        <Side live={live} />
      </main>
      <Controls context={context} />
      <Playback live={live} />
      {dialog.value && <RoomDialogs open={dialog.value} context={context} close={close} />}
    </div>
  );
}
