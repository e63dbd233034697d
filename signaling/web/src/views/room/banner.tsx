import { messages } from '../../i18n';
import { Button } from '../parts/button';
import { Icon, type IconName } from '../parts/icons';
import { ids } from '../testids';

interface BannerProps {
  kind: string;
  tone: 'plain' | 'warn' | 'bad';
  icon: IconName;
  spinning?: boolean;
  action?: string;
  act?(): void;
  /** Takes it away, as the person wants. */
  hide?(): void;
  children: string;
}

/** A line that says what is not as it should be, and what can be done. */
export function Banner(props: BannerProps) {
  return (
    <div class={`banner ${props.tone}`} data-testid={ids.banner} data-kind={props.kind}>
      {props.spinning ? <span class="spinner" aria-hidden="true" /> : <Icon name={props.icon} />}
      <p>{props.children}</p>
      {props.action && (
        <Button size="small" onClick={() => props.act?.()}>
          {props.action}
        </Button>
      )}
      {props.hide && (
        <Button tone="quiet" size="small" icon="close" iconOnly onClick={() => props.hide?.()}>
          {messages.value.common.close}
        </Button>
      )}
    </div>
  );
}
