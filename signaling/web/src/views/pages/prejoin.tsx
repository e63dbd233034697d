import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { MicrophoneProblem } from '../../call/microphone';
import { messages, timeOf } from '../../i18n';
import { keepJoin } from '../../store/kept';
import { Live } from '../../store/live';
import { afterLogin, go } from '../../store/router';
import { known } from '../../store/session';
import { settings } from '../../store/settings';
import { onPhone, remember, visit, wayTo } from '../../store/visit';
import { api, type Door, type TicketFor } from '../../wire/api';
import type { JoinCause } from '../../wire/fare';
import { HttpError } from '../../wire/http';
import { Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Field, Switch } from '../parts/form';
import { Icon } from '../parts/icons';
import { lazyPaid } from '../parts/lazypaid';
import { useLoad } from '../parts/load';
import { Over } from '../room/over';
import { say } from '../room/say';
import { Plain } from '../shell';
import { ids } from '../testids';
import { DeviceSelect, LevelMeter, Loopback, MicrophoneNote, type MicState, useMicrophone } from './mic';

/** More than this many in the room, and newcomers start muted. */
const MANY = 8;

const CallMe = lazyPaid(() => import('../paid/callme'));

/** Somebody came by a link, a guest perhaps. */
export function JoinByLink({ token }: { token: string }) {
  const { loaded, again } = useLoad(() => api.door(token), [token]);
  const now = loaded.value;
  if (now.state === 'loading') return <Plain children={<Loading />} />;
  if (now.state === 'failed') return <NoDoor error={now.error} again={again} />;
  return <PreJoin door={now.value} ticket={{ link: token }} />;
}

/** The room's own address: from the start page, or after a reload. */
export function JoinRoom({ id }: { id: string }) {
  const way = wayTo(id);
  const { loaded, again } = useLoad(() => doorOf(id, way), [id]);
  const now = loaded.value;
  if (now.state === 'loading') return <Plain children={<Loading />} />;
  if (now.state === 'failed') return <NoDoor error={now.error} again={again} />;
  return <PreJoin door={now.value} ticket={way} />;
}

async function doorOf(id: string, way: TicketFor): Promise<Door> {
  if ('link' in way) return api.door(way.link);
  if ('number' in way) return api.doorByNumber(way.number);
  const company = known.value.state === 'in' ? known.value.session.company : '';
  const door = { disclosure: '', company, signedIn: true };
  try {
    const { name, running, locked, participants, opensAt, onPhone } = await api.meeting(id);
    const more = { ...(opensAt ? { opensAt } : {}), ...(onPhone ? { onPhone } : {}) };
    return { meeting: { id, name, running, locked, participants, ...more }, ...door };
  } catch (error) {
    if (!(error instanceof HttpError) || error.status !== 404) throw error;
    // A colleague's meeting, its address copied from the room: one may join it
    // without being shown it beforehand. If there is none, joining says so.
    return { meeting: { id, name: '', running: true, locked: false, participants: -1 }, ...door };
  }
}

/** Why there is no microphone, as joins tell it. */
const NO_MICROPHONE: Partial<Record<MicrophoneProblem, JoinCause>> = {
  refused: 'denied',
  missing: 'no-microphone',
};

