import { useMemo } from 'preact/hooks';
import { quality } from '../../i18n/quality';
import type { Columns, Figures, Samples } from '../../wire/legs';
import type { Axis, Stretch } from './axis';
import { runsOf } from './course';
import { type Line, Plot, type Shape, type Tone, useLines } from './plot';
import { ms, percent } from './words';

interface ChartsProps {
  samples: Samples;
  axis: Axis;
  whole: Stretch;
  /** They are the reader's. */
  own: boolean;
}

/** The classes of samples that are tinted. */
const tints: Record<number, Tone> = { 2: 'warn', 3: 'bad' };

/** Below that it is as good as silent, dBov. */
const SILENT = -90;

/** Limits of what Microsoft Teams counts as poor. */
const JITTER = 30;

/** A connection's figures, one chart below the other on one axis. */
export function Charts({ samples, axis, whole, own }: ChartsProps) {
  const l = quality.value.legs.leg;
  const way = own ? l.own : l;
  const { at, said, heard, everyMs } = samples;
  const bands = useMemo(() => bandsOf(samples), [samples]);
  const both = (figure: keyof Columns, shape?: Shape): Line[] => [
    { name: way.said, tone: 'accent', values: said[figure], ...(shape ? { shape } : {}) },
    { name: way.heard, tone: 'blue', values: heard[figure], ...(shape ? { shape } : {}) },
  ];
  const lines = {
    loss: useLines(() => both('loss', 'bars'), [samples]),
    jitter: useLines(
      () => [
        ...both('jitterMs'),
        { name: l.roundTrip, tone: 'violet', dashed: true, values: samples.roundTripMs },
      ],
      [samples],
    ),
    mos: useLines(() => both('mos'), [samples]),
    concealed: useLines(() => both('concealed', 'bars'), [samples]),
    burst: useLines(() => both('burst', 'dots'), [samples]),
    buffer: useLines(() => both('bufferMs'), [samples]),
    level: useLines(() => [{ name: way.said, tone: 'accent', values: said.level.map(audible) }], [samples]),
  };
  const shared = { at, axis, whole, zoom: true, bands, height: 132 };
  return (
    <div class="leg-plots">
      <Plot {...shared} id="plot-loss" label={l.loss} lines={lines.loss} text={percent} least={0.05} />
      <Plot
        {...shared}
        id="plot-jitter"
        label={`${l.jitter} (${l.limit})`}
        lines={lines.jitter}
        text={ms}
        target={JITTER}
      />
      {known(said.mos, heard.mos) && (
        <Plot
          {...shared}
          id="plot-mos"
          label={samples.estimate ? l.mosEstimate : l.mos}
          lines={lines.mos}
          text={(value) => value.toFixed(1)}
          range={[1, 5]}
        />
      )}
      {known(said.concealed, heard.concealed) && (
        <Plot
          {...shared}
          id="plot-concealed"
          label={l.concealed}
          lines={lines.concealed}
          text={percent}
          least={0.05}
        />
      )}
      {known(said.burst, heard.burst) && (
        <Plot
          {...shared}
          id="plot-burst"
          label={l.burst}
          lines={lines.burst}
          text={(value) => value.toFixed(1)}
          least={2}
        />
      )}
      {known(said.bufferMs, heard.bufferMs) && (
        <Plot {...shared} id="plot-buffer" label={l.buffer} lines={lines.buffer} text={ms} />
      )}
      {known(said.level) && (
        <Plot
          {...shared}
          id="plot-level"
          label={way.level}
          lines={lines.level}
          text={(value) => (value > SILENT ? l.levelText(value.toFixed(0)) : l.silent)}
          range={[SILENT, 0]}
        />
      )}
      {everyMs > 5000 && <p class="field-hint">{l.thinned(ms(everyMs))}</p>}
    </div>
  );
}

const audible = (level: number | null) => (level === null ? null : Math.max(SILENT, level));

const known = (...columns: Figures[]) => columns.some((one) => one.some((value) => value !== null));

/** What was degraded or poor, as tints behind the figures. */
function bandsOf({ at, class: classes, everyMs }: Samples) {
  return runsOf(at, everyMs / 1000, (n) => tints[classes[n] ?? 0]).map(({ from, to, value }) => ({
    from,
    to,
    tone: value,
  }));
}
