import { useComputed, useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import type { Live } from '../../store/live';
import { ordered } from '../../store/room';
import type { Participant } from '../../wire/messages';
import { useInvitation } from '../pages/dialin';
import { Avatar, Empty } from '../parts/bits';
import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';
import { Icon } from '../parts/icons';
import { ids } from '../testids';
import { type Context, participantActions } from './actions';
import { Choice } from './chambers';
import { inviteLink } from './invite';
import { perform } from './perform';
import { Signal } from './signal';

const unguard = participantActions.find((action) => action.id === 'act-unguard');

/** More than this many, and one may search. */
const SEARCHABLE = 12;
/** Up to this many have a large tile each, where the screen is wide. */
const FEW = 9;
/** More than this many, and entries become rows. */
const DENSE = 24;

export function Roster({ context, choose }: { context: Context; choose(participant: number): void }) {
  const { live } = context;
  const t = messages.value;
  const query = useSignal('');
  const state = live.room.value;
  if (!state) return null;
  const all = ordered(state);
  // Whoever is alone here has company in other rooms of the meeting.
  const apart = state.room.breakout !== undefined || state.room.breakouts !== undefined;
  const wanted = query.value.trim().toLowerCase();
  const shown = wanted === '' ? all : all.filter((p) => p.name.toLowerCase().includes(wanted));
  return (
    <section aria-label={t.room.roster} class="roster-box">
      {all.length > SEARCHABLE && (
        <label class="search small">
          <Icon name="search" size={18} />
          <span class="offscreen">{t.room.find}</span>
          <input
            type="search"
            placeholder={t.room.find}
            onInput={(event) => {
              query.value = event.currentTarget.value;
            }}
          />
        </label>
      )}
      <ul
        class={`roster ${all.length > DENSE ? 'dense' : all.length <= FEW ? 'few' : ''}`}
        data-testid={ids.roster}
      >
        {shown.map((p) => (
          <Entry key={p.participant} context={context} participant={p} choose={choose} />
        ))}
      </ul>
      {shown.length === 0 && <p class="nothing">{t.room.nobodyFound}</p>}
      {all.length === 1 && !apart && <Alone live={live} />}
    </section>
  );
}

interface EntryProps {
  context: Context;
  participant: Participant;
  choose(participant: number): void;
}

function Entry({ context, participant: p, choose }: EntryProps) {
  const t = messages.value;
  const { live } = context;
  const choosing = context.selection.value !== undefined;
  const own = p.participant === live.room.value?.self;
  // One's own state is what one just pressed, not what the server last said.
  const muted = own ? live.muted.value : p.muted;
  const talking = useComputed(() => live.speaking.value.includes(p.participant));
  const talks = talking.value && !(own && muted);
  const away = p.connection === 'reconnecting';
  return (
    <li
      class={`entry${talks ? ' talking' : ''}${away ? ' away' : ''}`}
      data-testid={ids.participant}
      data-participant={p.participant}
      data-name={p.name}
      data-kind={p.kind}
      data-role={p.role}
      data-self={own ? '' : undefined}
      data-talking={String(talks)}
      data-muted={String(muted)}
      data-hand={String(p.hand)}
      data-held={String(p.held)}
      data-guarded={String(p.guarded ?? false)}
      data-reconnecting={String(away)}
      data-quality={p.quality}
    >
      {choosing && <Choice context={context} room={live.room.value?.room.breakout ?? 0} person={p} />}
      <span class="entry-face">
        <Avatar name={p.name} />
        {p.hand && (
          <span class="entry-hand" role="img" aria-label={t.room.hand} title={t.room.hand}>
            <Icon name="hand" size={16} />
          </span>
        )}
      </span>
      <div class="entry-text">
        <p class="entry-name">
          <span class="truncate" title={p.name}>
            {p.name}
          </span>
          {own && <span class="entry-you">{t.room.you}</span>}
        </p>
        <p class="entry-sub">
          <span role="img" aria-label={t.room[p.kind]} title={t.room[p.kind]} class="entry-kind">
            <Icon name={p.kind === 'phone' ? 'phone' : 'browser'} size={14} />
          </span>
          {p.quality !== 'unclassified' && <Signal quality={p.quality} />}
          {p.number && <span class="digits">{p.number}</span>}
          <Standing participant={p} muted={muted} talks={talks} />
        </p>
        {p.guarded && unguard?.shown({ ...context, target: p }) && (
          <Button
            size="small"
            icon="music"
            id={ids.unguard}
            label={`${t.actions.unguard} (${p.name})`}
            onClick={() => void perform(unguard, { ...context, target: p })}
          >
            {t.common.undo}
          </Button>
        )}
      </div>
      <div class="entry-side">
        {muted && (
          <span
            class="entry-muted"
            role="img"
            aria-label={p.mutedByHost ? t.room.mutedByHost : t.room.muted}
            title={p.mutedByHost ? t.room.mutedByHost : t.room.muted}
          >
            <Icon name="micOff" size={18} />
          </span>
        )}
        {live.host.value && !own && !choosing && (
          <Button
            tone="quiet"
            size="small"
            icon="more"
            iconOnly
            id={ids.participantMenu}
            onClick={() => choose(p.participant)}
          >
            {t.room.actionsFor(p.name)}
          </Button>
        )}
      </div>
    </li>
  );
}

/** The one word that says most about somebody now. */
function Standing({
  participant: p,
  muted,
  talks,
}: {
  participant: Participant;
  muted: boolean;
  talks: boolean;
}) {
  const t = messages.value.room;
  if (p.connection === 'reconnecting') return <span class="entry-warn">{t.reconnecting}</span>;
  if (p.guarded) return <span class="entry-warn">{t.guarded}</span>;
  if (p.held) return <span class="entry-warn">{t.held}</span>;
  if (talks) return <span class="entry-talk">{t.talking}</span>;
  if (p.role === 'host') return <span>{t.host}</span>;
  if (p.role === 'guest') return <span>{t.guest}</span>;
  return muted ? <span>{t.muted}</span> : null;
}

function Alone({ live }: { live: Live }) {
  const t = messages.value;
  const room = live.room.value?.room;
  const link = inviteLink(live);
  const text = useInvitation(room?.name || t.home.nowName, link, room?.number ?? '');
  return (
    <Empty icon="people" title={t.room.alone} text={t.room.aloneText}>
      <CopyButton text={text} what={t.meeting.invitation} tone="primary">
        {t.meeting.invitation}
      </CopyButton>
    </Empty>
  );
}
