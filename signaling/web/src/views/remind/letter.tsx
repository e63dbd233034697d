import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { grouped, messages } from '../../i18n';
import { remind } from '../../i18n/remind';
import { Failed, Loading, PageTitle } from '../parts/bits';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { Plain } from '../shell';

interface LetterPageProps<T> {
  token: string;
  load(token: string): Promise<T>;
  /** What is said of a link that leads nowhere any more. */
  goneText: string;
  children(value: T, changed: (value: T) => void): ComponentChildren;
}

/** Where a link in a message leads: one answers without logging in. */
export function LetterPage<T>({ token, load, goneText, children }: LetterPageProps<T>) {
  const { loaded, again, set } = useLoad(() => load(token), [token]);
  const now = loaded.value;
  return (
    <Plain>
      <div class="card act-card">
        {now.state === 'loading' && <Loading />}
        {now.state === 'failed' && <Gone error={now.error} text={goneText} again={again} />}
        {now.state === 'ready' && children(now.value, set)}
      </div>
    </Plain>
  );
}

/** A link that leads nowhere any more, or a server that does not answer. */
function Gone({ error, text, again }: { error: unknown; text: string; again(): void }) {
  const r = remind.value.act;
  const status = (error as { status?: number }).status ?? 0;
  if (status < 400 || status >= 500 || status === 429) return <Failed error={error} retry={again} />;
  return (
    <div class="over">
      <span class="empty-icon">
        <Icon name="clock" size={28} />
      </span>
      <PageTitle>{r.gone}</PageTitle>
      <p class="lead">{text}</p>
    </div>
  );
}

interface Answering {
  /** What is on its way, or nothing. */
  busy: Signal<string>;
  error: Signal<string>;
  /** Gives one answer at a time, and says what went wrong. */
  give(what: string, work: () => Promise<void>): Promise<void>;
}

export function useAnswering(): Answering {
  const busy = useSignal('');
  const error = useSignal('');
  async function give(what: string, work: () => Promise<void>) {
    if (busy.value) return;
    busy.value = what;
    error.value = '';
    try {
      await work();
    } catch (thrown) {
      error.value = explain(thrown);
    } finally {
      busy.value = '';
    }
  }
  return { busy, error, give };
}

interface LetterProps {
  /** Who it is to. */
  name: string;
  title: string;
  lead: ComponentChildren;
  text: string;
  error: string;
  number: string;
  code: string;
  children: ComponentChildren;
}

/** What it is about, how one answers, and how one comes by phone. */
export function Letter({ name, title, lead, text, error, number, code, children }: LetterProps) {
  const r = remind.value.act;
  return (
    <>
      <p class="eyebrow">{r.hello(name)}</p>
      <PageTitle>{title}</PageTitle>
      <p class="lead">{lead}</p>
      {text && <p class="reminder-text">{text}</p>}
      {children}
      <p class="form-error" role="alert">
        {error}
      </p>
      <ByPhone number={number} code={code} />
      <p class="aside">{r.noLogin}</p>
    </>
  );
}

/** How one comes by phone. */
function ByPhone({ number, code }: { number: string; code: string }) {
  if (!number) return null;
  return (
    <dl class="act-phone">
      <div>
        <dt>{messages.value.meeting.number}</dt>
        <dd class="digits">{grouped(number)}</dd>
      </div>
      {code && (
        <div>
          <dt>{remind.value.act.code}</dt>
          <dd class="digits">{grouped(code)}</dd>
        </div>
      )}
    </dl>
  );
}
