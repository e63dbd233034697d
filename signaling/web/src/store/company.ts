import { signal } from '@preact/signals';
import { zoneOf } from '../i18n/zone';
import { type Company, paidApi } from '../wire/paid';

/** What the company's pages need to know of it; undefined until it was asked for. */
export const company = signal<Company | undefined>(undefined);

let asking: Promise<void> | undefined;

/** Asks once; a failure is asked again the next time. */
export function askCompany(): Promise<void> {
  asking ??= paidApi.company().then(
    (known) => {
      company.value = known;
    },
    () => {
      asking = undefined;
    },
  );
  return asking;
}

/** The zone that days and months of the company are in; the browser's while it is unknown. */
export const companyZone = (): string => zoneOf(company.value?.timeZone);

/** The currency of all amounts; empty while it is unknown. */
export const companyCurrency = (): string => company.value?.currency ?? '';
