import type { JSX } from 'preact';

// Drawn on a 24-unit grid with one stroke width, so that they sit together.
const shapes = {
  star: (
    <path d="m12 3.500 2.600 5.400 5.900.800-4.300 4.100 1.100 5.900L12 16.800l-5.300 2.900 1.100-5.900-4.300-4.100 5.900-.800Z" />
  ),
  mic: (
    <>
      <rect x="9" y="3" width="6" height="11" rx="3" />
      <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
    </>
  ),
  micOff: (
    <>
      <path d="M15 9.5V6a3 3 0 0 0-5.7-1.3M9 9v2a3 3 0 0 0 4.6 2.5M5.5 11.5a6.5 6.5 0 0 0 10.6 5M18.5 11.5c0 .9-.2 1.7-.5 2.500M12 18v3M4 4l16 16" />
    </>
  ),
  hand: (
    <path d="M8 12V5.500a1.5 1.5 0 0 1 3 0V11m0-1V4.500a1.5 1.5 0 0 1 3 0V11m0-4.500a1.5 1.5 0 0 1 3 0V14c0 4-2.5 7-6.5 7-3 0-4.6-1.4-6-4l-1.8-3.300a1.5 1.5 0 0 1 2.5-1.600L8 14" />
  ),
  phone: (
    <path d="M6.5 3.500h2.600l1.6 4.2-2 1.500a12 12 0 0 0 6.1 6.100l1.5-2 4.2 1.600v2.600a2 2 0 0 1-2.1 2A17 17 0 0 1 4.5 5.600a2 2 0 0 1 2-2.100Z" />
  ),
  phonePlus: (
    <path d="M6.5 3.500h2.600l1.6 4.2-2 1.500a12 12 0 0 0 6.1 6.100l1.5-2 4.2 1.600v2.600a2 2 0 0 1-2.1 2A17 17 0 0 1 4.5 5.600a2 2 0 0 1 2-2.100ZM17.5 3v6M14.500 6h6" />
  ),
  coins: (
    <>
      <ellipse cx="12" cy="6.5" rx="7" ry="3" />
      <path d="M5 6.500v5.500c0 1.700 3.100 3 7 3s7-1.300 7-3V6.500M5 12v5.500c0 1.700 3.100 3 7 3s7-1.300 7-3V12" />
    </>
  ),
  chart: <path d="M4 20.500h16M6.500 17v-6M12 17V5M17.500 17v-8" />,
  list: (
    <path d="M8.500 6.500h11M8.500 12h11M8.500 17.500h11M4.500 6.500h.01M4.500 12h.01M4.500 17.500h.01" />
  ),
  leave: (
    <path d="M3.5 14.500c0-4 4-6 8.5-6s8.5 2 8.5 6l-.4 1.200a1 1 0 0 1-1.2.7l-3-.7a1 1 0 0 1-.8-.9l-.1-1.800a9 9 0 0 0-6 0l-.1 1.800a1 1 0 0 1-.8.9l-3 .7a1 1 0 0 1-1.2-.7Z" />
  ),
  browser: (
    <>
      <rect x="3" y="4.5" width="18" height="12" rx="2" />
      <path d="M8.5 20h7M12 16.500V20" />
    </>
  ),
  lock: (
    <>
      <rect x="5" y="11" width="14" height="9" rx="2" />
      <path d="M8 11V8a4 4 0 0 1 8 0v3" />
    </>
  ),
  unlock: (
    <>
      <rect x="5" y="11" width="14" height="9" rx="2" />
      <path d="M8 11V8a4 4 0 0 1 7.7-1.5" />
    </>
  ),
  copy: (
    <>
      <rect x="8.5" y="8.5" width="12" height="12" rx="2" />
      <path d="M15.5 8.500v-3a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3" />
    </>
  ),
  check: <path d="m5 12.5 4.5 4.500L19 7.5" />,
  close: <path d="M6 6l12 12M18 6 6 18" />,
  refresh: <path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.300L20 9.300M20 4.500v4.800h-4.8" />,
  plus: <path d="M12 5v14M5 12h14" />,
  more: (
    <>
      <circle cx="5.5" cy="12" r="1.2" />
      <circle cx="12" cy="12" r="1.2" />
      <circle cx="18.5" cy="12" r="1.2" />
    </>
  ),
  people: (
    <>
      <circle cx="9" cy="8.5" r="3.5" />
      <path d="M2.5 19.500c.6-3.6 3.2-5.5 6.5-5.500s5.9 1.9 6.5 5.500M15.5 5.300a3.5 3.5 0 0 1 0 6.400M18 14.500c2 .8 3.2 2.5 3.5 5" />
    </>
  ),
  person: (
    <>
      <circle cx="12" cy="8" r="4" />
      <path d="M4.5 20.500c.7-4.2 3.7-6.5 7.5-6.500s6.8 2.3 7.5 6.5" />
    </>
  ),
  calendar: (
    <>
      <rect x="3.5" y="5" width="17" height="15.5" rx="2" />
      <path d="M3.5 10h17M8 3v4M16 3v4" />
    </>
  ),
  globe: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M3.5 12h17M12 3.500c2.6 2.5 3.8 5.3 3.8 8.500S14.6 18 12 20.500C9.4 18 8.2 15.2 8.2 12S9.4 6 12 3.500Z" />
    </>
  ),
  sun: (
    <>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M18.7 5.300l-1.4 1.400M6.7 17.300l-1.4 1.4" />
    </>
  ),
  logOut: <path d="M14.5 4.500h-8a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h8M10 12h10.500M17 8.500l3.5 3.5-3.5 3.5" />,
  shield: <path d="M12 3.2 4.8 6v5.500c0 4.5 2.9 7.7 7.2 9.3 4.3-1.6 7.2-4.8 7.2-9.300V6L12 3.200Z" />,
  door: <path d="M6 20.500V5a1.5 1.5 0 0 1 1.5-1.500h9A1.5 1.5 0 0 1 18 5v15.500M3.5 20.500h17M14.5 12v.5" />,
  warning: <path d="M12 4 2.8 19.500h18.400L12 4Zm0 6v4.500m0 2.500v.2" />,
  crown: <path d="m4 8 4 4 4-6.5 4 6.5 4-4-1.5 10h-13L4 8Z" />,
  pause: <path d="M9 6v12M15 6v12" />,
  search: (
    <>
      <circle cx="10.5" cy="10.5" r="6.5" />
      <path d="m20 20-4.7-4.7" />
    </>
  ),
  upload: <path d="M12 15.500V4.500M7.5 8.5 12 4l4.5 4.500M4.5 15v3a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-3" />,
  edit: <path d="M4 20h4L19.5 8.500a2 2 0 0 0 0-2.800l-1.2-1.200a2 2 0 0 0-2.8 0L4 16v4Z" />,
  trash: (
    <path d="M4.5 6.500h15M9.5 6.500v-2h5v2M6.5 6.500l.8 12a1.5 1.5 0 0 0 1.5 1.500h6.400a1.5 1.5 0 0 0 1.5-1.500l.8-12" />
  ),
  play: <path d="M8 5.500v13l10.5-6.500L8 5.500Z" />,
  sound: <path d="M4 9.500v5h3.500l4.5 4v-13l-4.5 4H4ZM15.5 9a4 4 0 0 1 0 6M18 6.500a7.5 7.5 0 0 1 0 11" />,
  keyboard: (
    <>
      <rect x="2.5" y="6" width="19" height="12" rx="2" />
      <path d="M6 10h.1M10 10h.1M14 10h.1M18 10h.1M8 14h8" />
    </>
  ),
  record: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <circle cx="12" cy="12" r="3.5" fill="currentColor" />
    </>
  ),
  rooms: (
    <>
      <rect x="3.5" y="4" width="17" height="16" rx="2" />
      <path d="M12 4v16M12 12h8.5" />
    </>
  ),
  move: <path d="M3.5 12h11M11 7.500l4.5 4.500-4.5 4.500M16 4.500h2.500a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H16" />,
  clock: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7v5l3.5 2" />
    </>
  ),
  dialpad: (
    <path
      stroke-width="2.6"
      d="M6 5.500h.01M12 5.500h.01M18 5.500h.01M6 11.500h.01M12 11.500h.01M18 11.500h.01M6 17.500h.01M12 17.500h.01M18 17.500h.01"
    />
  ),
  bell: <path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.5 1.500h-15L6 16.500ZM10 20.500h4" />,
  music: (
    <>
      <circle cx="7" cy="17.5" r="2.5" />
      <circle cx="17" cy="15.5" r="2.5" />
      <path d="M9.5 17.500V6l10-2v11.500" />
    </>
  ),
  download: (
    <path d="M12 4.500v11M7.5 11.500l4.5 4.500 4.5-4.500M4.5 15v3a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-3" />
  ),
  mail: (
    <>
      <rect x="3.5" y="5.5" width="17" height="13" rx="2" />
      <path d="m4 7.500 8 6 8-6" />
    </>
  ),
  moon: <path d="M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10Z" />,
  arrow: <path d="M5 12h14M13 6l6 6-6 6" />,
  back: <path d="M19 12H5M11 6l-6 6 6 6" />,
} satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof shapes;

/** Decoration beside a text or in a labelled button; never the only name of a thing. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {shapes[name]}
    </svg>
  );
}

/** People on one line: the mark of the product. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" class="logo-ground" />
      <path d="M4.5 16h23" class="logo-line" />
      <circle cx="7.5" cy="16" r="2.4" class="logo-dot" />
      <circle cx="24.5" cy="16" r="2.4" class="logo-dot" />
      <circle cx="16" cy="16" r="5.6" class="logo-dot" />
      <circle cx="16" cy="16" r="2.6" class="logo-ground" />
    </svg>
  );
}
