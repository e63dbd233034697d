import type { Signal } from '@preact/signals';
import { plan } from '../../i18n/plan';
import { guest, guestKey, readGuests, uniqueGuests } from '../../store/guests';
import { announce, toast } from '../../store/toasts';
import { api } from '../../wire/api';
import type { Guest } from '../../wire/plan';
import { Avatar } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Combobox, type Offer } from './combobox';

/** As many as the server takes. */
export const MOST = 1000;
const OFFERED = 8;

/** Who is invited, and what is expected of each. */
export function Guests({ list, self }: { list: Signal<readonly Guest[]>; self: string }) {
  const p = plan.value.guests;

  function add(more: readonly Guest[]) {
    const before = list.value.length;
    const all = uniqueGuests([...list.value, ...more]).filter((one) => one.person !== self);
    if (all.length > MOST) toast(p.tooMany(MOST), 'warn');
    list.value = all.slice(0, MOST);
    const added = list.value.slice(before);
    if (added.length === 1 && added[0]) announce(p.added(added[0].name));
    else if (added.length > 1) announce(p.addedMany(list.value.length));
  }

  async function read(text: string): Promise<string> {
    const { guests, names } = readGuests(text);
    const found = await Promise.all(names.map(lookUp));
    add([...guests, ...found.filter((one) => one !== undefined)]);
    const missing = names.filter((_, n) => !found[n]).join(', ');
    if (missing) toast(p.unknown(missing), 'warn');
    return missing;
  }

  function change(key: string, more: Partial<Guest>) {
    list.value = list.value.map((one) => (guestKey(one) === key ? { ...one, ...more } : one));
  }

  return (
    <>
      <Combobox
        label={p.label}
        hint={p.hint}
        placeholder={p.placeholder}
        id="guests-add"
        find={(text) => findGuests(text, list.value, self)}
        take={(one) => add([one])}
        read={read}
      />
      {list.value.length === 0 ? (
        <p class="guests-none">{p.none}</p>
      ) : (
        <ul class="guests">
          {list.value.map((one) => (
            <GuestLine
              key={guestKey(one)}
              guest={one}
              change={(more) => change(guestKey(one), more)}
              remove={() => {
                list.value = list.value.filter((other) => other !== one);
              }}
            />
          ))}
        </ul>
      )}
    </>
  );
}

function GuestLine(props: { guest: Guest; change(more: Partial<Guest>): void; remove(): void }) {
  const p = plan.value.guests;
  const { guest: one, change, remove } = props;
  const how = one.person ? p.colleague : one.email ? one.email : one.phone ? one.phone : '';
  return (
    <li class="guest" data-testid="guest" data-name={one.name}>
      <Avatar name={one.name} size="small" />
      <span class="guest-name">
        <strong class="truncate">{one.name}</strong>
        {how && how !== one.name && <span class="truncate">{how}</span>}
        {!how && <span class="tone-warn">{p.nameOnly}</span>}
      </span>
      <Button tone="quiet" size="small" icon="close" iconOnly onClick={remove}>
        {p.remove(one.name)}
      </Button>
      <GuestOptions guest={one} change={change} />
    </li>
  );
}

/** What is expected of somebody who is invited. */
export function GuestOptions({ guest: one, change }: { guest: Guest; change(more: Partial<Guest>): void }) {
  const p = plan.value.guests;
  return (
    <fieldset class="guest-options">
      <legend class="offscreen">{p.options(one.name)}</legend>
      <select
        aria-label={p.attendance(one.name)}
        value={one.required ? 'required' : 'optional'}
        onChange={(event) => change({ required: event.currentTarget.value === 'required' })}
      >
        <option value="required">{p.required}</option>
        <option value="optional">{p.optional}</option>
      </select>
      {one.person && (
        <Button
          size="small"
          pressed={one.coHost}
          icon="crown"
          onClick={() => change({ coHost: !one.coHost })}
        >
          {p.coHost}
        </Button>
      )}
      {(one.phone || one.person) && (
        <Button size="small" pressed={one.ring} icon="phone" onClick={() => change({ ring: !one.ring })}>
          {p.ring}
        </Button>
      )}
    </fieldset>
  );
}

/** Who fits a text and is not invited yet. */
export async function findGuests(
  text: string,
  list: readonly Guest[],
  self: string,
): Promise<Offer<Guest>[]> {
  const p = plan.value.guests;
  const there = new Set(list.map(guestKey));
  const typed = readGuests(text).guests.map((one) => ({
    one,
    icon: one.email ? ('mail' as const) : ('phone' as const),
    sub: one.email ? p.byMail : p.byPhone,
  }));
  const people = await api.people(text).catch(() => []);
  const colleagues = people
    .filter((person) => person.active !== false && person.id !== self)
    .map((person) => ({
      one: guest({ name: person.name, person: person.id, timeZone: person.timeZone }),
      icon: undefined,
      sub: person.department || p.colleague,
    }));
  return [...typed, ...colleagues]
    .filter(({ one }) => !there.has(guestKey(one)))
    .slice(0, OFFERED)
    .map(({ one, icon, sub }) => ({
      key: guestKey(one),
      value: one,
      face: (
        <>
          {icon ? <Icon name={icon} /> : <Avatar name={one.name} size="small" />}
          <span class="offer-name truncate">{one.name}</span>
          <span class="offer-sub">{sub}</span>
        </>
      ),
    }));
}

/** The one colleague of exactly this name, or the only one that fits. */
export async function lookUp(name: string): Promise<Guest | undefined> {
  const all = (await api.people(name).catch(() => [])).filter((person) => person.active !== false);
  const same = all.filter((person) => person.name.toLowerCase() === name.toLowerCase());
  const only = same.length === 1 ? same[0] : all.length === 1 ? all[0] : undefined;
  return only && guest({ name: only.name, person: only.id, timeZone: only.timeZone });
}

/** What the page of a meeting says of an invitee. */
export const expectations = (one: Guest): string[] => {
  const p = plan.value.occasion;
  return [!one.required && p.optional, one.coHost && p.coHost, one.ring && p.ring].filter(
    (text) => text !== false,
  );
};
