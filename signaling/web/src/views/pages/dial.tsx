import { useEffect, useRef } from 'preact/hooks';
import { messages } from '../../i18n';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { takeNext } from '../../store/callees';
import { askCompany, companyCurrency } from '../../store/company';
import { go } from '../../store/router';
import type { Person } from '../../wire/api';
import type { Batch } from '../../wire/dial';
import { paidApi } from '../../wire/paid';
import { DialForm } from '../paid/dialform';
import { dialler } from '../paid/quote';
import { moment } from '../paid/words';
import { PageTitle } from '../parts/bits';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';

const anywhere = dialler();

/** Calls people from the start page: into a new meeting, oneself first if one likes. */
export default function Dial({ person }: { person: Person }) {
  const p = paid.value;
  const first = useRef(takeNext());
  return (
    <>
      <header class="page-head">
        <div>
          <PageTitle>{p.dial.title}</PageTitle>
          <p class="row-sub">{p.dial.lead}</p>
        </div>
        <div class="page-actions">
          <Link to="/contacts" class="button plain normal">
            {p.contacts.title}
          </Link>
        </div>
      </header>
      <div class="two dial-page">
        <section class="card" aria-label={p.dial.title}>
          <DialForm
            dialler={anywhere}
            ways={['into', 'callback', 'ring-all']}
            ownNumber={person.phone ?? ''}
            first={first.current}
            done={(batch) => go(`/dial/${batch.batch}`)}
          />
        </section>
        <Running />
      </div>
    </>
  );
}

/** Batches that go on, or ended lately. */
function Running() {
  const p = paid.value;
  const { loaded } = useLoad(() => paidApi.batches(), []);
  useEffect(() => void askCompany(), []);
  const currency = companyCurrency();
  if (loaded.value.state !== 'ready' || loaded.value.value.length === 0) return null;
  return (
    <section class="card" aria-labelledby="running">
      <h2 id="running">{p.batch.running}</h2>
      <ul class="rows inner">
        {loaded.value.value.map((batch) => (
          <BatchLine key={batch.batch} batch={batch} currency={currency} />
        ))}
      </ul>
    </section>
  );
}

function BatchLine({ batch, currency }: { batch: Batch; currency: string }) {
  const p = paid.value;
  return (
    <li class="row">
      <div class="row-main">
        <Link to={`/dial/${batch.batch}`} class="row-title">
          {p.batch.progress(batch.states.joined ?? 0, batch.total)}
        </Link>
        <p class="row-sub">
          <span>{moment(batch.beganAt)}</span>
          {batch.endedAt && <span>{p.batch.done}</span>}
          {currency && <span class="digits">{money(batch.spent, currency)}</span>}
        </p>
      </div>
      <Link to={`/dial/${batch.batch}`} class="button quiet normal">
        {batch.endedAt ? p.batch.open : messages.value.home.details}
      </Link>
    </li>
  );
}
