import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import { plan } from '../../i18n/plan';
import { toast } from '../../store/toasts';
import { type Imported, planApi } from '../../wire/plan';
import { Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';
import { ask } from '../parts/dialog';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { dayText, momentText } from './words';

/** One's calendar in other programs: an address to subscribe to, and files to take over. */
export default function Elsewhere({ changed }: { changed(): void }) {
  return (
    <div class="elsewhere">
      <FeedPart />
      <ImportPart changed={changed} />
    </div>
  );
}

function FeedPart() {
  const p = plan.value.feed;
  const { loaded, again, set } = useLoad(() => planApi.feed(), []);
  const now = loaded.value;
  async function renew() {
    try {
      set(await planApi.newFeed());
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  async function revoke() {
    if (!(await ask(p.revokeTitle, p.revokeText, p.revoke))) return;
    try {
      await planApi.revokeFeed();
      toast(p.revoked, 'good');
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <section aria-labelledby="feed">
      <h3 id="feed">{p.title}</h3>
      <p>{p.text}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && !now.value.url && (
        <Button icon="plus" id="feed-new" onClick={() => void renew()}>
          {p.create}
        </Button>
      )}
      {now.state === 'ready' && now.value.url && (
        <>
          <p class="link-box" data-testid="feed-url">
            {now.value.url}
          </p>
          {now.value.createdAt && (
            <p class="field-hint">
              {p.made(dayText(now.value.createdAt.slice(0, 10), { dateStyle: 'medium' }))}
            </p>
          )}
          <div class="button-row">
            <CopyButton text={now.value.url} what={p.copy} tone="plain">
              {p.copy}
            </CopyButton>
            <a class="button plain normal" href={now.value.url.replace(/^https?:/, 'webcal:')}>
              <Icon name="calendar" />
              {p.open}
            </a>
            <Button tone="danger" id="feed-revoke" onClick={() => void revoke()}>
              {p.revoke}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

/** As much as the server reads, bytes. */
const MOST = 2_000_000;

function ImportPart({ changed }: { changed(): void }) {
  const p = plan.value.ics;
  const text = useSignal('');
  const preview = useSignal<Imported | undefined>(undefined);
  const chosen = useSignal<ReadonlySet<number>>(new Set());
  const busy = useSignal(false);

  async function run(act: () => Promise<void>) {
    busy.value = true;
    try {
      await act();
    } catch (error) {
      toast(explain(error), 'bad');
    } finally {
      busy.value = false;
    }
  }

  async function open(file: File | undefined) {
    if (!file) return;
    if (file.size > MOST) {
      toast(p.tooLarge, 'bad');
      return;
    }
    await run(async () => {
      text.value = await file.text();
      const found = await planApi.previewImport(text.value);
      preview.value = found;
      chosen.value = new Set(found.events.filter((one) => !one.known && !one.past).map((one) => one.n));
    });
  }

  const take = () =>
    run(async () => {
      const { made, faults } = await planApi.importEvents(text.value, [...chosen.value]);
      toast(p.done(made.length), 'good');
      for (const fault of faults) toast(`${fault.title}: ${fault.text}`, 'warn');
      preview.value = undefined;
      changed();
    });

  const now = preview.value;
  return (
    <section aria-labelledby="import">
      <h3 id="import">{p.title}</h3>
      <p>
        {p.text} {p.invite}
      </p>
      {!now && (
        <label class="file">
          <Icon name="upload" />
          {busy.value ? messages.value.common.loading : p.choose}
          <input
            type="file"
            accept=".ics,text/calendar"
            data-testid="ics-file"
            onChange={(event) => void open(event.currentTarget.files?.[0])}
          />
        </label>
      )}
      {now && (
        <>
          <p role="status">{now.events.length > 0 ? p.events(now.events.length) : p.nothing}</p>
          <Found
            events={now.events}
            chosen={chosen.value}
            set={(all) => {
              chosen.value = all;
            }}
          />
          {now.faults.length > 0 && (
            <ul class="ics-faults">
              {now.faults.map((fault) => (
                <li key={`${fault.line} ${fault.text}`}>
                  {fault.title && <strong>{fault.title}: </strong>}
                  {fault.text}
                </li>
              ))}
            </ul>
          )}
          <div class="dialog-foot">
            <Button
              onClick={() => {
                preview.value = undefined;
              }}
            >
              {p.other}
            </Button>
            <Button
              tone="primary"
              busy={busy.value}
              disabled={chosen.value.size === 0}
              id="ics-take"
              onClick={() => void take()}
            >
              {p.take(chosen.value.size)}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

interface FoundProps {
  events: Imported['events'];
  chosen: ReadonlySet<number>;
  set(chosen: ReadonlySet<number>): void;
}

function Found({ events, chosen, set }: FoundProps) {
  const p = plan.value.ics;
  return (
    <ul class="ics-events">
      {events.map((one) => (
        <li key={one.n}>
          <label class="check">
            <input
              type="checkbox"
              checked={chosen.has(one.n)}
              onChange={() => {
                const all = new Set(chosen);
                if (!all.delete(one.n)) all.add(one.n);
                set(all);
              }}
            />
            <span>
              <strong>{one.title}</strong>
              <br />
              {one.next
                ? momentText(one.next, one.timeZone)
                : dayText(one.start.slice(0, 10), { dateStyle: 'medium' })}
              {one.rule && ` · ${plan.value.calendar.repeats}`}
              {one.invitees > 0 && ` · ${p.people(one.invitees)}`}
              {one.known && ` · ${p.was}`}
              {one.past && ` · ${plan.value.occasion.past}`}
            </span>
          </label>
        </li>
      ))}
    </ul>
  );
}
