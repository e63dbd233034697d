import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Device, MicrophoneError, type MicrophoneProblem, microphones } from '../../call/microphone';
import { messages } from '../../i18n';
import { light } from '../../i18n/light';
import type { Live } from '../../store/live';
import { known } from '../../store/session';
import { settings } from '../../store/settings';
import { DialInSteps } from '../pages/dialin';
import { DeviceSelect, LevelMeter, MicrophoneNote } from '../pages/mic';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { Switch } from '../parts/form';
import { lazy } from '../parts/lazy';
import { lazyPaid } from '../parts/lazypaid';
import { lazyPlan } from '../parts/lazyplan';
import {
  type Context,
  keyName,
  participantActions,
  type RoomDialog,
  roomActions,
  type TargetContext,
} from './actions';
import { MoreList } from './controls';
import { Connection } from './light';
import { perform } from './perform';
import { Invite } from './side';

// Loaded when first opened: most meetings need none of them.
const Move = lazy(async () => ({ default: (await import('./groups')).Move }));
const Breakouts = lazy(async () => ({ default: (await import('./groups')).Breakouts }));
const CallPeople = lazyPaid(() => import('./callpeople'));
const Todos = lazyPlan(() => import('../plan/todos'));
const HandOver = lazy(() => import('./handover'));

export type Dialogs = { name: RoomDialog } | { name: 'participant'; participant: number };

export function RoomDialogs({ open, context, close }: { open: Dialogs; context: Context; close(): void }) {
  const t = messages.value;
  switch (open.name) {
    case 'dial-in':
      return (
        <Dialog title={t.dialIn.title} onClose={close}>
          <DialInSteps number={context.live.room.value?.room.number ?? ''} />
          <h3>{t.room.invite}</h3>
          <Invite live={context.live} />
        </Dialog>
      );
    case 'sound':
      return (
        <Dialog title={t.room.changeMicrophone} onClose={close}>
          <Sound live={context.live} />
        </Dialog>
      );
    case 'connection':
      return (
        <Dialog title={light.value.title} onClose={close}>
          <Connection live={context.live} />
        </Dialog>
      );
    case 'help':
      return (
        <Dialog title={t.actions.shortcutsTitle} onClose={close}>
          <Shortcuts context={context} />
        </Dialog>
      );
    case 'more':
      return (
        <Dialog title={t.room.more} onClose={close}>
          <MoreList context={context} done={close} />
        </Dialog>
      );
    case 'move':
      return <Move context={context} close={close} />;
    case 'breakouts':
      return (
        <Dialog title={t.actions.breakouts} onClose={close}>
          <Breakouts context={context} close={close} />
        </Dialog>
      );
    case 'call':
      return (
        <Dialog title={t.actions.callTitle} wide onClose={close}>
          <CallPeople context={context} close={close} />
        </Dialog>
      );
    case 'todos':
      return (
        <Dialog title={t.actions.todos} wide onClose={close}>
          <RoomTodos meeting={context.live.room.value?.room.meeting ?? ''} />
        </Dialog>
      );
    case 'hand-over':
      return (
        <Dialog title={t.handOver.title} onClose={close}>
          <HandOver context={context} close={close} />
        </Dialog>
      );
    case 'participant':
      return <ParticipantMenu participant={open.participant} context={context} close={close} />;
  }
}

/** What is agreed on in the meeting that one is in. */
function RoomTodos({ meeting }: { meeting: string }) {
  const who = known.value;
  return who.state === 'in' ? <Todos person={who.session.person} meeting={meeting} /> : null;
}

function ParticipantMenu(props: { participant: number; context: Context; close(): void }) {
  const target = props.context.live.room.value?.roster.get(props.participant);
  useEffect(() => {
    if (!target) props.close();
  }, [target === undefined]);
  if (!target) return null;
  const context: TargetContext = { ...props.context, target };
  return (
    <Dialog title={target.name} onClose={props.close}>
      <div class="menu">
        {participantActions
          .filter((action) => action.shown(context))
          .map((action) => (
            <Button
              key={action.id}
              id={action.id}
              tone={action.tone === 'danger' ? 'danger' : 'quiet'}
              icon={action.icon(context)}
              onClick={() => {
                props.close();
                void perform(action, context);
              }}
            >
              {action.label(context)}
            </Button>
          ))}
      </div>
    </Dialog>
  );
}

function Sound({ live }: { live: Live }) {
  const t = messages.value;
  const devices = useSignal<Device[]>([]);
  const problem = useSignal<MicrophoneProblem | undefined>(undefined);
  async function use(device: string) {
    try {
      await live.useMicrophone(device);
      settings.microphone.value = device;
      problem.value = undefined;
      devices.value = await microphones();
    } catch (error) {
      problem.value = error instanceof MicrophoneError ? error.problem : 'missing';
    }
  }
  useEffect(() => {
    if (live.track.value) {
      void microphones().then((found) => {
        devices.value = found;
      });
    } else void use(settings.microphone.value);
  }, []);
  return (
    <div class="form">
      {problem.value && (
        <MicrophoneNote problem={problem.value} retry={() => void use(settings.microphone.value)} />
      )}
      {live.track.value && (
        <div class="mic-block">
          <DeviceSelect devices={devices.value} choose={(device) => void use(device)} />
          <LevelMeter track={live.track.value} />
        </div>
      )}
      <Switch
        label={t.sound.tones}
        hint={t.sound.tonesHint}
        id="tones"
        on={settings.tones.value}
        onChange={(on) => {
          settings.tones.value = on;
        }}
      />
    </div>
  );
}

function Shortcuts({ context }: { context: Context }) {
  const t = messages.value;
  return (
    <>
      <p>{t.actions.shortcutsText}</p>
      <dl class="keys wide">
        <div>
          <dt>
            <kbd>{t.actions.space}</kbd>
          </dt>
          <dd>{t.actions.pushToTalk}</dd>
        </div>
        {roomActions
          .filter((action) => action.key && action.shown(context))
          .map((action) => (
            <div key={action.id}>
              <dt>
                <kbd>{keyName(action.key ?? '')}</kbd>
              </dt>
              <dd>{action.label(context)}</dd>
            </div>
          ))}
      </dl>
      <Switch
        label={t.actions.shortcutsOn}
        on={settings.shortcuts.value}
        onChange={(on) => {
          settings.shortcuts.value = on;
        }}
      />
    </>
  );
}
