import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import '../styles/plot.css';
import { messages, speaking } from '../../i18n';
import { format } from '../../store/civil';
import { selfZone } from '../../store/session';
import { settings } from '../../store/settings';
import { type Axis, nearest, type Stretch, useAxis, zoomed } from './axis';
import type { Drawing, Spec } from './draw';

/** What a line is coloured by. */
export type Tone = 'accent' | 'blue' | 'violet' | 'brown' | 'good' | 'warn' | 'bad' | 'quiet';
export type Shape = 'line' | 'bars' | 'area' | 'dots';

/** One figure over time; null where it is not known. */
export interface Line {
  name: string;
  tone: Tone;
  values: readonly (number | null)[];
  shape?: Shape;
  dashed?: boolean;
}

interface PlotProps {
  label: string;
  /** Unix seconds, in their order. */
  at: readonly number[];
  lines: readonly Line[];
  /** Writes a value, on the axis and wherever it is read. */
  text(value: number): string;
  /** Writes a moment; `step` is how far apart those on the axis are, s; 0 where one alone is told. */
  when?(at: number, step: number): string;
  height?: number;
  /** Each line stands on the one before. */
  stacked?: boolean;
  /** What the values lie between; without it from 0 to the greatest. */
  range?: readonly [number, number];
  /** So far the values' axis reaches at least. */
  least?: number;
  /** Marked by a dashed line. */
  target?: number;
  /** Stretches that are tinted. */
  bands?: readonly (Stretch & { tone: Tone })[];
  /** What is shown while nothing is zoomed to; without it, all there is. */
  whole?: Stretch;
  /** Shared with other pictures of the same time. */
  axis?: Axis;
  /** Whether a stretch can be chosen by dragging, or by + and −. */
  zoom?: boolean;
  /** A click, or Enter, at a moment. */
  onPick?(at: number): void;
  id?: string;
}

/** A chart of figures over time. What it shows can be read by keyboard, and stands in a table below it. */
export function Plot(props: PlotProps) {
  const { label, at, lines, text, when = momentText, id } = props;
  const t = messages.value.chart;
  const own = useAxis();
  const axis = props.axis ?? own;
  const host = useDrawing(props, axis);
  const index = axis.cursor.value === undefined ? undefined : told(at, axis.cursor.value);
  const read = index ?? Math.max(0, at.length - 1);
  const says = (line: Line, n: number) => {
    const value = line.values[n];
    return value == null ? t.unknown : text(value);
  };
  const spoken = () =>
    [when(at[read] ?? 0, 0), ...lines.map((line) => `${line.name} ${says(line, read)}`)].join(', ');
  return (
    <figure class="plot" data-testid={id}>
      <figcaption class="plot-head">
        <span class="plot-label">{label}</span>
        <span class="plot-when digits">{index === undefined ? '' : when(at[read] ?? 0, 0)}</span>
        <ul class="plot-legend">
          {lines.map((line) => (
            <li key={line.name}>
              <span class={`plot-ink ${line.tone}${line.dashed ? ' dashed' : ''}`} aria-hidden="true" />
              {line.name}
              {index !== undefined && <strong class="digits"> {says(line, read)}</strong>}
            </li>
          ))}
        </ul>
      </figcaption>
      <div
        ref={host}
        class={`plot-field${props.onPick ? ' picks' : ''}`}
        role="slider"
        tabIndex={0}
        aria-label={`${label}. ${t.keys}`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, at.length - 1)}
        aria-valuenow={read}
        aria-valuetext={at.length > 0 ? spoken() : t.unknown}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          if (byKey(event.key, props, axis, index)) event.preventDefault();
        }}
        onClick={() => {
          if (axis.cursor.value !== undefined) props.onPick?.(axis.cursor.value);
        }}
      />
      <Figures label={label} at={at} lines={lines} says={says} when={when} />
    </figure>
  );
}

/** What is told at a moment: the nearest, unless that is further away than its neighbours are. */
function told(at: readonly number[], moment: number): number | undefined {
  const n = nearest(at, moment);
  if (n === undefined) return undefined;
  const apart = n > 0 ? (at[n] ?? 0) - (at[n - 1] ?? 0) : (at[1] ?? Number.POSITIVE_INFINITY) - (at[0] ?? 0);
  return Math.abs((at[n] ?? 0) - moment) <= apart ? n : undefined;
}

/** What a key does to a chart; false for those that mean nothing here. */
function byKey(
  key: string,
  { at, zoom, onPick, whole: all }: PlotProps,
  axis: Axis,
  index: number | undefined,
): boolean {
  const last = at.length - 1;
  if (last < 0) return false;
  const to = (n: number) => {
    axis.cursor.value = at[Math.max(0, Math.min(last, n))];
    return true;
  };
  const whole = all ?? { from: at[0] ?? 0, to: at[last] ?? 1 };
  const by = (factor: number) => {
    if (!zoom) return false;
    const span = axis.span.value ?? whole;
    axis.span.value = zoomed(span, whole, axis.cursor.value ?? (span.from + span.to) / 2, factor);
    return true;
  };
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return to(index === undefined ? 0 : index + 1);
    case 'ArrowLeft':
    case 'ArrowDown':
      return to(index === undefined ? last : index - 1);
    case 'PageUp':
      return to((index ?? last) + 10);
    case 'PageDown':
      return to((index ?? last) - 10);
    case 'Home':
      return to(0);
    case 'End':
      return to(last);
    case '+':
    case '=':
      return by(0.5);
    case '-':
      return by(2);
    case 'Escape':
      axis.cursor.value = undefined;
      return true;
    case 'Enter':
      if (!onPick || axis.cursor.value === undefined) return false;
      onPick(axis.cursor.value);
      return true;
    default:
      return false;
  }
}

