import { remindApi } from '../wire/remind';

/** Whether this browser can be notified, and is. */
export type PushState = 'unsupported' | 'insecure' | 'blocked' | 'off' | 'on';

const WORKER = '/sw.js';

export async function pushState(): Promise<PushState> {
  if (!globalThis.isSecureContext) return 'insecure';
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis)) return 'unsupported';
  if (Notification.permission === 'denied') return 'blocked';
  const worker = await navigator.serviceWorker.getRegistration(WORKER);
  const there = await worker?.pushManager.getSubscription();
  return there && Notification.permission === 'granted' ? 'on' : 'off';
}

/** Asks for permission and subscribes; throws where the browser refuses. */
export async function subscribe(key: string): Promise<PushState> {
  if ((await Notification.requestPermission()) !== 'granted') return pushState();
  await navigator.serviceWorker.register(WORKER);
  const worker = await navigator.serviceWorker.ready;
  const wanted = bytes(key);
  let there = await worker.pushManager.getSubscription();
  // One for another key is of no use: the server was set up anew.
  if (there && !same(there.options.applicationServerKey, wanted)) {
    await there.unsubscribe();
    there = null;
  }
  there ??= await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
  await remindApi.subscribe(there.toJSON());
  return 'on';
}

export async function unsubscribe(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration(WORKER);
  await (await worker?.pushManager.getSubscription())?.unsubscribe();
}

/** After signing in, a browser that was notified before is again. */
export async function renew(): Promise<void> {
  try {
    if ((await pushState()) !== 'on') return;
    const { key } = await remindApi.browsers();
    if (key) await subscribe(key);
  } catch {
    // It is tried again with the next page.
  }
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function same(a: ArrayBuffer | null, b: Uint8Array): boolean {
  const have = a ? new Uint8Array(a) : new Uint8Array();
  return have.length === b.length && have.every((byte, n) => byte === b[n]);
}
