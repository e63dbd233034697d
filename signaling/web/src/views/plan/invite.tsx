import { plan } from '../../i18n/plan';
import { readGuests } from '../../store/guests';
import { known } from '../../store/session';
import { toast } from '../../store/toasts';
import type { Meeting } from '../../wire/api';
import { type Guest, planApi } from '../../wire/plan';
import { explain } from '../parts/problem';
import { Combobox } from './combobox';
import { invitation } from './draft';
import { findGuests, lookUp } from './guests';

/** Invites somebody more: a colleague, an e-mail address or a number. */
export default function InviteMore(props: { meeting: Meeting; changed(meeting: Meeting): void }) {
  const p = plan.value.guests;
  const { meeting, changed } = props;
  const self = known.value.state === 'in' ? known.value.session.person.id : '';
  async function add(one: Guest) {
    try {
      changed(await planApi.invite(meeting.id, invitation(one)));
      toast(p.added(one.name), 'good');
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  async function read(text: string): Promise<string> {
    const { guests, names } = readGuests(text);
    const found = await Promise.all(names.map(lookUp));
    for (const one of [...guests, ...found.filter((guest) => guest !== undefined)]) await add(one);
    const missing = names.filter((_, n) => !found[n]).join(', ');
    if (missing) toast(p.unknown(missing), 'warn');
    return missing;
  }
  return (
    <div class="inline-form">
      <Combobox
        label={p.label}
        hint={p.hint}
        placeholder={p.placeholder}
        id="guests-add"
        find={(text) => findGuests(text, meeting.invitees, self)}
        take={(one) => void add(one)}
        read={read}
      />
    </div>
  );
}
