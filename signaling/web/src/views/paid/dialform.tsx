import { type Signal, useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { messages } from '../../i18n';
import { exact, money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { rememberCalls, type Wanted } from '../../store/callees';
import type { Batch, Dial, DialKind, Payer, Price, Quote } from '../../wire/dial';
import { Chip } from '../parts/bits';
import { Button } from '../parts/button';
import { Field } from '../parts/form';
import { Icon } from '../parts/icons';
import { explain } from '../parts/problem';
import { Face } from './face';
import { Picker } from './picker';
import { type Dialler, freshKey, lasting, placed, type Quoted, useQuote } from './quote';
import { Retries, type Tries } from './retries';
import { type Shown, ShownNumbers, shownNumbers } from './shown';
import { className, countryName, payerName, refusalText, span } from './words';

interface DialFormProps {
  dialler: Dialler;
  /** The ways that one may choose from; one: it is taken. */
  ways: readonly DialKind[];
  /** One's own number, for being rung first. */
  ownNumber?: string;
  /** Who is on the list from the beginning. */
  first?: readonly Wanted[];
  done(batch: Batch): void;
  onCancel?(): void;
}

/** Whom to call, at what price, who pays; then it rings. */
export function DialForm({
  dialler,
  ways,
  ownNumber = '',
  first: wanted = [],
  done,
  onCancel,
}: DialFormProps) {
  const p = paid.value;
  const list = useSignal<readonly Wanted[]>(wanted);
  const way = useSignal<DialKind>(ways[0] ?? 'into');
  const own = useSignal(ownNumber);
  const payer = useSignal<Payer | undefined>(undefined);
  const tries = useSignal<Tries>({ retries: 0, gap: 30 });
  const shown = useSignal<Shown>({ others: '', me: '' });
  const busy = useSignal(false);
  const error = useSignal('');
  const key = useSignal(freshKey());
  const wish = wishOf(way.value, list.value, own.value, payer.value, tries.value);
  const quoted = useQuote(dialler, list.value.length > 0 ? wish : undefined);
  const quote = quoted.value.state === 'ready' ? quoted.value.quote : undefined;
  // Nobody is called at a price that is not known yet.
  const asking =
    list.value.length > 0 &&
    quoted.value.state !== 'failed' &&
    !(quoted.value.state === 'ready' && quoted.value.wish === JSON.stringify(wish));
  const first = way.value === 'callback' ? 1 : 0;
  const prices = quote?.prices.slice(first) ?? [];
  const callable = list.value.filter((_, n) => !quote || placed(prices[n]));

  async function call() {
    if (busy.value || asking) return;
    if (list.value.length === 0 || (quote && callable.length === 0)) {
      error.value = list.value.length === 0 ? p.dial.nobody : p.dial.noneAllowed;
      return;
    }
    const numbers = shownNumbers(way.value, shown.value);
    if (!numbers) {
      error.value = p.dial.shownBad;
      return;
    }
    busy.value = true;
    error.value = '';
    try {
      // Those who cannot be called are left out: their reason stood beside them.
      const sent = wishOf(way.value, callable, own.value, payer.value, tries.value);
      const { batch, calls } = await dialler.dial({
        ...sent,
        ...highest(quote?.prices ?? []),
        ...numbers,
        key: key.value,
      });
      rememberCalls(
        way.value === 'callback' && calls.length > callable.length ? calls.slice(1) : calls,
        callable,
      );
      key.value = freshKey();
      done(batch);
    } catch (thrown) {
      error.value = explain(thrown);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form
      class="form dial-form"
      data-testid="call-form"
      onSubmit={(event) => {
        event.preventDefault();
        void call();
      }}
    >
      {ways.length > 1 && <Ways ways={ways} way={way} />}
      {way.value === 'callback' && (
        <Field
          label={p.ways.myNumber}
          hint={p.ways.myNumberHint}
          name="own"
          type="tel"
          value={own.value}
          id="own-number"
          onInput={(value) => {
            own.value = value.trim();
          }}
        />
      )}
      <Picker list={list} autoFocus={wanted.length === 0} />
      <ToCall list={list} prices={prices} currency={quote?.currency ?? ''} quoted={quoted.value} />
      {quote && callable.length > 0 && <Summary quote={quote} payer={payer} />}
      {list.value.length > 0 && (
        <>
          {way.value !== 'callback' && <Retries tries={tries} least={way.value === 'ring-all' ? 1 : 0} />}
          <ShownNumbers shown={shown} callback={way.value === 'callback'} />
        </>
      )}
      <p class="form-error" role="alert" data-testid="error">
        {error.value || (quoted.value.state === 'failed' ? quoted.value.text : '')}
      </p>
      <div class="form-foot">
        <p class="field-hint grow">{p.dial.pressOne}</p>
        {onCancel && <Button onClick={onCancel}>{messages.value.common.cancel}</Button>}
        <Button
          type="submit"
          tone="primary"
          icon="phone"
          id="call-go"
          busy={busy.value || asking}
          disabled={list.value.length === 0 || callable.length === 0}
        >
          {callable.length < list.value.length && callable.length > 0
            ? p.dial.goSome(callable.length, list.value.length)
            : p.dial.go(Math.max(1, list.value.length))}
        </Button>
      </div>
    </form>
  );
}

/** Nothing dearer than what was quoted, one's own telephone included. */
function highest(prices: readonly Price[]): { maxRate?: number } {
  const rate = Math.max(0, ...prices.filter(placed).map((price) => price.rate));
  return rate > 0 ? { maxRate: rate } : {};
}

function wishOf(
  way: DialKind,
  list: readonly Wanted[],
  own: string,
  payer: Payer | undefined,
  { retries, gap }: Tries,
): Dial {
  const again = way !== 'callback' && (retries > 0 || way === 'ring-all');
  return {
    kind: again ? 'ring-all' : way,
    to: list.map((one) => one.callee),
    ...(way === 'callback' && own ? { from: { numbers: [own] } } : {}),
    ...(payer ? { payer: { kind: payer.kind, ...(payer.id ? { id: payer.id } : {}) } } : {}),
    ...(again ? { retries: Math.max(1, retries), retryAfter: gap } : {}),
  };
}

function Ways({ ways, way }: { ways: readonly DialKind[]; way: Signal<DialKind> }) {
  const p = paid.value;
  const name = useId();
  return (
    <fieldset class="ways">
      <legend>{p.ways.title}</legend>
      {ways.map((one) => (
        <label key={one} class="way" data-way={one}>
          <input
            type="radio"
            name={name}
            checked={way.value === one}
            onChange={() => {
              way.value = one;
            }}
          />
          <span>
            <strong>{p.ways[one]}</strong>
            {one !== 'me' && <span class="field-hint">{p.ways[`${one}Text`]}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface ToCallProps {
  list: Signal<readonly Wanted[]>;
  prices: readonly Price[];
  currency: string;
  quoted: Quoted;
}

function ToCall({ list, prices, currency, quoted }: ToCallProps) {
  const p = paid.value;
  if (list.value.length === 0) return <p class="dial-empty">{p.dial.empty}</p>;
  return (
    <ul class="to-call" aria-label={p.dial.list} data-testid="prices">
      {list.value.map((one, n) => (
        <li key={one.key} class="to-call-row" data-testid="price" data-refused={prices[n]?.refusal?.rule}>
          <Face name={one.name} />
          <div class="row-main">
            <p class="row-name truncate">{one.name}</p>
            <PriceSub wanted={one} price={prices[n]} currency={currency} />
          </div>
          <PriceTag price={prices[n]} currency={currency} asking={quoted.state === 'asking'} />
          <Button
            tone="quiet"
            size="small"
            icon="close"
            iconOnly
            label={p.dial.remove(one.name)}
            onClick={() => {
              list.value = list.value.filter((other) => other !== one);
            }}
          >
            {p.dial.remove(one.name)}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function PriceSub({
  wanted,
  price,
  currency,
}: {
  wanted: Wanted;
  price: Price | undefined;
  currency: string;
}) {
  const p = paid.value;
  const number = wanted.number ?? price?.number;
  return (
    <>
      <p class="row-sub">
        {number && number !== wanted.name && <span class="digits">{number}</span>}
        {price?.class && <span>{className(price.class)}</span>}
        {price?.country && <span>{countryName(price.country)}</span>}
      </p>
      {price?.refusal?.cause && (
        <p class="refusal">
          <Icon name={price.refusal.rule === 'emergency' ? 'phone' : 'warning'} size={16} />
          <span>{refusalText(price.refusal, currency)}</span>
        </p>
      )}
      {placed(price) && price?.approval && (
        <p class="refusal soft">
          <Icon name="shield" size={16} />
          <span>{p.dial.approval}</span>
        </p>
      )}
    </>
  );
}

function PriceTag({
  price,
  currency,
  asking,
}: {
  price: Price | undefined;
  currency: string;
  asking: boolean;
}) {
  const p = paid.value;
  if (!price) return asking ? <span class="spinner" role="img" aria-label={p.dial.pricing} /> : null;
  if (!placed(price)) return null;
  if (price.rate === 0 && !price.connect) return <Chip tone="good">{p.dial.free}</Chip>;
  return (
    <p class="price-tag digits">
      {p.dial.perMinute(exact(price.rate, currency))}
      {price.connect ? (
        <span class="price-more">{p.dial.connect(exact(price.connect, currency))}</span>
      ) : null}
    </p>
  );
}

/** What it costs together, who pays, what is left and how long that lasts. */
function Summary({ quote, payer }: { quote: Quote; payer: Signal<Payer | undefined> }) {
  const p = paid.value;
  const id = useId();
  const first = quote.prices.find(placed);
  if (!first) return null;
  const choices = first.payers ?? [];
  const chosen = keyOf(payer.value ?? first.payer);
  const last = lasting(quote);
  return (
    <dl class="dial-sum" data-testid="call-summary">
      <div>
        <dt>{p.dial.together}</dt>
        <dd class="digits strong">{p.dial.perMinute(exact(quote.rate, quote.currency))}</dd>
      </div>
      <div>
        <dt>
          <label for={id}>{p.dial.pays}</label>
        </dt>
        <dd>
          {choices.length > 1 ? (
            <select
              id={id}
              data-testid="payer"
              onChange={(event) => {
                payer.value = choices.find((one) => keyOf(one) === event.currentTarget.value);
              }}
            >
              {choices.map((one) => (
                <option key={keyOf(one)} value={keyOf(one)} selected={keyOf(one) === chosen}>
                  {payerName(one)}
                </option>
              ))}
            </select>
          ) : (
            <span id={id}>{payerName(first.payer)}</span>
          )}
        </dd>
      </div>
      <div>
        <dt>{last ? p.dial.left(money(last.left, quote.currency)) : p.dial.budget}</dt>
        <dd class="digits">
          {last && last.seconds > 0 ? p.dial.lasts(span(last.seconds)) : p.dial.unlimited}
        </dd>
      </div>
    </dl>
  );
}

const keyOf = ({ kind, id = '' }: Payer) => `${kind}:${id}`;
