import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { elapsed, grouped, messages } from '../../i18n';
import type { Live } from '../../store/live';
import { Chip, PageTitle } from '../parts/bits';
import { Logo } from '../parts/icons';
import { Signal } from './signal';

export function Head({ live }: { live: Live }) {
  const t = messages.value;
  const state = live.room.value;
  if (!state) return null;
  const { room } = state;
  const own = live.self.value;
  return (
    <header class="room-head">
      <Logo />
      <div class="room-title">
        <PageTitle>{room.name || t.home.nowName}</PageTitle>
        <p class="row-sub">
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
        {own && <Signal quality={own.quality} />}
      </div>
    </header>
  );
}

function Clock({ since }: { since: number }) {
  const t = messages.value;
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span class="digits" title={t.room.elapsed}>
      {elapsed(now.value - since)}
    </span>
  );
}
