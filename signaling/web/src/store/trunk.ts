import type { Account, Outbound, Target, Trunk, TrunkInput } from '../wire/paid';

/** An account with a carrier, as a form holds it. */
export interface AccountDraft {
  key: string;
  user: string;
  authUser: string;
  /** What was typed; empty: as it is. */
  password: string;
  /** A password is stored. */
  kept: boolean;
}

/** What a form of a trunk holds: texts, accounts, and what is on. */
export interface TrunkDraft {
  text: Record<string, string>;
  accounts: readonly AccountDraft[];
  on: Record<'vouches' | 'outbound' | 'register' | 'privacy' | 'diversion' | 'off', boolean>;
}

const lines = (text = ''): string[] =>
  text
    .split(/[\n,，;]+/)
    .map((line) => line.trim())
    .filter(Boolean);

const whole = (text = ''): number => Math.max(0, Math.round(Number(text)) || 0);

/** "sip.example.com:5061/tls" and how it reads back. */
export function targetText({ host, port, transport }: Target): string {
  const address = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `${address}${port ? `:${port}` : ''}${transport ? `/${transport}` : ''}`;
}

/** One target of a line; the first of a list has the highest priority, as in DNS the lowest number. */
export function readTarget(text: string, priority: number): Target {
  const [address = '', transport = ''] = text.split('/');
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address.trim()) ?? [];
  const kind = transport.trim().toLowerCase();
  return {
    host: bracketed ?? name ?? address.trim(),
    port: whole(port),
    transport: kind === 'udp' || kind === 'tcp' || kind === 'tls' ? kind : '',
    priority,
    weight: 0,
  };
}

/** A trunk as a form shows it; without one, what a new one begins with. */
export function draftOf(trunk?: Trunk): TrunkDraft {
  const out = trunk?.outbound;
  return {
    text: {
      name: trunk?.name ?? '',
      label: trunk?.label ?? '',
      allow: (trunk?.allow ?? []).join('\n'),
      numbers: (trunk?.numbers ?? []).join('\n'),
      language: trunk?.language ?? '',
      maxCalls: String(trunk?.maxCalls ?? 0),
      srtp: trunk?.srtp ?? 'off',
      user: trunk?.user ?? '',
      targets: (out?.targets ?? []).map(targetText).join('\n'),
      proxy: out?.proxy ?? '',
      registrar: out?.registrar ?? '',
      domain: out?.domain ?? '',
      expires: String(out?.expires ?? 3600),
      owned: (out?.caller.owned ?? []).join('\n'),
      shown: out?.caller.default ?? '',
      header: out?.caller.header ?? 'from',
      channels: String(out?.channels ?? 0),
      serverName: out?.serverName ?? '',
      ca: out?.ca ?? '',
      clientCert: out?.clientCert ?? '',
      prefixes: (out?.prefixes ?? []).join('\n'),
    },
    accounts: (out?.accounts ?? []).map(({ user, authUser, hasPassword = false }) => ({
      ...{ key: user, user, authUser },
      ...{ password: '', kept: hasPassword },
    })),
    on: {
      vouches: trunk?.vouches ?? false,
      outbound: trunk ? out !== undefined : true,
      register: out?.register ?? false,
      privacy: out?.caller.privacy ?? false,
      diversion: out?.caller.diversion ?? false,
      off: out?.off ?? false,
    },
  };
}

/** What a form holds, as the server takes it: empty secrets are left out, and so kept. */
export function trunkOf(draft: TrunkDraft, before?: Trunk): TrunkInput {
  const { text, on } = draft;
  return {
    name: text.name ?? '',
    label: text.label ?? '',
    allow: lines(text.allow),
    numbers: lines(text.numbers),
    language: text.language === 'en' || text.language === 'zh-CN' ? text.language : '',
    maxCalls: whole(text.maxCalls),
    srtp: text.srtp === 'offered' || text.srtp === 'required' ? text.srtp : 'off',
    vouches: on.vouches,
    user: text.user ?? '',
    ...(text.password ? { password: text.password } : {}),
    ...(on.outbound ? { outbound: outboundOf(draft, before?.outbound) } : {}),
  };
}

function outboundOf({ text, on, accounts }: TrunkDraft, before?: Outbound): Outbound {
  return {
    // Of what the form does not show, what was there is kept.
    targets: lines(text.targets).map((line, n) => {
      const known = before?.targets.find((target) => targetText(target) === line);
      return known ? { ...known } : readTarget(line, (n + 1) * 10);
    }),
    ...accountsOf(accounts, before?.accounts),
    proxy: text.proxy ?? '',
    register: on.register,
    registrar: text.registrar ?? '',
    domain: text.domain ?? '',
    expires: whole(text.expires) || 3600,
    caller: {
      owned: lines(text.owned),
      default: text.shown ?? '',
      header: text.header === 'pai' ? 'pai' : 'from',
      privacy: on.privacy,
      diversion: on.diversion,
    },
    channels: whole(text.channels),
    serverName: text.serverName ?? '',
    ca: text.ca ?? '',
    clientCert: text.clientCert ?? '',
    ...(text.clientKey ? { clientKey: text.clientKey } : {}),
    prefixes: lines(text.prefixes),
    off: on.off,
  };
}

/** All that have a user; where there are none and were none, nothing is said of them. */
function accountsOf(drafts: readonly AccountDraft[], before: Account[] = []): { accounts?: Account[] } {
  const accounts = drafts
    .filter(({ user }) => user !== '')
    .map(({ user, authUser, password }) => ({ user, authUser, ...(password ? { password } : {}) }));
  return accounts.length > 0 || before.length > 0 ? { accounts } : {};
}
