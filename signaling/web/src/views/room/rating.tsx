import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { light as texts } from '../../i18n/light';
import type { Live } from '../../store/live';
import { RATING_REASONS, type RatingReason } from '../../wire/fare';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';

const STARS = [1, 2, 3, 4, 5];
/** Fewer stars than this, and one is asked why. */
const FINE = 4;

/** How it sounded: one tap, and for a bad one why. Nobody has to. */
export function Rating({ live }: { live: Live }) {
  const t = texts.value.rating;
  const stars = useSignal(0);
  const reasons = useSignal<ReadonlySet<RatingReason>>(new Set());
  const said = useSignal('');
  // The page is left: nothing more will be said.
  useEffect(() => () => live.forget(), [live]);
  async function send(text: string) {
    try {
      await live.rate(stars.value, [...reasons.value]);
      said.value = text;
    } catch {
      said.value = t.failed;
    }
  }
  const low = stars.value > 0 && stars.value < FINE;
  return (
    <section class="rating" aria-label={t.title} data-testid="rating" data-stars={stars.value}>
      <h2>{t.title}</h2>
      <p class="row-sub">{t.text}</p>
      <div class="stars">
        {STARS.map((n) => (
          <button
            key={n}
            type="button"
            class={n <= stars.value ? 'star on' : 'star'}
            aria-label={t.stars[n - 1]}
            aria-pressed={n === stars.value}
            title={t.stars[n - 1]}
            data-testid={`star-${n}`}
            onClick={() => {
              stars.value = n;
              void send(n < FINE ? '' : t.thanks);
            }}
          >
            <Icon name="star" size={28} />
          </button>
        ))}
      </div>
      {low && (
        <fieldset class="rating-why">
          <legend>{t.why}</legend>
          {RATING_REASONS.map((reason) => (
            <Button
              key={reason}
              size="small"
              tone="quiet"
              pressed={reasons.value.has(reason)}
              id={`reason-${reason}`}
              onClick={() => {
                const all = new Set(reasons.value);
                if (!all.delete(reason)) all.add(reason);
                reasons.value = all;
                void send(t.thanks);
              }}
            >
              {t.reasons[reason]}
            </Button>
          ))}
        </fieldset>
      )}
      <p class="rating-said" role="status">
        {said.value}
      </p>
    </section>
  );
}
