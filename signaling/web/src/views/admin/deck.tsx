import { useSignal } from '@preact/signals';
import { exact } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { companyCurrency } from '../../store/company';
import { go } from '../../store/router';
import { toast } from '../../store/toasts';
import { HttpError } from '../../wire/http';
import { type Change, type Deck, type DeckPreview, paidApi } from '../../wire/paid';
import { copyDeck } from '../../wire/upload';
import { count, moment } from '../paid/words';
import { Chip, Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { ask, Dialog } from '../parts/dialog';
import { Field, Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { type Column, Table } from '../parts/table';
import { DeckState, isForeign } from './rates';
import { WhatIfCard } from './whatif';

/** One version of the rates: what changes by it, when it begins, what a month would have cost. */
export default function DeckPage({ version }: { version: string }) {
  const p = paid.value.admin.rates;
  const { loaded, again } = useLoad(() => paidApi.deckPreview(version), [version]);
  const now = loaded.value;
  const preview = now.state === 'ready' ? now.value : undefined;
  const deck = preview?.deck;
  return (
    <>
      <header class="page-head">
        <div>
          <Link to="/company/rates" class="back">
            <Icon name="back" size={16} />
            {p.back}
          </Link>
          <PageTitle>{deck?.name || p.version(version)}</PageTitle>
          {deck && (
            <p class="row-sub">
              <DeckState deck={deck} />
              <span>{p.version(version)}</span>
              <span>{p.rows(count(deck.rows))}</span>
              {deck.trunk && <span>{deck.trunk}</span>}
              {deck.activeFrom && <span>{p.from(moment(deck.activeFrom))}</span>}
            </p>
          )}
        </div>
        {deck && preview && <Doing deck={deck} preview={preview} changed={again} />}
      </header>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {deck && isForeign(deck) && (
        <p class="note warn" data-testid="foreign">
          <Icon name="warning" />
          <span>{p.foreignText(deck.currency, companyCurrency())}</span>
        </p>
      )}
      {/* Amounts of two currencies cannot be compared. */}
      {preview && deck && !isForeign(deck) && (
        <>
          <Changes preview={preview} currency={deck.currency} />
          <WhatIfCard version={version} />
        </>
      )}
    </>
  );
}

function Doing({ deck, preview, changed }: { deck: Deck; preview: DeckPreview; changed(): void }) {
  const p = paid.value.admin.rates;
  const open = useSignal(false);
  const copying = useSignal(false);
  const told = (error: unknown) => toast(explain(error), 'bad');
  // A version begins once: its prices come in force again as those of a new one.
  async function again() {
    copying.value = true;
    const copy = await copyDeck(deck).catch((error: unknown) => void told(error));
    copying.value = false;
    if (!copy?.deck) return;
    toast(p.copied(copy.deck.version), 'good');
    go(`/company/rates/${copy.deck.version}`);
  }
  async function remove() {
    if (!(await ask(p.removeTitle, p.removeText, p.remove))) return;
    await paidApi.removeDeck(deck.version).then(() => go('/company/rates'), told);
  }
  async function cancel() {
    await paidApi.unschedule(deck.version).then(() => {
      toast(p.cancelled, 'good');
      changed();
    }, told);
  }
  return (
    <div class="page-actions wrap">
      {deck.state === 'draft' && (
        <Button icon="trash" tone="danger" onClick={() => void remove()}>
          {p.remove}
        </Button>
      )}
      {deck.state === 'scheduled' && <Button onClick={() => void cancel()}>{p.cancel}</Button>}
      {deck.state === 'retired' && !isForeign(deck) && (
        <Button icon="refresh" id="use-again" busy={copying.value} onClick={() => void again()}>
          {p.useAgain}
        </Button>
      )}
      {(deck.state === 'draft' || deck.state === 'scheduled') && !isForeign(deck) && (
        <Button
          tone="primary"
          icon="check"
          id="activate"
          onClick={() => {
            open.value = true;
          }}
        >
          {p.activate}
        </Button>
      )}
      {open.value && (
        <Activate
          deck={deck}
          drastic={preview.hundredfold.length}
          changed={changed}
          close={() => {
            open.value = false;
          }}
        />
      )}
    </div>
  );
}

interface ActivateProps {
  deck: Deck;
  /** How many prices rise a hundredfold. */
  drastic: number;
  close(): void;
  changed(): void;
}

function Activate({ deck, drastic, close, changed }: ActivateProps) {
  const p = paid.value.admin.rates;
  const later = useSignal(false);
  const sure = useSignal(drastic === 0);
  const choice = (on: boolean, text: string) => (
    <label class="check">
      <input
        type="radio"
        name="when"
        checked={later.value === on}
        onChange={() => {
          later.value = on;
        }}
      />
      <span>{text}</span>
    </label>
  );
  return (
    <Dialog title={p.activateTitle} onClose={close}>
      <Form
        submit={p.activate}
        onCancel={close}
        run={async ({ at = '' }) => {
          const begins = later.value ? new Date(at).toISOString() : undefined;
          const confirm = drastic > 0 && sure.value;
          await paidApi.activate(deck.version, {
            ...(begins ? { at: begins } : {}),
            ...(confirm ? { confirm } : {}),
          });
          toast(begins ? p.scheduled(moment(begins)) : p.activated, 'good');
          close();
          changed();
        }}
        problem={(error) =>
          error instanceof HttpError && error.code === 'confirm' ? p.hundredfoldText : undefined
        }
      >
        {choice(false, p.now)}
        {choice(true, p.at)}
        {later.value && <Field label={p.atLabel} name="at" type="datetime-local" id="begins" />}
        {drastic > 0 && (
          <label class="check">
            <input
              type="checkbox"
              required
              checked={sure.value}
              onChange={(event) => {
                sure.value = event.currentTarget.checked;
              }}
            />
            <span>{p.confirm}</span>
          </label>
        )}
      </Form>
    </Dialog>
  );
}

function Changes({ preview, currency }: { preview: DeckPreview; currency: string }) {
  const p = paid.value.admin.rates;
  const { added, removed, raised, lowered, changed, unchanged, changes, hundredfold, against } = preview;
  const counts = { raised, lowered, added, removed, ...(changed ? { changed } : {}), unchanged };
  return (
    <section class="card stack" aria-labelledby="changes" data-testid="preview">
      <div>
        <h2 id="changes">{p.preview}</h2>
        {against !== undefined && <p class="row-sub">{p.against(against)}</p>}
      </div>
      <dl class="figures">
        {(Object.keys(counts) as (keyof typeof counts)[]).map((kind) => (
          <div key={kind} class={`change-${kind}`}>
            <dt>{p.counts[kind as keyof typeof p.counts]}</dt>
            <dd class="digits">{count(counts[kind] ?? 0)}</dd>
          </div>
        ))}
      </dl>
      {hundredfold.length > 0 && (
        <div class="note warn" role="alert" data-testid="hundredfold">
          <Icon name="warning" />
          <div>
            <p class="note-title">{p.hundredfold(hundredfold.length)}</p>
            <p>{p.hundredfoldText}</p>
            <ChangeTable
              changes={hundredfold}
              currency={currency}
              label={p.hundredfold(hundredfold.length)}
            />
          </div>
        </div>
      )}
      {changes.length > 0 ? (
        <ChangeTable changes={changes} currency={currency} label={p.drastic} />
      ) : (
        <p class="nothing">{p.same}</p>
      )}
    </section>
  );
}

interface ChangeTableProps {
  changes: readonly Change[];
  currency: string;
  label: string;
}

function ChangeTable({ changes, currency, label }: ChangeTableProps) {
  const p = paid.value.admin.rates;
  const price = (micro: number | undefined) => (micro === undefined ? '–' : exact(micro, currency));
  const columns: Column<Change>[] = [
    { head: p.prefix, cell: ({ prefix }) => <span class="digits">{prefix}</span> },
    {
      head: p.destination,
      cell: ({ destination, trunk }) => [destination, trunk].filter(Boolean).join(' · '),
      wide: true,
    },
    { head: p.before, cell: ({ before }) => price(before), number: true },
    { head: p.after, cell: ({ after }) => price(after), number: true },
    { head: p.change, cell: (change) => <Kind change={change} /> },
  ];
  const keyOf = (change: Change) => `${change.prefix}/${change.trunk ?? ''}/${change.direction}`;
  return <Table label={label} columns={columns} rows={changes} keyOf={keyOf} />;
}

function Kind({ change: { kind, factor } }: { change: Change }) {
  const p = paid.value.admin.rates;
  return (
    <Chip tone={kind === 'raised' ? 'bad' : kind === 'lowered' ? 'good' : 'plain'}>
      {factor && kind === 'raised' ? p.times(count(Math.round(factor * 10) / 10)) : p.kinds[kind]}
    </Chip>
  );
}
