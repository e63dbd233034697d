import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { LOOPBACK_MS, record } from '../../call/loopback';
import { Meter } from '../../call/meter';
import {
  type Device,
  MicrophoneError,
  type MicrophoneProblem,
  microphones,
  openMicrophone,
} from '../../call/microphone';
import { messages } from '../../i18n';
import { settings } from '../../store/settings';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { ids } from '../testids';

export type MicState =
  | { state: 'asking' }
  | { state: 'ready'; track: MediaStreamTrack }
  | { state: 'problem'; problem: MicrophoneProblem };

export interface Microphone {
  mic: Signal<MicState>;
  devices: Signal<Device[]>;
  open(device?: string): Promise<void>;
  /** Hands the track over; it is not stopped when the page goes. */
  take(): MediaStreamTrack | null;
}

/** Opens the microphone as a page appears and closes it with the page. */
export function useMicrophone(): Microphone {
  const mic = useSignal<MicState>({ state: 'asking' });
  const devices = useSignal<Device[]>([]);
  const taken = useRef(false);
  const gone = useRef(false);
  const stop = () => {
    if (mic.value.state === 'ready' && !taken.current) mic.value.track.stop();
  };
  async function open(device = settings.microphone.value) {
    stop();
    mic.value = { state: 'asking' };
    try {
      const track = await openMicrophone(device);
      if (gone.current) return track.stop();
      if (device) settings.microphone.value = device;
      mic.value = { state: 'ready', track };
      devices.value = await microphones();
    } catch (error) {
      mic.value = { state: 'problem', problem: error instanceof MicrophoneError ? error.problem : 'missing' };
    }
  }
  useEffect(() => {
    void open();
    const refresh = async () => {
      devices.value = await microphones();
    };
    navigator.mediaDevices?.addEventListener?.('devicechange', refresh);
    return () => {
      gone.current = true;
      navigator.mediaDevices?.removeEventListener?.('devicechange', refresh);
      stop();
    };
  }, []);
  return {
    mic,
    devices,
    open,
    take: () => {
      taken.current = true;
      return mic.value.state === 'ready' ? mic.value.track : null;
    },
  };
}

export function DeviceSelect(props: { devices: readonly Device[]; choose(device: string): void }) {
  const t = messages.value;
  const { devices } = props;
  return (
    <div class="field">
      <label for="microphone">{t.prejoin.microphone}</label>
      <select
        id="microphone"
        data-testid={ids.microphone}
        value={settings.microphone.value || devices[0]?.id}
        onChange={(event) => props.choose(event.currentTarget.value)}
      >
        {devices.length === 0 && <option value="">{t.prejoin.defaultMicrophone}</option>}
        {devices.map((device, i) => (
          <option key={device.id} value={device.id}>
            {device.label || t.prejoin.numbered(i + 1)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The live level of a track. Drawn without rendering: it moves 20 times a second. */
export function LevelMeter({ track }: { track: MediaStreamTrack }) {
  const t = messages.value;
  const bar = useRef<HTMLSpanElement>(null);
  const box = useRef<HTMLMeterElement>(null);
  const heard = useSignal(false);
  useEffect(() => {
    let shown = 0;
    let loud = 0;
    heard.value = false;
    const meter = new Meter(track, (level) => {
      // Up at once, down slowly: how meters are read.
      shown = Math.max(level, shown * 0.85);
      loud = level > 0.35 ? loud + 1 : loud;
      if (loud > 4) heard.value = true;
      if (bar.current) bar.current.style.transform = `scaleX(${shown.toFixed(3)})`;
      if (box.current) box.current.value = Math.round(shown * 100);
    });
    return () => meter.close();
  }, [track]);
  return (
    <div class="meter-block">
      <meter ref={box} class="offscreen" aria-label={t.prejoin.level} max={100} data-testid={ids.level} />
      <div class="meter" aria-hidden="true">
        <span ref={bar} class="meter-bar" />
      </div>
      <p class={heard.value ? 'field-hint good' : 'field-hint'} role="status">
        {heard.value ? t.prejoin.hearing : t.prejoin.speak}
      </p>
    </div>
  );
}

type Step = 'idle' | 'recording' | 'playing' | 'done' | 'failed';

/** Records three seconds and plays them back, all inside the page. */
export function Loopback({ track }: { track: MediaStreamTrack }) {
  const t = messages.value;
  const step = useSignal<Step>('idle');
  const url = useSignal('');
  const player = useRef<HTMLAudioElement>(null);
  useEffect(() => () => URL.revokeObjectURL(url.value), []);
  async function run() {
    step.value = 'recording';
    try {
      const blob = await record(track);
      URL.revokeObjectURL(url.value);
      url.value = URL.createObjectURL(blob);
      step.value = 'playing';
      const audio = player.current;
      if (!audio) return;
      audio.src = url.value;
      await audio.play();
    } catch {
      step.value = 'failed';
    }
  }
  const busy = step.value === 'recording' || step.value === 'playing';
  const text: Record<Step, string> = {
    idle: '',
    recording: t.prejoin.recording,
    playing: t.prejoin.playing,
    done: t.prejoin.testDone,
    failed: t.prejoin.testFailed,
  };
  return (
    <div class="loopback" data-step={step.value} data-ms={LOOPBACK_MS}>
      <Button icon="play" size="small" busy={busy} id={ids.loopback} onClick={() => void run()}>
        {t.prejoin.test}
      </Button>
      <p class="field-hint" role="status">
        {text[step.value]}
      </p>
      {/* biome-ignore lint/a11y/useMediaCaption: it plays back what the person just said */}
      <audio
        ref={player}
        onEnded={() => {
          step.value = 'done';
        }}
      />
    </div>
  );
}

/** What is wrong with the microphone, and what to do about it. */
export function MicrophoneNote({ problem, retry }: { problem: MicrophoneProblem; retry(): void }) {
  const t = messages.value;
  const { title, text } = t.microphone[problem];
  return (
    <div class="note warn" role="alert" data-testid={ids.problem} data-problem={problem}>
      <Icon name="micOff" />
      <div>
        <p class="note-title">{title}</p>
        <p>{text}</p>
        {problem !== 'insecure' && problem !== 'unsupported' && (
          <Button size="small" icon="refresh" onClick={retry}>
            {t.common.retry}
          </Button>
        )}
      </div>
    </div>
  );
}
