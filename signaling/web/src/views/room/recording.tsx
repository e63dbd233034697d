import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { play } from '../../call/sounds';
import { readAloud } from '../../call/voice';
import { elapsed, messages, speaking } from '../../i18n';
import type { Recording } from '../../wire/messages';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { useNow } from '../parts/now';
import { ids } from '../testids';
import { type Context, roomActions } from './actions';
import { perform } from './perform';

/** While it is on, everybody hears that it is. */
const BEEP_MS = 15_000;

/** What everybody sees of a recording: that it is coming, that it is on, and how to object. */
export function RecordingStrip({ context }: { context: Context }) {
  const recording = context.live.room.value?.room.recording;
  useBeep(recording?.state === 'on');
  if (!recording) return null;
  return (
    <>
      <Strip recording={recording} context={context} />
      <Notice name={recording.name} context={context} />
    </>
  );
}

function Strip({ recording, context }: { recording: Recording; context: Context }) {
  const t = messages.value;
  const { objections = 0, heard, of } = recording;
  const on = recording.state === 'on';
  const offered = ['object', 'record']
    .flatMap((id) => roomActions.find((a) => a.id === id) ?? [])
    .filter((action) => action.shown(context));
  return (
    <section
      class={`rec-strip ${recording.state}`}
      aria-label={t.recording.label}
      data-testid={ids.recording}
      data-state={recording.state}
    >
      <span class="rec-dot" aria-hidden="true" />
      <p>
        {on ? <Since since={recording.since ?? Date.now()} /> : <strong>{t.recording.announcing}</strong>}{' '}
        {!on && heard !== undefined && of !== undefined && <span>{t.recording.counted(heard, of)}</span>}
        {on && <span>{t.recording.by(recording.name)}</span>}
        {objections > 0 && <span> · {t.recording.objections(objections)}</span>}
        {context.live.objected.value && <span class="rec-own"> · {t.recording.objected}</span>}
      </p>
      {offered.length > 0 && (
        <div class="button-row">
          {offered.map((action) => (
            <Button
              key={action.id}
              size="small"
              id={`rec-${action.id}`}
              onClick={() => void perform(action, context)}
            >
              {action.id === 'object' ? t.recording.object : action.label(context)}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}

function Since({ since }: { since: number }) {
  const t = messages.value.recording;
  const time = elapsed(useNow(1000) - since);
  return (
    <strong class="rec-since" title={t.since(time)}>
      {t.on} <span class="digits">{time}</span>
    </strong>
  );
}

/**
 * Tells this person that the meeting is recorded, and the server that they have
 * been told: by a tone and a text that can be seen, or by a voice when the page
 * is in the background. Where the browser keeps the sound off, by a press.
 */
function Notice({ name, context }: { name: string; context: Context }) {
  const t = messages.value;
  const { live } = context;
  const number = live.notice.value;
  const shown = useSignal<number | undefined>(undefined);
  useEffect(() => {
    if (number === undefined) return;
    shown.value = number;
    let current = true;
    const tell = async () => {
      if (live.notice.value !== number) return;
      const toned = await play('notice');
      const seen = document.visibilityState === 'visible';
      const told = seen ? toned : toned && (await readAloud(t.recording.noticeText(name), speaking.value));
      if (told && current) await live.heard().catch(() => undefined);
    };
    void tell();
    const again = () => {
      if (document.visibilityState === 'visible') void tell();
    };
    document.addEventListener('visibilitychange', again);
    return () => {
      current = false;
      document.removeEventListener('visibilitychange', again);
    };
  }, [number]);
  if (shown.value === undefined) return null;
  const close = () => {
    shown.value = undefined;
    void live.heard().catch(() => undefined);
  };
  return (
    <div class="rec-notice" role="alert" data-testid={ids.notice} data-heard={String(number === undefined)}>
      <Icon name="record" size={24} />
      <div>
        <p class="note-title">{t.recording.notice}</p>
        <p>{t.recording.noticeText(name)}</p>
      </div>
      <Button size="small" tone="primary" id={ids.understood} onClick={close}>
        {t.recording.understood}
      </Button>
    </div>
  );
}

function useBeep(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    void play('beep');
    const timer = setInterval(() => void play('beep'), BEEP_MS);
    return () => clearInterval(timer);
  }, [on]);
}
