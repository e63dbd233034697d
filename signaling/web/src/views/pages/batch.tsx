import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { rememberCalls, whoWas } from '../../store/callees';
import { askCompany, companyCurrency } from '../../store/company';
import { go } from '../../store/router';
import { selfId } from '../../store/session';
import { toast } from '../../store/toasts';
import { type Batch, type Call, type DialKind, samePayer } from '../../wire/dial';
import { paidApi } from '../../wire/paid';
import { CallRow } from '../paid/callrow';
import { freshKey } from '../paid/quote';
import { useBatch } from '../paid/useevents';
import { span } from '../paid/words';
import { Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { ask } from '../parts/dialog';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useNow } from '../parts/now';
import { explain } from '../parts/problem';

type Filter = 'all' | 'waiting' | 'in' | 'failed';

const failed = (call: Call) =>
  call.state === 'ended' && call.cause !== 'hung-up' && call.cause !== 'cancelled';
const fits: Record<Filter, (call: Call) => boolean> = {
  all: () => true,
  waiting: (call) => call.state !== 'joined' && call.state !== 'ended',
  in: (call) => call.state === 'joined',
  failed,
};
const order: readonly Call['state'][] = [
  'answered',
  'confirmed',
  'ringing',
  'trying',
  'approval',
  'retrying',
  'queued',
  'ended',
  'joined',
];

/** What becomes of people who are called at once: a bar, and each for themselves. */
export default function BatchPage({ id }: { id: string }) {
  const p = paid.value;
  const { batch, calls, lost, error } = useBatch(id);
  useEffect(() => void askCompany(), []);
  const currency = companyCurrency();
  const filter = useSignal<Filter>('all');
  if (!batch) {
    return (
      <>
        <PageTitle>{p.batch.title}</PageTitle>
        {error ? <Failed error={error} retry={() => location.reload()} /> : <Loading />}
      </>
    );
  }
  const shown = calls
    .filter(fits[filter.value])
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.name.localeCompare(b.name));
  const told = (thrown: unknown) => toast(explain(thrown), 'bad');
  return (
    <>
      <Head batch={batch} calls={calls} currency={currency} />
      {lost && (
        <p class="note warn" role="status">
          <span class="spinner" aria-hidden="true" />
          <span>{p.batch.lost}</span>
        </p>
      )}
      <section class="card rows batch" aria-label={p.dial.list}>
        <div class="tabs">
          {(Object.keys(fits) as Filter[]).map((one) => (
            <Button
              key={one}
              tone="quiet"
              size="small"
              pressed={filter.value === one}
              onClick={() => {
                filter.value = one;
              }}
            >
              {`${p.batch.filter[one]} ${calls.filter(fits[one]).length}`}
            </Button>
          ))}
        </div>
        <ul class="call-list">
          {shown.map((call) => (
            <CallRow
              key={call.call}
              call={call}
              currency={currency}
              cancel={() => paidApi.cancelCall(batch.batch, call.call).catch(told)}
              retry={() => void again(batch, [call]).catch(told)}
            />
          ))}
        </ul>
      </section>
    </>
  );
}

function Head({ batch, calls, currency }: { batch: Batch; calls: readonly Call[]; currency: string }) {
  const p = paid.value;
  const now = useNow(1000);
  const done = batch.endedAt !== undefined;
  const lost = calls.filter((call) => failed(call) && whoWas(call));
  const told = (thrown: unknown) => toast(explain(thrown), 'bad');
  async function cancel() {
    if (!(await ask(p.batch.cancelAllTitle, p.batch.cancelAllText, p.batch.cancelAll))) return;
    await paidApi.cancelBatch(batch.batch).catch(told);
  }
  return (
    <>
      <header class="page-head">
        <div>
          <PageTitle>{p.batch.title}</PageTitle>
          <p class="row-sub" role="status">
            <span>{p.batch.progress(batch.states.joined ?? 0, batch.total)}</span>
            {currency && <span class="digits">{p.batch.spent(money(batch.spent, currency))}</span>}
            {batch.retryAt && batch.retryAt > now && (
              <span>{p.batch.nextTry(span((batch.retryAt - now) / 1000))}</span>
            )}
            {done && <span>{p.batch.done}</span>}
          </p>
        </div>
        <div class="page-actions wrap">
          {!done && (
            <Button tone="danger" id="cancel-all" onClick={() => void cancel()}>
              {p.batch.cancelAll}
            </Button>
          )}
          {lost.length > 0 && (
            <Button icon="refresh" id="retry-failed" onClick={() => void again(batch, lost).catch(told)}>
              {p.batch.retryFailed(lost.length)}
            </Button>
          )}
          {batch.kind !== 'me' && (
            <Link to={`/room/${batch.meeting}`} class="button primary normal">
              {p.batch.join}
            </Link>
          )}
        </div>
      </header>
      {batch.kind === 'callback' && !done && (
        <p class="note">
          <Icon name="phone" />
          <span>{p.batch.onYourPhone}</span>
        </p>
      )}
      <Bar batch={batch} />
    </>
  );
}

/** One bar of all calls: in the meeting, under way, failed, waiting. */
function Bar({ batch }: { batch: Batch }) {
  const p = paid.value;
  const { joined = 0, ended = 0, queued = 0, retrying = 0 } = batch.states;
  const came = batch.causes['hung-up'] ?? 0;
  const bad = Math.max(0, ended - came);
  const active = Math.max(0, batch.total - joined - ended - queued - retrying);
  const parts = [
    { kind: 'in', n: joined + came },
    { kind: 'active', n: active },
    { kind: 'failed', n: bad },
  ];
  let from = 0;
  return (
    <svg
      class="batch-bar"
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      role="progressbar"
      aria-label={p.batch.title}
      aria-valuemin={0}
      aria-valuemax={batch.total}
      aria-valuenow={joined + ended}
      aria-valuetext={p.batch.progress(joined, batch.total)}
    >
      <rect class="track" width="100" height="4" />
      {parts.map(({ kind, n }) => {
        const width = (n / Math.max(1, batch.total)) * 100;
        const x = from;
        from += width;
        return <rect key={kind} class={kind} x={x} width={width} height="4" />;
      })}
    </svg>
  );
}

/** Calls some of them again, into the same meeting. */
async function again(batch: Batch, calls: readonly Call[]): Promise<void> {
  const wanted = calls.flatMap((call) => whoWas(call) ?? []);
  if (wanted.length === 0) return;
  const kind: DialKind = 'into';
  const made = await paidApi.dial(batch.meeting, {
    key: freshKey(),
    kind,
    to: wanted.map((one) => one.callee),
    ...samePayer(calls, selfId()),
  });
  rememberCalls(made.calls, wanted);
  toast(paid.value.dial.calling(wanted.length), 'good');
  go(`/dial/${made.batch.batch}`);
}
