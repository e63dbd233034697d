import uPlot from 'uplot';
import { LEFT, RIGHT, type Stretch } from './axis';
import type { Line, Shape, Tone } from './plot';

/** What a picture is of. */
export interface Spec {
  at: readonly number[];
  lines: readonly Line[];
  height: number;
  stacked: boolean;
  range: readonly [number, number] | undefined;
  least: number;
  target: number | undefined;
  whole: Stretch | undefined;
  bands: readonly (Stretch & { tone: Tone })[];
  text(value: number): string;
  when(at: number, step: number): string;
  onPoint(at: number | undefined): void;
  onSpan: ((span: Stretch) => void) | undefined;
}

/** A picture that has been drawn. */
export interface Drawing {
  /** Draws other figures; what is pointed at stays so. */
  data(spec: Spec, pointed: number | undefined): void;
  width(px: number): void;
  span(span: Stretch | undefined): void;
  point(at: number | undefined): void;
  /** Draws again in the colours that hold now. */
  repaint(): void;
  close(): void;
}

const tokens: Record<Tone, string> = {
  accent: '--accent',
  blue: '--t1i',
  violet: '--t2i',
  brown: '--t3i',
  good: '--talk',
  warn: '--warn',
  bad: '--danger',
  quiet: '--line-strong',
};

