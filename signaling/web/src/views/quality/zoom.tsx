import '../styles/lanes.css';
import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { quality } from '../../i18n/quality';
import { Button } from '../parts/button';
import { type Axis, type Stretch, useAxis, zoomed } from './axis';
import { readZoom, writeZoom } from './course';

/** An axis whose zoom stands in the page's address, so that it can be sent to somebody else. */
export function useSharedAxis(): Axis {
  const axis = useAxis(readZoom(new URLSearchParams(location.search).get('zoom')));
  const first = useRef(true);
  useSignalEffect(() => {
    const zoom = axis.span.value;
    if (first.current) {
      first.current = false;
      return;
    }
    const address = new URL(location.href);
    if (zoom) address.searchParams.set('zoom', writeZoom(zoom));
    else address.searchParams.delete('zoom');
    // The page itself stays as it is.
    history.replaceState(null, '', address);
  });
  return axis;
}

interface ZoomBarProps {
  axis: Axis;
  whole: Stretch;
  /** Stretches worth a look, by what they are called. */
  places?: readonly { text: string; span: Stretch | undefined }[];
}

/** Chooses the stretch that is shown. */
export function ZoomBar({ axis, whole, places = [] }: ZoomBarProps) {
  const l = quality.value.legs.timeline;
  const shown = axis.span.value ?? whole;
  const set = (span: Stretch) => {
    const all = span.to - span.from >= (whole.to - whole.from) * 0.999;
    axis.span.value = all ? undefined : span;
  };
  const about = axis.cursor.value ?? (shown.from + shown.to) / 2;
  const half = (shown.to - shown.from) / 2;
  const moved = (by: number) => {
    const from = Math.max(whole.from, Math.min(whole.to - 2 * half, shown.from + by));
    set({ from, to: from + 2 * half });
  };
  return (
    <fieldset class="tabs zoom-bar">
      <legend class="offscreen">{l.zoom}</legend>
      <Button
        tone="quiet"
        size="small"
        pressed={axis.span.value === undefined}
        onClick={() => {
          axis.span.value = undefined;
        }}
      >
        {l.whole}
      </Button>
      {places.map(
        ({ text, span }) =>
          span && (
            <Button key={text} tone="quiet" size="small" id="zoom-place" onClick={() => set(span)}>
              {text}
            </Button>
          ),
      )}
      <span class="zoom-steps">
        <Step text={l.earlier} sign="←" off={shown.from <= whole.from} act={() => moved(-half)} />
        <Step
          text={l.wider}
          sign="−"
          off={axis.span.value === undefined}
          act={() => set(zoomed(shown, whole, about, 2))}
        />
        <Step text={l.closer} sign="+" off={half <= 1} act={() => set(zoomed(shown, whole, about, 0.5))} />
        <Step text={l.later} sign="→" off={shown.to >= whole.to} act={() => moved(half)} />
      </span>
    </fieldset>
  );
}

function Step({ text, sign, off, act }: { text: string; sign: string; off: boolean; act(): void }) {
  return (
    <button
      type="button"
      class="button quiet small icon-only"
      aria-label={text}
      title={text}
      disabled={off}
      onClick={act}
    >
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}

/** A stretch with something of its surroundings on both sides. */
export function around(span: Stretch, whole: Stretch): Stretch {
  const side = Math.max(30, (span.to - span.from) * 0.5);
  return { from: Math.max(whole.from, span.from - side), to: Math.min(whole.to, span.to + side) };
}
