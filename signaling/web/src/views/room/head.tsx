import { elapsed, grouped, messages } from '../../i18n';
import type { Live } from '../../store/live';
import { Chip, PageTitle } from '../parts/bits';
import { Logo } from '../parts/icons';
import { useNow } from '../parts/now';
import { ids } from '../testids';
import { OwnLight } from './light';

export function Head({ live, connection }: { live: Live; connection(): void }) {
  const t = messages.value;
  const state = live.room.value;
  if (!state) return null;
  const { room } = state;
  return (
    <header class="room-head">
      <Logo />
      <div class="room-title">
        <PageTitle>{room.name || t.home.nowName}</PageTitle>
        <p class="row-sub">
          {room.breakout && (
            <span data-testid={ids.breakout} data-breakout={room.breakout}>
              <Chip tone="accent" icon="rooms">
                {t.room.breakout(room.breakout)}
              </Chip>
            </span>
          )}
          <span class="digits">{grouped(room.number)}</span>
          <Clock since={room.startedAt} />
          <span>{t.common.people(state.roster.size)}</span>
        </p>
      </div>
      <div class="room-marks">
        {room.locked && (
          <Chip tone="warn" icon="lock">
            {t.room.locked}
          </Chip>
        )}
        <OwnLight live={live} open={connection} />
      </div>
    </header>
  );
}

function Clock({ since }: { since: number }) {
  const now = useNow(1000);
  return (
    <span class="digits" title={messages.value.room.elapsed}>
      {elapsed(now - since)}
    </span>
  );
}
