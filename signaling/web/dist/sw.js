// Shows what is pushed, with its buttons, also while no page is open. What is
// pushed is {key, kind, title, text, link, topic, urgent, actions: [{act, label, link}]}.

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => {
  const told = read(event.data);
  event.waitUntil(
    self.registration.showNotification(told.title || 'Partyline', {
      body: told.text ?? '',
      tag: told.topic || told.key || 'partyline',
      renotify: true,
      requireInteraction: Boolean(told.urgent),
      lang: told.language,
      icon: '/icon.svg',
      data: { link: told.link, actions: told.actions ?? [] },
      actions: (told.actions ?? []).slice(0, 2).map(({ act, label }) => ({ action: act, title: label })),
    }),
  );
});

function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return { text: data?.text() };
  }
}

self.addEventListener('notificationclick', (event) => {
  const { link, actions = [] } = event.notification.data ?? {};
  event.notification.close();
  const chosen = actions.find(({ act }) => act === event.action);
  event.waitUntil(chosen && chosen.act !== 'join' ? answer(chosen) : show(chosen?.link ?? link));
});

/** Answers without opening anything; the page of the link asks where that does not work. */
async function answer({ act, link }) {
  const token = /\/r\/([^/?#]+)/.exec(link ?? '')?.[1];
  if (!token) return show(link);
  try {
    const response = await fetch(`/api/v1/reminders/${token}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ act }),
    });
    if (!response.ok) await show(link);
  } catch {
    await show(link);
  }
}

async function show(link) {
  const url = new URL(link || '/', self.location.origin);
  if (url.origin !== self.location.origin) return self.clients.openWindow(url.href);
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const same = pages.find((page) => page.url === url.href);
  return same ? same.focus() : self.clients.openWindow(url.href);
}

// The browser changed its address: the page subscribes anew when it is opened.
self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(
    (async () => {
      const key = event.oldSubscription?.options.applicationServerKey;
      if (!key) return;
      const fresh = await self.registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: key,
      });
      await fetch('/api/v1/me/push', {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(fresh),
      });
    })(),
  );
});
