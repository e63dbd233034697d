import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import { remind } from '../../i18n/remind';
import { toast } from '../../store/toasts';
import { api, type Person } from '../../wire/api';
import { type Broadcast, remindApi } from '../../wire/remind';
import { Chip, Empty, Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { ask, Dialog } from '../parts/dialog';
import { Field, Form, Switch } from '../parts/form';
import { useLoad } from '../parts/load';
import { PlanSections } from '../parts/sections';
import ReceiptsCard from './receipts';
import { dateText } from './words';

/** Announcements to many, and who has heard them; for administrators. */
export default function Announce({ person }: { person: Person }) {
  const t = messages.value;
  const r = remind.value.announce;
  const opened = useSignal<Broadcast | undefined>(undefined);
  const { loaded, again } = useLoad(() => remindApi.broadcasts(), []);
  const now = loaded.value;
  if (!person.admin) {
    return (
      <div class="card">
        <PageTitle>{r.title}</PageTitle>
        <Empty icon="lock" title={t.people.adminsOnly} text={t.people.adminsOnlyText} />
      </div>
    );
  }
  return (
    <>
      <PlanSections here="announce" />
      <header class="page-head">
        <div>
          <PageTitle>{r.title}</PageTitle>
          <p class="row-sub">{r.lead}</p>
        </div>
      </header>
      <div class="two">
        <AnnounceForm done={again} />
        <section class="card" aria-labelledby="sent">
          <h2 id="sent">{r.mine}</h2>
          {now.state === 'loading' && <Loading />}
          {now.state === 'failed' && <Failed error={now.error} retry={again} />}
          {now.state === 'ready' && now.value.length === 0 && (
            <Empty icon="sound" title={r.none} text={r.noneText} />
          )}
          {now.state === 'ready' && now.value.length > 0 && (
            <ul class="rows inner">
              {now.value.map((one) => (
                <li key={one.id} class="row" data-testid="broadcast">
                  <div class="row-main">
                    <p class="row-name">{one.title}</p>
                    <p class="row-sub">
                      <span>{r.at(one.by, dateText(one.at))}</span>
                      <Chip>{r.of(one.people)}</Chip>
                      {one.phone && <Chip icon="phone">{r.byPhone}</Chip>}
                    </p>
                  </div>
                  <Button
                    size="small"
                    label={`${r.details}: ${one.title}`}
                    onClick={() => {
                      opened.value = one;
                    }}
                  >
                    {r.details}
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </section>
      </div>
      {opened.value && (
        <Dialog
          title={opened.value.title}
          wide
          onClose={() => {
            opened.value = undefined;
          }}
        >
          {opened.value.text && <p class="reminder-text">{opened.value.text}</p>}
          <ReceiptsCard subject={opened.value.id} />
        </Dialog>
      )}
    </>
  );
}

function AnnounceForm({ done }: { done(): void }) {
  const r = remind.value.announce;
  const { loaded } = useLoad(() => api.people(''), []);
  const quota = useLoad(() => remindApi.quota(), []).loaded.value;
  const everybody =
    loaded.value.state === 'ready' ? loaded.value.value.filter((one) => one.active !== false) : [];
  const departments = [...new Set(everybody.flatMap((one) => one.department || []))].sort();
  const to = useSignal('');
  const chosen = useSignal<readonly string[]>([]);
  const phone = useSignal(false);
  const urgent = useSignal(false);
  const form = useSignal(0);
  const people = recipients(everybody, to.value, chosen.value);
  const left = quota.state === 'ready' ? quota.value.left : 0;

  async function send(title: string, text: string, reason: string) {
    if (people.length === 0) throw new Error(r.nobody);
    if (phone.value && !(await ask(r.confirmTitle(people.length), r.confirmText, r.sendAll))) return;
    await remindApi.announce({
      title,
      text,
      people: to.value === '' ? [] : people.map((one) => one.id),
      phone: phone.value,
      urgent: urgent.value ? reason : '',
    });
    toast(r.sent, 'good');
    phone.value = false;
    urgent.value = false;
    form.value++;
    done();
  }

  return (
    <section class="card" aria-labelledby="new">
      <h2 id="new">{r.new}</h2>
      <Form
        key={form.value}
        submit={r.send(people.length)}
        run={({ title = '', text = '', reason = '' }) => send(title, text, reason)}
        problem={(error) => (error instanceof Error && error.message === r.nobody ? r.nobody : undefined)}
      >
        <Field label={r.subject} name="title" maxLength={80} id="announce-title" />
        <div class="field">
          <label for="announce-text">{r.text}</label>
          <textarea id="announce-text" name="text" rows={4} maxLength={1000} />
        </div>
        <div class="field">
          <label for="announce-to">{r.to}</label>
          <select
            id="announce-to"
            value={to.value}
            data-testid="announce-to"
            onChange={(event) => {
              to.value = event.currentTarget.value;
            }}
          >
            <option value="">{r.everyone(everybody.length)}</option>
            {departments.map((name) => (
              <option key={name} value={`d:${name}`}>
                {`${r.department}: ${name}`}
              </option>
            ))}
            <option value="chosen">{r.chosen}</option>
          </select>
        </div>
        {to.value === 'chosen' && (
          <fieldset class="announce-people">
            <legend class="offscreen">{r.chosen}</legend>
            {everybody.map((one) => (
              <label key={one.id} class="check">
                <input
                  type="checkbox"
                  checked={chosen.value.includes(one.id)}
                  onChange={() => {
                    const others = chosen.value.filter((id) => id !== one.id);
                    chosen.value = others.length < chosen.value.length ? others : [...others, one.id];
                  }}
                />
                <span>{one.name}</span>
              </label>
            ))}
          </fieldset>
        )}
        <Switch
          label={r.phone}
          hint={r.phoneHint}
          on={phone.value}
          id="announce-phone"
          onChange={(on) => {
            phone.value = on;
          }}
        />
        <Switch
          label={r.urgent}
          hint={r.urgentHint(left)}
          on={urgent.value}
          disabled={left === 0}
          id="announce-urgent"
          onChange={(on) => {
            urgent.value = on;
          }}
        />
        {urgent.value && <Field label={r.reason} name="reason" maxLength={200} />}
      </Form>
    </section>
  );
}

/** '' is everybody, "d:Sales" a department. */
function recipients(everybody: readonly Person[], to: string, chosen: readonly string[]): readonly Person[] {
  if (to === '') return everybody;
  if (to === 'chosen') return everybody.filter((one) => chosen.includes(one.id));
  return everybody.filter((one) => `d:${one.department}` === to);
}
