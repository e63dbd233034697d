import type { ComponentChildren } from 'preact';
import { go } from '../../store/router';

interface LinkProps {
  to: string;
  class?: string;
  current?: boolean;
  label?: string;
  id?: string;
  title?: string;
  style?: Record<string, string>;
  children: ComponentChildren;
}

/** A link within the client: a real address, followed without loading the page. */
export function Link({ to, current, label, id, children, ...rest }: LinkProps) {
  return (
    <a
      href={to}
      class={rest.class}
      title={rest.title}
      style={rest.style}
      aria-current={current ? 'page' : undefined}
      aria-label={label}
      data-testid={id}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
