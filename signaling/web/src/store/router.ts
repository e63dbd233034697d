import { signal } from '@preact/signals';

/** The closed list of pages. */
export type Route =
  | { page: 'home' | 'login' | 'people' | 'me' | 'missing' }
  | { page: 'setup'; token: string }
  | { page: 'welcome' | 'join'; token: string }
  | { page: 'meeting' | 'room'; id: string };

/** Reads an address of this server. */
export function parseRoute(path: string, search = ''): Route {
  const [first = '', second = '', ...rest] = path.split('/').filter(Boolean).map(decode);
  if (rest.length > 0) return { page: 'missing' };
  if (second === '') {
    switch (first) {
      case '':
        return { page: 'home' };
      case 'login':
      case 'people':
      case 'me':
        return { page: first };
      case 'setup':
        return { page: 'setup', token: new URLSearchParams(search).get('token') ?? '' };
      default:
        return { page: 'missing' };
    }
  }
  switch (first) {
    case 'welcome':
      return { page: 'welcome', token: second };
    case 'j':
      return { page: 'join', token: second };
    case 'm':
      return { page: 'meeting', id: second };
    case 'room':
      return { page: 'room', id: second };
    default:
      return { page: 'missing' };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const here = () => parseRoute(location.pathname, location.search);

export const route = signal<Route>(here());
/** Where to go after log-in. */
export const afterLogin = signal('/');

export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  route.value = here();
}

globalThis.addEventListener?.('popstate', () => {
  route.value = here();
});
