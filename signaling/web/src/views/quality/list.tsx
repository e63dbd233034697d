import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { quality } from '../../i18n/quality';
import { toast } from '../../store/toasts';
import type { Query } from '../../wire/paid';
import { Empty } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { type Loaded, useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { setFilter, useFilter } from './filter';
import { filterName, filterValue, NARROWING } from './names';

interface Page<T> {
  rows: T[];
  next?: string | undefined;
}

/** What fits a filter, page by page. */
export function usePages<T>(
  load: (cursor: string | undefined) => Promise<Page<T>>,
  deps: readonly unknown[],
): {
  loaded: ReadonlySignal<Loaded<Page<T>>>;
  rows: readonly T[];
  /** Loads the next page; absent at the end. */
  further: (() => Promise<void>) | undefined;
  again(): void;
} {
  const { loaded, again } = useLoad(() => load(undefined), deps);
  const more = useSignal<T[]>([]);
  const next = useSignal<string | undefined>(undefined);
  const now = loaded.value;
  useEffect(() => {
    if (now.state !== 'ready') return;
    next.value = now.value.next;
    more.value = [];
  }, [now]);
  async function further() {
    try {
      const page = await load(next.value);
      more.value = [...more.value, ...page.rows];
      next.value = page.next;
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return {
    loaded,
    rows: now.state === 'ready' ? [...now.value.rows, ...more.value] : [],
    further: next.value ? further : undefined,
    again,
  };
}

/** The button below a list that goes on. */
export function More({ further }: { further: (() => Promise<void>) | undefined }) {
  return further ? (
    <Button wide onClick={() => void further()}>
      {quality.value.legs.more}
    </Button>
  ) : null;
}

/** What the address narrows a page down to; each can be taken away. */
export function Narrowed({ names = {}, except = [] }: { names?: Query; except?: readonly string[] }) {
  const l = quality.value.legs;
  const filter = useFilter();
  const set = NARROWING.filter((one) => filter[one] && !except.includes(one));
  if (set.length === 0) return null;
  return (
    <p class="narrowed" data-testid="narrowed">
      <span class="row-sub">{l.filter}</span>
      {set.map((one) => {
        const text = `${filterName(one)}${quality.value.colon}${names[one] ?? filterValue(one, filter[one] ?? '')}`;
        return (
          <button
            key={one}
            type="button"
            class="chip accent"
            aria-label={l.remove(text)}
            onClick={() => setFilter({ [one]: '' })}
          >
            {text}
            <Icon name="close" size={14} />
          </button>
        );
      })}
    </p>
  );
}

/** Nothing fits. */
export function Nothing() {
  const l = quality.value.legs;
  return (
    <div class="card">
      <Empty icon="chart" title={l.nothing} text={l.nothingText} />
    </div>
  );
}
