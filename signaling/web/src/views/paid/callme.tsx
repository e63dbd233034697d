import { useSignal } from '@preact/signals';
import { exact } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { known } from '../../store/session';
import type { Dial } from '../../wire/dial';
import { paidApi } from '../../wire/paid';
import { Button } from '../parts/button';
import { Field } from '../parts/form';
import { explain } from '../parts/problem';
import { CallRow } from './callrow';
import { type Dialler, dialler, freshKey, placed, useQuote } from './quote';
import { useBatch } from './useevents';
import { payerName, refusalText } from './words';

interface CallMeProps {
  meeting: string;
  /** Inside the meeting: its socket. */
  live?: Dialler;
}

/** Has one's own phone rung: one talks on it, and the company pays. */
export default function CallMe({ meeting, live }: CallMeProps) {
  const p = paid.value;
  const number = useSignal(known.value.state === 'in' ? (known.value.session.person.phone ?? '') : '');
  const batch = useSignal('');
  const busy = useSignal(false);
  const error = useSignal('');
  const key = useSignal(freshKey());
  const by = live ?? dialler(meeting);
  const wish: Dial = { kind: 'me', from: { numbers: [number.value] } };
  const quoted = useQuote(by, number.value.replace(/\D/g, '').length > 1 ? wish : undefined).value;
  const quote = quoted.state === 'ready' ? quoted.quote : undefined;
  const price = quote?.prices[0];
  if (batch.value) return <Ringing batch={batch.value} again={() => (batch.value = '')} />;
  async function call() {
    if (busy.value) return;
    busy.value = true;
    error.value = '';
    try {
      batch.value = (await by.dial({ ...wish, key: key.value })).batch.batch;
      key.value = freshKey();
    } catch (thrown) {
      error.value = explain(thrown);
    } finally {
      busy.value = false;
    }
  }
  const refused = price?.refusal?.cause ? refusalText(price.refusal, quote?.currency ?? '') : '';
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Enter in the field calls; around it may be another form
    <div
      class="call-me"
      data-testid="call-me-form"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        if (number.value !== '' && !refused) void call();
      }}
    >
      <p class="field-hint">{live ? p.me.textInside : p.me.text}</p>
      <Field
        label={p.ways.myNumber}
        name="own"
        type="tel"
        value={number.value}
        id="own-number"
        onInput={(value) => {
          number.value = value.trim();
        }}
      />
      {placed(price) && price && quote && (
        <p class="row-sub">
          <span class="digits">{p.dial.perMinute(exact(price.rate, quote.currency))}</span>
          <span>{payerName(price.payer)}</span>
        </p>
      )}
      <p class="form-error" role="alert">
        {error.value || refused || (quoted.state === 'failed' ? quoted.text : '')}
      </p>
      <Button
        icon="phone"
        tone="primary"
        id="call-me-go"
        busy={busy.value}
        disabled={number.value === '' || (price !== undefined && !placed(price))}
        onClick={() => void call()}
      >
        {p.me.go}
      </Button>
    </div>
  );
}

function Ringing({ batch: id, again }: { batch: string; again(): void }) {
  const p = paid.value;
  const { batch, calls } = useBatch(id);
  const joined = calls.some((call) => call.state === 'joined');
  return (
    <div class="call-me" role="status">
      <p>{joined ? p.me.onPhone : batch?.endedAt ? p.batch.done : p.me.ringing}</p>
      <ul class="call-list">
        {calls.map((call) => (
          <CallRow
            key={call.call}
            call={call}
            currency=""
            cancel={() => void paidApi.cancelCall(id, call.call).catch(() => undefined)}
          />
        ))}
      </ul>
      {batch?.endedAt && !joined && (
        <Button icon="refresh" onClick={again}>
          {p.room.retry}
        </Button>
      )}
    </div>
  );
}
