import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { messages } from '../../i18n';
import { plan } from '../../i18n/plan';
import { go } from '../../store/router';
import { toast } from '../../store/toasts';
import { api, type Meeting, type Person } from '../../wire/api';
import { type Guest, type Plan, planApi, type Rung } from '../../wire/plan';
import { Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Field, Switch } from '../parts/form';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { ids } from '../testids';
import { type Draft, datesOf, freshDraft, invitation, LADDER } from './draft';
import { Guests } from './guests';
import { Ladder } from './ladder';
import { PreviewPanel } from './preview';
import { RepeatEditor } from './repeat';
import { When } from './when';

/** Where a meeting is scheduled, or one that is there already gets dates. */
export default function Schedule({ person }: { person: Person }) {
  const meeting = new URLSearchParams(location.search).get('meeting');
  return meeting ? <MoreDates person={person} meeting={meeting} /> : <NewMeeting person={person} />;
}

function MoreDates({ person, meeting }: { person: Person; meeting: string }) {
  const { loaded, again } = useLoad(() => api.meeting(meeting), [meeting]);
  const now = loaded.value;
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failed error={now.error} retry={again} />;
  return <MoreDatesForm person={person} meeting={now.value} />;
}

function MoreDatesForm({ person, meeting }: { person: Person; meeting: Meeting }) {
  const p = plan.value;
  const { id, name, invitees } = meeting;
  const draft = useSignal({ ...freshDraft(person.timeZone, ''), title: name });
  const set = (more: Partial<Draft>) => {
    draft.value = { ...draft.value, ...more };
  };
  const wish: Plan = { ...datesOf(draft.value), invitees: invitees.map(invitation) };
  const take = (day: string, time: string) => set({ day, time });
  return (
    <DatesForm
      title={p.form.more}
      back={[`/m/${id}`, name]}
      submit={p.form.send}
      draft={draft.value}
      set={set}
      side={<PreviewPanel wish={wish} guests={invitees} self={person} meeting={id} take={take} />}
      send={async () => {
        await planApi.addDates(id, datesOf(draft.value));
        toast(p.form.sent, 'good');
        go(`/m/${id}`);
      }}
    />
  );
}

function NewMeeting({ person }: { person: Person }) {
  const t = messages.value;
  const p = plan.value;
  const at = new URLSearchParams(location.search).get('at') ?? '';
  const draft = useSignal(freshDraft(person.timeZone, at));
  const guests = useSignal<readonly Guest[]>([]);
  const rules = useSignal({ lobby: true, waitForHost: false, muteOnEntry: false });
  const rungs = useSignal<readonly Rung[]>(LADDER);
  const set = (more: Partial<Draft>) => {
    draft.value = { ...draft.value, ...more };
  };
  const wish: Plan = { ...datesOf(draft.value), ...rules.value, invitees: guests.value.map(invitation) };
  const words = {
    lobby: [t.settings.lobby, t.settings.lobbyHint],
    waitForHost: [t.settings.waitForHost, t.settings.waitForHostHint],
    muteOnEntry: [p.form.mute, p.form.muteHint],
  } as const;
  return (
    <DatesForm
      title={p.form.new}
      back={['/calendar', t.nav.calendar]}
      submit={p.form.send}
      draft={draft.value}
      set={set}
      side={
        <PreviewPanel
          wish={wish}
          guests={guests.value}
          self={person}
          meeting=""
          take={(day, time) => set({ day, time })}
        />
      }
      send={async () => {
        const { meeting } = await planApi.schedule(wish);
        if (rungs.value !== LADDER) await planApi.setLadder(meeting.id, rungs.value);
        toast(p.form.sent, 'good');
        go(`/m/${meeting.id}`);
      }}
    >
      <section class="card form" aria-labelledby="who">
        <h2 id="who">{p.form.who}</h2>
        <Guests list={guests} self={person.id} />
      </section>
      <section class="card form" aria-labelledby="rules">
        <h2 id="rules">{p.form.rules}</h2>
        {(['lobby', 'waitForHost', 'muteOnEntry'] as const).map((name) => (
          <Switch
            key={name}
            label={words[name][0]}
            hint={words[name][1]}
            id={`schedule-${name}`}
            on={rules.value[name]}
            onChange={(on) => {
              rules.value = { ...rules.value, [name]: on };
            }}
          />
        ))}
        <Ladder rungs={rungs} />
      </section>
    </DatesForm>
  );
}

interface DatesFormProps {
  title: string;
  /** Address and words of the way back. */
  back: readonly [string, string];
  submit: string;
  draft: Draft;
  set(more: Partial<Draft>): void;
  side: ComponentChildren;
  send(): Promise<void>;
  children?: ComponentChildren;
}

/** The form of a meeting: what, when, how often; the rest is its children's. */
export function DatesForm({ title, back, submit, draft, set, side, send, children }: DatesFormProps) {
  const p = plan.value.form;
  const busy = useSignal(false);
  const error = useSignal('');
  async function run() {
    if (busy.value) return;
    error.value = draft.title.trim() ? '' : p.noTitle;
    if (error.value) return;
    busy.value = true;
    try {
      await send();
    } catch (thrown) {
      error.value = explain(thrown);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      <header class="page-head">
        <div>
          <Link to={back[0]} class="back">
            <Icon name="back" size={16} />
            {back[1]}
          </Link>
          <PageTitle>{title}</PageTitle>
          <p class="row-sub">{p.lead}</p>
        </div>
      </header>
      <form
        class="two schedule"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div class="stack">
          <section class="card form" aria-label={p.when}>
            <Field
              label={p.title}
              name="title"
              value={draft.title}
              placeholder={p.titleHint}
              maxLength={80}
              id="schedule-title"
              onInput={(text) => set({ title: text })}
            />
            <When draft={draft} set={set} />
            <RepeatEditor repeat={draft.repeat} start={draft.day} set={(repeat) => set({ repeat })} />
            <Agenda value={draft.agenda} set={(agenda) => set({ agenda })} />
          </section>
          {children}
        </div>
        <div class="stack schedule-side">
          {side}
          <div class="schedule-foot">
            <p class="form-error" role="alert" data-testid={ids.error}>
              {error.value}
            </p>
            <Button type="submit" tone="primary" size="large" wide busy={busy.value} id={ids.submit}>
              {submit}
            </Button>
          </div>
        </div>
      </form>
    </>
  );
}

function Agenda({ value, set }: { value: string; set(text: string): void }) {
  const p = plan.value.form;
  return (
    <div class="field">
      <label for="agenda">
        {p.agenda}
        <span class="field-optional"> · {messages.value.common.optional}</span>
      </label>
      <textarea
        id="agenda"
        rows={3}
        maxLength={4000}
        value={value}
        aria-describedby="agenda-hint"
        onInput={(event) => set(event.currentTarget.value)}
      />
      <p class="field-hint" id="agenda-hint">
        {p.agendaHint}
      </p>
    </div>
  );
}
