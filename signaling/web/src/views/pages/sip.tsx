import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import { toast } from '../../store/toasts';
import { api, type SipPhone } from '../../wire/api';
import { HttpError } from '../../wire/http';
import { Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';
import { ask } from '../parts/dialog';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { ids } from '../testids';

/** A person's own SIP phone: the account for it, and how to set it up. */
export function MySipPhone() {
  const t = messages.value;
  const { loaded, again, set } = useLoad<SipPhone | undefined>(mine, []);
  const busy = useSignal(false);
  const now = loaded.value;
  async function make() {
    busy.value = true;
    try {
      set(await api.newPhone());
    } catch (error) {
      toast(explain(error), 'bad');
    } finally {
      busy.value = false;
    }
  }
  async function reset() {
    if (await ask(t.sip.resetTitle, t.sip.resetText, t.sip.reset)) await make();
  }
  async function remove() {
    if (!(await ask(t.sip.removeTitle, t.sip.removeText, t.sip.remove))) return;
    try {
      await api.removePhone();
      set(undefined);
      toast(t.sip.removed, 'good');
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <section class="card" aria-labelledby="sip">
      <h2 id="sip">{t.sip.title}</h2>
      <p>{t.sip.text}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && !now.value && (
        <div class="card-foot">
          <Button icon="phone" id={ids.sipPhone} busy={busy.value} onClick={() => void make()}>
            {t.sip.get}
          </Button>
        </div>
      )}
      {now.state === 'ready' && now.value && (
        <>
          <Account phone={now.value} />
          <details class="sip-help">
            <summary>{t.sip.help}</summary>
            <ul>
              {[t.sip.linphone, t.sip.zoiper, t.sip.bria, t.sip.desk].map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </details>
          <div class="card-foot button-row">
            <Button icon="refresh" id="sip-reset" busy={busy.value} onClick={() => void reset()}>
              {t.sip.reset}
            </Button>
            <Button icon="trash" tone="danger" id="sip-remove" onClick={() => void remove()}>
              {t.sip.remove}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

/** The account, or undefined while there is none. */
async function mine(): Promise<SipPhone | undefined> {
  try {
    return await api.phone();
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}

function Account({ phone }: { phone: SipPhone }) {
  const t = messages.value;
  const rows: { name: string; value: string; id?: string; hint?: string }[] = [
    { name: t.sip.server, value: phone.domain },
    { name: t.sip.user, value: phone.user },
    ...(phone.password
      ? [{ name: t.sip.password, value: phone.password, id: ids.sipPassword, hint: t.sip.once }]
      : []),
    { name: t.sip.short, value: phone.number, hint: t.sip.shortHint },
  ];
  return (
    <dl class="credentials">
      {rows.map((row) => (
        <div class={`credential${row.id ? ' fresh' : ''}`} key={row.name}>
          <dt>{row.name}</dt>
          <dd>
            <div class="credential-line">
              <span class="credential-link" data-testid={row.id} data-value={row.value}>
                {row.value}
              </span>
              <CopyButton text={row.value} what={row.name} />
            </div>
            {row.hint && <p class="field-hint">{row.hint}</p>}
          </dd>
        </div>
      ))}
      <div class="credential">
        <dt>{t.sip.transport}</dt>
        <dd>
          <div class="credential-line">
            <span>{phone.transports.map((transport) => transport.toUpperCase()).join(', ')}</span>
          </div>
        </dd>
      </div>
    </dl>
  );
}
