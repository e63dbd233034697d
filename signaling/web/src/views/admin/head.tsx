import type { ComponentChildren } from 'preact';
import { paid } from '../../i18n/paid';
import { zoneOf } from '../../i18n/zone';
import { companyZone } from '../../store/company';
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

/** Says whose days are meant, where the company's are not those of the browser. */
export function ZoneNote() {
  const zone = companyZone();
  if (zone === zoneOf('')) return null;
  return <p class="field-hint">{paid.value.admin.calls.zone(zone.replaceAll('_', ' '))}</p>;
}
