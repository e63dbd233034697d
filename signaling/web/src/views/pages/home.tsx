import { useSignal } from '@preact/signals';
import { grouped, messages } from '../../i18n';
import { go } from '../../store/router';
import { known } from '../../store/session';
import { toast } from '../../store/toasts';
import { remember } from '../../store/visit';
import { api, type Meeting } from '../../wire/api';
import { HttpError } from '../../wire/http';
import { Chip, Empty, Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { Field, Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { lazyPlan } from '../parts/lazyplan';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { PlanSections } from '../parts/sections';
import { ids } from '../testids';

const Upcoming = lazyPlan(() => import('../plan/upcoming'), true);

export function Home() {
  const t = messages.value;
  const { loaded, again } = useLoad(() => api.meetings(), []);
  const creating = useSignal(false);
  const person = known.value.state === 'in' ? known.value.session.person : undefined;
  const name = person?.name ?? '';
  return (
    <>
      <PlanSections here="home" />
      <PageTitle>{t.home.hello(name)}</PageTitle>
      <div class="starts">
        <MeetNow />
        <JoinByNumber />
      </div>
      {person && <Upcoming person={person} />}
      <Link to="/dial" class="card call-link" id="call-people">
        <span class="empty-icon">
          <Icon name="phonePlus" size={24} />
        </span>
        <span class="row-main">
          <strong>{t.home.call}</strong>
          <span>{t.home.callText}</span>
        </span>
        <Icon name="arrow" />
      </Link>
      <section aria-labelledby="mine">
        <div class="section-head">
          <h2 id="mine">{t.home.mine}</h2>
          <Button
            icon="plus"
            id={ids.newMeeting}
            onClick={() => {
              creating.value = true;
            }}
          >
            {t.home.create}
          </Button>
        </div>
        <MeetingList loaded={loaded.value} again={again} />
      </section>
      {creating.value && (
        <NewMeeting
          close={() => {
            creating.value = false;
          }}
        />
      )}
    </>
  );
}

function MeetNow() {
  const t = messages.value;
  const busy = useSignal(false);
  async function start() {
    busy.value = true;
    try {
      const meeting = await api.newMeeting('now');
      go(`/room/${meeting.id}`);
    } catch (error) {
      toast(explain(error), 'bad');
    } finally {
      busy.value = false;
    }
  }
  return (
    <section class="card start-now" aria-labelledby="now">
      <h2 id="now">{t.home.now}</h2>
      <p>{t.home.nowText}</p>
      <Button
        tone="primary"
        size="large"
        icon="mic"
        busy={busy.value}
        id={ids.meetNow}
        onClick={() => void start()}
      >
        {t.home.now}
      </Button>
    </section>
  );
}

function JoinByNumber() {
  const t = messages.value;
  const text = useSignal('');
  return (
    <section class="card" aria-labelledby="by-number">
      <h2 id="by-number">{t.home.joinTitle}</h2>
      <p>{t.home.joinText}</p>
      <Form
        submit={t.home.join}
        run={async () => {
          const number = text.value.replace(/\D/g, '');
          if (number.length !== 9) throw new Incomplete();
          const door = await api.doorByNumber(number);
          remember(door.meeting.id, { number });
          go(`/room/${door.meeting.id}`);
        }}
        problem={(error) => {
          if (error instanceof Incomplete) return t.home.incomplete;
          return error instanceof HttpError && error.status === 404 ? t.home.unknownNumber : undefined;
        }}
      >
        <Field
          label={t.home.number}
          name="number"
          inputMode="numeric"
          placeholder="123 456 789"
          maxLength={14}
          id={ids.meetingNumber}
          onInput={(value) => {
            text.value = value;
          }}
        />
      </Form>
    </section>
  );
}

class Incomplete extends Error {}

function MeetingList(props: {
  loaded: ReturnType<typeof useLoad<Meeting[]>>['loaded']['value'];
  again(): void;
}) {
  const t = messages.value;
  if (props.loaded.state === 'loading') return <Loading />;
  if (props.loaded.state === 'failed') return <Failed error={props.loaded.error} retry={props.again} />;
  const meetings = props.loaded.value.filter((m) => !m.endedAt);
  if (meetings.length === 0) {
    return (
      <div class="card">
        <Empty icon="calendar" title={t.home.empty} text={t.home.emptyText} />
      </div>
    );
  }
  return (
    <ul class="card rows">
      {meetings.map((meeting) => (
        <MeetingRow key={meeting.id} meeting={meeting} />
      ))}
    </ul>
  );
}

function MeetingRow({ meeting }: { meeting: Meeting }) {
  const t = messages.value;
  const name = meeting.name || t.home.nowName;
  return (
    <li class="row" data-testid={ids.meetingRow}>
      <div class="row-main">
        <Link to={`/m/${meeting.id}`} class="row-title" label={t.home.detailsOf(name)}>
          {name}
        </Link>
        <p class="row-sub">
          <span class="digits">{grouped(meeting.number)}</span>
          {meeting.running && <Chip tone="good">{t.home.running(meeting.participants)}</Chip>}
        </p>
      </div>
      <div class="row-foot">
        <CopyButton text={meeting.link} what={t.home.link} />
        <Link to={`/m/${meeting.id}`} class="button quiet normal" label={t.home.detailsOf(name)}>
          {t.home.details}
        </Link>
        <Link
          to={`/room/${meeting.id}`}
          class={`button normal ${meeting.running ? 'primary' : 'plain'}`}
          label={t.home.joinOf(name)}
        >
          {t.home.join}
          <Icon name="arrow" size={16} />
        </Link>
      </div>
    </li>
  );
}

function NewMeeting({ close }: { close(): void }) {
  const t = messages.value;
  return (
    <Dialog title={t.home.createTitle} onClose={close}>
      <p>{t.home.createText}</p>
      <Form
        submit={t.home.createSubmit}
        onCancel={close}
        run={async ({ name = '' }) => {
          const meeting = await api.newMeeting('named', name);
          close();
          go(`/m/${meeting.id}`);
        }}
      >
        <Field label={t.home.createName} name="name" hint={t.home.createHint} maxLength={80} />
      </Form>
    </Dialog>
  );
}
