import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { whoWas } from '../../store/callees';
import type { Call } from '../../wire/dial';
import { Button } from '../parts/button';
import { Icon, type IconName } from '../parts/icons';
import { useNow } from '../parts/now';
import { Face } from './face';
import { calledName, stateText, todoText } from './words';

interface CallRowProps {
  call: Call;
  currency: string;
  cancel(call: Call): void;
  /** Absent where it cannot be placed again. */
  retry?: ((call: Call) => void) | undefined;
  dismiss?: ((call: Call) => void) | undefined;
}

const icons: Partial<Record<Call['state'], IconName>> = {
  joined: 'check',
  approval: 'shield',
  retrying: 'clock',
  queued: 'clock',
};

/** Somebody who is being called: how far it is, what became of it and what to do. */
export function CallRow({ call, currency, cancel, retry, dismiss }: CallRowProps) {
  const p = paid.value;
  const name = calledName(call);
  const ended = call.state === 'ended';
  const failed = ended && call.cause !== 'hung-up' && call.cause !== 'cancelled';
  const again =
    ended && retry && whoWas(call) !== undefined && call.cause !== 'fax' && call.cause !== 'wrong-number';
  return (
    <li
      class={`call-row is-${call.state}${failed ? ' failed' : ''}`}
      data-testid="call-row"
      data-call={call.call}
      data-name={call.name}
      data-state={call.state}
      data-cause={call.cause}
      data-rule={call.rule}
    >
      <span class="call-face">
        <Face name={name} />
        {call.state === 'ringing' && <span class="call-wave" aria-hidden="true" />}
      </span>
      <div class="row-main">
        <p class="row-name truncate">{name}</p>
        <p class="row-sub">
          {call.number !== name && <span class="digits">{call.number}</span>}
          <Progress call={call} />
          {call.spent ? <span class="digits">{money(call.spent, currency)}</span> : null}
        </p>
        {failed && <p class="call-todo">{todoText(call, currency)}</p>}
      </div>
      <div class="row-foot">
        {!ended && (
          <Button size="small" id="call-cancel" label={p.room.cancelOf(name)} onClick={() => cancel(call)}>
            {p.room.cancel}
          </Button>
        )}
        {again && (
          <Button
            size="small"
            icon="refresh"
            id="call-retry"
            label={p.room.retryOf(name)}
            onClick={() => retry(call)}
          >
            {p.room.retry}
          </Button>
        )}
        {ended && dismiss && (
          <Button tone="quiet" size="small" icon="close" iconOnly onClick={() => dismiss(call)}>
            {p.room.dismissOf(name)}
          </Button>
        )}
      </div>
    </li>
  );
}

function Progress({ call }: { call: Call }) {
  const p = paid.value;
  const now = useNow(call.state === 'retrying' ? 1000 : 60_000);
  const icon = icons[call.state];
  return (
    <>
      <span class="call-state">
        {icon && <Icon name={icon} size={14} />}
        {stateText(call, now)}
      </span>
      {call.of > 1 && call.attempt > 0 && call.state !== 'joined' && (
        <span>{p.attempt(call.attempt, call.of)}</span>
      )}
    </>
  );
}
