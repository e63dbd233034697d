import { messages } from '../../i18n';
import type { Visitor } from '../../wire/messages';
import { Avatar } from '../parts/bits';
import { Button } from '../parts/button';
import { ids } from '../testids';
import { type Action, type Context, roomActions } from './actions';
import { perform } from './perform';

type DoorContext = Context & { visitor: Visitor };

const admit: Action<DoorContext> = {
  id: 'admit',
  label: ({ t }) => t.actions.admit,
  icon: () => 'check',
  shown: ({ live }) => live.host.value,
  run: ({ live, visitor }) => live.act('admit', { participant: visitor.participant }),
};

const refuse: Action<DoorContext> = {
  id: 'refuse',
  label: ({ t }) => t.actions.refuse,
  icon: () => 'close',
  shown: ({ live }) => live.host.value,
  run: ({ live, visitor }) => live.act('refuse', { participant: visitor.participant }),
};

const next = roomActions.find((action) => action.id === 'admit-next');

/** Who is at the door of a locked room, for those who may open it. */
export function DoorList({ context }: { context: Context }) {
  const t = messages.value;
  const visitors = context.live.room.value?.door ?? [];
  if (visitors.length === 0 || !context.live.host.value) return null;
  return (
    <section class="door" aria-label={t.room.door}>
      {visitors.length > 1 && (
        <p class="door-head">
          <span>{t.room.nextHint(visitors.length)}</span>
          {next?.shown(context) && (
            <Button size="small" icon="door" id={next.id} onClick={() => void perform(next, context)}>
              {next.label(context)}
            </Button>
          )}
        </p>
      )}
      <ul>
        {visitors.map((visitor) => {
          const own: DoorContext = { ...context, visitor };
          return (
            <li key={visitor.participant} data-testid={ids.visitor} data-participant={visitor.participant}>
              <Avatar name={visitor.name} size="small" />
              <p>{t.room.atTheDoor(visitor.name)}</p>
              {[refuse, admit].map((action) => (
                <Button
                  key={action.id}
                  id={action.id}
                  size="small"
                  icon={action.icon(own)}
                  tone={action.id === 'admit' ? 'primary' : 'plain'}
                  label={`${action.label(own)}: ${visitor.name}`}
                  onClick={() => void perform(action, own)}
                >
                  {action.label(own)}
                </Button>
              ))}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
