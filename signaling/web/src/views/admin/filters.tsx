import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { paid } from '../../i18n/paid';
import { companyZone } from '../../store/company';
import type { Query } from '../../wire/paid';
import { Button } from '../parts/button';
import { type FilterField, lately, mainFields, moreFields, namesOf, units } from './filterfields';
import { ZoneNote } from './head';

interface FiltersProps {
  filter: Query;
  apply(filter: Query): void;
}

/** What to look for: the usual fields at once, all others on demand. */
export function Filters({ filter, apply }: FiltersProps) {
  const p = paid.value.admin.calls;
  const more = moreFields();
  const set = more.flatMap((group) => group.fields).filter((field) => namesOf(field).some((n) => filter[n]));
  const cleared = useSignal(0);
  function read(form: HTMLFormElement) {
    const chosen: Query = {};
    for (const [name, value] of new FormData(form)) {
      const text = String(value).trim();
      const asked = text && (units[name]?.ask ?? String)(text);
      if (asked) chosen[name] = asked;
    }
    apply(chosen);
  }
  return (
    <form
      key={cleared.value}
      class="card filters"
      aria-label={p.filters}
      data-testid="filters"
      onSubmit={(event) => {
        event.preventDefault();
        read(event.currentTarget);
      }}
    >
      <Grid fields={mainFields()} filter={filter} />
      <ZoneNote />
      <details open={set.length > 0}>
        <summary>{set.length > 0 ? p.moreSet(set.length) : p.more}</summary>
        {more.map((group) => (
          <fieldset key={group.title} class="filter-group">
            <legend>{group.title}</legend>
            <Grid fields={group.fields} filter={filter} />
          </fieldset>
        ))}
      </details>
      <div class="form-foot">
        <Button
          tone="quiet"
          onClick={() => {
            cleared.value++;
            apply(lately(companyZone()));
          }}
        >
          {p.clear}
        </Button>
        <Button type="submit" tone="primary" icon="search" id="apply">
          {p.apply}
        </Button>
      </div>
    </form>
  );
}

function Grid({ fields, filter }: { fields: readonly FilterField[]; filter: Query }) {
  return (
    <div class="filter-grid">
      {fields.map((field) => (
        <OneFilter key={namesOf(field)[0]} field={field} filter={filter} />
      ))}
    </div>
  );
}

function OneFilter({ field, filter }: { field: FilterField; filter: Query }) {
  const id = useId();
  if (field.kind === 'range') return <Range field={field} filter={filter} />;
  const value = filter[field.name] ?? '';
  const shown = value && (units[field.name]?.show ?? String)(value);
  return (
    <div class="field small">
      <label for={id}>{field.label}</label>
      {field.kind === 'choice' ? (
        <select id={id} name={field.name}>
          <option value="">{paid.value.admin.calls.any}</option>
          {field.options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.text}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          name={field.name}
          type={(field.kind === 'day' ? 'date' : 'text') as 'text'}
          placeholder={field.kind === 'text' ? field.hint : undefined}
          defaultValue={shown}
        />
      )}
    </div>
  );
}

/** At least and at most, side by side. */
function Range({ field, filter }: { field: FilterField & { kind: 'range' }; filter: Query }) {
  const p = paid.value.admin.calls;
  const id = useId();
  const input = (name: string, label: string) => {
    const value = filter[name] ?? '';
    return (
      <input
        name={name}
        type="number"
        step="any"
        min={0}
        aria-label={`${field.label}: ${label}`}
        placeholder={label}
        defaultValue={value && (units[name]?.show ?? String)(value)}
      />
    );
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a cell of the grid in all browsers
    <div class="field small range-field" role="group" aria-labelledby={id}>
      <span class="field-label" id={id}>
        {field.label}
      </span>
      <div class="range">
        {input(field.min, p.least)}
        <span aria-hidden="true">–</span>
        {input(field.max, p.most)}
      </div>
    </div>
  );
}