/** Draws into the element that it gives out, and again with whatever changes. */
function useDrawing(props: PlotProps, axis: Axis) {
  const host = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | undefined>(undefined);
  const pointing = useRef(false);
  const there = useSignal(false);
  const spec: Spec = {
    at: props.at,
    lines: props.lines,
    height: props.height ?? 160,
    stacked: props.stacked ?? false,
    range: props.range,
    least: props.least ?? 0,
    target: props.target,
    bands: props.bands ?? [],
    whole: props.whole,
    text: props.text,
    when: props.when ?? momentText,
    onPoint(at) {
      pointing.current = true;
      axis.cursor.value = at;
      pointing.current = false;
    },
    onSpan: props.zoom
      ? (span) => {
          axis.span.value = span;
        }
      : undefined,
  };
  const latest = useRef(spec);
  latest.current = spec;
  // What cannot be changed in a picture that is there.
  const kind = JSON.stringify([
    props.lines.map(({ tone, shape, dashed }) => [tone, shape, dashed]),
    spec.stacked,
    spec.height,
    props.zoom,
  ]);
  useEffect(() => {
    let here = true;
    let ended = () => {};
    // Without it, the table says the same.
    void import('./draw').then(({ draw }) => {
      if (!here || !host.current) return;
      const made = draw(host.current, latest.current);
      drawing.current = made;
      made.span(axis.span.peek());
      there.value = true;
      ended = follow(host.current, made);
    });
    return () => {
      here = false;
      ended();
      drawing.current?.close();
      drawing.current = undefined;
    };
  }, [kind, axis]);
  useEffect(
    () => drawing.current?.data(latest.current, axis.cursor.peek()),
    [props.at, props.lines, props.bands, speaking.value],
  );
  useSignalEffect(() => {
    const span = axis.span.value;
    if (there.value) drawing.current?.span(span);
  });
  useSignalEffect(() => {
    const at = axis.cursor.value;
    if (there.value && !pointing.current) drawing.current?.point(at);
  });
  useEffect(() => {
    // The colours change after the setting has reached the page.
    const frame = requestAnimationFrame(() => drawing.current?.repaint());
    return () => cancelAnimationFrame(frame);
  }, [settings.theme.value]);
  return host;
}

/** Keeps a picture as wide as its place, and in the colours of the system. */
function follow(host: HTMLElement, made: Drawing): () => void {
  const size = new ResizeObserver(() => {
    if (host.clientWidth > 0) made.width(host.clientWidth);
  });
  size.observe(host);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const repaint = () => made.repaint();
  dark.addEventListener('change', repaint);
  return () => {
    size.disconnect();
    dark.removeEventListener('change', repaint);
  };
}

interface FiguresProps {
  label: string;
  at: readonly number[];
  lines: readonly Line[];
  says(line: Line, n: number): string;
  when(at: number, step: number): string;
}

/** The same as a table, made when it is opened. */
function Figures({ label, at, lines, says, when }: FiguresProps) {
  const t = messages.value.chart;
  const open = useSignal(false);
  return (
    <details
      class="plot-figures"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>
        {t.table}
        <span class="offscreen">: {label}</span>
      </summary>
      {open.value && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        <section class="table-box" tabIndex={0} aria-label={label}>
          <table>
            <thead>
              <tr>
                <th>{t.time}</th>
                {lines.map((line) => (
                  <th key={line.name}>{line.name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {at.map((moment, n) => (
                <tr key={moment}>
                  <td class="digits">{when(moment, 0)}</td>
                  {lines.map((line) => (
                    <td key={line.name} class="digits">
                      {says(line, n)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

/** "10:03:05"; on an axis with steps of whole minutes "10:03", of days "23 Nov". */
export function momentText(at: number, step: number): string {
  const form: Intl.DateTimeFormatOptions =
    step >= 86_400
      ? { day: 'numeric', month: 'short' }
      : {
          hour: '2-digit',
          minute: '2-digit',
          ...(step >= 60 ? {} : { second: '2-digit' }),
          ...(step > 0 && step < 1 ? { fractionalSecondDigits: 1 } : {}),
        };
  return format(speaking.value, selfZone(), form).format(at * 1000);
}

/** The same list until what it is made of changes, so that a picture is not drawn for nothing. */
export function useLines(make: () => Line[], deps: readonly unknown[]): Line[] {
  return useMemo(make, [...deps, speaking.value]);
}
