import type { ComponentChildren } from 'preact';
import { PageTitle } from '../parts/bits';

/** Title, one sentence and what can be done. */
export function Head({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: string;
  children?: ComponentChildren;
}) {
  return (
    <header class="page-head">
      <div>
        <PageTitle>{title}</PageTitle>
        {lead && <p class="row-sub">{lead}</p>}
      </div>
      {children && <div class="page-actions wrap">{children}</div>}
    </header>
  );
}
