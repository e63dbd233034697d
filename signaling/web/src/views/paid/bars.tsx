interface Bar {
  key: string;
  name: string;
  value: number;
  /** The value, written. */
  text: string;
}

/** Bars, the longest as long as there is room; what they say stands beside each. */
export function Bars({ bars, label }: { bars: readonly Bar[]; label: string }) {
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <figure class="bars" aria-label={label}>
      <ul>
        {bars.map((bar) => (
          <li key={bar.key}>
            <span class="bar-name truncate" title={bar.name}>
              {bar.name}
            </span>
            <BarLine share={bar.value / most} />
            <span class="bar-value digits">{bar.text}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** One bar; its figures are told in words beside it. */
export function BarLine({
  share,
  tone = '',
  marks = [],
}: {
  share: number;
  tone?: string;
  marks?: number[];
}) {
  const width = Math.max(share > 0 ? 0.6 : 0, Math.min(1, share) * 100);
  return (
    <svg
      class={`bar ${tone}`}
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="bar-ground" width="100" height="10" />
      <rect class="bar-fill" width={width} height="10" />
      {marks.map((mark) => (
        <rect key={mark} class="bar-mark" x={mark * 100 - 0.3} width="0.6" height="10" />
      ))}
    </svg>
  );
}
