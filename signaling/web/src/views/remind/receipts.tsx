import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { messages } from '../../i18n';
import { remind } from '../../i18n/remind';
import { answersChanged } from '../../store/cards';
import { toast } from '../../store/toasts';
import { HttpError } from '../../wire/http';
import { type ReceiptPerson, type Receipts, remindApi } from '../../wire/remind';
import { Avatar, Chip, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { Field, Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { dateText } from './words';

interface ReceiptsProps {
  /** Id of the occurrence, to-do or announcement. */
  subject: string;
  /** Whether quiet hours may be broken through from here. */
  urge?: boolean;
}

/** Who was reached, and what they pressed; for the organiser. */
export default function ReceiptsCard({ subject, urge }: ReceiptsProps) {
  const r = remind.value.receipts;
  const { loaded, again } = useLoad(() => remindApi.receipts(subject), [subject]);
  useEffect(() => {
    if (answersChanged.value > 0) again();
  }, [answersChanged.value]);
  const now = loaded.value;
  // Of what was cancelled, or is far away, nothing is known.
  const nothing = now.state === 'failed' && now.error instanceof HttpError && now.error.status === 404;
  return (
    <section class="card receipts" aria-labelledby="receipts">
      <div class="section-head">
        <h2 id="receipts">{r.title}</h2>
        <a
          class="button plain small"
          href={remindApi.receiptsCSV(subject)}
          download
          data-testid="receipts-csv"
        >
          <Icon name="download" size={16} />
          {r.csv}
        </a>
      </div>
      <p class="field-hint">{r.text}</p>
      {now.state === 'loading' && <Loading />}
      {nothing && <p>{r.none}</p>}
      {now.state === 'failed' && !nothing && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && (
        <>
          <Funnel receipts={now.value} />
          <ul class="rows inner">
            {now.value.people.map((one) => (
              <PersonLine key={one.who} person={one} />
            ))}
          </ul>
          <Foot receipts={now.value} urge={urge ?? false} again={again} />
        </>
      )}
    </section>
  );
}

/** Four bars, each a share of all that were planned or invited. */
function Funnel({ receipts }: { receipts: Receipts }) {
  const r = remind.value.receipts;
  const f = receipts.funnel;
  const bars = [
    [r.planned, f.planned, f.planned],
    [r.sent, f.sent, f.planned],
    [r.delivered, f.delivered, f.planned],
    [r.answered, f.acknowledged, f.people],
  ] as const;
  return (
    <dl class="funnel" data-testid="funnel">
      {bars.map(([name, n, of]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span class="funnel-bar" aria-hidden="true">
              <span style={{ width: `${of > 0 ? Math.round((n / of) * 100) : 0}%` }} />
            </span>
            <span class="digits">{r.share(n, of)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function PersonLine({ person }: { person: ReceiptPerson }) {
  const r = remind.value;
  const { answer, minutes, where, at, rows } = person;
  const tone = answer === '' ? 'plain' : answer === 'cannot' ? 'bad' : answer === 'late' ? 'warn' : 'good';
  const said =
    answer === '' ? r.receipts.open : answer === 'late' ? r.receipts.lateBy(minutes) : r.acts[answer];
  return (
    <li class="row reached" data-testid="receipt-person" data-answer={answer}>
      <Avatar name={person.name} size="small" />
      <div class="row-main">
        <p class="row-name">
          {person.name} <Chip tone={tone}>{said}</Chip>
        </p>
        {at && (
          <p class="row-sub">
            {dateText(at)} · {r.receipts.places[where] ?? r.mine.channel[where] ?? where}
          </p>
        )}
        <ul class="reached-rows">
          {rows.map((row) => (
            <li key={`${row.step} ${row.channel}`} class={row.state}>
              {r.receipts.steps[row.step.replace(/-\d+$/, '')] ?? row.step} ·{' '}
              {r.mine.channel[row.channel] ?? row.channel}:{' '}
              {(row.state !== 'sent' && r.receipts.reasons[row.reason]) || r.receipts.states[row.state]}
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}

function Foot({ receipts, urge, again }: { receipts: Receipts; urge: boolean; again(): void }) {
  const r = remind.value.receipts;
  const urging = useSignal(false);
  const { funnel, subject } = receipts;
  async function remindAgain() {
    try {
      const { reminded } = await remindApi.again(subject);
      toast(r.remindedAgain(reminded), 'good');
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <div class="button-row receipts-foot">
      {funnel.waiting > 0 && receipts.again.left > 0 && (
        <Button icon="bell" id="remind-again" onClick={() => void remindAgain()}>
          {r.again}
        </Button>
      )}
      {urge && funnel.suppressed > 0 && (
        <Button
          icon="warning"
          id="override"
          onClick={() => {
            urging.value = true;
          }}
        >
          {r.override}
        </Button>
      )}
      {urging.value && (
        <Override
          subject={subject}
          close={() => {
            urging.value = false;
          }}
        />
      )}
    </div>
  );
}

/** Breaks through quiet hours, with a reason that everybody sees. */
function Override({ subject, close }: { subject: string; close(): void }) {
  const r = remind.value;
  const { loaded } = useLoad(() => remindApi.quota(), []);
  const left = loaded.value.state === 'ready' ? loaded.value.value.left : 0;
  return (
    <Dialog title={r.receipts.override} onClose={close}>
      <p>{r.announce.urgentHint(left)}</p>
      <Form
        submit={r.receipts.override}
        onCancel={close}
        run={async ({ reason = '' }) => {
          await remindApi.override(subject, reason);
          toast(messages.value.common.saved, 'good');
          close();
        }}
      >
        <Field label={r.announce.reason} name="reason" maxLength={200} />
      </Form>
    </Dialog>
  );
}
