import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** The time, Unix ms, as it goes by: read again every so many ms. */
export function useNow(every: number): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, every);
    return () => clearInterval(timer);
  }, [every]);
  return now.value;
}
