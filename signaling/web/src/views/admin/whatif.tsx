import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { dayIn } from '../../i18n/zone';
import { companyZone } from '../../store/company';
import type { WhatIf } from '../../wire/paid';
import { replay } from '../../wire/upload';
import { count } from '../paid/words';
import { Field, Form } from '../parts/form';
import { type Column, Table } from '../parts/table';

/** What a month would have cost by a version of the rates. */
export function WhatIfCard({ version }: { version: string }) {
  const p = paid.value.admin.rates;
  const result = useSignal<WhatIf | undefined>(undefined);
  const progress = useSignal('');
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const { year, month: nth } = dayIn(companyZone(), new Date());
  const month = `${year}-${String(nth).padStart(2, '0')}`;
  return (
    <section class="card stack what-if" aria-labelledby="what-if">
      <div>
        <h2 id="what-if">{p.whatIf}</h2>
        <p class="row-sub">{p.whatIfText}</p>
      </div>
      <Form
        submit={p.calculate}
        run={async (values) => {
          const abort = new AbortController();
          stop.current = abort;
          result.value = undefined;
          try {
            result.value = await replay(
              version,
              values.month ?? month,
              (done, total) => {
                progress.value = p.calculating(count(done), count(total));
              },
              abort.signal,
            );
          } finally {
            progress.value = '';
          }
        }}
      >
        <Field label={p.month} name="month" type={'month' as 'text'} value={month} id="what-if-month" />
        <p class="field-hint" role="status">
          {progress.value}
        </p>
      </Form>
      {result.value && <Result result={result.value} />}
    </section>
  );
}

type CentreRow = WhatIf['rows'][number];

function Result({ result }: { result: WhatIf }) {
  const p = paid.value.admin.rates;
  const { currency, before, after, difference, rows, skipped } = result;
  const amount = (head: string, of: (row: CentreRow) => number): Column<CentreRow> => ({
    head,
    cell: (row) => money(of(row), currency),
    number: true,
  });
  const columns: Column<CentreRow>[] = [
    { head: p.costCentre, cell: (row) => row.costCentre || paid.value.admin.costs.none },
    { head: paid.value.admin.costs.calls, cell: (row) => count(row.calls), number: true },
    amount(p.before, (row) => row.before),
    amount(p.after, (row) => row.after),
    {
      head: p.difference,
      cell: (row) => (
        <span class={row.difference > 0 ? 'tone-bad' : 'tone-good'}>{differs(row.difference, currency)}</span>
      ),
      number: true,
    },
  ];
  return (
    <div class="stack" data-testid="what-if">
      <dl class="figures">
        <div>
          <dt>{p.before}</dt>
          <dd class="digits">{money(before, currency)}</dd>
        </div>
        <div>
          <dt>{p.after}</dt>
          <dd class="digits">{money(after, currency)}</dd>
        </div>
        <div class={difference > 0 ? 'change-raised' : 'change-lowered'}>
          <dt>{p.difference}</dt>
          <dd class="digits">{differs(difference, currency)}</dd>
        </div>
      </dl>
      {skipped > 0 && <p class="field-hint">{p.skipped(skipped)}</p>}
      {rows.length > 0 && (
        <Table label={p.costCentre} columns={columns} rows={rows} keyOf={(row) => row.costCentre} />
      )}
    </div>
  );
}

function differs(micro: number, currency: string): string {
  const p = paid.value.admin.rates;
  if (micro === 0) return p.equal;
  return micro > 0 ? p.dearer(money(micro, currency)) : p.cheaper(money(-micro, currency));
}
