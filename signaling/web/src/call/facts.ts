import type { Access, Facts } from '../wire/fare';
import type { Row } from './stats';

const text = (row: Row | undefined, name: string): string => {
  const value = row?.[name];
  return typeof value === 'string' ? value : '';
};

/** What this end of a leg is, as far as the browser tells. */
export function factsOf(rows: readonly Row[], device: string, userAgent = navigator.userAgent): Facts {
  const byId = new Map(rows.map((row) => [text(row, 'id'), row]));
  const pair = rows.find(
    (row) => row.type === 'candidate-pair' && row.nominated === true && row.state === 'succeeded',
  );
  const local = byId.get(text(pair, 'localCandidateId'));
  const inbound = rows.find((row) => row.type === 'inbound-rtp' && byId.has(text(row, 'codecId')));
  const outbound = rows.find((row) => row.type === 'outbound-rtp' && byId.has(text(row, 'codecId')));
  const codec = text(byId.get(text(outbound ?? inbound, 'codecId')), 'mimeType').toLowerCase();
  const candidate = text(local, 'candidateType');
  return clean({
    // RED carries Opus twice; the sound is Opus all the same.
    codec: codec === '' ? '' : codec === 'audio/red' ? 'opus' : codec.replace('audio/', ''),
    access: accessOf(text(local, 'networkType') || connectionType()),
    device: device.slice(0, 64),
    agent: agentOf(userAgent),
    system: systemOf(userAgent),
    transport: transportOf(local),
    candidate: ['host', 'srflx', 'prflx', 'relay'].includes(candidate) ? candidate : '',
  });
}

/** Leaves out what is not known. */
function clean(facts: Record<keyof Facts, string | undefined>): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value)) as Facts;
}

/** By what the packets leave: a relay may be reached otherwise than it relays. */
function transportOf(local: Row | undefined): string {
  const way = (text(local, 'relayProtocol') || text(local, 'protocol')).toLowerCase();
  return ['udp', 'tcp', 'tls'].includes(way) ? way : '';
}

const connectionType = (): string =>
  (globalThis.navigator as { connection?: { type?: string } } | undefined)?.connection?.type ?? '';

/** The network's kind, by the names of candidates (networkType) and of the Network Information API. */
export function accessOf(type: string): Access | undefined {
  switch (type) {
    case 'ethernet':
      return 'wired';
    case 'wifi':
    case 'wimax':
      return 'wifi';
    case 'cellular':
    case '2g':
    case '3g':
    case '4g':
    case '5g':
      return 'cellular';
    case 'vpn':
      return 'vpn';
    default:
      return undefined;
  }
}

const AGENTS: readonly [RegExp, string][] = [
  [/\bEdg(?:A|iOS)?\/(\d+)/, 'Edge'],
  [/MicroMessenger\/(\d+)/, 'WeChat'],
  [/(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/(?:Chrome|Chromium|CriOS)\/(\d+)/, 'Chrome'],
  [/Version\/(\d+).*Safari\//, 'Safari'],
];

/** "Chrome 143". */
export function agentOf(userAgent: string): string {
  for (const [pattern, name] of AGENTS) {
    const found = pattern.exec(userAgent);
    if (found) return `${name} ${found[1]}`;
  }
  return '';
}

/** The operating system; browsers hide its version. */
export function systemOf(userAgent: string): string {
  if (/Windows/.test(userAgent)) return 'Windows';
  if (/iPhone|iPad/.test(userAgent)) return 'iOS';
  if (/Android/.test(userAgent)) return 'Android';
  if (/CrOS/.test(userAgent)) return 'ChromeOS';
  if (/Mac OS X/.test(userAgent)) return 'macOS';
  return /Linux/.test(userAgent) ? 'Linux' : '';
}
