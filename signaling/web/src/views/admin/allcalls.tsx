import { useSignal } from '@preact/signals';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { type CallRecord, paidApi, type Query, query } from '../../wire/paid';
import { Outcome } from '../paid/calllist';
import { useCalls } from '../paid/pages';
import { className, moment, payerName } from '../paid/words';
import { Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { Filters, lately, queryOf } from './filters';
import { Head } from './head';

/** Every leg of the company, found by any of its fields. */
export default function AllCalls() {
  const p = paid.value;
  const asked = queryOf(new URLSearchParams(location.search));
  const filter = useSignal<Query>(Object.keys(asked).length > 0 ? asked : lately());
  const { loaded, calls, further, again } = useCalls(filter.value);
  const now = loaded.value;
  return (
    <>
      <Head title={p.admin.calls.title} lead={p.admin.calls.lead}>
        <a
          class="button plain normal"
          href={paidApi.exportAddress('csv', filter.value)}
          download
          data-testid="csv"
        >
          <Icon name="download" />
          {p.mine.csv}
        </a>
        <a class="button plain normal" href={paidApi.exportAddress('jsonl', filter.value)} download>
          <Icon name="download" />
          {p.mine.jsonl}
        </a>
      </Head>
      <Filters
        filter={filter.value}
        apply={(chosen) => {
          filter.value = chosen;
          // The address can be sent to somebody else.
          history.replaceState(null, '', `${location.pathname}${query(chosen)}`);
        }}
      />
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && calls.length === 0 && (
        <div class="card">
          <Empty icon="search" title={p.admin.calls.none} text="" />
        </div>
      )}
      {calls.length > 0 && (
        <>
          <p class="row-sub" role="status">
            {p.admin.calls.found(calls.length, further !== undefined)}
          </p>
          <CallTable calls={calls} />
          {further && (
            <Button wide onClick={() => void further()}>
              {p.mine.more}
            </Button>
          )}
        </>
      )}
    </>
  );
}

function CallTable({ calls }: { calls: readonly CallRecord[] }) {
  const p = paid.value;
  const t = p.admin.calls;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="table-box card" tabIndex={0} aria-label={t.title}>
      <table class="table">
        <thead>
          <tr>
            <th>{t.when}</th>
            <th>{t.who}</th>
            <th>{t.whom}</th>
            <th>{t.result}</th>
            <th>{p.record.field.trunk}</th>
            <th>{p.record.field.payer}</th>
            <th class="number">{t.cost}</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <CallLine key={call.id} call={call} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CallLine({ call }: { call: CallRecord }) {
  const p = paid.value;
  const out = call.direction === 'outbound';
  const far = out ? call.to : call.from;
  return (
    <tr data-testid="record" data-id={call.id}>
      <td>
        <Link
          to={`/calls/${call.id}`}
          label={`${moment(call.began)}: ${p.mine.detailOf(call.toName || far)}`}
        >
          {moment(call.began)}
        </Link>
      </td>
      <td>{out ? call.personName : p.admin.calls.inbound}</td>
      <td>
        <span class="cell-main">{call.toName || far}</span>
        <span class="cell-sub digits">
          {[call.toName && far, className(call.class)].filter(Boolean).join(' · ')}
        </span>
      </td>
      <td>
        <Outcome call={call} />
      </td>
      <td>{call.trunk}</td>
      <td>{call.payer && payerName(call.payer)}</td>
      <td class="number digits">{money(call.cost, call.currency)}</td>
    </tr>
  );
}
