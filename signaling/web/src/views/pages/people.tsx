import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { messages } from '../../i18n';
import { toast } from '../../store/toasts';
import { api, type Language, type MayCall, type Person } from '../../wire/api';
import { Avatar, Chip, Empty, Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';
import { ask, Dialog } from '../parts/dialog';
import {
  Field,
  Form,
  LanguageField,
  ownTimeZone,
  SelectField,
  Switch,
  TimeZoneField,
  type Values,
} from '../parts/form';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { ids } from '../testids';
import { ImportDialog } from './import';

type Open =
  | { dialog: 'add' }
  | { dialog: 'import' }
  | { dialog: 'person'; person: Person }
  | { dialog: 'edit'; person: Person }
  | { dialog: 'link'; name: string; link: string };

export default function People() {
  const t = messages.value;
  const query = useSignal('');
  const open = useSignal<Open | undefined>(undefined);
  const { loaded, again } = useLoad(() => api.people(query.value), [query.value]);
  const close = () => {
    open.value = undefined;
  };
  const changed = (next?: Open) => {
    open.value = next;
    again();
  };
  return (
    <>
      <header class="page-head">
        <div>
          <PageTitle>{t.people.title}</PageTitle>
          <p class="row-sub">{t.people.lead}</p>
        </div>
        <div class="page-actions">
          <Button
            icon="upload"
            id={ids.importPeople}
            onClick={() => {
              open.value = { dialog: 'import' };
            }}
          >
            {t.people.import}
          </Button>
          <Button
            icon="plus"
            tone="primary"
            id={ids.addPerson}
            onClick={() => {
              open.value = { dialog: 'add' };
            }}
          >
            {t.people.add}
          </Button>
        </div>
      </header>
      <Search
        search={(text) => {
          query.value = text;
        }}
      />
      <List
        loaded={loaded.value}
        again={again}
        searched={query.value !== ''}
        choose={(person) => {
          open.value = { dialog: 'person', person };
        }}
      />
      {open.value?.dialog === 'add' && <AddDialog close={close} changed={changed} />}
      {open.value?.dialog === 'import' && <ImportDialog close={close} changed={() => changed()} />}
      {open.value?.dialog === 'edit' && (
        <EditDialog person={open.value.person} close={close} changed={() => changed()} />
      )}
      {open.value?.dialog === 'person' && (
        <PersonDialog
          person={open.value.person}
          close={close}
          changed={changed}
          edit={(person) => {
            open.value = { dialog: 'edit', person };
          }}
        />
      )}
      {open.value?.dialog === 'link' && (
        <LinkDialog name={open.value.name} link={open.value.link} close={close} />
      )}
    </>
  );
}

function Search({ search }: { search(text: string): void }) {
  const t = messages.value;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <label class="search">
      <Icon name="search" size={18} />
      <span class="offscreen">{t.people.search}</span>
      <input
        type="search"
        placeholder={t.people.search}
        onInput={(event) => {
          const text = event.currentTarget.value.trim();
          clearTimeout(timer.current);
          timer.current = setTimeout(() => search(text), 200);
        }}
      />
    </label>
  );
}

