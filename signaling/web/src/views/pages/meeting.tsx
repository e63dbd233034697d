import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { grouped, messages } from '../../i18n';
import { go } from '../../store/router';
import { known } from '../../store/session';
import { toast } from '../../store/toasts';
import { api, type Invitee, type Meeting, type Person, type Which } from '../../wire/api';
import { Avatar, Chip, Empty, Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';
import { ask, Dialog } from '../parts/dialog';
import { Field, Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { lazyPlan } from '../parts/lazyplan';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { ids } from '../testids';
import { DialInCard, useInvitation } from './dialin';
import { Recordings } from './recordings';
import { MeetingSettings } from './settings';

interface Props {
  meeting: Meeting;
  /** Whether the viewer organises it. */
  mine: boolean;
  changed(meeting: Meeting): void;
}

const Dated = lazyPlan(() => import('../plan/dated'));
const Todos = lazyPlan(() => import('../plan/todos'), true);
const InviteMore = lazyPlan(() => import('../plan/invite'), true);
const LadderCard = lazyPlan(() => import('../plan/ladderof'), true);

export default function MeetingPage({ id }: { id: string }) {
  const { loaded, again, set } = useLoad(() => api.meeting(id), [id]);
  const now = loaded.value;
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failed error={now.error} retry={again} />;
  const person = known.value.state === 'in' ? known.value.session.person : undefined;
  const meeting = now.value;
  const props: Props = { meeting, mine: meeting.organiser.id === person?.id, changed: set };
  const date = new URLSearchParams(location.search).get('date') ?? '';
  const scheduled = meeting.kind === 'scheduled';
  return (
    <>
      <Head {...props} />
      <div class="two">
        <div class="stack">
          {person && scheduled && <Dated meeting={meeting} person={person} mine={props.mine} date={date} />}
          {person && <Todos person={person} meeting={meeting.id} occurrence={date} />}
          <Access {...props} />
          <Invitees {...props} />
          {props.mine && <Recordings meeting={now.value.id} />}
        </div>
        <div class="stack">
          <DialInCard number={now.value.number} />
          {props.mine && scheduled && <LadderCard meeting={meeting.id} />}
          {props.mine && <Options {...props} />}
        </div>
      </div>
    </>
  );
}

function Head({ meeting, mine, changed }: Props) {
  const t = messages.value;
  const renaming = useSignal(false);
  const invitation = useInvitation(meeting.name || t.home.nowName, meeting.link, meeting.number);
  return (
    <header class="page-head">
      <div>
        <Link to="/" class="back">
          <Icon name="back" size={16} />
          {t.home.title}
        </Link>
        <div class="title-line">
          <PageTitle>{meeting.name || t.home.nowName}</PageTitle>
          {mine && (
            <Button
              tone="quiet"
              icon="edit"
              iconOnly
              onClick={() => {
                renaming.value = true;
              }}
            >
              {t.meeting.rename}
            </Button>
          )}
        </div>
        <p class="row-sub">
          {t.meeting.organiser(meeting.organiser.name)}
          {meeting.running && <Chip tone="good">{t.home.running(meeting.participants)}</Chip>}
        </p>
        {meeting.endedAt && <p>{t.meeting.ended}</p>}
      </div>
      <div class="page-actions wrap">
        <CopyButton text={invitation} what={t.meeting.invitation} tone="plain">
          {t.meeting.invitation}
        </CopyButton>
        {mine && meeting.kind === 'named' && !meeting.endedAt && (
          <Link to={`/schedule?meeting=${meeting.id}`} class="button plain normal" id="add-dates">
            <Icon name="calendar" />
            {t.meeting.addDates}
          </Link>
        )}
        <Link to={`/room/${meeting.id}`} class="button primary normal" id={ids.join}>
          <Icon name="mic" />
          {t.meeting.join}
        </Link>
      </div>
      {renaming.value && (
        <Dialog
          title={t.meeting.renameTitle}
          onClose={() => {
            renaming.value = false;
          }}
        >
          <Form
            submit={t.common.save}
            onCancel={() => {
              renaming.value = false;
            }}
            run={async ({ name = '' }) => {
              changed(await api.changeMeeting(meeting.id, { name }));
              renaming.value = false;
            }}
          >
            <Field label={t.field.name} name="name" value={meeting.name} maxLength={80} />
          </Form>
        </Dialog>
      )}
    </header>
  );
}

function Access({ meeting, mine, changed }: Props) {
  const t = messages.value;
  async function replace(which: Which, what: string) {
    if (!(await ask(t.meeting.replaceTitle(what), t.meeting.replaceText, t.common.replace))) return;
    try {
      changed(await api.replaceCode(meeting.id, which));
      toast(t.meeting.replaced, 'good');
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  const rows: { which: Which; name: string; hint: string; value: string; shown: string; id: string }[] = [
    {
      which: 'link',
      name: t.meeting.link,
      hint: t.meeting.linkHint,
      value: meeting.link,
      shown: meeting.link.replace(/^https?:\/\//, ''),
      id: ids.link,
    },
    {
      which: 'number',
      name: t.meeting.number,
      hint: t.meeting.numberHint,
      value: meeting.number,
      shown: grouped(meeting.number),
      id: ids.number,
    },
    ...(meeting.hostCode
      ? [
          {
            which: 'host' as const,
            name: t.meeting.hostCode,
            hint: t.meeting.hostCodeHint,
            value: meeting.hostCode,
            shown: grouped(meeting.hostCode),
            id: ids.hostCode,
          },
        ]
      : []),
  ];
  return (
    <section class="card" aria-labelledby="access">
      <h2 id="access">{t.meeting.access}</h2>
      <dl class="credentials">
        {rows.map((row) => (
          <div class="credential" key={row.which}>
            <dt>{row.name}</dt>
            <dd>
              <div class="credential-line">
                <span
                  class={row.which === 'link' ? 'credential-link' : 'credential-digits'}
                  data-testid={row.id}
                  data-value={row.value}
                >
                  {row.shown}
                </span>
                <CopyButton text={row.value} what={row.name} />
                {mine && (
                  <Button
                    tone="quiet"
                    icon="refresh"
                    iconOnly
                    id={`replace-${row.which}`}
                    onClick={() => void replace(row.which, row.name)}
                  >
                    {t.meeting.replaceOf(row.name)}
                  </Button>
                )}
              </div>
              <p class="field-hint">{row.hint}</p>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Invitees({ meeting, mine, changed }: Props) {
  const t = messages.value;
  async function act(run: () => Promise<Meeting>, done: string) {
    try {
      changed(await run());
      toast(done, 'good');
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  async function replace(invitee: Invitee) {
    const what = t.meeting.codeOf(invitee.name);
    if (!(await ask(t.meeting.replaceTitle(what), t.meeting.replaceText, t.common.replace))) return;
    await act(() => api.replaceInviteeCode(meeting.id, invitee.id), t.meeting.replaced);
  }
  return (
    <section class="card" aria-labelledby="invitees">
      <h2 id="invitees">{t.meeting.invitees}</h2>
      <p>{t.meeting.inviteesText}</p>
      {meeting.invitees.length === 0 ? (
        <Empty icon="people" title={t.meeting.inviteesEmpty} text={t.meeting.inviteesEmptyText} />
      ) : (
        <ul class="rows inner">
          {meeting.invitees.map((invitee) => (
            <li class="row" key={invitee.id} data-testid={ids.invitee} data-code={invitee.code}>
              <Avatar name={invitee.name} size="small" />
              <span class="row-main row-name">{invitee.name}</span>
              {invitee.code && (
                <>
                  <span class="credential-digits small">{grouped(invitee.code)}</span>
                  <CopyButton text={invitee.code} what={t.meeting.codeOf(invitee.name)} />
                </>
              )}
              {mine && (
                <>
                  <Button tone="quiet" icon="refresh" iconOnly onClick={() => void replace(invitee)}>
                    {t.meeting.replaceOf(t.meeting.codeOf(invitee.name))}
                  </Button>
                  <Button
                    tone="quiet"
                    icon="trash"
                    iconOnly
                    onClick={() =>
                      void act(
                        () => api.removeInvitee(meeting.id, invitee.id),
                        t.meeting.removed(invitee.name),
                      )
                    }
                  >
                    {t.meeting.removeOf(invitee.name)}
                  </Button>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {mine && meeting.kind === 'scheduled' && <InviteMore meeting={meeting} changed={changed} />}
      {mine && meeting.kind !== 'scheduled' && <AddInvitee meeting={meeting} changed={changed} />}
    </section>
  );
}

function AddInvitee({ meeting, changed }: Omit<Props, 'mine'>) {
  const t = messages.value;
  const form = useSignal(0);
  const found = useSignal<readonly Person[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  function search(text: string) {
    clearTimeout(timer.current);
    if (text.trim().length === 0) return;
    timer.current = setTimeout(async () => {
      found.value = (await api.people(text.trim()).catch(() => [])).slice(0, 8);
    }, 200);
  }
  async function add(name: string) {
    // A colleague's name, and nobody else's, stands for that colleague.
    const same = (await api.people(name).catch(() => [])).filter((p) => p.active && p.name === name);
    const [one] = same;
    changed(await api.addInvitee(meeting.id, one && same.length === 1 ? { person: one.id } : { name }));
    found.value = [];
    form.value++;
  }
  return (
    <div class="inline-form">
      <Form key={form.value} submit={t.meeting.add} run={({ invitee = '' }) => add(invitee)}>
        <Field
          label={t.meeting.addName}
          name="invitee"
          maxLength={80}
          id="invitee-name"
          suggestions={found.value.map((p) => p.name)}
          onInput={search}
        />
      </Form>
    </div>
  );
}

function Options({ meeting, changed }: Props) {
  const t = messages.value;
  async function remove() {
    if (!(await ask(t.meeting.deleteTitle, t.meeting.deleteText, t.meeting.delete))) return;
    try {
      await api.deleteMeeting(meeting.id);
      go('/', true);
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <section class="card" aria-labelledby="options">
      <h2 id="options">{t.settings.title}</h2>
      <MeetingSettings meeting={meeting} changed={changed} />
      <div class="card-foot">
        <Button tone="danger" icon="trash" onClick={() => void remove()}>
          {t.meeting.delete}
        </Button>
      </div>
    </section>
  );
}
