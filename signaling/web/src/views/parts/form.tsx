import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { messages } from '../../i18n';
import { ids } from '../testids';
import { Button } from './button';
import { explain } from './problem';

export type Values = Record<string, string>;

interface FormProps {
  submit: string;
  /** What goes wrong here is shown below the fields. */
  run(values: Values): Promise<void>;
  /** Words for what this form knows better than the general ones. */
  problem?(error: unknown): string | undefined;
  onCancel?(): void;
  wide?: boolean;
  children: ComponentChildren;
}

export function Form({ submit, run, problem, onCancel, wide, children }: FormProps) {
  const t = messages.value;
  const busy = useSignal(false);
  const error = useSignal('');
  async function send(form: HTMLFormElement) {
    if (busy.value) return;
    const values: Values = {};
    for (const [name, value] of new FormData(form))
      if (typeof value === 'string') values[name] = value.trim();
    busy.value = true;
    error.value = '';
    try {
      await run(values);
    } catch (thrown) {
      error.value = problem?.(thrown) ?? explain(thrown);
    } finally {
      busy.value = false;
    }
  }
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void send(event.currentTarget);
      }}
    >
      {children}
      <p class="form-error" role="alert" data-testid={ids.error}>
        {error.value}
      </p>
      <div class="form-foot">
        {onCancel && <Button onClick={onCancel}>{t.common.cancel}</Button>}
        <Button type="submit" tone="primary" busy={busy.value} wide={wide ?? false} id={ids.submit}>
          {submit}
        </Button>
      </div>
    </form>
  );
}

interface FieldProps {
  label: string;
  name: string;
  hint?: string;
  type?: 'text' | 'email' | 'tel' | 'datetime-local';
  value?: string;
  required?: boolean;
  autoComplete?: string;
  placeholder?: string;
  inputMode?: 'numeric' | 'text' | 'tel' | 'email';
  maxLength?: number;
  readOnly?: boolean;
  suggestions?: readonly string[];
  id?: string;
  onInput?(value: string): void;
}

export function Field(props: FieldProps) {
  const t = messages.value;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>
        {props.label}
        {props.required === false && <span class="field-optional"> · {t.common.optional}</span>}
      </label>
      <input
        id={id}
        name={props.name}
        // As for passwords: a union that a choice does not fit.
        type={(props.type ?? 'text') as 'text'}
        defaultValue={props.value}
        required={props.required ?? true}
        autocomplete={props.autoComplete ?? 'off'}
        placeholder={props.placeholder}
        inputMode={props.inputMode}
        maxLength={props.maxLength}
        readOnly={props.readOnly}
        list={(props.suggestions ? `${id}-list` : undefined) as never}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        data-testid={props.id}
        onInput={(event) => props.onInput?.(event.currentTarget.value)}
      />
      {props.suggestions && (
        <datalist id={`${id}-list`}>
          {props.suggestions.map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      )}
      {props.hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** A password with a switch to read what one types. */
export function PasswordField(props: { label: string; name: string; hint?: string; fresh?: boolean }) {
  const t = messages.value;
  const id = useId();
  const shown = useSignal(false);
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        name={props.name}
        // The types of inputs are a union that a choice of two does not fit.
        type={(shown.value ? 'text' : 'password') as 'password'}
        required
        minLength={props.fresh ? 10 : undefined}
        maxLength={200}
        autocomplete={props.fresh ? 'new-password' : 'current-password'}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
      />
      {props.hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={shown.value}
          onChange={(event) => {
            shown.value = event.currentTarget.checked;
          }}
        />
        <span>{t.field.showPassword}</span>
      </label>
    </div>
  );
}

export function SelectField(props: {
  label: string;
  name: string;
  value: string;
  options: readonly { value: string; text: string }[];
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} name={props.name} defaultValue={props.value}>
        {props.options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === props.value}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** An on/off choice that takes effect at once. */
export function Switch(props: {
  label: string;
  hint?: string;
  on: boolean;
  name?: string;
  id?: string;
  disabled?: boolean;
  onChange?(on: boolean): void;
}) {
  const id = useId();
  return (
    <div class="switch">
      <input
        type="checkbox"
        role="switch"
        id={id}
        name={props.name}
        checked={props.on}
        aria-checked={props.on}
        disabled={props.disabled}
        data-testid={props.id}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        onChange={(event) => props.onChange?.(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{props.label}</label>
        {props.hint && (
          <p class="field-hint" id={`${id}-hint`}>
            {props.hint}
          </p>
        )}
      </div>
    </div>
  );
}

export function LanguageField({ value }: { value: string }) {
  return (
    <SelectField
      label={messages.value.field.language}
      name="language"
      value={value}
      options={[
        { value: 'en', text: 'English' },
        { value: 'zh-CN', text: '简体中文' },
      ]}
    />
  );
}

export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

export function TimeZoneField({ value }: { value: string }) {
  const all = Intl.supportedValuesOf?.('timeZone') ?? [];
  const zones = all.includes(value) ? all : [value, ...all];
  return (
    <SelectField
      label={messages.value.field.timeZone}
      name="timeZone"
      value={value}
      options={zones.map((zone) => ({ value: zone, text: zone.replaceAll('_', ' ') }))}
    />
  );
}
