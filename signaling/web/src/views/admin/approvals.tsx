import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ago } from '../../i18n';
import { paid } from '../../i18n/paid';
import { approvalsChanged } from '../../store/approvals';
import { countWaiting } from '../../store/events';
import { known } from '../../store/session';
import { toast } from '../../store/toasts';
import { type Approval, paidApi } from '../../wire/paid';
import { countryName } from '../paid/words';
import { Chip, Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { Field, Form } from '../parts/form';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { Head } from './head';

/** First calls to a country wait here for a second person's yes: one tap. */
export default function Approvals() {
  const p = paid.value.admin.approvals;
  const { loaded, again } = useLoad(() => paidApi.approvals(), []);
  const denying = useSignal<Approval | undefined>(undefined);
  const now = loaded.value;
  const news = approvalsChanged.value;
  useEffect(() => {
    if (news > 0) again();
  }, [news]);
  const changed = () => {
    again();
    void countWaiting();
  };
  async function approve(approval: Approval) {
    try {
      await paidApi.approve(approval.id);
      toast(p.turned, 'good');
    } catch (error) {
      toast(explain(error), 'bad');
    }
    changed();
  }
  const all = now.state === 'ready' ? now.value : [];
  const waiting = all.filter((one) => one.state === 'pending');
  const decided = all.filter((one) => one.state !== 'pending');
  const deny = (approval: Approval) => {
    denying.value = approval;
  };
  return (
    <>
      <Head title={p.title} lead={p.lead} />
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && waiting.length === 0 && (
        <div class="card">
          <Empty icon="check" title={p.empty} text={p.emptyText} />
        </div>
      )}
      {waiting.length > 0 && (
        <ul class="stack">
          {waiting.map((one) => (
            <Waiting key={one.id} approval={one} approve={() => void approve(one)} deny={() => deny(one)} />
          ))}
        </ul>
      )}
      {decided.length > 0 && (
        <section class="card rows" aria-labelledby="decided">
          <h2 class="rows-title" id="decided">
            {p.decided}
          </h2>
          <ul>
            {decided.map((one) => (
              <Decided key={one.id} approval={one} approve={() => void approve(one)} deny={() => deny(one)} />
            ))}
          </ul>
        </section>
      )}
      {denying.value && (
        <Deny
          approval={denying.value}
          changed={changed}
          close={() => {
            denying.value = undefined;
          }}
        />
      )}
    </>
  );
}

interface ApprovalProps {
  approval: Approval;
  approve(): void;
  deny(): void;
}

function Waiting({ approval, approve, deny }: ApprovalProps) {
  const p = paid.value.admin.approvals;
  const country = countryName(approval.country);
  const own = known.value.state === 'in' && known.value.session.person.id === approval.askedBy.id;
  return (
    <li
      class="card approval"
      data-testid="approval"
      data-state={approval.state}
      data-country={approval.country}
    >
      <div class="row-main">
        <p class="row-name">{p.asks(approval.askedBy.name, country)}</p>
        <p class="row-sub">
          <span class="digits">{p.number(approval.number)}</span>
          <span>{ago(approval.askedAt)}</span>
        </p>
        {own && <p class="refusal soft">{p.own}</p>}
      </div>
      <div class="row-foot">
        <Button id="deny" label={p.denyOf(country)} onClick={deny}>
          {p.deny}
        </Button>
        <Button
          tone="primary"
          icon="check"
          id="approve"
          disabled={own}
          label={p.approveOf(country)}
          onClick={approve}
        >
          {p.approve}
        </Button>
      </div>
    </li>
  );
}

function Decided({ approval, approve, deny }: ApprovalProps) {
  const p = paid.value.admin.approvals;
  const country = countryName(approval.country);
  const yes = approval.state === 'approved';
  return (
    <li class="row" data-testid="approval" data-state={approval.state} data-country={approval.country}>
      <div class="row-main">
        <p class="row-name">
          {country} <Chip tone={yes ? 'good' : 'bad'}>{yes ? p.approved : p.denied}</Chip>
        </p>
        <p class="row-sub">
          {approval.decidedBy && <span>{p.by(approval.decidedBy.name, ago(approval.decidedAt ?? ''))}</span>}
          {approval.reason && <span>{approval.reason}</span>}
        </p>
      </div>
      <Button
        size="small"
        label={yes ? p.denyOf(country) : p.approveOf(country)}
        onClick={yes ? deny : approve}
      >
        {yes ? p.deny : p.approve}
      </Button>
    </li>
  );
}

function Deny({ approval, close, changed }: { approval: Approval; close(): void; changed(): void }) {
  const p = paid.value.admin.approvals;
  return (
    <Dialog title={p.denyTitle(countryName(approval.country))} onClose={close}>
      <Form
        submit={p.deny}
        onCancel={close}
        run={async ({ reason = '' }) => {
          await paidApi.deny(approval.id, reason);
          close();
          changed();
        }}
      >
        <Field label={p.reason} name="reason" required={false} maxLength={200} />
      </Form>
    </Dialog>
  );
}
