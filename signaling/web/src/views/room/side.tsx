import { messages } from '../../i18n';
import type { Live } from '../../store/live';
import { DialInSteps, useInvitation } from '../pages/dialin';
import { CopyButton } from '../parts/copy';
import { inviteLink } from './invite';

/** Beside the roster, where there is room: how others get in. */
export function Side({ live }: { live: Live }) {
  const t = messages.value;
  return (
    <aside class="room-side" aria-label={t.room.invite}>
      <h2>{t.room.invite}</h2>
      <Invite live={live} />
      <h2>{t.dialIn.title}</h2>
      <DialInSteps number={live.room.value?.room.number ?? ''} />
    </aside>
  );
}

/** The link and the whole invitation, to be copied. */
export function Invite({ live }: { live: Live }) {
  const t = messages.value;
  const room = live.room.value?.room;
  const link = inviteLink(live);
  const text = useInvitation(room?.name || t.home.nowName, link, room?.number ?? '');
  return (
    <div class="invite">
      {link && <p class="link-box">{link.replace(/^https?:\/\//, '')}</p>}
      <div class="button-row">
        {link && (
          <CopyButton text={link} what={t.meeting.link} tone="plain">
            {t.room.copyLink}
          </CopyButton>
        )}
        <CopyButton text={text} what={t.meeting.invitation} tone="plain">
          {t.meeting.invitation}
        </CopyButton>
      </div>
    </div>
  );
}
