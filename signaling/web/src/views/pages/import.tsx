import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { messages } from '../../i18n';
import { toast } from '../../store/toasts';
import { api, type Import, type ImportRow } from '../../wire/api';
import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { Icon } from '../parts/icons';
import { explain } from '../parts/problem';
import { ids } from '../testids';

/** Reads a table of people, shows what the server makes of it, and only then adds them. */
export function ImportDialog({ close, changed }: { close(): void; changed(): void }) {
  const t = messages.value;
  const csv = useSignal('');
  const answer = useSignal<Import | undefined>(undefined);
  const error = useSignal('');
  const busy = useSignal(false);
  async function send(commit: boolean) {
    busy.value = true;
    error.value = '';
    try {
      answer.value = await api.importPeople(csv.value, commit);
      if (answer.value.created > 0) toast(t.people.imported(answer.value.created), 'good');
    } catch (thrown) {
      error.value = explain(thrown);
    } finally {
      busy.value = false;
    }
  }
  const now = answer.value;
  if (now && now.created > 0) return <Links rows={now.rows} close={changed} />;
  const good = now?.rows.filter(fine).length ?? 0;
  return (
    <Dialog title={t.people.importTitle} onClose={close} wide>
      <p>{t.people.importText}</p>
      {now ? <Preview {...now} /> : <Source csv={csv} />}
      <p class="form-error" role="alert">
        {error.value}
      </p>
      <div class="dialog-foot">
        {now && (
          <Button
            icon="back"
            onClick={() => {
              answer.value = undefined;
            }}
          >
            {t.common.back}
          </Button>
        )}
        <Button onClick={close}>{t.common.cancel}</Button>
        <Button
          tone="primary"
          id={ids.submit}
          busy={busy.value}
          disabled={now ? good === 0 : csv.value.trim() === ''}
          onClick={() => void send(now !== undefined)}
        >
          {now ? t.people.commit(good) : t.people.preview}
        </Button>
      </div>
    </Dialog>
  );
}

function fine(row: ImportRow): boolean {
  return row.errors.length === 0;
}

/** The invitations of those who were added; they are shown this once. */
function Links({ rows, close }: { rows: ImportRow[]; close(): void }) {
  const t = messages.value;
  const added = rows.filter((row) => row.link);
  const table = added.map((row) => `${row.name}\t${row.email}\t${row.link}`).join('\n');
  return (
    <Dialog title={t.people.imported(added.length)} onClose={close} wide>
      <p>{t.people.links}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section class="table-box" tabIndex={0} aria-label={t.people.invitation}>
        <table>
          <tbody>
            {added.map((row) => (
              <tr key={row.line}>
                <td>{row.name}</td>
                <td class="mono">{row.link}</td>
                <td>
                  <CopyButton text={row.link ?? ''} what={`${t.people.invitation}: ${row.name}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div class="dialog-foot">
        <Button onClick={close}>{t.common.close}</Button>
        <CopyButton text={table} what={t.people.invitation} tone="primary">
          {t.people.copyLinks}
        </CopyButton>
      </div>
    </Dialog>
  );
}

function Source({ csv }: { csv: { value: string } }) {
  const t = messages.value;
  const id = useId();
  const file = useSignal('');
  return (
    <div class="form">
      <label class="file">
        <Icon name="upload" />
        <span>{file.value || t.people.chooseFile}</span>
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={async (event) => {
            const chosen = event.currentTarget.files?.[0];
            if (!chosen) return;
            file.value = chosen.name;
            csv.value = await chosen.text();
          }}
        />
      </label>
      <div class="field">
        <label for={id}>{t.people.orPaste}</label>
        <textarea
          id={id}
          rows={7}
          class="mono"
          spellcheck={false}
          placeholder={
            'name,email,phone,language,timeZone\n李雷,lilei@example.com,+8613800138000,zh-CN,Asia/Shanghai'
          }
          value={csv.value}
          onInput={(event) => {
            csv.value = event.currentTarget.value;
          }}
        />
      </div>
    </div>
  );
}

function Preview({ rows, ignored }: Import) {
  const t = messages.value;
  const bad = rows.filter((row) => !fine(row)).length;
  if (rows.length === 0) return <p class="nothing">{t.people.nothing}</p>;
  return (
    <>
      <p>
        {t.people.ready(rows.length - bad)} {bad > 0 && `${t.people.bad(bad)} ${t.people.skip}`}{' '}
        {ignored.length > 0 && t.people.ignored(ignored.join(', '))}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section class="table-box" tabIndex={0} aria-label={t.people.preview}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.people.line}</th>
              <th scope="col">{t.people.problems}</th>
              <th scope="col">{t.field.name}</th>
              <th scope="col">{t.field.email}</th>
              <th scope="col">{t.field.phone}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.line} class={fine(row) ? '' : 'bad'}>
                <td class="digits">{row.line}</td>
                <td class="problems">{fine(row) ? <Icon name="check" size={16} /> : row.errors.join(' ')}</td>
                <td>{row.name}</td>
                <td>{row.email}</td>
                <td class="digits">{row.phone}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
