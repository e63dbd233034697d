import { signal } from '@preact/signals';

/** The administrators' pages about calls and money. */
export const SECTIONS = [
  'calls',
  'costs',
  'budgets',
  'trunks',
  'rates',
  'brakes',
  'approvals',
  'audit',
  'bots',
] as const;
export type Section = (typeof SECTIONS)[number];

/** The administrators' pages about call quality, in the order of the tabs; `legs` is reached from the others. */
export const QUALITY_SECTIONS = [
  'now',
  'health',
  'breakdowns',
  'meetings',
  'trunks',
  'joins',
  'sites',
  'search',
  'legs',
] as const;
export type QualitySection = (typeof QUALITY_SECTIONS)[number];

/** The closed list of pages. */
export type Route =
  | { page: 'home' | 'login' | 'people' | 'me' | 'missing' }
  | { page: 'dial' | 'calls' | 'contacts' | 'looks' }
  | { page: 'calendar' | 'schedule' | 'reminders' | 'announce' }
  | { page: 'reschedule'; id: string }
  | { page: 'act' | 'answer'; token: string }
  | { page: 'batch' | 'call' | 'leg'; id: string }
  | { page: 'company'; section: Section; id: string }
  | { page: 'quality'; section: QualitySection; id: string }
  | { page: 'setup'; token: string }
  | { page: 'welcome' | 'join'; token: string }
  | { page: 'meeting' | 'room'; id: string };

/** Reads an address of this server. */
export function parseRoute(path: string, search = ''): Route {
  const [first = '', second = '', ...rest] = path.split('/').filter(Boolean).map(decode);
  if (first === 'company') return company(second, rest);
  if (first === 'quality') return quality(second, rest);
  if (first === 'me' && second === 'legs') return ownLeg(rest);
  if (rest.length > 0) return { page: 'missing' };
  if (second === '') {
    switch (first) {
      case '':
        return { page: 'home' };
      case 'login':
      case 'people':
      case 'me':
      case 'dial':
      case 'calls':
      case 'contacts':
      case 'calendar':
      case 'schedule':
      case 'reminders':
      case 'announce':
        return { page: first };
      case 'setup':
        return { page: 'setup', token: new URLSearchParams(search).get('token') ?? '' };
      default:
        return { page: 'missing' };
    }
  }
  switch (first) {
    case 'me':
      return { page: second === 'looks' ? 'looks' : 'missing' };
    case 'dial':
      return { page: 'batch', id: second };
    case 'calls':
      return { page: 'call', id: second };
    case 'schedule':
      return { page: 'reschedule', id: second };
    case 'r':
      return { page: 'act', token: second };
    case 'rsvp':
      return { page: 'answer', token: second };
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

/** /me/legs/ID of one's own; the latest of them is `latest`. */
function ownLeg([id = '', ...rest]: string[]): Route {
  return id && rest.length === 0 ? { page: 'leg', id } : { page: 'missing' };
}

/** /company/SECTION, and /company/SECTION/ID of what has pages of its own. */
function company(name: string, [id = '', ...rest]: string[]): Route {
  const section = SECTIONS.find((one) => one === name);
  const deep = section === 'trunks' || section === 'rates';
  if (!section || rest.length > 0 || (id && !deep)) return { page: 'missing' };
  return { page: 'company', section, id };
}

/** /quality, /quality/SECTION, and /quality/SECTION/ID of a meeting or a leg. */
function quality(name: string, [id = '', ...rest]: string[]): Route {
  const section = QUALITY_SECTIONS.find((one) => one === (name || 'now'));
  const deep = section === 'meetings' || section === 'legs';
  if (!section || name === 'now' || rest.length > 0 || (id && !deep)) return { page: 'missing' };
  if (section === 'legs' && !id) return { page: 'missing' };
  return { page: 'quality', section, id };
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
