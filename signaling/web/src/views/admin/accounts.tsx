import type { Signal } from '@preact/signals';
import { paid } from '../../i18n/paid';
import type { AccountDraft } from '../../store/trunk';
import { Button } from '../parts/button';
import { Field } from '../parts/form';

/** As many as a trunk may have. */
const MOST = 20;

let made = 0;

/** An account that is still to be filled in. */
function fresh(): AccountDraft {
  made++;
  return { key: `new-${made}`, user: '', authUser: '', password: '', kept: false };
}

/** Who registers with a carrier: the first answers its challenges to calls. */
export function Accounts({ accounts }: { accounts: Signal<readonly AccountDraft[]> }) {
  const p = paid.value.admin.trunks;
  const all = accounts.value;
  const change = (key: string, part: Partial<AccountDraft>) => {
    accounts.value = accounts.value.map((one) => (one.key === key ? { ...one, ...part } : one));
  };
  return (
    <div class="accounts">
      {all.map((account, n) => (
        <fieldset key={account.key} class="account plain-set" data-testid="account">
          <legend class="offscreen">{p.accountNo(n + 1)}</legend>
          <div class="columns">
            <Field
              label={p.accountUser}
              name={`account-${account.key}`}
              required={false}
              value={account.user}
              maxLength={100}
              onInput={(user) => change(account.key, { user: user.trim() })}
            />
            <Field
              label={p.authUser}
              name={`login-${account.key}`}
              required={false}
              value={account.authUser}
              maxLength={100}
              onInput={(authUser) => change(account.key, { authUser: authUser.trim() })}
            />
            <Field
              label={p.accountPassword}
              name={`secret-${account.key}`}
              type={'password' as 'text'}
              required={false}
              autoComplete="new-password"
              {...(account.kept ? { hint: p.kept } : {})}
              onInput={(password) => change(account.key, { password })}
            />
          </div>
          <Button
            tone="quiet"
            icon="trash"
            iconOnly
            label={p.accountRemove(account.user || String(n + 1))}
            onClick={() => {
              accounts.value = all.filter((one) => one !== account);
            }}
          >
            {p.accountRemove(account.user || String(n + 1))}
          </Button>
        </fieldset>
      ))}
      {all.length === 0 && <p class="field-hint">{p.accountNone}</p>}
      {all.length > 1 && <p class="field-hint">{p.accountFirst}</p>}
      <div>
        <Button
          size="small"
          icon="plus"
          id="add-account"
          disabled={all.length >= MOST}
          onClick={() => {
            accounts.value = [...all, fresh()];
          }}
        >
          {p.accountAdd}
        </Button>
      </div>
    </div>
  );
}
