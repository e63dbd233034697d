// The English texts about one's own connection; their shape is the type that
// every other language must have.

import type { Widen } from './en';

export const en = {
  title: 'Your connection',
  open: (state: string) => `${state}: details of your connection`,
  state: {
    unclassified: 'Not measured yet',
    good: 'Good',
    degraded: 'Weak',
    poor: 'Bad',
  },
  fine: 'You are heard well, and you hear well.',
  waiting: 'After a few seconds you see here how your connection fares.',
  network: {
    wired: 'Your cable',
    wifi: 'Your Wi-Fi',
    cellular: 'Your mobile network',
    vpn: 'Your VPN',
    unknown: 'Your connection',
  },
  said: {
    loss: (net: string, share: string) => `${net} is losing ${share} of what you say`,
    jitter: (net: string, time: string) => `${net} is uneven: what you say comes in bursts of ${time}`,
  },
  heard: {
    loss: (net: string, share: string) => `${net} is losing ${share} of what you hear`,
    jitter: (net: string, time: string) => `${net} is uneven: what you hear comes in bursts of ${time}`,
  },
  concealed: (share: string) => `${share} of what you hear is missing and had to be filled in`,
  roundTrip: (net: string, time: string) => `${net} is slow: to the server and back takes ${time}`,
  mos: (net: string) => `${net} makes voices hard to understand`,
  advice: {
    wired: 'pause large downloads, or restart the router.',
    wifi: 'try a cable, or move closer to the router.',
    cellular: 'try Wi-Fi, or a place with better reception.',
    vpn: 'leave the VPN if you may.',
    unknown: 'try a cable or another network.',
    relayed: 'your network lets sound through by a detour only; ask for UDP to be opened.',
    delay: 'leave the VPN if you may, or try another network.',
  },
  sentence: (what: string, help: string) => `${what}; ${help}`,
  byPhone: 'Go on by phone',
  course: 'All figures of this call',
  figures: {
    saidLoss: 'Lost of what you say',
    loss: 'Lost packets',
    jitter: 'Jitter',
    rtt: 'There and back',
    concealed: 'Filled in',
  },
  hints: {
    'dead-microphone':
      'Nothing comes from your microphone. Check its switch, or choose another one in the sound settings.',
    noise: 'Your microphone picks up a steady noise. Close a window, or mute while you listen.',
    echo: 'You seem to be in one room with somebody else in this meeting: others hear an echo. One of you should mute or wear headphones.',
    echoWith: (name: string) =>
      `You seem to be in one room with ${name}: others hear an echo. One of you should mute or wear headphones.`,
  },
  choose: 'Choose a microphone',
  mute: 'Mute',
  rating: {
    title: 'How did it sound?',
    text: 'One tap, if you like. It helps to find bad networks.',
    stars: ['Very bad', 'Bad', 'Fair', 'Good', 'Very good'],
    why: 'What was wrong?',
    reasons: {
      'dropped-call': 'I was cut off',
      'audio-latency': 'Long delay',
      'one-way-audio': 'One side heard nothing',
      'choppy-audio': 'Choppy voices',
      'noisy-call': 'Noise',
      echo: 'Echo',
    },
    thanks: 'Thank you.',
    failed: 'That did not get through.',
  },
};

export type LightMessages = Widen<typeof en>;
