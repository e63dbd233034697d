import { messages } from '../../i18n';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { actionId } from '../testids';
import { type Action, type Context, keyName, roomActions } from './actions';
import { perform } from './perform';

/** The bar at the bottom; what does not fit, or is wanted seldom, waits under "More". */
export function Controls({ context }: { context: Context }) {
  const t = messages.value;
  const offered = roomActions.filter((action) => action.place !== 'more' && action.shown(context));
  const { live } = context;
  return (
    <section class="controls" aria-label={t.room.controls}>
      <div class="controls-row">
        {offered
          .filter((action) => action.tone !== 'danger')
          .map((action) => (
            <Control key={action.id} action={action} context={context} />
          ))}
        <button type="button" class="control" data-testid="more" onClick={() => context.open('more')}>
          <span class="control-face">
            <Icon name="more" size={22} />
          </span>
          <span class="control-name">{t.room.more}</span>
        </button>
        {offered
          .filter((action) => action.tone === 'danger')
          .map((action) => (
            <Control key={action.id} action={action} context={context} />
          ))}
      </div>
      {live.track.value && (
        <p class="push-hint">
          {live.pushing.value ? t.room.pushing : live.muted.value ? t.room.pushHint : '\u00a0'}
        </p>
      )}
    </section>
  );
}

function Control({ action, context }: { action: Action; context: Context }) {
  const label = action.label(context);
  const pressed = action.pressed?.(context);
  const extra = action.place === 'always' ? '' : ' extra';
  const classes = `control ${action.id}${action.tone ? ` ${action.tone}` : ''}${pressed ? ' on' : ''}${extra}`;
  return (
    <button
      type="button"
      class={classes}
      // The label of a toggle says what a press does, so that aria-pressed would say it twice.
      data-on={pressed === undefined ? undefined : String(pressed)}
      aria-keyshortcuts={action.key ? shortcut(action.key) : undefined}
      title={action.key ? `${label} (${keyName(action.key)})` : label}
      disabled={action.enabled?.(context) === false}
      data-testid={actionId(action.id)}
      onClick={() => void perform(action, context)}
    >
      <span class="control-face">
        <Icon name={action.icon(context)} size={22} />
      </span>
      <span class="control-name">{label}</span>
    </button>
  );
}

function shortcut(key: string): string {
  return key !== key.toLowerCase() ? `Shift+${key}` : key.toUpperCase();
}

/** Everything else as a list; on small screens that is most of it. */
export function MoreList({ context, done }: { context: Context; done(): void }) {
  return (
    <div class="menu">
      {roomActions
        .filter((action) => action.place !== 'always' && action.shown(context))
        .map((action) => (
          <Button
            key={action.id}
            class={action.place === 'more' ? undefined : 'narrow-only'}
            tone={action.tone === 'danger' ? 'danger' : 'quiet'}
            icon={action.icon(context)}
            id={`more-${action.id}`}
            onClick={() => {
              done();
              void perform(action, context);
            }}
          >
            {action.label(context)}
          </Button>
        ))}
    </div>
  );
}
