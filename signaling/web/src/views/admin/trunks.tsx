import { useSignal } from '@preact/signals';
import { ago } from '../../i18n';
import { paid } from '../../i18n/paid';
import { HttpError } from '../../wire/http';
import { type Check, paidApi, type Trunk } from '../../wire/paid';
import { Chip, Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { Head } from './head';

/** The lines to carriers, each with a light that says whether it works. */
export default function Trunks() {
  const p = paid.value.admin.trunks;
  const { loaded, again } = useLoad(() => paidApi.trunks(), []);
  const now = loaded.value;
  // The routes are not there where the configuration has no phones.
  const phones = !(now.state === 'failed' && now.error instanceof HttpError && now.error.status === 404);
  return (
    <>
      <Head title={p.title} lead={p.lead}>
        {phones && (
          <Link to="/company/trunks/new" class="button primary normal" id="add-trunk">
            <Icon name="plus" />
            {p.add}
          </Link>
        )}
      </Head>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && phones && <Failed error={now.error} retry={again} />}
      {!phones && (
        <div class="card" data-testid="no-phones">
          <Empty icon="phone" title={p.noPhones} text={p.noPhonesText} />
        </div>
      )}
      {now.state === 'ready' && now.value.length === 0 && (
        <div class="card">
          <Empty icon="phone" title={p.empty} text={p.emptyText} />
        </div>
      )}
      {now.state === 'ready' && now.value.length > 0 && (
        <ul class="card rows">
          {now.value.map((trunk) => (
            <Line key={trunk.name} trunk={trunk} />
          ))}
        </ul>
      )}
    </>
  );
}

type Light = 'good' | 'bad' | 'warn' | 'off';

/** How a trunk stands: a colour and a word. */
export function standing(trunk: Trunk): { light: Light; word: string } {
  const p = paid.value.admin.trunks;
  const { state, outbound, fault } = trunk;
  if (fault) return { light: 'bad', word: p.broken };
  if (outbound?.off) return { light: 'off', word: p.off };
  if (!state) return { light: 'off', word: outbound ? p.unknown : p.inOnly };
  if (state.registered === false) return { light: 'bad', word: p.refused };
  if (state.health === 'unknown') return { light: 'off', word: p.unasked };
  if (!state.healthy) return { light: 'bad', word: p.down };
  if (state.targets.some((target) => !target.healthy && target.health !== 'unknown'))
    return { light: 'warn', word: p.partly };
  return { light: 'good', word: outbound ? p.up : p.inOnly };
}

function Line({ trunk }: { trunk: Trunk }) {
  const p = paid.value.admin.trunks;
  const { light, word } = standing(trunk);
  const { state } = trunk;
  const errors = [
    trunk.fault,
    state?.error,
    ...(state?.accounts ?? []).map((a) => a.error && `${a.user}: ${a.error}`),
    ...(state?.targets ?? []).map((t) => t.error && `${t.address}: ${t.error}`),
  ];
  return (
    <li class="row trunk" data-testid="trunk" data-name={trunk.name} data-light={light}>
      <span class={`light ${light}`} aria-hidden="true" />
      <div class="row-main">
        <p class="row-name">
          <Link to={`/company/trunks/${encodeURIComponent(trunk.name)}`} class="row-title">
            {trunk.label || trunk.name}
          </Link>{' '}
          {trunk.source === 'config' && <Chip>{p.config}</Chip>}
        </p>
        <p class="row-sub">
          <span class={`tone-${light === 'good' ? '' : light}`}>{word}</span>
          {state?.since && <span>{p.since(ago(state.since))}</span>}
          {trunk.label && <span class="mono">{trunk.name}</span>}
          {state && state.calls > 0 && <span>{p.running(state.calls)}</span>}
        </p>
        {[...new Set(errors.filter(Boolean))].map((error) => (
          <p key={error} class="refusal">
            <Icon name="warning" size={16} />
            <span>{error}</span>
          </p>
        ))}
      </div>
      {trunk.outbound && !trunk.outbound.off && <Test name={trunk.name} />}
    </li>
  );
}

/** Asks the carrier now whether it is there. */
export function Test({ name }: { name: string }) {
  const p = paid.value.admin.trunks;
  const busy = useSignal(false);
  const said = useSignal<{ good: boolean; text: string } | undefined>(undefined);
  async function test() {
    busy.value = true;
    said.value = undefined;
    try {
      said.value = answer(await paidApi.checkTrunk(name));
    } catch (error) {
      said.value = { good: false, text: explain(error) };
    } finally {
      busy.value = false;
    }
  }
  return (
    <div class="test">
      <Button size="small" icon="refresh" id="test-trunk" busy={busy.value} onClick={() => void test()}>
        {p.test}
      </Button>
      <p class={`test-said ${said.value?.good === false ? 'tone-bad' : 'tone-good'}`} role="status">
        {said.value?.text}
      </p>
    </div>
  );
}

function answer({ reachable, tookMs, target, error, status }: Check): { good: boolean; text: string } {
  const p = paid.value.admin.trunks;
  return reachable
    ? { good: true, text: p.testOk(String(tookMs ?? 0), target ?? '') }
    : { good: false, text: p.testBad(error || (status ? `SIP ${status}` : p.down)) };
}
