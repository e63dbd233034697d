import { speaking } from '../../i18n';
import { light } from '../../i18n/light';
import type { Light } from '../../store/sound';

/** 0.083 as "8 %"; less than one per cent with a digit more. */
export function share(value: number): string {
  const digits = value < 0.01 && value > 0 ? 1 : 0;
  const format = new Intl.NumberFormat(speaking.value, { maximumFractionDigits: digits });
  return `${format.format(value * 100)} %`;
}

export const time = (ms: number): string => `${Math.round(ms)} ms`;

/** What is the matter with one's own connection, in a sentence; empty while nothing is. */
export function complaint(now: Light): string {
  const t = light.value;
  const net = t.network[now.access ?? 'unknown'];
  const said = now.side === 'said';
  switch (now.class === 'good' || now.class === 'unclassified' ? undefined : now.because[0]) {
    case 'loss':
      return (said ? t.said : t.heard).loss(net, share(now.loss ?? 0));
    case 'jitter':
      return (said ? t.said : t.heard).jitter(net, time(now.jitter ?? 0));
    case 'concealed':
      return t.concealed(share(now.concealed ?? 0));
    case 'round-trip':
      return t.roundTrip(net, time(now.rtt ?? 0));
    case 'mos':
      return t.mos(net);
    case undefined:
      return '';
  }
}

/** What may help. */
export function advice(now: Light): string {
  const t = light.value.advice;
  if (now.relayed || now.tcp) return t.relayed;
  if (now.because[0] === 'round-trip') return now.access === 'vpn' ? t.vpn : t.delay;
  return t[now.access ?? 'unknown'];
}
