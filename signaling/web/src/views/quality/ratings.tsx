import { useSignal } from '@preact/signals';
import { speaking } from '../../i18n';
import { quality } from '../../i18n/quality';
import type { Query } from '../../wire/paid';
import { qualityApi, type Ratings } from '../../wire/quality';
import { Bars } from '../paid/bars';
import { Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { Table } from '../parts/table';
import { count, momentOf } from './words';

/** What people thought of the sound; asked for only when somebody wants to see it, since that is noted. */
export function RatingsCard({ filter }: { filter: Query }) {
  const q = quality.value.ratings;
  const open = useSignal(false);
  return (
    <div class="card">
      <h2>{q.title}</h2>
      <p class="field-hint">{q.text}</p>
      {open.value ? (
        <Loaded filter={filter} />
      ) : (
        <Button
          size="small"
          id="show-ratings"
          onClick={() => {
            open.value = true;
          }}
        >
          {q.open}
        </Button>
      )}
    </div>
  );
}

function Loaded({ filter }: { filter: Query }) {
  const { loaded, again } = useLoad(() => qualityApi.ratings(filter), [JSON.stringify(filter)]);
  const now = loaded.value;
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failed error={now.error} retry={again} />;
  if (now.value.count === 0) return <p class="nothing">{quality.value.ratings.none}</p>;
  return <Result ratings={now.value} />;
}

function Result({ ratings }: { ratings: Ratings }) {
  const q = quality.value.ratings;
  const mean = new Intl.NumberFormat(speaking.value, { maximumFractionDigits: 1 }).format(ratings.mean ?? 0);
  return (
    <div class="stack" data-testid="ratings">
      <p>{q.mean(mean, count(ratings.count))}</p>
      <Bars
        label={q.title}
        bars={ratings.stars
          .map((value, n) => ({ key: String(n), name: q.stars(n + 1), value, text: count(value) }))
          .reverse()}
      />
      {ratings.reasons.length > 0 && (
        <>
          <h3>{q.why}</h3>
          <Bars
            label={q.why}
            bars={ratings.reasons.map((one) => ({
              key: one.reason,
              name: q.reasons[one.reason],
              value: one.count,
              text: count(one.count),
            }))}
          />
        </>
      )}
      <Table
        id="rating-rows"
        label={q.title}
        columns={[
          {
            head: q.who,
            cell: (one) => <Link to={`/quality/legs/${encodeURIComponent(one.leg)}`}>{one.name}</Link>,
          },
          { head: q.when, cell: (one) => <span class="when">{momentOf(one.at)}</span> },
          { head: q.rating, cell: (one) => q.stars(one.stars) },
          {
            head: q.why,
            cell: (one) => one.reasons.map((reason) => q.reasons[reason]).join(quality.value.comma),
            wide: true,
          },
        ]}
        rows={ratings.rows}
        keyOf={(one) => one.leg}
      />
    </div>
  );
}