/** Draws what a Plot shows on a canvas; the only place that knows uPlot. */
export function draw(host: HTMLElement, first: Spec): Drawing {
  let spec = first;
  let shown: Stretch | undefined;
  let still = false;
  const ink = palette(host);
  const plot = new uPlot(options(), dataOf(spec), host);

  function options(): uPlot.Options {
    const axis = { stroke: () => ink('--ink-2'), font: `12px ${getComputedStyle(host).fontFamily}` };
    const lines = { stroke: () => ink('--line'), width: 1 };
    return {
      width: host.clientWidth || 300,
      height: spec.height,
      padding: [8, RIGHT, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        // A dot on top of a bar would say nothing, and on stacked ones the wrong thing.
        points: {
          size: 7,
          stroke: (_, n) => (isBar(n) ? 'transparent' : inkOf(n)),
          fill: (_, n) => (isBar(n) ? 'transparent' : inkOf(n)),
        },
        drag: { x: Boolean(spec.onSpan), y: false, setScale: false, dist: 8 },
      },
      scales: { x: { time: true, range: () => rangeX() }, y: { range: (_, __, most) => rangeY(most) } },
      axes: [
        {
          ...axis,
          space: 76,
          size: 28,
          gap: 4,
          grid: { show: false },
          ticks: { ...lines, size: 4 },
          ...(daily(first) ? { splits: (u: uPlot) => spaced(spec.at, u.width / 76) } : {}),
          values: (_, splits, __, ___, step) => splits.map((at) => spec.when(at, step)),
        },
        {
          ...axis,
          space: 30,
          size: LEFT,
          gap: 6,
          grid: lines,
          ticks: { show: false },
          values: (_, splits) => splits.map((value) => spec.text(value)),
        },
      ],
      series: [{}, ...inOrder(spec).map((line) => seriesOf(line, ink, spec.stacked))],
      hooks: {
        drawClear: [bands],
        draw: [target],
        setCursor: [
          (u) => {
            if (still) return;
            spec.onPoint(
              u.cursor.idx == null || (u.cursor.left ?? -1) < 0 ? undefined : spec.at[u.cursor.idx],
            );
          },
        ],
        setSelect: [
          (u) => {
            if (u.select.width < 8) return;
            const from = u.posToVal(u.select.left, 'x');
            const to = u.posToVal(u.select.left + u.select.width, 'x');
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            spec.onSpan?.({ from, to });
          },
        ],
      },
    };
  }

  const drawn = (n: number) => inOrder(spec)[n - 1];
  const isBar = (n: number) => drawn(n)?.shape === 'bars';
  const inkOf = (n: number) => ink(tokens[drawn(n)?.tone ?? 'quiet']);

  function rangeX(): uPlot.Range.MinMax {
    const limits = shown ?? spec.whole;
    if (limits) return [limits.from, limits.to];
    const [from = 0, to = from + 1] = [spec.at[0], spec.at.at(-1)];
    // Bars stand to both sides of their moment.
    const side = spec.lines.some((line) => line.shape === 'bars') ? stepOf(spec.at) / 2 : 0;
    return [from - side, Math.max(to, from + 1) + side];
  }

  function rangeY(most: number | null): uPlot.Range.MinMax {
    if (spec.range) return [spec.range[0], spec.range[1]];
    return [0, Math.max((most ?? 0) * 1.08, spec.least, (spec.target ?? 0) * 1.15)];
  }

  function bands(u: uPlot): void {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { from, to, tone } of spec.bands) {
      ctx.fillStyle = faint(ink(tokens[tone]), 0.14);
      const [left, right] = [u.valToPos(from, 'x', true), u.valToPos(to, 'x', true)];
      ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
    }
    ctx.restore();
  }

  function target(u: uPlot): void {
    if (spec.target === undefined) return;
    const y = Math.round(u.valToPos(spec.target, 'y', true)) + 0.5;
    u.ctx.save();
    u.ctx.strokeStyle = ink('--ink-2');
    u.ctx.lineWidth = uPlot.pxRatio;
    u.ctx.setLineDash([5 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
    u.ctx.beginPath();
    u.ctx.moveTo(u.bbox.left, y);
    u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
    u.ctx.stroke();
    u.ctx.restore();
  }

  function point(at: number | undefined): void {
    const left = at === undefined ? -10 : plot.valToPos(at, 'x');
    plot.setCursor({ left, top: left < 0 ? -10 : 1 }, false);
  }

  return {
    data(next, pointed) {
      spec = next;
      still = true;
      plot.setData(dataOf(spec));
      // uPlot draws in a microtask, and tells what its old place points at now.
      queueMicrotask(() => {
        still = false;
        if (pointed !== undefined) point(pointed);
      });
    },
    width: (px) => plot.setSize({ width: px, height: spec.height }),
    span(next) {
      shown = next;
      const [min = 0, max = 1] = rangeX() as [number, number];
      plot.setScale('x', { min, max });
    },
    point,
    repaint() {
      ink.forget();
      plot.redraw(false, true);
    },
    close: () => plot.destroy(),
  };
}

/** Stacked lines are drawn from the top one on, each in front of the one above it. */
const inOrder = (spec: Spec): readonly Line[] => (spec.stacked ? [...spec.lines].reverse() : spec.lines);

function dataOf(spec: Spec): uPlot.AlignedData {
  const at = [...spec.at];
  if (!spec.stacked) return [at, ...spec.lines.map((line) => [...line.values])];
  const sums: number[][] = [];
  for (const line of spec.lines) {
    const below = sums.at(-1);
    sums.push(at.map((_, n) => (below?.[n] ?? 0) + (line.values[n] ?? 0)));
  }
  return [at, ...sums.reverse()];
}

/** Bars of whole days are told apart by their days, which stand below them. */
const daily = ({ at, lines }: Spec): boolean =>
  lines.some((line) => line.shape === 'bars') && stepOf(at) >= 86_400;

/** At most so many of some moments, the last one among them. */
function spaced(at: readonly number[], most: number): number[] {
  const every = Math.max(1, Math.ceil(at.length / Math.max(1, most)));
  return at.filter((_, n) => (at.length - 1 - n) % every === 0);
}

/** How far apart moments mostly are, s. */
function stepOf(at: readonly number[]): number {
  const gaps = at.slice(1).map((moment, n) => moment - (at[n] ?? 0));
  return gaps.length > 0 ? Math.min(...gaps) : 86_400;
}

type Ink = ((token: string) => string) & { forget(): void };

function seriesOf({ shape = 'line', tone, dashed }: Line, ink: Ink, stacked: boolean): uPlot.Series {
  const colour = () => ink(tokens[tone]);
  const solid: Partial<Record<Shape, number>> = { bars: stacked ? 1 : 0.85, area: 0.22 };
  const share = solid[shape];
  return {
    stroke: colour,
    width: shape === 'bars' ? 0 : shape === 'dots' ? 0 : 1.75,
    ...(share ? { fill: () => faint(colour(), share) } : {}),
    ...(dashed ? { dash: [5, 4] } : {}),
    ...(shape === 'bars' && uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.72, 42] }) } : {}),
    ...(shape === 'dots' ? { paths: () => null } : {}),
    points: {
      show: shape !== 'bars',
      size: 4,
      width: 0,
      fill: colour,
      // One that stands alone would be no line at all.
      // Even where none are shown, uPlot draws those that this gives.
      filter: (u, n) => (shape === 'bars' ? null : lonely(u.data[n] ?? [], shape === 'dots')),
    },
  };
}

function lonely(values: ArrayLike<number | null | undefined>, all: boolean): number[] {
  const found: number[] = [];
  for (let n = 0; n < values.length; n++)
    if (values[n] != null && (all || (values[n - 1] == null && values[n + 1] == null))) found.push(n);
  return found;
}

/** Reads the colours of the page as they are now: a canvas knows no variables. */
function palette(host: HTMLElement): Ink {
  const known = new Map<string, string>();
  const probe = document.createElement('span');
  probe.hidden = true;
  host.append(probe);
  const ink = (token: string): string => {
    let colour = known.get(token);
    if (colour === undefined) {
      probe.style.color = `var(${token})`;
      colour = getComputedStyle(probe).color;
      known.set(token, colour);
    }
    return colour;
  };
  return Object.assign(ink, { forget: () => known.clear() });
}

/** "rgb(1, 2, 3)" as "rgba(1, 2, 3, 0.5)". */
function faint(colour: string, share: number): string {
  const parts = /^rgb\(([^)]*)\)$/.exec(colour);
  return parts ? `rgba(${parts[1]}, ${share})` : colour;
}
