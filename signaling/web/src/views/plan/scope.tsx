import { signal } from '@preact/signals';
import { messages } from '../../i18n';
import { plan } from '../../i18n/plan';
import type { Scope } from '../../wire/plan';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { ids } from '../testids';

interface Asked {
  title: string;
  scopes: readonly Scope[];
  answer(scope: Scope | undefined): void;
}

const asked = signal<Asked | undefined>(undefined);

/** Asks which dates of a series are meant; undefined: none, after all. A wide change is not of one date. */
export function chooseScope(title: string, wide = false): Promise<Scope | undefined> {
  return new Promise((resolve) => {
    asked.value = {
      title,
      scopes: wide ? ['following', 'all'] : ['one', 'following', 'all'],
      answer(scope) {
        asked.value = undefined;
        resolve(scope);
      },
    };
  });
}

/** Where `chooseScope` appears. */
export function ScopeQuestion() {
  const p = plan.value.scope;
  const now = asked.value;
  if (!now) return null;
  return (
    <Dialog title={now.title} onClose={() => now.answer(undefined)}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          now.answer(new FormData(event.currentTarget).get('scope') as Scope);
        }}
      >
        <fieldset class="scopes plan-set">
          <legend class="offscreen">{now.title}</legend>
          {now.scopes.map((scope, n) => (
            <label key={scope} class="way">
              <input
                type="radio"
                name="scope"
                value={scope}
                defaultChecked={n === 0}
                data-testid={`scope-${scope}`}
              />
              <span>{p[scope]}</span>
            </label>
          ))}
        </fieldset>
        <div class="dialog-foot">
          <Button onClick={() => now.answer(undefined)}>{messages.value.common.cancel}</Button>
          <Button type="submit" tone="primary" id={ids.confirm}>
            {p.go}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
