import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { messages } from '../../i18n';
import { toast } from '../../store/toasts';
import { api, type ImportRow } from '../../wire/api';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { Icon } from '../parts/icons';
import { explain } from '../parts/problem';
import { ids } from '../testids';

/** Reads a table of people, shows what the server makes of it, and only then adds them. */
export function ImportDialog({ close, changed }: { close(): void; changed(): void }) {
  const t = messages.value;
  const csv = useSignal('');
  const rows = useSignal<ImportRow[] | undefined>(undefined);
  const error = useSignal('');
  const busy = useSignal(false);
  async function send(commit: boolean) {
    busy.value = true;
    error.value = '';
    try {
      const answer = await api.importPeople(csv.value, commit);
      rows.value = answer.rows ?? [];
      if (commit) {
        toast(t.people.imported(answer.created), 'good');
        changed();
      }
    } catch (thrown) {
      error.value = explain(thrown);
    } finally {
      busy.value = false;
    }
  }
  const good = (rows.value ?? []).filter((row) => (row.errors ?? []).length === 0).length;
  return (
    <Dialog title={t.people.importTitle} onClose={close} wide>
      <p>{t.people.importText}</p>
      {rows.value === undefined ? <Source csv={csv} /> : <Preview rows={rows.value} />}
      <p class="form-error" role="alert">
        {error.value}
      </p>
      <div class="dialog-foot">
        {rows.value !== undefined && (
          <Button
            icon="back"
            onClick={() => {
              rows.value = undefined;
            }}
          >
            {t.common.back}
          </Button>
        )}
        <Button onClick={close}>{t.common.cancel}</Button>
        {rows.value === undefined ? (
          <Button
            tone="primary"
            id={ids.submit}
            busy={busy.value}
            disabled={csv.value.trim() === ''}
            onClick={() => void send(false)}
          >
            {t.people.preview}
          </Button>
        ) : (
          <Button
            tone="primary"
            id={ids.submit}
            busy={busy.value}
            disabled={good === 0}
            onClick={() => void send(true)}
          >
            {t.people.commit(good)}
          </Button>
        )}
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

function Preview({ rows }: { rows: ImportRow[] }) {
  const t = messages.value;
  const bad = rows.filter((row) => (row.errors ?? []).length > 0).length;
  if (rows.length === 0) return <p class="nothing">{t.people.nothing}</p>;
  return (
    <>
      <p>
        {t.people.ready(rows.length - bad)} {bad > 0 && `${t.people.bad(bad)} ${t.people.skip}`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section class="table-box" tabIndex={0} aria-label={t.people.preview}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.people.line}</th>
              <th scope="col">{t.field.name}</th>
              <th scope="col">{t.field.email}</th>
              <th scope="col">{t.field.phone}</th>
              <th scope="col">{t.people.problems}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.line} class={(row.errors ?? []).length > 0 ? 'bad' : ''}>
                <td class="digits">{row.line}</td>
                <td>{row.name}</td>
                <td>{row.email}</td>
                <td class="digits">{row.phone}</td>
                <td>
                  {(row.errors ?? []).length > 0 ? row.errors.join(' ') : <Icon name="check" size={16} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
