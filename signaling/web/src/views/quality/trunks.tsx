import './words';
import { elapsed } from '../../i18n';
import { money } from '../../i18n/money';
import { quality } from '../../i18n/quality';
import type { Query } from '../../wire/paid';
import { qualityApi, type TrunkQuality } from '../../wire/quality';
import { Empty, Failed, Loading } from '../parts/bits';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { type Column, Table } from '../parts/table';
import { SpanTabs, timesOf, useFilter } from './filter';
import { CSVLink, pageFor, QualityHead, Scores } from './parts';
import { count, ms, percent, UNKNOWN } from './words';

/** How each carrier does. */
export default function TrunksPage() {
  const q = quality.value.trunks;
  const filter = timesOf(useFilter());
  const { loaded, again } = useLoad(() => qualityApi.trunks(filter), [JSON.stringify(filter)]);
  const now = loaded.value;
  return (
    <>
      <QualityHead title={q.title} lead={q.lead}>
        <CSVLink table="trunks" filter={filter} what={q.title} />
      </QualityHead>
      <SpanTabs />
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.trunks.length === 0 && (
        <div class="card">
          <Empty icon="phone" title={q.none} text={q.noneText}>
            <Link to="/company/trunks" class="button primary normal">
              {q.setUp}
            </Link>
          </Empty>
        </div>
      )}
      {now.state === 'ready' && now.value.trunks.length > 0 && (
        <Result trunks={now.value.trunks} currency={now.value.currency ?? ''} filter={filter} />
      )}
    </>
  );
}

const lights = { up: 'good', down: 'bad', unknown: '' } as const;

/** Below these a carrier should be asked. */
const LOW = { ner: 0.95, seer: 0.95 } as const;

interface ResultProps {
  trunks: readonly TrunkQuality[];
  currency: string;
  filter: Query;
}

function Result({ trunks, currency, filter }: ResultProps) {
  const q = quality.value.trunks;
  const share = (head: string, field: 'asr' | 'ner' | 'ser' | 'seer'): Column<TrunkQuality> => ({
    head,
    cell: (one) => {
      const value = one[field];
      const low = value !== undefined && field in LOW && value < LOW[field as keyof typeof LOW];
      return <span class={low ? 'tone-bad strong' : ''}>{percent(value)}</span>;
    },
    number: true,
  });
  const columns: Column<TrunkQuality>[] = [
    { head: q.trunk, cell: (one) => <Name trunk={one} /> },
    { head: q.attempts, cell: (one) => count(one.attempts), number: true },
    share('ASR', 'asr'),
    share('NER', 'ner'),
    share('SER', 'ser'),
    share('SEER', 'seer'),
    { head: 'PDD', cell: (one) => ms(one.pddMs), number: true },
    { head: q.pdd95, cell: (one) => ms(one.pdd95Ms), number: true },
    {
      head: 'ACD',
      cell: (one) => (one.acdSeconds === undefined ? UNKNOWN : elapsed(one.acdSeconds * 1000)),
      number: true,
    },
    { head: 'MOS', cell: (one) => <Scores of={one} />, number: true },
    { head: q.poor, cell: (one) => <Poor trunk={one} filter={filter} />, number: true },
    {
      head: q.cost,
      cell: (one) => (one.cost === undefined ? UNKNOWN : money(one.cost, currency)),
      number: true,
    },
  ];
  return (
    <>
      <Table
        card
        id="trunk-quality"
        label={q.title}
        columns={columns}
        rows={trunks}
        keyOf={(one) => one.trunk}
        rowId="trunk-row"
      />
      <h2>{q.outcomes}</h2>
      <div class="outcomes">
        {trunks.map((one) => (
          <Outcomes key={one.trunk} trunk={one} />
        ))}
      </div>
      <details class="card lookups">
        <summary>{q.words}</summary>
        <dl class="meanings">
          {Object.entries(q.meanings).map(([letters, meaning]) => (
            <div key={letters}>
              <dt>{letters}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}

function Name({ trunk: { trunk, state } }: { trunk: TrunkQuality }) {
  const q = quality.value;
  return (
    <>
      <span class="trunk-name">
        <span class={`light ${lights[state]}`} aria-hidden="true" />
        <Link to={`/company/trunks/${encodeURIComponent(trunk)}`} label={q.trunks.settings(trunk)}>
          {trunk}
        </Link>
      </span>
      <span class={`cell-sub ${state === 'down' ? 'tone-bad' : ''}`}>{q.now.up[state]}</span>
    </>
  );
}

/** The red number leads to the meetings with calls over this trunk. */
function Poor({ trunk: { trunk, legs, poor }, filter }: { trunk: TrunkQuality; filter: Query }) {
  const q = quality.value;
  if (legs === 0) return <>{UNKNOWN}</>;
  if (poor === 0) return <>{percent(0)}</>;
  return (
    <Link
      to={pageFor('meetings', { ...filter, trunk, class: 'poor' })}
      class={poor / legs > 0.02 ? 'tone-bad strong' : ''}
      label={`${percent(poor / legs)}: ${q.trunks.find(trunk)}`}
    >
      {percent(poor / legs)}
    </Link>
  );
}

function Outcomes({ trunk: { trunk, outcomes } }: { trunk: TrunkQuality }) {
  const q = quality.value.trunks;
  return (
    <section class="card" aria-label={trunk}>
      <h3>{trunk}</h3>
      {outcomes.length === 0 ? (
        <p class="nothing">{q.noOutcomes}</p>
      ) : (
        <ul class="outcome-list">
          {outcomes.map((one) => (
            <li key={`${one.status}/${one.q850}`}>
              <span>{q.outcome(one.status ? String(one.status) : q.noAnswer, String(one.q850))}</span>
              <strong class="digits">{count(one.count)}</strong>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
