import '../styles/picker.css';
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

export interface Offer<T> {
  key: string;
  value: T;
  /** What is shown of it. */
  face: ComponentChildren;
}

interface ComboboxProps<T> {
  label: string;
  hint: string;
  placeholder?: string;
  id: string;
  /** What fits a text; called a moment after it was typed. */
  find(text: string): Promise<Offer<T>[]>;
  take(value: T): void;
  /** What was typed or pasted and not chosen from the list; gives back what it could not read. */
  read(text: string): Promise<string>;
}

/** A field in which one types, and chooses from what is found. */
export function Combobox<T>(props: ComboboxProps<T>) {
  const id = useId();
  const text = useSignal('');
  const offers = useSignal<readonly Offer<T>[]>([]);
  const at = useSignal(-1);
  const open = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!open.value || text.value.trim() === '') {
      offers.value = [];
      return;
    }
    let current = true;
    const timer = setTimeout(async () => {
      const found = await props.find(text.value.trim());
      if (!current) return;
      offers.value = found;
      at.value = -1;
    }, 120);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text.value, open.value]);
  const shown = open.value ? offers.value : [];

  function choose(offer: Offer<T>) {
    props.take(offer.value);
    text.value = '';
    open.value = false;
    input.current?.focus();
  }

  async function enter(typed: string) {
    const chosen = shown[at.value];
    if (chosen) {
      choose(chosen);
      return;
    }
    // The next one may be typed while this one is looked up.
    text.value = '';
    open.value = false;
    const unread = await props.read(typed);
    if (text.value === '') text.value = unread;
  }

  function press(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const n = shown.length;
    if (step && n > 0) {
      event.preventDefault();
      at.value = at.value < 0 && step < 0 ? n - 1 : (at.value + step + n) % n;
    } else if (event.key === 'Enter') {
      // Once more after the last one is meant for the list, never for the form.
      event.preventDefault();
      if (text.value.trim() !== '' || at.value >= 0) void enter(text.value);
    } else if (event.key === 'Escape' && n > 0) {
      event.preventDefault();
      event.stopPropagation();
      open.value = false;
    }
  }

  return (
    <div class="field picker">
      <label for={id}>{props.label}</label>
      <div class="picker-line">
        <input
          ref={input}
          id={id}
          data-testid={props.id}
          type="text"
          role="combobox"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={props.placeholder}
          aria-expanded={shown.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={at.value >= 0 ? `${id}-${at.value}` : undefined}
          aria-describedby={`${id}-hint`}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            open.value = true;
          }}
          onBlur={() => {
            open.value = false;
            // Whoever goes on without Enter meant it all the same.
            if (text.value.trim() !== '') void enter(text.value);
          }}
          onPaste={(event) => {
            const pasted = event.clipboardData?.getData('text') ?? '';
            if (!/[\n\r;；,，\t]/.test(pasted.trim())) return;
            event.preventDefault();
            void enter(pasted);
          }}
          onKeyDown={press}
        />
      </div>
      <p class="field-hint" id={`${id}-hint`}>
        {props.hint}
      </p>
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={props.label}
        class="offers"
        hidden={shown.length === 0}
      >
        {shown.map((offer, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field, which keeps the focus
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div
            key={offer.key}
            id={`${id}-${n}`}
            role="option"
            class="offer"
            aria-selected={n === at.value}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(offer)}
          >
            {offer.face}
          </div>
        ))}
      </div>
    </div>
  );
}
