import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { messages } from '../../i18n';
import { amountOf, typed } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { api, type Person } from '../../wire/api';
import { PAYER_KINDS, type PayerKind } from '../../wire/dial';
import { HttpError } from '../../wire/http';
import { type Budget, type Period, paidApi } from '../../wire/paid';
import { payerName } from '../paid/words';
import { Dialog } from '../parts/dialog';
import { Field, Form, SelectField, Switch } from '../parts/form';
import { useLoad } from '../parts/load';

class BadAmount extends Error {}

interface EditProps {
  /** Absent: a new one. */
  budget: Budget | undefined;
  close(): void;
  changed(): void;
}

/** The form of a budget: whose, per what, how much, and what happens then. */
export function EditBudget({ budget, close, changed }: EditProps) {
  const t = messages.value;
  const b = paid.value.admin.budgets;
  const kind = useSignal<PayerKind>(budget?.payer.kind ?? 'department');
  const hard = useSignal(budget?.hard ?? true);
  const below = useSignal(false);
  async function save({ limit: text = '', period = 'month', id = '' }: Record<string, string>) {
    const limit = amountOf(text);
    if (limit === undefined) throw new BadAmount();
    if (budget) {
      const accept = below.value ? { acceptOverspent: true } : {};
      await paidApi.changeBudget(budget.id, { limit, hard: hard.value, ...accept });
    } else {
      const payer = { kind: kind.value, ...(kind.value === 'company' ? {} : { id }) };
      await paidApi.addBudget({ payer, period: period as Period, limit, hard: hard.value });
    }
    close();
    changed();
  }
  return (
    <Dialog title={budget ? b.edit(payerName(budget.payer)) : b.add} onClose={close}>
      <Form
        submit={below.value ? b.belowYes : t.common.save}
        onCancel={close}
        run={save}
        problem={(error) => {
          if (error instanceof BadAmount) return b.limitBad;
          if (!(error instanceof HttpError) || error.code !== 'budget-below-spent') return undefined;
          below.value = true;
          return error.detail || b.below;
        }}
      >
        {!budget && (
          <Whose
            kind={kind.value}
            choose={(one) => {
              kind.value = one;
            }}
          />
        )}
        <Field
          label={b.limit}
          name="limit"
          value={budget ? typed(budget.limit) : ''}
          hint={b.limitBad}
          onInput={() => {
            below.value = false;
          }}
        />
        <Switch
          label={b.hard}
          hint={b.hardHint}
          on={hard.value}
          onChange={(on) => {
            hard.value = on;
          }}
        />
      </Form>
    </Dialog>
  );
}

function Whose({ kind, choose }: { kind: PayerKind; choose(kind: PayerKind): void }) {
  const p = paid.value;
  const b = p.admin.budgets;
  const id = useId();
  const { loaded } = useLoad(() => api.people(''), []);
  const people = loaded.value.state === 'ready' ? loaded.value.value : [];
  return (
    <>
      <div class="field">
        <label for={id}>{b.payer}</label>
        <select id={id} onChange={(event) => choose(event.currentTarget.value as PayerKind)}>
          {PAYER_KINDS.map((one) => (
            <option key={one} value={one} selected={one === kind}>
              {p.payers[one]}
            </option>
          ))}
        </select>
      </div>
      {kind === 'person' && (
        <SelectField
          label={b.person}
          name="id"
          value=""
          options={people.map((one) => ({ value: one.id, text: one.name }))}
        />
      )}
      {kind === 'meeting' && <WhichMeeting />}
      {(kind === 'department' || kind === 'cost_centre') && (
        <Field label={b.id} name="id" suggestions={knownNames(people, kind)} />
      )}
      <SelectField
        label={b.period}
        name="period"
        value="month"
        options={(['day', 'month', 'once'] as const).map((one) => ({ value: one, text: b.periods[one] }))}
      />
    </>
  );
}

/** A meeting of one's own by its name, another by the id that its address ends in. */
function WhichMeeting() {
  const b = paid.value.admin.budgets;
  const { loaded } = useLoad(() => api.meetings(), []);
  if (loaded.value.state === 'loading') return null;
  const meetings = loaded.value.state === 'ready' ? loaded.value.value : [];
  if (meetings.length === 0) return <Field label={b.meeting} hint={b.meetingHint} name="id" />;
  return (
    <SelectField
      label={b.meeting}
      name="id"
      value=""
      options={meetings.map((one) => ({ value: one.id, text: one.name || one.number }))}
    />
  );
}

/** Departments or cost centres that people are in. */
function knownNames(people: readonly Person[], kind: 'department' | 'cost_centre'): string[] {
  const names = people.map((one) => (kind === 'department' ? one.department : one.costCentre) ?? '');
  return [...new Set(names.filter(Boolean))].sort();
}
