import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { ago, messages } from '../../i18n';
import { paid } from '../../i18n/paid';
import { go } from '../../store/router';
import { toast } from '../../store/toasts';
import { type AccountDraft, draftOf, type TrunkDraft, trunkOf } from '../../store/trunk';
import { paidApi, type Trunk } from '../../wire/paid';
import { Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { ask } from '../parts/dialog';
import { Field, Form, SelectField, Switch } from '../parts/form';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { Accounts } from './accounts';
import { Test } from './trunks';

/** One trunk, to be looked at, changed and tested; without a name a new one. */
export default function TrunkPage({ name }: { name: string }) {
  const p = paid.value.admin.trunks;
  const { loaded, again } = useLoad(() => (name ? paidApi.trunk(name) : Promise.resolve(undefined)), [name]);
  const now = loaded.value;
  return (
    <>
      <header class="page-head">
        <div>
          <Link to="/company/trunks" class="back">
            <Icon name="back" size={16} />
            {p.back}
          </Link>
          <PageTitle>{name || p.newTitle}</PageTitle>
          {now.state === 'ready' && now.value?.changedAt && (
            <p class="row-sub">{p.changed(now.value.changedBy ?? '', ago(now.value.changedAt))}</p>
          )}
        </div>
        {now.state === 'ready' && now.value?.outbound && <Test name={name} />}
      </header>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && <TrunkForm trunk={now.value} />}
    </>
  );
}

