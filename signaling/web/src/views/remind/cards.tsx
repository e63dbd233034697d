import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { play } from '../../call/sounds';
import { messages } from '../../i18n';
import { remind } from '../../i18n/remind';
import { cards, ringing, settle, told } from '../../store/cards';
import { go } from '../../store/router';
import { announce, toast } from '../../store/toasts';
import { type Act, type Invitees, type Reminder, remindApi } from '../../wire/remind';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { useNow } from '../parts/now';
import { explain } from '../parts/problem';
import { dateText, LATE, SNOOZE } from './words';

/** When a card sounds while it is not answered, ms after it came. */
const SOUNDS = [0, 4000, 9000];

/** What one is reminded of, on every page, until it is answered. */
export default function Cards() {
  useTold();
  useEffect(() => {
    if (!ringing.value) return;
    const timers = SOUNDS.map((ms) => setTimeout(() => void play('reminder'), ms));
    return () => timers.forEach(clearTimeout);
  }, [ringing.value]);
  return (
    <section class="reminders" aria-label={remind.value.card.label}>
      {cards.value.map((card) => (
        <CardBox key={card.subject} card={card} />
      ))}
    </section>
  );
}

function CardBox({ card }: { card: Reminder }) {
  const r = remind.value.card;
  const now = useNow(10_000);
  const late = useSignal(false);
  const busy = useSignal(false);
  const notice = card.acts.length === 0;
  useEffect(() => announce(r.said(card.title, dateText(card.start))), [card]);
  useEffect(() => {
    // What is over is not asked about any more.
    if (now > card.end) settle(card.subject);
  }, [now]);

  async function answer(act: Act, minutes?: number) {
    if (busy.value) return;
    busy.value = true;
    try {
      await remindApi.answer(card.subject, act, minutes);
      settle(card.subject);
      if (act === 'join') follow(card.link);
      else toast(r.acted[act], 'good');
    } catch (error) {
      toast(explain(error), 'bad');
    } finally {
      busy.value = false;
    }
  }

  return (
    <article class="reminder" data-testid="reminder-card" data-subject={card.subject} data-about={card.about}>
      <header class="reminder-head">
        <Icon name={card.about === 'announcement' ? 'sound' : card.about === 'missing' ? 'people' : 'bell'} />
        <div class="row-main">
          <h2>{card.title}</h2>
          {card.about === 'reminder' && <p class="row-sub">{dateText(card.start)}</p>}
          {card.text && <p class="reminder-text">{card.text}</p>}
        </div>
        {notice && (
          <Button tone="quiet" size="small" icon="close" iconOnly onClick={() => settle(card.subject)}>
            {messages.value.common.close}
          </Button>
        )}
      </header>
      {late.value && (
        <div class="button-row">
          {LATE.map((n) => (
            <Button key={n} size="small" id={`card-late-${n}`} onClick={() => void answer('late', n)}>
              {r.lateBy(n)}
            </Button>
          ))}
        </div>
      )}
      {!late.value && !notice && (
        <Acts
          acts={card.acts}
          answer={(act, n) => void answer(act, n)}
          late={() => {
            late.value = true;
          }}
        />
      )}
    </article>
  );
}

/** Goes where a reminder leads, within this page where it can. */
function follow(link = '/'): void {
  const url = new URL(link, location.href);
  if (url.origin === location.origin) go(url.pathname + url.search);
  else location.assign(url.href);
}

interface ActsProps {
  acts: readonly string[];
  answer(act: Act, minutes?: number): void;
  late(): void;
}

/** The buttons of a card, in the order in which they matter; "coming" is what nobody has to say. */
function Acts({ acts, answer, late }: ActsProps) {
  const r = remind.value.card;
  return (
    <div class="button-row">
      {acts.includes('join') && (
        <Button tone="primary" size="small" icon="mic" id="card-join" onClick={() => answer('join')}>
          {r.join}
        </Button>
      )}
      {acts.includes('heard') && (
        <Button tone="primary" size="small" icon="check" id="card-heard" onClick={() => answer('heard')}>
          {r.heard}
        </Button>
      )}
      {acts.includes('late') && (
        <Button size="small" id="card-late" onClick={late}>
          {r.late}
        </Button>
      )}
      {acts.includes('cannot') && (
        <Button size="small" id="card-cannot" onClick={() => answer('cannot')}>
          {r.cannot}
        </Button>
      )}
      {acts.includes('snooze') && (
        <Button size="small" tone="quiet" id="card-snooze" onClick={() => answer('snooze', SNOOZE)}>
          {r.snooze(SNOOZE)}
        </Button>
      )}
    </div>
  );
}

/** Tells a host, with a sound, what became of those invited. */
function useTold(): void {
  const now = told.value;
  useEffect(() => {
    if (!now) return;
    told.value = undefined;
    const text = toldText(now);
    announce(text);
    toast(text, 'info', undefined, 12_000);
    void play('notice');
  }, [now]);
}

function toldText({ name = '', act, minutes = 5, missing = [], title }: Invitees): string {
  const r = remind.value.told;
  if (act === 'late') return r.late(name, minutes, title);
  if (act === 'cannot') return r.cannot(name, title);
  return r.missing(missing, title);
}