function List(props: {
  loaded: ReturnType<typeof useLoad<Person[]>>['loaded']['value'];
  again(): void;
  searched: boolean;
  choose(person: Person): void;
}) {
  const t = messages.value;
  if (props.loaded.state === 'loading') return <Loading />;
  if (props.loaded.state === 'failed') return <Failed error={props.loaded.error} retry={props.again} />;
  const people = props.loaded.value;
  if (people.length === 0) {
    return (
      <div class="card">
        {props.searched ? (
          <p class="nothing">{t.people.noMatch}</p>
        ) : (
          <Empty icon="people" title={t.people.empty} text={t.people.emptyText} />
        )}
      </div>
    );
  }
  return (
    <ul class="card rows">
      {people.map((person) => (
        <li class="row" key={person.id} data-testid={ids.person} data-email={person.email}>
          <Avatar name={person.name} />
          <div class="row-main">
            <p class="row-name">
              {person.name} <Standing person={person} />
            </p>
            <p class="row-sub">
              <span class="truncate">{person.email}</span>
              {person.phone && <span class="digits">{person.phone}</span>}
              {person.department && <span>{person.department}</span>}
            </p>
          </div>
          <Button tone="quiet" icon="more" iconOnly onClick={() => props.choose(person)}>
            {t.people.actionsFor(person.name)}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function Standing({ person }: { person: Person }) {
  const t = messages.value.people;
  if (!person.active) return <Chip>{t.inactive}</Chip>;
  return (
    <>
      {person.admin && <Chip tone="accent">{t.admin}</Chip>}
      {person.invited && <Chip tone="warn">{t.invited}</Chip>}
    </>
  );
}

function read(v: Values): {
  name: string;
  email: string;
  phone?: string;
  language: Language;
  timeZone: string;
  department: string;
  costCentre: string;
  mayCall: MayCall;
} {
  return {
    department: v.department ?? '',
    costCentre: v.costCentre ?? '',
    mayCall: (v.mayCall ?? 'everyone') as MayCall,
    name: v.name ?? '',
    email: v.email ?? '',
    ...(v.phone ? { phone: v.phone } : {}),
    language: (v.language ?? 'en') as Language,
    timeZone: v.timeZone ?? 'UTC',
  };
}

function PersonFields({ person }: { person?: Person }) {
  const t = messages.value;
  const admin = useSignal(person?.admin ?? false);
  return (
    <>
      <Field label={t.field.name} name="name" value={person?.name ?? ''} maxLength={80} />
      <Field label={t.field.email} name="email" type="email" value={person?.email ?? ''} />
      <Field
        label={t.field.phone}
        name="phone"
        type="tel"
        required={false}
        hint={t.field.phoneHint}
        value={person?.phone ?? ''}
      />
      <div class="columns">
        <LanguageField value={person?.language ?? 'en'} />
        <TimeZoneField value={person?.timeZone ?? ownTimeZone()} />
      </div>
      <div class="columns">
        <Field
          label={t.field.department}
          name="department"
          required={false}
          value={person?.department ?? ''}
          maxLength={80}
        />
        <Field
          label={t.field.costCentre}
          name="costCentre"
          required={false}
          value={person?.costCentre ?? ''}
          maxLength={40}
        />
      </div>
      <SelectField
        label={t.field.mayCall}
        name="mayCall"
        value={person?.mayCall ?? 'everyone'}
        options={(['everyone', 'known', 'nobody'] as const).map((value) => ({
          value,
          text: t.field.mayCalls[value],
        }))}
      />
      <Switch
        label={t.field.admin}
        hint={t.field.adminHint}
        name="admin"
        on={admin.value}
        onChange={(on) => {
          admin.value = on;
        }}
      />
    </>
  );
}

function AddDialog({ close, changed }: { close(): void; changed(next: Open): void }) {
  const t = messages.value;
  return (
    <Dialog title={t.people.addTitle} onClose={close}>
      <Form
        submit={t.people.addSubmit}
        onCancel={close}
        run={async (values) => {
          const added = await api.addPerson({ ...read(values), admin: values.admin !== undefined });
          changed({ dialog: 'link', name: values.name ?? '', link: added.link });
        }}
      >
        <PersonFields />
      </Form>
    </Dialog>
  );
}

function EditDialog({ person, close, changed }: { person: Person; close(): void; changed(): void }) {
  const t = messages.value;
  return (
    <Dialog title={t.people.editTitle(person.name)} onClose={close}>
      <Form
        submit={t.common.save}
        onCancel={close}
        run={async (values) => {
          await api.changePerson(person.id, {
            phone: '',
            ...read(values),
            admin: values.admin !== undefined,
          });
          toast(t.common.saved, 'good');
          changed();
        }}
      >
        <PersonFields person={person} />
      </Form>
    </Dialog>
  );
}

function PersonDialog(props: {
  person: Person;
  close(): void;
  edit(person: Person): void;
  changed(next?: Open): void;
}) {
  const t = messages.value;
  const { person } = props;
  async function act(run: () => Promise<void>) {
    try {
      await run();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  const invite = () =>
    act(async () => {
      const { link } = await api.invite(person.id);
      props.changed({ dialog: 'link', name: person.name, link });
    });
  const setActive = (active: boolean) =>
    act(async () => {
      if (active) await api.changePerson(person.id, { active });
      else await api.deactivate(person.id);
      const undo = { label: t.common.undo, run: () => void setActive(true) };
      if (active) toast(t.people.reactivated(person.name), 'good');
      else toast(t.people.deactivated(person.name), 'good', undo);
      props.changed();
    });
  const deactivate = async () => {
    props.close();
    const title = t.people.deactivateTitle(person.name);
    if (!(await ask(title, t.people.deactivateText, t.people.deactivate))) return;
    await setActive(false);
  };
  return (
    <Dialog title={person.name} onClose={props.close}>
      <div class="menu">
        <Button tone="quiet" icon="edit" onClick={() => props.edit(person)}>
          {t.people.edit}
        </Button>
        {person.active ? (
          <>
            <Button tone="quiet" icon="refresh" onClick={() => void invite()}>
              {t.people.newInvitation}
            </Button>
            <Button tone="danger" icon="close" onClick={() => void deactivate()}>
              {t.people.deactivate}
            </Button>
          </>
        ) : (
          <Button tone="quiet" icon="check" onClick={() => void setActive(true)}>
            {t.people.reactivate}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function LinkDialog({ name, link, close }: { name: string; link: string; close(): void }) {
  const t = messages.value;
  return (
    <Dialog title={t.people.invitationTitle(name)} onClose={close}>
      <p>{t.people.invitationText}</p>
      <p class="link-box" data-testid={ids.invitationLink}>
        {link}
      </p>
      <div class="dialog-foot">
        <Button onClick={close}>{t.common.close}</Button>
        <CopyButton text={link} what={t.people.invitation} tone="primary">
          {t.common.copy}
        </CopyButton>
      </div>
    </Dialog>
  );
}
