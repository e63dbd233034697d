import { signal } from '@preact/signals';
import type { Live } from '../../store/live';
import { known } from '../../store/session';
import { wayTo } from '../../store/visit';
import { api } from '../../wire/api';

const links = signal<Readonly<Record<string, string>>>({});

/**
 * The address to give to others: the link by which one came, or the meeting's
 * own for those who may see it; empty for those who came by the number.
 */
export function inviteLink(live: Live): string {
  const meeting = live.room.value?.room.meeting ?? '';
  const way = wayTo(meeting);
  if ('link' in way) return `${location.origin}/j/${encodeURIComponent(way.link)}`;
  const found = links.value[meeting];
  if (found === undefined && meeting && known.value.state === 'in') {
    links.value = { ...links.peek(), [meeting]: '' };
    api.meeting(meeting).then(
      ({ link }) => {
        links.value = { ...links.peek(), [meeting]: link };
      },
      () => undefined,
    );
  }
  return found ?? '';
}
