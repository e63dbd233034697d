import './words';
import { quality } from '../../i18n/quality';
import type { Stage } from '../../wire/fare';
import type { Kind } from '../../wire/messages';
import { type Join, type Joins, qualityApi } from '../../wire/quality';
import { BarLine } from '../paid/bars';
import { Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { type Column, Table } from '../parts/table';
import { SpanTabs, setFilter, useFilter } from './filter';
import { CSVLink, QualityHead } from './parts';
import { count, momentOf, ms, percent } from './words';

/** How people get in: each stage, and where they get stuck. */
export default function JoinsPage() {
  const q = quality.value.joins;
  const filter = useFilter();
  const { loaded, again } = useLoad(() => qualityApi.joins(filter), [JSON.stringify(filter)]);
  const now = loaded.value;
  return (
    <>
      <QualityHead title={q.title} lead={q.lead}>
        <CSVLink table="joins" filter={filter} what={q.title} />
      </QualityHead>
      <SpanTabs>
        <KindTabs chosen={filter.kind ?? ''} />
      </SpanTabs>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && <Result joins={now.value} />}
    </>
  );
}

function KindTabs({ chosen }: { chosen: string }) {
  const q = quality.value;
  return (
    <fieldset class="tabs">
      <legend class="offscreen">{q.joins.kind}</legend>
      {(['', 'browser', 'phone'] as const).map((kind) => (
        <Button
          key={kind}
          tone="quiet"
          size="small"
          pressed={chosen === kind}
          onClick={() => setFilter({ kind })}
        >
          {kind ? q.kinds[kind] : q.joins.all}
        </Button>
      ))}
    </fieldset>
  );
}

function Result({ joins }: { joins: Joins }) {
  const q = quality.value.joins;
  const kinds = joins.joins.filter((one) => one.total > 0);
  if (kinds.length === 0)
    return (
      <div class="card">
        <Empty icon="door" title={q.none} text={q.noneText} />
      </div>
    );
  return (
    <>
      {kinds.map((one) => (
        <Funnel key={one.kind} funnel={one} failures={joins.failures} />
      ))}
      {joins.failures.length === 0 ? (
        <p class="remark tone-good">
          <Icon name="check" size={16} />
          <span>{q.noFailures}</span>
        </p>
      ) : (
        <Failures failures={joins.failures} />
      )}
      {joins.recent.length > 0 && <Recent joins={joins.recent} />}
    </>
  );
}

type FunnelOf = Joins['joins'][number];
type FailureOf = Joins['failures'][number];
type StageOf = FunnelOf['stages'][number];

/** One bar for each stage, as long as the share that reached it. */
function Funnel({ funnel, failures }: { funnel: FunnelOf; failures: readonly FailureOf[] }) {
  const q = quality.value;
  const { kind, total, failed } = funnel;
  const stuck = (stage: Stage) =>
    failures
      .filter((one) => one.kind === kind && one.stage === stage)
      .reduce((sum, one) => sum + one.count, 0);
  const columns: Column<StageOf>[] = [
    { head: q.joins.stage, cell: (one) => q.joins.stages[one.stage] },
    {
      head: q.joins.share,
      cell: (one) => <BarLine share={one.reached / total} tone={stuck(one.stage) > 0 ? 'warn' : ''} />,
      wide: true,
    },
    { head: q.joins.reached, cell: (one) => count(one.reached), number: true },
    {
      head: q.joins.stuckHere,
      cell: (one) => {
        const n = stuck(one.stage);
        return <span class={n > 0 ? 'tone-bad strong' : ''}>{count(n)}</span>;
      },
      number: true,
    },
    { head: q.joins.median, cell: (one) => ms(one.stage === 'click' ? 0 : one.medianMs), number: true },
    { head: q.joins.p95, cell: (one) => ms(one.stage === 'click' ? 0 : one.p95Ms), number: true },
  ];
  return (
    <div class="stack" data-testid="funnel" data-kind={kind}>
      <h2>{q.kinds[kind]}</h2>
      <p class="row-sub">
        <span>{q.joins.total(count(total))}</span>
        <span class={failed > 0 ? 'tone-bad' : ''}>
          {q.joins.failedOf(count(failed), percent(failed / total))}
        </span>
      </p>
      <Table card label={q.kinds[kind]} columns={columns} rows={funnel.stages} keyOf={(one) => one.stage} />
      <p class="field-hint">{q.joins.alone}</p>
    </div>
  );
}

const causeOf = (cause: string): string => quality.value.joins.causes[cause] ?? cause;

function Failures({ failures }: { failures: readonly FailureOf[] }) {
  const q = quality.value.joins;
  return (
    <>
      <h2>{q.failures}</h2>
      <Table
        card
        id="failures"
        label={q.failures}
        columns={[
          { head: q.stage, cell: (one) => q.stages[one.stage] },
          { head: q.cause, cell: (one) => causeOf(one.cause) },
          { head: q.how, cell: (one) => kindOf(one.kind) },
          { head: q.count, cell: (one) => count(one.count), number: true },
        ]}
        rows={failures}
        keyOf={(one) => `${one.kind}/${one.stage}/${one.cause}`}
      />
    </>
  );
}

const kindOf = (kind: Kind): string => quality.value.kinds[kind];

function Recent({ joins }: { joins: readonly Join[] }) {
  const q = quality.value.joins;
  return (
    <>
      <h2>{q.recent}</h2>
      <Table
        card
        id="recent"
        label={q.recent}
        columns={[
          {
            head: q.when,
            cell: (one) =>
              one.leg ? (
                <Link to={`/quality/legs/${encodeURIComponent(one.leg)}`}>{momentOf(one.at)}</Link>
              ) : (
                momentOf(one.at)
              ),
          },
          { head: q.how, cell: (one) => kindOf(one.kind) },
          { head: q.stuck, cell: (one) => (one.failed ? q.stages[one.failed] : '') },
          { head: q.cause, cell: (one) => causeOf(one.cause ?? '') },
          { head: q.after, cell: (one) => ms(one.steps.at(-1)?.ms), number: true },
        ]}
        rows={joins}
        keyOf={(one) => `${one.at}/${one.leg ?? ''}/${one.failed}`}
      />
    </>
  );
}
