import { messages } from '../../i18n';
import type { Quality } from '../../wire/messages';

const bars: Record<Quality, number> = { unclassified: 0, good: 3, degraded: 2, poor: 1 };

/** How well somebody is connected: three bars with a name. */
export function Signal({ quality }: { quality: Quality }) {
  const text = messages.value.room.quality[quality];
  return (
    <span class={`signal ${quality}`} role="img" aria-label={text} title={text}>
      {[1, 2, 3].map((bar) => (
        <span key={bar} class={bar <= bars[quality] ? 'on' : ''} />
      ))}
    </span>
  );
}
