import { elapsed } from '../../i18n';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { askCompany, companyZone } from '../../store/company';
import { paidApi, type Query } from '../../wire/paid';
import { CallList } from '../paid/calllist';
import { useCalls } from '../paid/pages';
import { spanOf } from '../paid/spans';
import { Empty, Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';

const mine: Query = { mine: 'true' };

/** An employee's own calls, with what each cost and why. */
export default function Calls() {
  const p = paid.value;
  const { loaded, calls, further, again } = useCalls(mine);
  const now = loaded.value;
  return (
    <>
      <header class="page-head">
        <div>
          <PageTitle>{p.mine.title}</PageTitle>
          <p class="row-sub">{p.mine.lead}</p>
        </div>
        <div class="page-actions wrap">
          <Link to="/me/looks" class="button plain normal" id="looks">
            {p.mine.looks}
          </Link>
          <Link to="/contacts" class="button plain normal">
            {p.mine.contacts}
          </Link>
          <a class="button plain normal" href={paidApi.exportAddress('csv', mine)} download data-testid="csv">
            <Icon name="download" />
            {p.mine.csv}
          </a>
          <Link to="/dial" class="button primary normal" id="call-people">
            <Icon name="phonePlus" />
            {p.dial.title}
          </Link>
        </div>
      </header>
      <Month />
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && calls.length === 0 && (
        <div class="card">
          <Empty icon="phone" title={p.mine.empty} text={p.mine.emptyText} />
        </div>
      )}
      {now.state === 'ready' && calls.length > 0 && (
        <>
          <CallList calls={calls} />
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

/** This month in three figures. */
function Month() {
  const p = paid.value;
  const { loaded } = useLoad(async () => {
    await askCompany();
    return paidApi.costs('month', { ...spanOf('month', companyZone()), mine: 'true' });
  }, []);
  if (loaded.value.state !== 'ready') return null;
  const { total, currency } = loaded.value.value;
  return (
    <dl class="figures">
      <div>
        <dt>{p.admin.costs.spans.month}</dt>
        <dd class="digits">{money(total.cost, currency)}</dd>
      </div>
      <div>
        <dt>{p.admin.costs.calls}</dt>
        <dd class="digits">{total.calls}</dd>
      </div>
      <div>
        <dt>{p.record.field.duration}</dt>
        <dd class="digits">{elapsed(total.durationMs)}</dd>
      </div>
    </dl>
  );
}
