import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import { paid } from '../../i18n/paid';
import { byContact, callNext } from '../../store/callees';
import { go } from '../../store/router';
import { toast } from '../../store/toasts';
import { HttpError } from '../../wire/http';
import { type Contact, paidApi } from '../../wire/paid';
import { Avatar, Empty, Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { ask, Dialog } from '../parts/dialog';
import { Field, Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';

type Open = { contact?: Contact };

/** The numbers that a person calls, by name. */
export default function Contacts() {
  const t = messages.value;
  const p = paid.value.contacts;
  const query = useSignal('');
  const open = useSignal<Open | undefined>(undefined);
  const { loaded, again } = useLoad(() => paidApi.contacts(), []);
  const now = loaded.value;
  const wanted = query.value.toLowerCase();
  const digits = wanted.replace(/[^\d+]/g, '');
  const fits = (c: Contact) =>
    c.name.toLowerCase().includes(wanted) || (digits.length > 1 && c.number.includes(digits));
  const all = now.state === 'ready' ? now.value : [];
  const shown = all.filter(fits);
  const close = () => {
    open.value = undefined;
  };
  async function remove(contact: Contact) {
    if (!(await ask(p.remove(contact.name), p.removeText, t.common.remove))) return;
    try {
      await paidApi.removeContact(contact.id);
      toast(p.removed(contact.name), 'good');
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <>
      <header class="page-head">
        <div>
          <Link to="/calls" class="back">
            <Icon name="back" size={16} />
            {paid.value.mine.title}
          </Link>
          <PageTitle>{p.title}</PageTitle>
          <p class="row-sub">{p.lead}</p>
        </div>
        <div class="page-actions">
          <Button
            icon="plus"
            tone="primary"
            id="add-contact"
            onClick={() => {
              open.value = {};
            }}
          >
            {p.add}
          </Button>
        </div>
      </header>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {all.length > 0 && (
        <label class="search">
          <Icon name="search" size={18} />
          <span class="offscreen">{p.search}</span>
          <input
            type="search"
            placeholder={p.search}
            onInput={(event) => {
              query.value = event.currentTarget.value.trim();
            }}
          />
        </label>
      )}
      {now.state === 'ready' && shown.length === 0 && (
        <div class="card">
          {all.length > 0 ? (
            <p class="nothing">{p.noMatch}</p>
          ) : (
            <Empty icon="person" title={p.empty} text={p.emptyText} />
          )}
        </div>
      )}
      {shown.length > 0 && (
        <ul class="card rows">
          {shown.map((contact) => (
            <li key={contact.id} class="row contact" data-testid="contact">
              <Avatar name={contact.name} />
              <div class="row-main">
                <p class="row-name">{contact.name}</p>
                <p class="row-sub digits">{contact.number}</p>
              </div>
              <Button
                tone="quiet"
                icon="phone"
                iconOnly
                id="call-contact"
                onClick={() => {
                  callNext([byContact(contact.id, contact.name, contact.number)]);
                  go('/dial');
                }}
              >
                {p.call(contact.name)}
              </Button>
              <Button
                tone="quiet"
                icon="edit"
                iconOnly
                onClick={() => {
                  open.value = { contact };
                }}
              >
                {p.edit(contact.name)}
              </Button>
              <Button tone="quiet" icon="trash" iconOnly onClick={() => void remove(contact)}>
                {p.remove(contact.name)}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {open.value && <Edit contact={open.value.contact} close={close} changed={again} />}
    </>
  );
}

function Edit(props: { contact: Contact | undefined; close(): void; changed(): void }) {
  const p = paid.value.contacts;
  const { contact, close, changed } = props;
  return (
    <Dialog title={contact ? p.edit(contact.name) : p.add} onClose={close}>
      <Form
        submit={p.save}
        onCancel={close}
        run={async ({ name = '', number = '' }) => {
          if (contact) await paidApi.changeContact(contact.id, { name, number });
          else await paidApi.addContact({ name, number });
          close();
          changed();
        }}
        problem={(error) =>
          error instanceof HttpError && error.code === 'contact-taken' ? p.taken : undefined
        }
      >
        <Field label={p.name} name="name" value={contact?.name ?? ''} maxLength={80} />
        <Field label={p.number} name="number" type="tel" value={contact?.number ?? ''} maxLength={40} />
      </Form>
    </Dialog>
  );
}
