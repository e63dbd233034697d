import { messages, timeOf } from '../../i18n';
import type { Live, Phase } from '../../store/live';
import { PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon, type IconName } from '../parts/icons';
import { useNow } from '../parts/now';
import { Plain } from '../shell';
import { ids } from '../testids';

const icons: Record<'early' | 'host' | 'locked', IconName> = {
  early: 'clock',
  host: 'person',
  locked: 'door',
};

/** Before one is inside: on the way, or at the door with the reason and the place in the queue. */
export function Waiting({ live, phase }: { live: Live; phase: Phase }) {
  const t = messages.value;
  const door = phase.name === 'waiting' ? phase : undefined;
  return (
    <Plain>
      <section
        class="card over waiting"
        data-testid={ids.room}
        data-phase={phase.name}
        data-reason={door?.reason}
        data-position={door?.position}
        data-socket={live.socket.value}
      >
        <span class="pulse" aria-hidden="true">
          {door && <Icon name={icons[door.reason]} size={26} />}
        </span>
        <PageTitle>{door ? t.room.waiting : t.room.connecting}</PageTitle>
        {door?.opensAt && <Opening at={door.opensAt} />}
        <p class="lead" role="status">
          {door ? t.room.waitingFor[door.reason] : t.room.connectingText}
        </p>
        {door && (
          <>
            <p class="wait-place" role="status">
              {t.room.position(door.position)}
            </p>
            <p class="wait-small">
              <Icon name="micOff" size={16} />
              {t.room.waitingOff}
            </p>
          </>
        )}
        <Button onClick={() => void live.leave()}>{door ? t.room.stopWaiting : t.common.cancel}</Button>
      </section>
    </Plain>
  );
}

function Opening({ at }: { at: number }) {
  const t = messages.value.room;
  const minutes = Math.max(0, Math.ceil((at - useNow(5000)) / 60_000));
  return (
    <p class="wait-time">
      <strong>{t.startsIn(minutes)}</strong>
      <span>{t.opensAt(timeOf(at))}</span>
    </p>
  );
}
