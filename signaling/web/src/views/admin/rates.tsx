import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { messages } from '../../i18n';
import { paid } from '../../i18n/paid';
import { companyCurrency } from '../../store/company';
import { go } from '../../store/router';
import { type Deck, type DeckPreview, paidApi } from '../../wire/paid';
import { uploadDeck } from '../../wire/upload';
import { count, moment } from '../paid/words';
import { Chip, Empty, Failed, Loading } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { type Column, Table } from '../parts/table';
import { Head } from './head';

/** Carriers' prices: upload a list, and every version that there was. */
export default function Rates() {
  const p = paid.value.admin.rates;
  const { loaded, again } = useLoad(() => paidApi.decks(), []);
  const now = loaded.value;
  return (
    <>
      <Head title={p.title} lead={p.lead} />
      <Upload />
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.length === 0 && (
        <div class="card">
          <Empty icon="list" title={p.empty} text={p.emptyText} />
        </div>
      )}
      {now.state === 'ready' && now.value.length > 0 && (
        <section class="card rows" aria-labelledby="versions">
          <h2 class="rows-title" id="versions">
            {p.versions}
          </h2>
          <ul>
            {now.value.map((deck) => (
              <Line key={deck.version} deck={deck} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

const tones = {
  draft: 'plain',
  scheduled: 'warn',
  active: 'good',
  retired: 'plain',
  foreign: 'bad',
} as const;

/** Whether its prices are in another currency than the company's: then no call is priced by it. */
export function isForeign(deck: Deck): boolean {
  const currency = companyCurrency();
  return deck.state === 'foreign' || (currency !== '' && deck.currency !== currency);
}

export function DeckState({ deck }: { deck: Deck }) {
  const { state } = paid.value.admin.rates;
  return (
    <>
      {deck.state !== 'foreign' && <Chip tone={tones[deck.state]}>{state[deck.state]}</Chip>}
      {isForeign(deck) && <Chip tone={tones.foreign}>{state.foreign}</Chip>}
    </>
  );
}

function Line({ deck }: { deck: Deck }) {
  const p = paid.value.admin.rates;
  return (
    <li class="row" data-testid="deck" data-version={deck.version} data-state={deck.state}>
      <div class="row-main">
        <p class="row-name">
          <Link to={`/company/rates/${deck.version}`} class="row-title">
            {deck.name || p.version(deck.version)}
          </Link>{' '}
          <DeckState deck={deck} />
        </p>
        <p class="row-sub">
          <span>{p.version(deck.version)}</span>
          <span>{p.rows(count(deck.rows))}</span>
          {deck.trunk && <span>{deck.trunk}</span>}
          {deck.activeFrom && <span>{p.from(moment(deck.activeFrom))}</span>}
          <span>{p.by(deck.uploadedBy)}</span>
        </p>
      </div>
      <div class="row-foot">
        <a
          class="button quiet normal icon-only"
          href={paidApi.deckAddress(deck.version)}
          download
          aria-label={`${p.download}: ${deck.name}`}
          title={p.download}
        >
          <Icon name="download" />
        </a>
        <Link to={`/company/rates/${deck.version}`} class="button plain normal" label={p.openOf(deck.name)}>
          {p.open}
        </Link>
      </div>
    </li>
  );
}

function Upload() {
  const p = paid.value.admin.rates;
  const busy = useSignal(false);
  const error = useSignal('');
  const bad = useSignal<DeckPreview | undefined>(undefined);
  const trunk = useSignal('');
  const { loaded } = useLoad(() => paidApi.trunks(), []);
  const trunks = loaded.value.state === 'ready' ? loaded.value.value.filter((one) => one.outbound) : [];
  const id = useId();
  async function send(file: File) {
    busy.value = true;
    error.value = '';
    bad.value = undefined;
    try {
      const preview = await uploadDeck(file.name.replace(/\.[^.]*$/, ''), trunk.value, file);
      if (preview.deck) go(`/company/rates/${preview.deck.version}`);
      else bad.value = preview;
    } catch (thrown) {
      error.value = explain(thrown);
    } finally {
      busy.value = false;
    }
  }
  return (
    <section class="card" aria-labelledby="upload">
      <h2 id="upload">{p.upload}</h2>
      <p>{p.uploadHint}</p>
      {trunks.length > 1 && (
        <div class="field upload-trunk">
          <label for={id}>{p.trunk}</label>
          <select
            id={id}
            onChange={(event) => {
              trunk.value = event.currentTarget.value;
            }}
          >
            <option value="">{p.allTrunks}</option>
            {trunks.map((one) => (
              <option key={one.name} value={one.name} selected={one.name === trunk.value}>
                {one.label || one.name}
              </option>
            ))}
          </select>
        </div>
      )}
      <label class="file">
        {busy.value ? <span class="spinner" aria-hidden="true" /> : <Icon name="upload" />}
        <span>{busy.value ? p.uploading : p.choose}</span>
        <input
          type="file"
          accept=".csv,text/csv"
          data-testid="deck-file"
          disabled={busy.value}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            // The same file, mended, may be chosen again.
            event.currentTarget.value = '';
            if (file) void send(file);
          }}
        />
      </label>
      <p class="form-error" role="alert">
        {error.value}
      </p>
      {bad.value && <Faults preview={bad.value} />}
    </section>
  );
}

/** What is wrong with a file, by line. */
function Faults({ preview }: { preview: DeckPreview }) {
  const p = paid.value.admin.rates;
  const { faults, faultCount } = preview;
  const columns: Column<DeckPreview['faults'][number]>[] = [
    { head: p.line, cell: (fault) => p.lineAt(fault.line) },
    { head: p.column, cell: (fault) => fault.column && <span class="mono">{fault.column}</span> },
    { head: p.fault, cell: (fault) => fault.message, wide: true },
  ];
  return (
    <div class="faults" data-testid="faults" role="alert">
      <p class="form-error">{p.faults(faultCount)}</p>
      <Table
        label={messages.value.people.problems}
        columns={columns}
        rows={faults}
        keyOf={(fault) => `${fault.line}/${fault.column}/${fault.message}`}
      />
      {faultCount > faults.length && <p class="field-hint">{p.faultsMore(faultCount - faults.length)}</p>}
    </div>
  );
}
