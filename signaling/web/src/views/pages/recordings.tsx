import { useSignal } from '@preact/signals';
import { elapsed, messages, speaking } from '../../i18n';
import { format } from '../../store/civil';
import { selfZone } from '../../store/session';
import { toast } from '../../store/toasts';
import { api, type MeetingRecording } from '../../wire/api';
import { Chip, Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { ask } from '../parts/dialog';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { ids } from '../testids';

/** What was recorded of a meeting, for its organiser alone. */
export function Recordings({ meeting }: { meeting: string }) {
  const t = messages.value;
  const { loaded, again } = useLoad(() => api.recordings(meeting), [meeting]);
  const now = loaded.value;
  return (
    <section class="card" aria-labelledby="recordings">
      <h2 id="recordings">{t.recording.title}</h2>
      <p>{t.recording.text}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.length === 0 && (
        <Empty icon="record" title={t.recording.empty} text={t.recording.emptyText} />
      )}
      {now.state === 'ready' && now.value.length > 0 && (
        <ul class="recordings">
          {now.value.map((recording) => (
            <Row key={recording.id} recording={recording} changed={again} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface RowProps {
  recording: MeetingRecording;
  changed(): void;
}

function Row({ recording, changed }: RowProps) {
  const t = messages.value;
  const when = format(speaking.value, selfZone(), { dateStyle: 'medium', timeStyle: 'short' });
  const title = t.recording.startedAt(when.format(new Date(recording.startedAt)), recording.by);
  const ended = recording.endedAt;
  const [mix, ...voices] = [...recording.tracks].sort((a, b) => order(a.name) - order(b.name));
  async function remove() {
    if (!(await ask(t.recording.removeTitle, t.recording.removeText, t.recording.remove))) return;
    try {
      await api.deleteRecording(recording.id);
      toast(t.recording.removed, 'good');
      changed();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  const track = ({ name, size: bytes }: MeetingRecording['tracks'][number]) => (
    <Track
      key={name}
      sound={name !== 'talkers'}
      address={api.trackAddress(recording.id, name)}
      name={trackName(name)}
      file={`${recording.startedAt.slice(0, 16).replace(/[:T]/g, '-')}-${name}.ogg`}
      bytes={bytes}
      of={title}
    />
  );
  return (
    <li class="recording" data-testid={ids.recordingRow} data-id={recording.id}>
      <div class="recording-head">
        <p class="row-name">{title}</p>
        {ended && (
          <Button tone="quiet" icon="trash" iconOnly id="delete-recording" onClick={() => void remove()}>
            {t.recording.remove}
          </Button>
        )}
      </div>
      <p class="row-sub">
        {ended ? (
          <span class="digits">{elapsed(Date.parse(ended) - Date.parse(recording.startedAt))}</span>
        ) : (
          <Chip tone="bad" icon="record">
            {t.recording.running}
          </Chip>
        )}
        {recording.breakout && <Chip icon="rooms">{t.recording.breakout}</Chip>}
        {recording.expiresAt && <span>{t.recording.kept(daysUntil(recording.expiresAt))}</span>}
      </p>
      {ended && mix && track(mix)}
      {ended && voices.length > 0 && (
        <details>
          <summary>{t.recording.tracks}</summary>
          {voices.map(track)}
        </details>
      )}
    </li>
  );
}

interface TrackProps {
  address: string;
  name: string;
  /** Whether it can be played; the rest is a list. */
  sound: boolean;
  file: string;
  bytes: number;
  of: string;
}

function Track(props: TrackProps) {
  const t = messages.value;
  const playing = useSignal(false);
  const what = `${props.name}, ${props.of}`;
  return (
    <div class="track">
      <span class="track-name">
        {props.name} <span class="track-size digits">{size(props.bytes)}</span>
      </span>
      {props.sound && !playing.value && (
        <Button
          size="small"
          icon="play"
          label={t.recording.playOf(what)}
          id="play"
          onClick={() => {
            playing.value = true;
          }}
        >
          {t.recording.play}
        </Button>
      )}
      <a
        class="button quiet small icon-only"
        href={props.address}
        download={props.file}
        aria-label={t.recording.downloadOf(what)}
        title={t.recording.download}
      >
        <Icon name="download" />
      </a>
      {playing.value && (
        // biome-ignore lint/a11y/useMediaCaption: speech of a meeting has no captions
        <audio controls autoplay preload="none" src={props.address} aria-label={what} />
      )}
    </div>
  );
}

function trackName(track: string): string {
  const t = messages.value.recording;
  if (track === 'mix') return t.mix;
  return track === 'talkers' ? t.talkers : t.track(track.replace(/\D/g, ''));
}

/** The mix first, then the voices by number, then who they were. */
function order(track: string): number {
  if (track === 'mix') return -1;
  return Number(track.replace(/\D/g, '')) || 1000;
}

function daysUntil(when: string): number {
  return Math.max(0, Math.ceil((Date.parse(when) - Date.now()) / 86_400_000));
}

/** "3.2 MB", in the language in use. */
function size(bytes: number): string {
  const mega = bytes >= 1e6;
  return new Intl.NumberFormat(speaking.value, {
    style: 'unit',
    unit: mega ? 'megabyte' : 'kilobyte',
    maximumFractionDigits: mega ? 1 : 0,
  }).format(bytes / (mega ? 1e6 : 1e3));
}
