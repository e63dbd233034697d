import { useSignal } from '@preact/signals';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { companyZone } from '../../store/company';
import { type CallRecord, paidApi, type Query, query } from '../../wire/paid';
import { Outcome } from '../paid/calllist';
import { useCalls } from '../paid/pages';
import { className, moment, payerName } from '../paid/words';
import { Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { type Column, Table } from '../parts/table';
import { lately, queryOf } from './filterfields';
import { Filters } from './filters';
import { Head } from './head';

/** Every leg of the company, found by any of its fields. */
export default function AllCalls() {
  const p = paid.value;
  const asked = queryOf(new URLSearchParams(location.search));
  const filter = useSignal<Query>(Object.keys(asked).length > 0 ? asked : lately(companyZone()));
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
          <Empty icon="search" title={p.admin.calls.none} text={p.admin.calls.noneText} />
        </div>
      )}
      {calls.length > 0 && (
        <>
          <p class="row-sub found" role="status">
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
  const columns: Column<CallRecord>[] = [
    { head: t.when, cell: (call) => <When call={call} /> },
    { head: t.who, cell: (call) => (outward(call) ? call.personName : t.inbound) },
    { head: t.whom, cell: (call) => <Whom call={call} />, wide: true },
    { head: t.result, cell: (call) => <Outcome call={call} /> },
    { head: p.record.field.trunk, cell: (call) => call.trunk },
    { head: p.record.field.payer, cell: (call) => call.payer && payerName(call.payer) },
    { head: t.cost, cell: (call) => money(call.cost, call.currency), number: true },
  ];
  return (
    <Table card label={t.title} columns={columns} rows={calls} keyOf={(call) => call.id} rowId="record" />
  );
}

const outward = (call: CallRecord) => call.direction === 'outbound';
const farEnd = (call: CallRecord) => (outward(call) ? call.to : call.from);

function When({ call }: { call: CallRecord }) {
  const who = call.toName || farEnd(call);
  return (
    <Link
      class="when"
      to={`/calls/${call.id}`}
      label={`${moment(call.began)}: ${paid.value.mine.detailOf(who)}`}
    >
      {moment(call.began)}
    </Link>
  );
}

function Whom({ call }: { call: CallRecord }) {
  const far = farEnd(call);
  return (
    <>
      <span class="cell-main">{call.toName || far}</span>
      <span class="cell-sub digits">
        {[call.toName && far, className(call.class)].filter(Boolean).join(' · ')}
      </span>
    </>
  );
}
