import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { toast } from '../../store/toasts';
import { PAYER_KINDS, type PayerKind } from '../../wire/dial';
import { type Budget, paidApi } from '../../wire/paid';
import { BarLine } from '../paid/bars';
import { Chip, Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { ask } from '../parts/dialog';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { EditBudget } from './budget';
import { Head } from './head';

/** What may be spent at each of the five levels, and how far that is. */
export default function Budgets() {
  const p = paid.value.admin.budgets;
  const { loaded, again } = useLoad(() => paidApi.budgets(), []);
  const open = useSignal<{ budget?: Budget } | undefined>(undefined);
  const now = loaded.value;
  return (
    <>
      <Head title={p.title} lead={p.lead}>
        <Button
          icon="plus"
          tone="primary"
          id="add-budget"
          onClick={() => {
            open.value = {};
          }}
        >
          {p.add}
        </Button>
      </Head>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.length === 0 && (
        <div class="card">
          <Empty icon="coins" title={p.empty} text={p.emptyText} />
        </div>
      )}
      {now.state === 'ready' &&
        PAYER_KINDS.map((kind) => (
          <Level
            key={kind}
            kind={kind}
            budgets={now.value.filter((budget) => budget.payer.kind === kind)}
            edit={(budget) => {
              open.value = { budget };
            }}
            changed={again}
          />
        ))}
      {open.value && (
        <EditBudget
          budget={open.value.budget}
          changed={again}
          close={() => {
            open.value = undefined;
          }}
        />
      )}
    </>
  );
}

interface LevelProps {
  kind: PayerKind;
  budgets: readonly Budget[];
  edit(budget: Budget): void;
  changed(): void;
}

function Level({ kind, budgets, edit, changed }: LevelProps) {
  if (budgets.length === 0) return null;
  return (
    <section class="card rows" aria-labelledby={`level-${kind}`}>
      <h2 class="rows-title" id={`level-${kind}`}>
        {paid.value.admin.budgets.levels[kind]}
      </h2>
      <ul>
        {budgets.map((budget) => (
          <Line key={budget.id} budget={budget} edit={() => edit(budget)} changed={changed} />
        ))}
      </ul>
    </section>
  );
}

function Line({ budget, edit, changed }: { budget: Budget; edit(): void; changed(): void }) {
  const p = paid.value.admin.budgets;
  const { currency, percent, left, payer } = budget;
  const name = payer.name || payer.id || paid.value.payers[payer.kind];
  const tone = percent >= 100 ? 'bad' : percent >= 80 ? 'warn' : '';
  async function remove() {
    if (!(await ask(p.remove(name), p.removeText, p.removeShort))) return;
    try {
      await paidApi.removeBudget(budget.id);
      changed();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <li class="row budget" data-testid="budget" data-percent={percent}>
      <div class="row-main">
        <p class="row-name">
          {name} <Chip>{p.periods[budget.period]}</Chip>{' '}
          <Chip tone={budget.hard ? 'accent' : 'plain'}>{budget.hard ? p.hardChip : p.softChip}</Chip>
        </p>
        <BarLine share={percent / 100} tone={tone} marks={[0.8]} />
        <p class="row-sub digits">
          <strong class={`tone-${tone}`}>{percent} %</strong>
          <span>{p.spent(money(budget.spent + budget.held, currency), money(budget.limit, currency))}</span>
          <span>{left < 0 ? p.over(money(-left, currency)) : p.left(money(left, currency))}</span>
          {budget.held > 0 && <span>{p.held(money(budget.held, currency))}</span>}
        </p>
      </div>
      <div class="row-foot">
        <Button tone="quiet" icon="edit" iconOnly label={p.edit(name)} onClick={edit}>
          {messages.value.common.save}
        </Button>
        <Button tone="quiet" icon="trash" iconOnly label={p.remove(name)} onClick={() => void remove()}>
          {p.removeShort}
        </Button>
      </div>
    </li>
  );
}
