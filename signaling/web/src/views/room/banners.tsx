import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Meter } from '../../call/meter';
import { messages } from '../../i18n';
import type { Live } from '../../store/live';
import { type Context, takeOver } from './actions';
import { Banner } from './banner';
import { HintBanners, LightBanner } from './light';
import { perform } from './perform';
import { playAll, playBlocked } from './playback';

/** What is not as it should be, one line each, worst first. */
export function Banners({ live, context }: { live: Live; context: Context }) {
  const t = messages.value;
  const socketLost = live.socket.value !== 'open';
  const audio = live.audio.value;
  return (
    <div class="banners" role="status">
      {socketLost && (
        <Banner kind="socket" tone="warn" icon="refresh" spinning>
          {t.room.lost}
        </Banner>
      )}
      {!socketLost && (audio === 'reconnecting' || audio === 'connecting') && (
        <Banner kind="audio" tone="warn" icon="refresh" spinning>
          {audio === 'connecting' ? t.room.connectingText : t.room.audioLost}
        </Banner>
      )}
      {!socketLost && audio === 'failed' && (
        <Banner
          kind="audio-failed"
          tone="bad"
          icon="warning"
          action={t.actions.dialIn}
          act={() => context.open('dial-in')}
        >
          {t.room.audioFailed}
        </Banner>
      )}
      {live.room.value?.elsewhere !== undefined && (
        <Banner
          kind="elsewhere"
          tone="plain"
          icon="phone"
          action={t.room.continueHere}
          act={() => void perform(takeOver, context)}
        >
          {t.room.onPhoneToo}
        </Banner>
      )}
      {playBlocked.value && (
        <Banner kind="play" tone="warn" icon="sound" action={t.room.playSound} act={playAll}>
          {t.room.playBlocked}
        </Banner>
      )}
      {!socketLost && audio === 'connected' && <LightBanner live={live} context={context} />}
      <HintBanners live={live} context={context} />
      {live.track.value === null ? (
        <Banner
          kind="listening"
          tone="plain"
          icon="micOff"
          action={t.room.useMicrophone}
          act={() => context.open('sound')}
        >
          {t.room.listening}
        </Banner>
      ) : (
        <TalkingMuted live={live} track={live.track.value} />
      )}
    </div>
  );
}

/** Whoever talks into a muted microphone is told, once per breath. */
function TalkingMuted({ live, track }: { live: Live; track: MediaStreamTrack }) {
  const t = messages.value;
  const shown = useSignal(false);
  const muted = live.muted.value;
  useEffect(() => {
    if (!muted) return;
    let loud = 0;
    let hide: ReturnType<typeof setTimeout> | undefined;
    const meter = new Meter(track, (level) => {
      loud = level > 0.55 ? loud + 1 : Math.max(0, loud - 0.5);
      if (loud < 12) return;
      loud = 0;
      shown.value = true;
      clearTimeout(hide);
      hide = setTimeout(() => {
        shown.value = false;
      }, 5000);
    });
    return () => {
      shown.value = false;
      clearTimeout(hide);
      meter.close();
    };
  }, [muted, track]);
  if (!shown.value) return null;
  return (
    <Banner
      kind="talking-muted"
      tone="warn"
      icon="micOff"
      action={t.actions.unmute}
      act={() => live.setMuted(false)}
    >
      {t.room.mutedTalking}
    </Banner>
  );
}
