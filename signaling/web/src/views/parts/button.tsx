import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icons';

export type Tone = 'plain' | 'primary' | 'danger' | 'quiet';

interface ButtonProps {
  children: ComponentChildren;
  icon?: IconName;
  tone?: Tone;
  type?: 'button' | 'submit';
  size?: 'normal' | 'large' | 'small';
  busy?: boolean;
  disabled?: boolean;
  wide?: boolean;
  pressed?: boolean;
  /** Said instead of the visible text when that is ambiguous. */
  label?: string;
  /** Shows the icon alone; the text stays as the accessible name and the tooltip. */
  iconOnly?: boolean;
  id?: string;
  class?: string | undefined;
  autoFocus?: boolean;
  onClick?(): void;
}

export function Button(props: ButtonProps) {
  const { children, icon, tone = 'plain', size = 'normal', busy = false, iconOnly = false } = props;
  const label = props.label ?? (iconOnly && typeof children === 'string' ? children : undefined);
  return (
    <button
      type={props.type ?? 'button'}
      class={`button ${tone} ${size}${props.wide ? ' wide' : ''}${iconOnly ? ' icon-only' : ''}${props.class ? ` ${props.class}` : ''}`}
      // A busy button stays focusable, so that the focus is not lost with it.
      aria-disabled={busy ? 'true' : undefined}
      aria-pressed={props.pressed}
      aria-label={label}
      title={iconOnly ? label : undefined}
      disabled={props.disabled}
      data-testid={props.id}
      autofocus={props.autoFocus}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else props.onClick?.();
      }}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {!iconOnly && <span>{children}</span>}
    </button>
  );
}