function TrunkForm({ trunk }: { trunk: Trunk | undefined }) {
  const t = messages.value;
  const p = paid.value.admin.trunks;
  const draft = draftOf(trunk);
  const on = useSignal(draft.on);
  const accounts = useSignal(draft.accounts);
  const fixed = trunk?.source === 'config';
  async function remove(name: string) {
    if (!(await ask(p.remove(name), p.removeText, p.removeShort))) return;
    try {
      await paidApi.removeTrunk(name);
      go('/company/trunks');
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  const toggle = (name: keyof TrunkDraft['on'], label: string, hint?: string) => (
    <Switch
      label={label}
      {...(hint ? { hint } : {})}
      id={`trunk-${name}`}
      on={on.value[name]}
      onChange={(yes) => {
        on.value = { ...on.value, [name]: yes };
      }}
    />
  );
  return (
    <>
      {trunk?.fault && (
        <p class="note warn">
          <Icon name="warning" />
          <span>{trunk.fault}</span>
        </p>
      )}
      {fixed && (
        <p class="note">
          <Icon name="lock" />
          <span>{p.configText}</span>
        </p>
      )}
      <fieldset class="plain-set" disabled={fixed}>
        <Form
          submit={t.common.save}
          onCancel={() => go('/company/trunks')}
          run={async (values) => {
            // What is not among the fields just now stays as it is.
            const text = { ...draft.text, ...values };
            const input = trunkOf({ text, on: on.value, accounts: accounts.value }, trunk);
            if (trunk) await paidApi.changeTrunk(trunk.name, input);
            else await paidApi.addTrunk(input);
            toast(t.common.saved, 'good');
            go('/company/trunks');
          }}
        >
          <Inbound draft={draft} trunk={trunk} toggle={toggle} />
          <section class="card stack" aria-labelledby="out">
            <h2 id="out">{p.outbound}</h2>
            {toggle('outbound', p.outboundOn)}
            {on.value.outbound && (
              <Outgoing
                draft={draft}
                trunk={trunk}
                register={on.value.register}
                accounts={accounts}
                toggle={toggle}
              />
            )}
          </section>
        </Form>
      </fieldset>
      {trunk && !fixed && (
        <div class="card-foot">
          <Button tone="danger" icon="trash" id="remove-trunk" onClick={() => void remove(trunk.name)}>
            {p.removeShort}
          </Button>
        </div>
      )}
    </>
  );
}

interface PartProps {
  draft: TrunkDraft;
  trunk: Trunk | undefined;
  toggle(name: keyof TrunkDraft['on'], label: string, hint?: string): JSX.Element;
}

function Inbound({ draft: { text }, trunk, toggle }: PartProps) {
  const p = paid.value.admin.trunks;
  return (
    <>
      <section class="card stack" aria-labelledby="identity">
        <h2 id="identity">{p.identity}</h2>
        <div class="columns">
          {!trunk && <Field label={p.name} hint={p.nameHint} name="name" maxLength={40} />}
          <Field label={p.label} name="label" required={false} value={text.label ?? ''} maxLength={80} />
        </div>
      </section>
      <section class="card stack" aria-labelledby="in">
        <h2 id="in">{p.inbound}</h2>
        <div class="columns">
          <Lines label={p.allow} hint={p.allowHint} name="allow" value={text.allow} />
          <Lines label={p.numbers} hint={p.numbersHint} name="numbers" value={text.numbers} />
        </div>
        <div class="columns">
          <SelectField
            label={p.language}
            name="language"
            value={text.language ?? ''}
            options={[
              { value: '', text: p.languageAsk },
              { value: 'zh-CN', text: '简体中文' },
              { value: 'en', text: 'English' },
            ]}
          />
          <Field
            label={p.maxCalls}
            hint={p.zero}
            name="maxCalls"
            inputMode="numeric"
            value={text.maxCalls ?? '0'}
          />
          <SelectField
            label={p.srtp}
            name="srtp"
            value={text.srtp ?? 'off'}
            options={(['off', 'offered', 'required'] as const).map((value) => ({
              value,
              text: p.srtps[value],
            }))}
          />
        </div>
        <div class="columns">
          <Field label={p.user} hint={p.inboundUser} name="user" required={false} value={text.user ?? ''} />
          <Secret label={p.password} name="password" kept={trunk?.hasPassword} />
        </div>
        {toggle('vouches', p.vouches, p.vouchesHint)}
      </section>
    </>
  );
}

interface FieldMore {
  hint?: string;
  numeric?: boolean;
  typed?(value: string): void;
}

interface OutgoingProps extends PartProps {
  register: boolean;
  accounts: Signal<readonly AccountDraft[]>;
}

function Outgoing({ draft: { text }, trunk, register, accounts, toggle }: OutgoingProps) {
  const p = paid.value.admin.trunks;
  // A carrier's servers are listed, or found in DNS by its domain, or behind a proxy.
  const domain = useSignal(text.domain ?? '');
  const proxy = useSignal(text.proxy ?? '');
  const listed = domain.value.trim() === '' && proxy.value.trim() === '';
  const field = (name: string, label: string, more: FieldMore = {}) => (
    <Field
      label={label}
      name={name}
      required={false}
      value={text[name] ?? ''}
      {...(more.typed ? { onInput: more.typed } : {})}
      {...(more.hint ? { hint: more.hint } : {})}
      {...(more.numeric ? { inputMode: 'numeric' as const } : {})}
    />
  );
  return (
    <>
      <div class="columns">
        <Lines label={p.targets} hint={p.targetsHint} name="targets" value={text.targets} required={listed} />
        <Lines label={p.prefixes} hint={p.prefixesHint} name="prefixes" value={text.prefixes} />
      </div>
      <div class="columns">
        {field('channels', p.channels, { hint: p.zero, numeric: true })}
        {field('domain', p.domain, {
          hint: p.domainHint,
          typed: (value) => {
            domain.value = value;
          },
        })}
        {field('proxy', p.proxy, {
          typed: (value) => {
            proxy.value = value;
          },
        })}
      </div>
      <h3>{p.account}</h3>
      <Accounts accounts={accounts} />
      {toggle('register', p.register)}
      {register && (
        <div class="columns">
          {field('registrar', p.registrar)}
          {field('expires', p.expires, { numeric: true })}
        </div>
      )}
      <h3>{p.callerId}</h3>
      <div class="columns">
        <Lines label={p.owned} hint={p.ownedHint} name="owned" value={text.owned} />
        <div class="stack">
          {field('shown', p.shown)}
          <SelectField
            label={p.header}
            name="header"
            value={text.header ?? 'from'}
            options={(['from', 'pai'] as const).map((value) => ({ value, text: p.headers[value] }))}
          />
        </div>
      </div>
      {toggle('privacy', p.privacy)}
      {toggle('diversion', p.diversion)}
      <details>
        <summary>{p.tls}</summary>
        <div class="stack">
          {field('serverName', p.serverName)}
          <Lines label={p.ca} name="ca" value={text.ca} mono />
          <Lines label={p.clientCert} name="clientCert" value={text.clientCert} mono />
          <Lines
            label={p.clientKey}
            name="clientKey"
            value=""
            mono
            {...(trunk?.outbound?.hasClientKey ? { hint: p.keyKept } : {})}
          />
        </div>
      </details>
      {toggle('off', p.offSwitch, p.offHint)}
    </>
  );
}

/** A password that is written and never read. */
function Secret({ label, name, kept = false }: { label: string; name: string; kept: boolean | undefined }) {
  return (
    <Field
      label={label}
      name={name}
      type={'password' as 'text'}
      required={false}
      autoComplete="new-password"
      {...(kept ? { hint: paid.value.admin.trunks.kept } : {})}
    />
  );
}

interface LinesProps {
  label: string;
  name: string;
  value: string | undefined;
  hint?: string;
  required?: boolean;
  mono?: boolean;
}

/** Several values, one on each line. */
function Lines({ label, name, value = '', hint, required = false, mono = false }: LinesProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        name={name}
        rows={3}
        class={mono ? 'mono' : ''}
        required={required}
        spellcheck={false}
        aria-describedby={hint ? `${id}-hint` : undefined}
        defaultValue={value}
      />
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
