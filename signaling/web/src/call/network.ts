/** Calls back when the path to the server may have changed. Returns how to stop. */
export function onNetworkChange(changed: () => void): () => void {
  const connection = (globalThis.navigator as { connection?: EventTarget } | undefined)?.connection;
  globalThis.addEventListener('online', changed);
  connection?.addEventListener?.('change', changed);
  return () => {
    globalThis.removeEventListener('online', changed);
    connection?.removeEventListener?.('change', changed);
  };
}
