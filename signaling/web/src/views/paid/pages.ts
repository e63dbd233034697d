import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { toast } from '../../store/toasts';
import { type CallPage, type CallRecord, paidApi, type Query } from '../../wire/paid';
import { type Loaded, useLoad } from '../parts/load';
import { explain } from '../parts/problem';

const SIZE = '50';

/** The calls that fit a filter, page by page. */
export function useCalls(filter: Query): {
  loaded: ReadonlySignal<Loaded<CallPage>>;
  calls: readonly CallRecord[];
  /** Loads the next page; absent at the end. */
  further: (() => Promise<void>) | undefined;
  again(): void;
} {
  const wanted = JSON.stringify(filter);
  const { loaded, again } = useLoad(() => paidApi.calls({ ...filter, limit: SIZE }), [wanted]);
  const more = useSignal<CallRecord[]>([]);
  const next = useSignal<string | undefined>(undefined);
  const now = loaded.value;
  useEffect(() => {
    if (now.state !== 'ready') return;
    next.value = now.value.next;
    more.value = [];
  }, [now]);
  async function further() {
    try {
      const page = await paidApi.calls({ ...filter, limit: SIZE, cursor: next.value });
      more.value = [...more.value, ...page.calls];
      next.value = page.next;
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return {
    loaded,
    calls: now.state === 'ready' ? [...now.value.calls, ...more.value] : [],
    further: next.value ? further : undefined,
    again,
  };
}
