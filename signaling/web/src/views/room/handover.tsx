import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { elapsed, grouped, messages } from '../../i18n';
import type { PhoneCode } from '../../store/live';
import { useDialIn } from '../pages/dialin';
import { Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';
import { Icon } from '../parts/icons';
import { lazyPaid } from '../parts/lazypaid';
import { useNow } from '../parts/now';
import { explain } from '../parts/problem';
import { ids } from '../testids';
import type { Context } from './actions';

const CallMe = lazyPaid(() => import('../paid/callme'));

/** What to dial and to type, so that a phone takes the place of this page. */
export default function HandOver({ context }: { context: Context; close(): void }) {
  const t = messages.value;
  const code = useSignal<PhoneCode | undefined>(undefined);
  const error = useSignal('');
  async function get() {
    code.value = undefined;
    error.value = '';
    try {
      code.value = await context.live.phoneCode();
    } catch (thrown) {
      error.value = explain(thrown);
    }
  }
  useEffect(() => void get(), []);
  return (
    <>
      {context.live.room.value?.room.dial && <CallMe meeting={context.live.meeting} live={context.live} />}
      <p>{t.handOver.text}</p>
      <p class="form-error" role="alert">
        {error.value}
      </p>
      {code.value ? <Steps code={code.value} again={() => void get()} /> : !error.value && <Loading />}
      {error.value && (
        <div class="dialog-foot">
          <Button icon="refresh" onClick={() => void get()}>
            {t.common.retry}
          </Button>
        </div>
      )}
    </>
  );
}

function Steps({ code, again }: { code: PhoneCode; again(): void }) {
  const t = messages.value;
  const left = code.until - useNow(1000);
  const where = useDialIn();
  return (
    <>
      <ol class="steps">
        <li>
          <p>{t.dialIn.call}</p>
          {(where?.numbers ?? []).map((n) => (
            <p key={n.number} class="step-value">
              <a href={`tel:${n.number.replace(/[^+\d]/g, '')}`} aria-label={t.dialIn.callNumber(n.number)}>
                <Icon name="phone" size={16} />
                <span class="digits">{n.number}</span>
              </a>
              {n.label && <span class="step-label">{n.label}</span>}
            </p>
          ))}
          {where?.sipAddress && <p class="step-value mono">{where.sipAddress}</p>}
        </li>
        <li>
          <p>{t.handOver.number}</p>
          <p class="step-value digits strong">{grouped(code.number)}</p>
        </li>
        <li>
          <p>{t.handOver.code}</p>
          <p class="step-value phone-code" data-testid={ids.phoneCode} data-value={code.code}>
            <span class="digits">{grouped(code.code)}</span>
            <CopyButton text={code.code} what={t.handOver.code} />
          </p>
        </li>
      </ol>
      <p class={left > 0 ? 'field-hint' : 'form-error'} role="timer">
        {left > 0 ? t.handOver.left(elapsed(left)) : t.handOver.expired}
      </p>
      {left > 0 ? (
        <p class="field-hint">{t.handOver.stay}</p>
      ) : (
        <div class="dialog-foot">
          <Button icon="refresh" onClick={again}>
            {t.handOver.again}
          </Button>
        </div>
      )}
    </>
  );
}
