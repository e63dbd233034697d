import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { paid } from '../../i18n/paid';
import { toast } from '../../store/toasts';
import { type AuditEntry, paidApi } from '../../wire/paid';
import { moment } from '../paid/words';
import { Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { fieldName, subject, valueText } from './auditwords';
import { Head } from './head';

/** Who changed what about money and lines. */
export default function Audit() {
  const p = paid.value.admin.audit;
  const id = useId();
  const thing = useSignal('');
  const { loaded, again } = useLoad(() => paidApi.audit({ thing: thing.value, limit: '100' }), [thing.value]);
  const older = useSignal<AuditEntry[]>([]);
  const next = useSignal<string | undefined>(undefined);
  const now = loaded.value;
  useEffect(() => {
    if (now.state !== 'ready') return;
    next.value = now.value.next;
    older.value = [];
  }, [now]);
  async function further() {
    try {
      const page = await paidApi.audit({ thing: thing.value, limit: '100', before: next.value });
      older.value = [...older.value, ...page.entries];
      next.value = page.next;
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  const entries = now.state === 'ready' ? [...now.value.entries, ...older.value] : [];
  return (
    <>
      <Head title={p.title} lead={p.lead} />
      <div class="card cost-choice">
        <div class="field small">
          <label for={id}>{p.thing}</label>
          <select
            id={id}
            onChange={(event) => {
              thing.value = event.currentTarget.value;
            }}
          >
            <option value="">{p.all}</option>
            {Object.entries(p.things).map(([value, text]) => (
              <option key={value} value={value} selected={value === thing.value}>
                {text}
              </option>
            ))}
          </select>
        </div>
      </div>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && entries.length === 0 && (
        <div class="card">
          <Empty icon="shield" title={p.empty} text={p.emptyText} />
        </div>
      )}
      {entries.length > 0 && (
        <ol class="card rows">
          {entries.map((entry) => (
            <Line key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      {next.value && (
        <Button wide onClick={() => void further()}>
          {p.more}
        </Button>
      )}
    </>
  );
}

function Line({ entry }: { entry: AuditEntry }) {
  const p = paid.value.admin.audit;
  return (
    <li class="row audit" data-testid="audit">
      <div class="row-main">
        <p class="row-name">{p.sentence(entry.by.name, subject(entry), p.acts[entry.act] ?? entry.act)}</p>
        <p class="row-sub">{moment(entry.at, true)}</p>
        {entry.changes && entry.changes.length > 0 && (
          <dl class="audit-changes">
            {entry.changes
              .filter((change) => change.field !== 'id')
              .map((change) => (
                <ChangeLine key={change.field} thing={entry.thing} change={change} />
              ))}
          </dl>
        )}
      </div>
    </li>
  );
}

interface ChangeLineProps {
  thing: string;
  change: { field: string; from: string; to: string };
}

/** One field before and after; of a secret, only that it is another. */
function ChangeLine({ thing, change: { field, from, to } }: ChangeLineProps) {
  const p = paid.value.admin.audit;
  const [before, after] = [valueText(thing, field, from), valueText(thing, field, to)];
  return (
    <div>
      <dt>{fieldName(thing, field)}</dt>
      {before === after ? (
        <dd>{p.replaced}</dd>
      ) : (
        <dd>
          <del>
            <span class="offscreen">{p.from} </span>
            {before || p.nothing}
          </del>
          <span aria-hidden="true"> → </span>
          <ins>
            <span class="offscreen">{p.to} </span>
            {after || p.nothing}
          </ins>
        </dd>
      )}
    </div>
  );
}