/** Whoever goes away from here without a microphone did not get in. */
function useDenied(mic: MicState, meeting: string): void {
  const now = useRef(mic);
  now.current = mic;
  useEffect(() => {
    const leave = () => {
      if (now.current.state !== 'problem' || visit.value?.meeting === meeting) return;
      keepJoin({
        type: 'joins',
        ago: 0,
        steps: [{ stage: 'click', ms: 0 }],
        failed: 'microphone',
        cause: NO_MICROPHONE[now.current.problem] ?? 'other',
      });
    };
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, [meeting]);
}

function NoDoor({ error, again }: { error: unknown; again(): void }) {
  if (error instanceof HttpError && error.status >= 400 && error.status < 500 && error.status !== 429) {
    const why = error.code === 'ended' ? 'ended' : error.status === 403 ? 'not-allowed' : 'not-found';
    return <Over end={{ why }} />;
  }
  return (
    <Plain>
      <div class="card">
        <Failed error={error} retry={again} />
      </div>
    </Plain>
  );
}

function PreJoin({ door, ticket }: { door: Door; ticket: TicketFor }) {
  const t = messages.value;
  const microphone = useMicrophone();
  const { mic, devices } = microphone;
  const hidden = door.meeting.participants < 0;
  const many = door.meeting.participants > MANY;
  const muted = useSignal(many);
  const error = useSignal('');
  const guest = 'link' in ticket && !door.signedIn;
  const name = door.meeting.name || t.home.nowName;
  const inputName = useSignal(settings.guestName.value);
  const byPhone = door.meeting.onPhone === true || onPhone.value === door.meeting.id;
  const opens = door.meeting.opensAt ? Date.parse(door.meeting.opensAt) : 0;
  const asking = useComputed(() => mic.value.state === 'asking');

  useDenied(mic.value, door.meeting.id);

  function join(listening: boolean, takeOver = false) {
    const called = inputName.value.trim();
    if (guest && called === '') {
      error.value = t.prejoin.nameMissing;
      document.getElementById('join-form')?.querySelector<HTMLInputElement>('input[name=name]')?.focus();
      return;
    }
    if (guest) settings.guestName.value = called;
    const { id } = door.meeting;
    if ('link' in ticket || 'number' in ticket) remember(id, ticket);
    const live = new Live(
      {
        meeting: id,
        ticket: guest && 'link' in ticket ? { ...ticket, name: called } : ticket,
        ...(guest ? { name: called } : {}),
        muted: muted.value,
        track: listening ? null : microphone.take(),
        takeOver,
      },
      say,
    );
    onPhone.value = undefined;
    visit.value = { meeting: id, live };
    live.open();
    go(`/room/${id}`, location.pathname.startsWith('/room/'));
  }

  return (
    <Plain wide>
      <div class="prejoin">
        <div class="prejoin-about">
          {door.company && <p class="eyebrow">{t.prejoin.host(door.company)}</p>}
          <PageTitle>{hidden ? t.prejoin.ready : t.prejoin.title(name)}</PageTitle>
          {!hidden && <p class="lead">{t.prejoin.inside(door.meeting.participants)}</p>}
          {door.meeting.locked && (
            <p class="note warn">
              <Icon name="lock" />
              <span>{t.prejoin.locked}</span>
            </p>
          )}
          {opens > Date.now() && (
            <p class="note">
              <Icon name="clock" />
              <span>{t.prejoin.early(timeOf(opens))}</span>
            </p>
          )}
          {door.disclosure && <Disclosure text={door.disclosure} />}
          {guest && (
            <p>
              <a
                href="/login"
                onClick={(event) => {
                  event.preventDefault();
                  afterLogin.value = location.pathname;
                  go('/login');
                }}
              >
                {t.prejoin.logIn}
              </a>
            </p>
          )}
        </div>
        <form
          id="join-form"
          class="card prejoin-card"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            join(mic.value.state !== 'ready');
          }}
        >
          {guest && (
            <Field
              label={t.prejoin.yourName}
              hint={t.prejoin.yourNameHint}
              name="name"
              value={inputName.value}
              maxLength={80}
              autoComplete="name"
              id={ids.guestName}
              onInput={(value) => {
                inputName.value = value;
                error.value = '';
              }}
            />
          )}
          <MicrophoneBlock
            state={mic.value}
            devices={<DeviceSelect devices={devices.value} choose={(id) => void microphone.open(id)} />}
            retry={() => void microphone.open()}
          />
          {mic.value.state !== 'problem' && (
            <Switch
              label={t.prejoin.joinMuted}
              {...(many ? { hint: t.prejoin.joinMutedMany } : {})}
              id={ids.joinMuted}
              on={muted.value}
              onChange={(on) => {
                muted.value = on;
              }}
            />
          )}
          <p class="form-error" role="alert" data-testid={ids.error}>
            {error.value}
          </p>
          {byPhone && (
            <div class="note" data-testid="on-phone">
              <Icon name="phone" />
              <div>
                <p class="note-title">{t.prejoin.onPhone}</p>
                <p>{t.prejoin.onPhoneText}</p>
                <Button
                  tone="primary"
                  icon="browser"
                  id={ids.takeOver}
                  disabled={asking.value}
                  onClick={() => join(mic.value.state !== 'ready', true)}
                >
                  {t.room.continueHere}
                </Button>
              </div>
            </div>
          )}
          {door.signedIn && !guest && <CallMeBox meeting={door.meeting.id} />}
          <JoinButtons
            second={byPhone}
            ready={mic.value.state === 'ready'}
            asking={asking.value}
            locked={door.meeting.locked}
            listen={() => join(true)}
          />
        </form>
      </div>
    </Plain>
  );
}

/** One's own phone instead of the microphone, at the company's expense. */
function CallMeBox({ meeting }: { meeting: string }) {
  const open = useSignal(false);
  if (open.value) return <CallMe meeting={meeting} />;
  return (
    <Button
      tone="quiet"
      icon="phone"
      id={ids.callMe}
      onClick={() => {
        open.value = true;
      }}
    >
      {messages.value.prejoin.callMe}
    </Button>
  );
}

interface JoinProps {
  ready: boolean;
  /** Something else is more likely to be wanted. */
  second: boolean;
  asking: boolean;
  locked: boolean;
  listen(): void;
}

function JoinButtons(props: JoinProps) {
  const t = messages.value;
  const text = props.locked ? t.prejoin.knock : t.prejoin.join;
  if (props.ready || props.asking) {
    return (
      <Button
        type="submit"
        tone={props.second ? 'plain' : 'primary'}
        size="large"
        wide
        busy={props.asking}
        disabled={props.asking}
        id={ids.join}
      >
        {text}
      </Button>
    );
  }
  return (
    <Button tone="primary" size="large" wide id={ids.listen} onClick={props.listen}>
      {t.prejoin.listen}
    </Button>
  );
}

function MicrophoneBlock(props: { state: MicState; devices: JSX.Element; retry(): void }) {
  const t = messages.value;
  switch (props.state.state) {
    case 'asking':
      return (
        <div class="note" role="status">
          <Icon name="mic" />
          <div>
            <p class="note-title">{t.prejoin.asking}</p>
            <p>{t.prejoin.allowText}</p>
          </div>
        </div>
      );
    case 'problem':
      return <MicrophoneNote problem={props.state.problem} retry={props.retry} />;
    case 'ready':
      return (
        <div class="mic-block">
          {props.devices}
          <LevelMeter track={props.state.track} />
          <Loopback track={props.state.track} />
        </div>
      );
  }
}

function Disclosure({ text }: { text: string }) {
  const t = messages.value;
  return (
    <p class="disclosure">
      <Icon name="shield" size={18} />
      <span>
        <strong>{t.prejoin.disclosure}:</strong> {text}
      </span>
    </p>
  );
}
