import { useSignal } from '@preact/signals';
import { quality } from '../../i18n/quality';
import { legsApi, type Matrix, matrixAddress, type Pair } from '../../wire/legs';
import { Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { useRunning } from './running';
import { mos, ms, percent, UNKNOWN } from './words';

const MEASURES = ['mos', 'delay', 'loss'] as const;
type Measure = (typeof MEASURES)[number];

interface MatrixProps {
  meeting: string;
  at: string;
  name: string;
  people: number;
  /** It goes on, and so do the figures. */
  runs: boolean;
}

/** Who heard whom how well, mouth to ear. */
export function MatrixCard({ meeting, at, name, people, runs }: MatrixProps) {
  const q = quality.value;
  const l = q.legs.timeline;
  const measure = useSignal<Measure>('mos');
  const { loaded, again } = useRunning(
    () => legsApi.matrix(meeting, at),
    [meeting, at, runs],
    () => runs,
  );
  const now = loaded.value;
  return (
    <section class="card" aria-labelledby="matrix">
      <div class="section-head">
        <h2 id="matrix">{l.matrix}</h2>
        {people > 1 && (
          <a
            class="button plain small"
            href={matrixAddress(meeting, { at })}
            download
            data-testid="matrix-csv"
            aria-label={q.csvOf(`${l.matrix}, ${name}`)}
          >
            <Icon name="download" size={16} />
            {q.csv}
          </a>
        )}
      </div>
      {people < 2 ? (
        <p>{l.alone}</p>
      ) : (
        <>
          <p>{l.matrixLead}</p>
          <fieldset class="tabs">
            <legend class="offscreen">{l.measure}</legend>
            {MEASURES.map((one) => (
              <Button
                key={one}
                tone="quiet"
                size="small"
                pressed={one === measure.value}
                onClick={() => {
                  measure.value = one;
                }}
              >
                {l.measures[one]}
              </Button>
            ))}
          </fieldset>
          {now.state === 'loading' && <Loading />}
          {now.state === 'failed' && <Failed error={now.error} retry={again} />}
          {now.state === 'ready' && <Grid matrix={now.value} measure={measure.value} />}
        </>
      )}
    </section>
  );
}

/** What a pair's cell says. */
function figureOf(pair: Pair, measure: Measure): string {
  switch (measure) {
    case 'mos':
      return pair.mos?.toFixed(1) ?? UNKNOWN;
    case 'delay':
      return ms(pair.delayMs);
    case 'loss':
      return percent(pair.loss);
  }
}

/** All that is known of a pair, in a sentence. */
function spokenOf(pair: Pair): string {
  const q = quality.value;
  const l = q.legs.timeline.measures;
  return [
    `MOS ${mos(pair.mos, pair.band, pair.estimate)}`,
    `${l.delay} ${ms(pair.delayMs)}`,
    `${l.loss} ${percent(pair.loss)}`,
  ].join(q.comma);
}

function Grid({ matrix: { people, cells }, measure }: { matrix: Matrix; measure: Measure }) {
  const l = quality.value.legs.timeline;
  const pairs = new Map(cells.map((one) => [`${one.speaker}>${one.listener}`, one]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="matrix-box" tabIndex={0} aria-label={`${l.matrix}: ${l.measures[measure]}`}>
      <table class="matrix" data-testid="matrix">
        <thead>
          <tr>
            <th scope="col" class="matrix-corner">
              {l.speaker} ↓ · {l.listener} →
            </th>
            {people.map((one) => (
              <th key={one.leg} scope="col">
                <span class="matrix-name" title={one.name}>
                  {one.name}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {people.map((speaker) => (
            <tr key={speaker.leg}>
              <th scope="row">
                <span class="matrix-name" title={speaker.name}>
                  {speaker.name}
                </span>
              </th>
              {people.map((listener) => {
                if (speaker.leg === listener.leg) {
                  return (
                    <td key={listener.leg} class="self">
                      <span class="offscreen">{l.self}</span>
                    </td>
                  );
                }
                const pair = pairs.get(`${speaker.leg}>${listener.leg}`);
                return (
                  <td
                    key={listener.leg}
                    class={`digits ${pair?.class ?? 'absent'}`}
                    title={pair && l.pair(speaker.name, listener.name, spokenOf(pair))}
                  >
                    {pair ? figureOf(pair, measure) : ''}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
