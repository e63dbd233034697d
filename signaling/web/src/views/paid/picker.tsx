import '../styles/picker.css';
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { paid } from '../../i18n/paid';
import { byContact, byNumber, byPerson, isNumber, readList, unique, type Wanted } from '../../store/callees';
import { announce } from '../../store/toasts';
import { api } from '../../wire/api';
import { type CallRecord, paidApi } from '../../wire/paid';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Face } from './face';

type Source = 'colleague' | 'contact' | 'recent' | 'number';

interface Offer {
  source: Source;
  wanted: Wanted;
  /** A colleague without a number. */
  without?: boolean;
}

const MOST = 8;

/** Where one types or pastes whom to call; what is found is offered below. */
export function Picker({ list, autoFocus }: { list: Signal<readonly Wanted[]>; autoFocus?: boolean }) {
  const p = paid.value;
  const id = useId();
  const text = useSignal('');
  const offers = useSignal<readonly Offer[]>([]);
  const at = useSignal(-1);
  const open = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  useOffers(text.value, open.value, list, (found) => {
    offers.value = found;
    at.value = -1;
  });
  useEffect(() => {
    if (autoFocus) input.current?.focus();
  }, []);
  const shown = open.value ? offers.value : [];

  function add(more: readonly Wanted[]) {
    if (more.length === 0) return;
    const before = list.value.length;
    list.value = unique([...list.value, ...more]);
    text.value = '';
    open.value = false;
    const [first] = more;
    const added = list.value.length - before;
    if (added === 1 && first) announce(p.dial.added(first.name));
    else if (added > 1) announce(p.dial.addedMany(list.value.length));
    input.current?.focus();
  }

  async function take(typed: string) {
    const chosen = shown[at.value];
    if (chosen) {
      if (!chosen.without) add([chosen.wanted]);
      return;
    }
    const { wanted, names } = readList(typed);
    const found = await Promise.all(names.map(lookUp));
    const missing = names.filter((_, n) => !found[n]);
    add([...wanted, ...found.filter((one) => one !== undefined)]);
    if (missing.length > 0) {
      text.value = missing.join(', ');
      open.value = true;
    }
  }

  return (
    <div class="field picker">
      <label for={id}>{p.dial.who}</label>
      <div class="picker-line">
        <input
          ref={input}
          id={id}
          data-testid="call-to"
          type="text"
          role="combobox"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={p.dial.placeholder}
          aria-expanded={shown.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={at.value >= 0 ? `${id}-${at.value}` : undefined}
          aria-describedby={`${id}-hint`}
          value={text.value}
          onFocus={() => {
            open.value = true;
          }}
          onBlur={() => {
            open.value = false;
          }}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            open.value = true;
          }}
          onPaste={(event) => {
            const pasted = event.clipboardData?.getData('text') ?? '';
            if (!/[\n\r;；,，\t]/.test(pasted.trim())) return;
            event.preventDefault();
            void take(pasted);
          }}
          onKeyDown={(event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step) {
              event.preventDefault();
              open.value = true;
              const n = shown.length;
              if (n > 0) at.value = at.value < 0 && step < 0 ? n - 1 : (at.value + step + n) % n;
            } else if (event.key === 'Enter') {
              // Empty, it sends the form as everywhere.
              if (text.value.trim() === '' && at.value < 0) return;
              event.preventDefault();
              void take(text.value);
            } else if (event.key === 'Escape' && shown.length > 0) {
              event.preventDefault();
              event.stopPropagation();
              open.value = false;
            } else if (event.key === 'Backspace' && text.value === '') list.value = list.value.slice(0, -1);
          }}
        />
        <Button id="call-add" disabled={text.value.trim() === ''} onClick={() => void take(text.value)}>
          {p.dial.add}
        </Button>
      </div>
      <div
        class="offers"
        id={`${id}-list`}
        role="listbox"
        aria-label={p.dial.suggestions}
        hidden={shown.length === 0}
      >
        {shown.map((offer, n) => (
          <OfferLine
            key={offer.wanted.key}
            id={`${id}-${n}`}
            offer={offer}
            selected={n === at.value}
            take={() => add([offer.wanted])}
          />
        ))}
      </div>
      <p class="field-hint" id={`${id}-hint`}>
        {p.dial.hint}
      </p>
    </div>
  );
}

function OfferLine(props: { id: string; offer: Offer; selected: boolean; take(): void }) {
  const p = paid.value;
  const { wanted, source, without } = props.offer;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys belong to the field, which names the option
    // biome-ignore lint/a11y/useFocusableInteractive: as above
    <div
      id={props.id}
      role="option"
      class="offer"
      aria-selected={props.selected}
      aria-disabled={without ?? false}
      // The field keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => {
        if (!without) props.take();
      }}
    >
      {source === 'number' ? <Icon name="phone" /> : <Face name={wanted.name} />}
      <span class="offer-name truncate">{wanted.name}</span>
      <span class="offer-sub">
        {wanted.number && wanted.number !== wanted.name && <span class="digits">{wanted.number}</span>}
        <span>{without ? p.dial.noNumber : p.dial[source]}</span>
      </span>
    </div>
  );
}

/** Looks up what fits the text, a moment after it was typed; without a text, whom one called lately. */
function useOffers(
  text: string,
  open: boolean,
  list: Signal<readonly Wanted[]>,
  set: (found: readonly Offer[]) => void,
): void {
  useEffect(() => {
    if (!open) return;
    let current = true;
    const timer = setTimeout(
      async () => {
        const found = await find(text.trim());
        const there = new Set(list.value.map((one) => one.key));
        if (current) set(found.filter((offer) => !there.has(offer.wanted.key)).slice(0, MOST));
      },
      text ? 120 : 0,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text, open, list.value]);
}

async function find(text: string): Promise<Offer[]> {
  if (text === '') return recent();
  const typed: Offer[] = isNumber(text) ? [{ source: 'number', wanted: byNumber(text) }] : [];
  const [people, contacts] = await Promise.all([
    api.people(text).catch(() => []),
    paidApi.contacts(text).catch(() => []),
  ]);
  const colleagues = people
    .filter((person) => person.active !== false)
    .map(
      ({ id, name, phone }): Offer => ({
        source: 'colleague',
        wanted: byPerson(id, name, phone),
        ...(phone ? {} : { without: true }),
      }),
    );
  const saved = contacts.map(
    ({ id, name, number }): Offer => ({ source: 'contact', wanted: byContact(id, name, number) }),
  );
  return [
    ...typed,
    ...colleagues.filter((one) => !one.without),
    ...saved,
    ...colleagues.filter((one) => one.without),
  ];
}

async function recent(): Promise<Offer[]> {
  const page = await paidApi
    .calls({ mine: 'true', direction: 'outbound', limit: '30' })
    .catch(() => undefined);
  const known = (page?.calls ?? []).filter((call: CallRecord) => !call.masked && call.to);
  const each = unique(known.map((call) => byNumber(call.to, call.toName)));
  return each.map((wanted) => ({ source: 'recent', wanted }));
}

/** The one colleague or contact of exactly this name. */
async function lookUp(name: string): Promise<Wanted | undefined> {
  const offers = await find(name);
  const same = offers.filter((o) => !o.without && o.wanted.name.toLowerCase() === name.toLowerCase());
  const [only] = same.length > 0 ? same : offers.filter((o) => !o.without);
  return same.length === 1 || offers.length === 1 ? only?.wanted : undefined;
}
