import './words';
import { useSignal } from '@preact/signals';
import { elapsed } from '../../i18n';
import { quality } from '../../i18n/quality';
import { toast } from '../../store/toasts';
import { type Lookup, paidApi } from '../../wire/paid';
import { type Direction, type Leg, qualityApi } from '../../wire/quality';
import { Chip, Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { type Column, Table } from '../parts/table';
import { ClassChip, QualityHead } from './parts';
import { momentOf, mos, percent } from './words';

/** How one's own calls were, and who looked at them. */
export default function LooksPage() {
  const q = quality.value.looks;
  return (
    <>
      <QualityHead title={q.title} lead={q.lead}>
        <Link to="/calls" class="button plain normal">
          {q.calls}
        </Link>
      </QualityHead>
      <Looks />
      <Mine />
    </>
  );
}

/** A line for each time that somebody looked. */
function Looks() {
  const q = quality.value.looks;
  const { loaded, again } = useLoad(() => paidApi.lookups(), []);
  const now = loaded.value;
  return (
    <section class="card" aria-labelledby="who-looked">
      <h2 id="who-looked">{q.who}</h2>
      <p class="field-hint">{q.whoText}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.length === 0 && <p class="nothing">{q.whoNone}</p>}
      {now.state === 'ready' && now.value.length > 0 && (
        <ul class="timeline looks" data-testid="lookups">
          {now.value.map((look) => (
            <li key={`${look.at}/${look.by}/${look.call ?? ''}`}>
              <span>{momentOf(look.at)}</span>
              <span>{lineOf(look)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function lineOf({ byName, what, everybody }: Lookup): string {
  const q = quality.value.looks;
  return `${byName} ${q.looked[what]}${everybody ? ` (${q.all})` : ''}`;
}

/** One's own connections, the latest first. */
function Mine() {
  const q = quality.value.looks;
  const { loaded, again } = useLoad(() => qualityApi.mine({}), []);
  const older = useSignal<Leg[]>([]);
  const next = useSignal<string | undefined>(undefined);
  const now = loaded.value;
  const first = now.state === 'ready' ? now.value : undefined;
  const cursor = older.value.length > 0 ? next.value : first?.next;
  async function further() {
    try {
      const page = await qualityApi.mine({ cursor });
      next.value = page.next;
      older.value = [...older.value, ...page.legs];
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  const legs = [...(first?.legs ?? []), ...older.value];
  return (
    <>
      <h2>{q.mine}</h2>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {first && legs.length === 0 && (
        <div class="card">
          <Empty icon="chart" title={q.mineNone} text={q.mineNoneText} />
        </div>
      )}
      {legs.length > 0 && (
        <Table
          card
          id="my-legs"
          rowId="my-leg"
          label={q.mine}
          columns={columns()}
          rows={legs}
          keyOf={(leg) => leg.id}
        />
      )}
      {cursor && (
        <Button wide onClick={() => void further()}>
          {q.more}
        </Button>
      )}
    </>
  );
}

function columns(): Column<Leg>[] {
  const q = quality.value;
  return [
    {
      head: q.looks.meeting,
      cell: (leg) => (
        <>
          <Link to={`/me/legs/${encodeURIComponent(leg.id)}`} class="cell-main" id="my-leg-link">
            {leg.meetingName || meetingBy(leg)}
          </Link>
          <span class="cell-sub wraps">{wayOf(leg)}</span>
        </>
      ),
    },
    { head: q.looks.when, cell: (leg) => <span class="when">{momentOf(leg.began)}</span> },
    { head: q.looks.length, cell: (leg) => elapsed(leg.seconds * 1000), number: true },
    {
      head: q.looks.how,
      cell: (leg) => (
        <span class="chips">
          <ClassChip value={leg.class} />
          {leg.dropped && <Chip tone="bad">{q.looks.dropped}</Chip>}
        </span>
      ),
    },
    { head: q.looks.said, cell: (leg) => soundOf(leg.said), wide: true },
    { head: q.looks.heard, cell: (leg) => soundOf(leg.heard), wide: true },
  ];
}

const meetingBy = ({ organiser }: Leg): string =>
  organiser ? quality.value.meetingOf(organiser) : quality.value.looks.meeting;

/** "Browser, Wi-Fi", "Phone •••0013" */
function wayOf(leg: Leg): string {
  const q = quality.value;
  const access = leg.access ? (q.access[leg.access] ?? leg.access) : leg.number;
  return [q.kinds[leg.kind], access].filter(Boolean).join(q.comma);
}

/** "14.2 % lost, MOS 2.4 wideband (estimate)" */
function soundOf({ loss, mos: score, band, estimate }: Direction): string {
  const q = quality.value;
  if (loss === undefined && score === undefined) return q.looks.unknown;
  return [
    loss === undefined ? '' : loss > 0 ? q.looks.lost(percent(loss)) : q.looks.fine,
    score === undefined ? '' : `MOS ${mos(score, band, estimate)}`,
  ]
    .filter(Boolean)
    .join(q.comma);
}
