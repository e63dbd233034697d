import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { ago } from '../../i18n';
import { amountOf, typed } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { companyCurrency } from '../../store/company';
import { toast } from '../../store/toasts';
import { HttpError } from '../../wire/http';
import { type BrakesPage, type BrakeValues, paidApi } from '../../wire/paid';
import { Failed, Loading } from '../parts/bits';
import { Dialog } from '../parts/dialog';
import { Form, PasswordField, Switch } from '../parts/form';
import { useLoad } from '../parts/load';
import { Head } from './head';

type Kind = 'on' | 'count' | 'money' | 'minutes' | 'clock' | 'list';

/** The brakes by what they are about, each with how it is set. */
const groups: { name: 'classes' | 'speed' | 'care'; brakes: [string, Kind][] }[] = [
  {
    name: 'classes',
    brakes: [
      ['countries', 'list'],
      ['internal', 'on'],
      ['domestic', 'on'],
      ['mobile', 'on'],
      ['premium', 'on'],
      ['ceiling', 'money'],
    ],
  },
  {
    name: 'care',
    brakes: [
      ['firstCountry', 'on'],
      ['night', 'on'],
      ['nightFrom', 'clock'],
      ['nightTo', 'clock'],
      ['invitees', 'on'],
      ['lastLeave', 'on'],
      ['longest', 'minutes'],
    ],
  },
  {
    name: 'speed',
    brakes: [
      ['window', 'minutes'],
      ['perPerson', 'count'],
      ['perPrefix', 'count'],
      ['perTrunk', 'count'],
      ['atOncePerson', 'count'],
      ['atOnce', 'count'],
    ],
  },
];

/** A brake's value as a field shows it. */
export function shownBrake(kind: Kind, value: unknown): string {
  const n = Number(value ?? 0);
  switch (kind) {
    case 'money':
      return typed(n);
    case 'minutes':
      return String(n / 60);
    case 'clock': {
      const two = (part: number) => String(part).padStart(2, '0');
      return `${two(Math.floor(n / 3600))}:${two(Math.floor(n / 60) % 60)}`;
    }
    case 'list':
      return Array.isArray(value) ? value.join(' ') : '';
    default:
      return String(n);
  }
}

/** What a field says, as the server takes it; undefined when it cannot be meant. */
export function readBrake(kind: Kind, text: string): unknown {
  const n = Number(text.trim() === '' ? Number.NaN : text);
  switch (kind) {
    case 'money':
      return amountOf(text);
    case 'minutes':
      return n >= 0 ? Math.round(n * 60) : undefined;
    case 'clock': {
      const [h = Number.NaN, m = 0] = text.split(':').map(Number);
      return h >= 0 && h < 24 && m >= 0 && m < 60 ? h * 3600 + m * 60 : undefined;
    }
    case 'list':
      return [...new Set(text.toUpperCase().match(/[A-Z]{2}|\*/g) ?? [])];
    default:
      return Number.isInteger(n) && n >= 0 ? n : undefined;
  }
}

/** The rules against fraud and mistakes; a change asks for the password again. */
export default function Brakes() {
  const p = paid.value.admin.brakes;
  const { loaded, again, set } = useLoad(() => paidApi.brakes(), []);
  const now = loaded.value;
  return (
    <>
      <Head title={p.title} lead={p.lead} />
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && (
        <BrakeForm key={now.value.changedAt ?? ''} page={now.value} changed={(page) => set(page)} />
      )}
    </>
  );
}

class BadValue extends Error {}

function BrakeForm({ page, changed }: { page: BrakesPage; changed(page: BrakesPage): void }) {
  const p = paid.value.admin.brakes;
  const on = useSignal<BrakeValues>(page.brakes);
  const wanted = useSignal<BrakeValues | undefined>(undefined);
  async function look(values: Record<string, string>) {
    const next: BrakeValues = { ...on.value };
    for (const [name, kind] of groups.flatMap((group) => group.brakes)) {
      if (kind === 'on' || values[name] === undefined) continue;
      const value = readBrake(kind, values[name]);
      if (value === undefined) throw new BadValue(p.words[name]?.[0] ?? name);
      next[name] = value;
    }
    if (JSON.stringify(next) === JSON.stringify(page.brakes)) toast(p.unchanged);
    else wanted.value = next;
  }
  return (
    <>
      {page.changedAt && <p class="row-sub found">{p.changed(page.changedBy ?? '', ago(page.changedAt))}</p>}
      <Form
        submit={p.save}
        run={look}
        problem={(error) => (error instanceof BadValue ? p.bad(error.message) : undefined)}
      >
        {groups.map((group) => (
          <section key={group.name} class="card stack brakes" aria-labelledby={`brakes-${group.name}`}>
            <h2 id={`brakes-${group.name}`}>{p[group.name]}</h2>
            {group.brakes.map(([name, kind]) => (
              <BrakeField
                key={name}
                name={name}
                kind={kind}
                values={on.value}
                set={(values) => {
                  on.value = values;
                }}
              />
            ))}
          </section>
        ))}
      </Form>
      {wanted.value && (
        <AskPassword
          brakes={wanted.value}
          changed={changed}
          close={() => {
            wanted.value = undefined;
          }}
        />
      )}
    </>
  );
}

interface BrakeFieldProps {
  name: string;
  kind: Kind;
  values: BrakeValues;
  set(values: BrakeValues): void;
}

function BrakeField({ name, kind, values, set }: BrakeFieldProps) {
  const id = useId();
  const [label = name, hint = ''] = paid.value.admin.brakes.words[name] ?? [];
  if (kind === 'on') {
    return (
      <Switch
        label={label}
        hint={hint}
        id={`brake-${name}`}
        on={values[name] === true}
        onChange={(on) => set({ ...values, [name]: on })}
      />
    );
  }
  return (
    <div class="brake">
      <div>
        <label for={id}>{label}</label>
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      </div>
      <span class="brake-value">
        {kind === 'money' && companyCurrency()}
        <input
          id={id}
          name={name}
          data-testid={`brake-${name}`}
          class={kind === 'list' ? '' : 'short'}
          type={(kind === 'clock' ? 'time' : 'text') as 'text'}
          inputMode={kind === 'list' ? 'text' : 'decimal'}
          aria-describedby={`${id}-hint`}
          defaultValue={shownBrake(kind, values[name])}
        />
      </span>
    </div>
  );
}

function AskPassword(props: { brakes: BrakeValues; close(): void; changed(page: BrakesPage): void }) {
  const p = paid.value.admin.brakes;
  const { brakes, close, changed } = props;
  return (
    <Dialog title={p.passwordTitle} onClose={close}>
      <p>{p.passwordText}</p>
      <Form
        submit={p.save}
        onCancel={close}
        run={async ({ password = '' }) => {
          const page = await paidApi.changeBrakes(password, brakes);
          toast(p.saved, 'good');
          close();
          changed(page);
        }}
        problem={(error) =>
          error instanceof HttpError && error.code === 'wrong-password' ? p.wrong : undefined
        }
      >
        <PasswordField label={p.password} name="password" />
      </Form>
    </Dialog>
  );
}
