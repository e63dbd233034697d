import type { ComponentChildren } from 'preact';
import { speaking } from '../../i18n';
import { quality } from '../../i18n/quality';
import { format } from '../../store/civil';
import { selfZone } from '../../store/session';
import type { Quality } from '../../wire/messages';
import { type Query, query } from '../../wire/paid';
import { exportAddress } from '../../wire/quality';
import { Chip, PageTitle } from '../parts/bits';
import { Icon } from '../parts/icons';
import { useNow } from '../parts/now';
import { count, mos, UNKNOWN } from './words';

const tones = { unclassified: 'plain', good: 'good', degraded: 'warn', poor: 'bad' } as const;

/** How good something is, in a word and a colour. */
export function ClassChip({ value }: { value: Quality }) {
  return <Chip tone={tones[value]}>{quality.value.classes[value]}</Chip>;
}

/** Title, one sentence and what can be done. */
export function QualityHead(props: { title: string; lead: string; children?: ComponentChildren }) {
  return (
    <header class="page-head">
      <div>
        <PageTitle>{props.title}</PageTitle>
        <p class="row-sub">{props.lead}</p>
      </div>
      {props.children && <div class="page-actions wrap">{props.children}</div>}
    </header>
  );
}

/** Older than this, what is shown says so, ms. */
const STALE = 10_000;

/** Of when what is shown is; and how old, when nothing newer comes. Both are Unix ms, `heard` by this clock. */
export function Freshness({ at, heard }: { at: number; heard: number }) {
  const q = quality.value.now;
  const age = useNow(1000) - heard;
  if (age > STALE)
    return (
      <p class="stale tone-bad" role="status" data-testid="stale">
        <Icon name="warning" size={16} /> {q.stale(count(Math.round(age / 1000)))}
      </p>
    );
  return (
    <Chip icon="clock">
      <span class="digits">
        {q.at(format(speaking.value, selfZone(), { timeStyle: 'medium' }).format(at))}
      </span>
    </Chip>
  );
}

/** The same table as a file. */
export function CSVLink({ table, filter, what }: { table: string; filter?: Query; what: string }) {
  const q = quality.value;
  return (
    <a
      class="button plain normal"
      href={exportAddress(table, filter)}
      download
      data-testid="csv"
      aria-label={q.csvOf(what)}
    >
      <Icon name="download" />
      {q.csv}
    </a>
  );
}

interface Shares {
  good: number;
  degraded: number;
  poor: number;
  unclassified: number;
}

const ORDER = ['good', 'degraded', 'poor', 'unclassified'] as const;

/** How many are how good, as one bar; what it says stands below in words. */
export function ClassBar({ shares }: { shares: Shares }) {
  const q = quality.value;
  const all = ORDER.reduce((sum, one) => sum + shares[one], 0);
  let x = 0;
  return (
    <figure class="class-bar">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="bar-ground" width="100" height="10" />
        {ORDER.map((one) => {
          const width = all > 0 ? (shares[one] / all) * 100 : 0;
          x += width;
          return <rect key={one} class={`of-${one}`} x={x - width} width={width} height="10" />;
        })}
      </svg>
      <figcaption>
        {ORDER.map((one) => (
          <span key={one} class={`key of-${one}`}>
            {q.classes[one]} <strong class="digits">{count(shares[one])}</strong>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** Where a page about something else is, for the same time. */
export const pageFor = (section: string, filter: Query = {}): string => `/quality/${section}${query(filter)}`;

/** Narrowband and wideband below each other: they are two scales. */
export function Scores({ of: { mosNb, mosWb } }: { of: { mosNb?: number; mosWb?: number } }) {
  if (mosNb === undefined && mosWb === undefined) return <>{UNKNOWN}</>;
  return (
    <>
      {mosNb !== undefined && <span class="cell-main">{mos(mosNb, 'nb')}</span>}
      {mosWb !== undefined && <span class="cell-main">{mos(mosWb, 'wb')}</span>}
    </>
  );
}
