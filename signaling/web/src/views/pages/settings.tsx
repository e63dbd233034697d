import { messages } from '../../i18n';
import { toast } from '../../store/toasts';
import { api, type Meeting, type Settings } from '../../wire/api';
import { Field, Form, Switch } from '../parts/form';
import { explain } from '../parts/problem';
import { ids } from '../testids';

/** The choices that are on or off, in the order in which they matter. */
const switches = ['lobby', 'waitForHost', 'muteOnEntry', 'tones', 'recordNames'] as const;

/** A time that has passed, which opens a meeting for good. */
const ALWAYS = new Date(0).toISOString();

/** What the organiser decides; switches take effect at once, the rest when saved. */
export function MeetingSettings(props: { meeting: Meeting; changed(meeting: Meeting): void }) {
  const t = messages.value;
  const { meeting, changed } = props;
  async function change(settings: Partial<Settings>) {
    changed(await api.changeMeeting(meeting.id, settings));
  }
  const words = {
    lobby: [t.settings.lobby, t.settings.lobbyHint],
    waitForHost: [t.settings.waitForHost, t.settings.waitForHostHint],
    muteOnEntry: [t.meeting.muteOnEntry, t.meeting.muteOnEntryHint],
    tones: [t.settings.tones, t.settings.tonesHint],
    recordNames: [t.settings.recordNames, t.settings.recordNamesHint],
  } as const;
  return (
    <div class="settings" data-testid={ids.settings}>
      {meeting.hostsDial !== undefined && (
        <Switch
          id="setting-hostsDial"
          label={t.settings.hostsDial}
          hint={t.settings.hostsDialHint}
          on={meeting.hostsDial}
          onChange={(on) => {
            change({ hostsDial: on }).catch((error: unknown) => toast(explain(error), 'bad'));
          }}
        />
      )}
      {/* Only a date opens a door by itself. */}
      {switches
        .filter((name) => name !== 'lobby' || meeting.kind === 'scheduled')
        .map((name) => (
          <Switch
            key={name}
            id={`setting-${name}`}
            label={words[name][0]}
            hint={words[name][1]}
            on={meeting[name] ?? false}
            onChange={(on) => {
              change({ [name]: on }).catch((error: unknown) => toast(explain(error), 'bad'));
            }}
          />
        ))}
      <Form
        submit={t.common.save}
        run={async ({ opensAt = '', maxParticipants = '' }) => {
          await change({
            opensAt: opensAt ? new Date(opensAt).toISOString() : ALWAYS,
            maxParticipants: Math.round(Number(maxParticipants)) || 0,
          });
          toast(t.common.saved, 'good');
        }}
      >
        <div class="columns">
          <Field
            label={t.settings.opensAt}
            hint={t.settings.opensAtHint}
            name="opensAt"
            type="datetime-local"
            required={false}
            value={meeting.opensAt ? localTime(new Date(meeting.opensAt)) : ''}
            id="opens-at"
          />
          <Field
            label={t.settings.maxParticipants}
            hint={t.settings.maxParticipantsHint}
            name="maxParticipants"
            required={false}
            inputMode="numeric"
            maxLength={4}
            value={meeting.maxParticipants ? String(meeting.maxParticipants) : ''}
            id="max-participants"
          />
        </div>
      </Form>
    </div>
  );
}

/** As a date field wants it: the local time without a zone. */
export function localTime(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
