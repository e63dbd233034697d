import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Batch, Call } from '../../wire/dial';
import { type BatchDetail, paidApi } from '../../wire/paid';

interface Followed {
  batch: Batch | undefined;
  calls: readonly Call[];
  /** The stream of events broke; the browser tries again by itself. */
  lost: boolean;
  error: unknown;
}

/** A batch as it goes on: loaded once, then followed. */
export function useBatch(id: string, first?: BatchDetail): Followed {
  const batch = useSignal<Batch | undefined>(first?.batch);
  const calls = useSignal<ReadonlyMap<string, Call>>(mapOf(first?.calls ?? []));
  const lost = useSignal(false);
  const error = useSignal<unknown>(undefined);
  useEffect(() => {
    let here = true;
    paidApi.batch(id).then(
      (now) => {
        if (!here) return;
        batch.value = now.batch;
        // What came by the stream meanwhile is newer.
        calls.value = new Map([...mapOf(now.calls), ...calls.value]);
      },
      (thrown: unknown) => {
        if (here) error.value = thrown;
      },
    );
    if (typeof EventSource === 'undefined') return;
    const source = new EventSource(paidApi.batchEvents(id));
    source.addEventListener('batch', (event) => {
      batch.value = JSON.parse(event.data).batch as Batch;
      lost.value = false;
      // The stream ends with the batch; opened again it would only say so again.
      if (batch.value.endedAt !== undefined) source.close();
    });
    source.addEventListener('call', (event) => {
      const { call } = JSON.parse(event.data) as { call: Call };
      calls.value = new Map(calls.value).set(call.call, call);
    });
    source.onerror = () => {
      lost.value = batch.value?.endedAt === undefined;
    };
    return () => {
      here = false;
      source.close();
    };
  }, [id]);
  return { batch: batch.value, calls: [...calls.value.values()], lost: lost.value, error: error.value };
}

const mapOf = (calls: readonly Call[]): Map<string, Call> => new Map(calls.map((c) => [c.call, c]));
