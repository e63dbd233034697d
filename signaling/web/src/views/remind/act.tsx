import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { grouped, messages } from '../../i18n';
import { remind } from '../../i18n/remind';
import { type Act, type LinkCard, remindApi } from '../../wire/remind';
import { Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { Plain } from '../shell';
import { beginText, dateText, LATE, SNOOZE } from './words';

/** Where the links in messages lead: one answers without logging in. */
export default function ActPage({ token }: { token: string }) {
  const { loaded, again, set } = useLoad(() => remindApi.link(token), [token]);
  const now = loaded.value;
  return (
    <Plain>
      <div class="card act-card">
        {now.state === 'loading' && <Loading />}
        {now.state === 'failed' && <Gone error={now.error} again={again} />}
        {now.state === 'ready' && <Question token={token} card={now.value} changed={set} />}
      </div>
    </Plain>
  );
}

/** A link that leads nowhere any more, or a server that does not answer. */
export function Gone({ error, text, again }: { error: unknown; text?: string; again(): void }) {
  const r = remind.value.act;
  const status = (error as { status?: number }).status ?? 0;
  if (status < 400 || status >= 500 || status === 429) return <Failed error={error} retry={again} />;
  return (
    <div class="over">
      <span class="empty-icon">
        <Icon name="clock" size={28} />
      </span>
      <PageTitle>{r.gone}</PageTitle>
      <p class="lead">{text ?? r.goneText}</p>
    </div>
  );
}

interface QuestionProps {
  token: string;
  card: LinkCard;
  changed(card: LinkCard): void;
}

/** What mail scanners open must not answer: only a press does. */
function Question({ token, card, changed }: QuestionProps) {
  const r = remind.value;
  const wanted = new URLSearchParams(location.search).get('act') as Act | null;
  const asking = useSignal(card.answer === '' || wanted !== null);
  const busy = useSignal('');
  const error = useSignal('');
  useEffect(() => {
    error.value = '';
  }, [card]);

  async function answer(act: Act, minutes?: number) {
    if (busy.value) return;
    busy.value = `${act}${minutes ?? ''}`;
    error.value = '';
    try {
      changed(await remindApi.answerLink(token, act, minutes));
      asking.value = false;
      if (act === 'join' && card.link) location.assign(card.link);
    } catch (thrown) {
      error.value = explain(thrown);
    } finally {
      busy.value = '';
    }
  }

  return (
    <>
      <p class="eyebrow">{r.act.hello(card.name)}</p>
      <PageTitle>{card.title}</PageTitle>
      <p class="lead">
        {dateText(card.start, card.zone)}
        {card.kind !== 'broadcast' && ` · ${beginText(card.kind, Date.parse(card.start), Date.now())}`}
        {card.organiser && ` · ${r.card.from(card.organiser)}`}
      </p>
      {card.text && <p class="reminder-text">{card.text}</p>}
      {asking.value ? (
        <Choices card={card} wanted={wanted} busy={busy.value} answer={(act, n) => void answer(act, n)} />
      ) : (
        <Said
          card={card}
          change={() => {
            asking.value = true;
          }}
        />
      )}
      <p class="form-error" role="alert">
        {error.value}
      </p>
      <ByPhone number={card.number} code={card.code} />
      <p class="aside">{r.act.noLogin}</p>
    </>
  );
}

/** How one comes by phone. */
export function ByPhone({ number, code }: { number: string; code: string }) {
  if (!number) return null;
  return (
    <dl class="act-phone">
      <div>
        <dt>{messages.value.meeting.number}</dt>
        <dd class="digits">{grouped(number)}</dd>
      </div>
      {code && (
        <div>
          <dt>{remind.value.act.code}</dt>
          <dd class="digits">{grouped(code)}</dd>
        </div>
      )}
    </dl>
  );
}

function Said({ card, change }: { card: LinkCard; change(): void }) {
  const r = remind.value;
  if (card.answer === '') return null;
  return (
    <div class="note" role="status" data-testid="act-said" data-act={card.answer}>
      <Icon name="check" />
      <div>
        <p class="note-title">{r.act.thanks}</p>
        <p>{card.answer === 'late' ? r.card.lateBy(card.minutes) : r.card.acted[card.answer]}</p>
        <div class="button-row">
          {card.kind === 'meeting' && card.link && (
            <a class="button primary normal" href={card.link}>
              <Icon name="mic" />
              {r.card.join}
            </a>
          )}
          <Button size="small" onClick={change}>
            {r.act.change}
          </Button>
        </div>
      </div>
    </div>
  );
}

interface ChoicesProps {
  card: LinkCard;
  /** What the link was for: to be pressed first. */
  wanted: Act | null;
  busy: string;
  answer(act: Act, minutes?: number): void;
}

function Choices({ card, wanted, busy, answer }: ChoicesProps) {
  const r = remind.value;
  const all: { act: Act; minutes?: number; text: string }[] =
    card.kind === 'meeting'
      ? [
          { act: 'join', text: r.card.join },
          { act: 'coming', text: r.card.coming },
          ...LATE.map((minutes) => ({ act: 'late' as const, minutes, text: r.card.lateBy(minutes) })),
          { act: 'cannot', text: r.card.cannot },
          { act: 'snooze', minutes: SNOOZE, text: r.card.snooze(SNOOZE) },
        ]
      : [
          { act: 'heard', text: r.card.heard },
          ...(card.kind === 'todo'
            ? [{ act: 'snooze' as const, minutes: SNOOZE, text: r.card.snooze(SNOOZE) }]
            : []),
        ];
  const first = all.find((one) => one.act === wanted) ?? all[0];
  return (
    <fieldset class="act-choices">
      <legend>{r.act.question}</legend>
      {all.map((one) => (
        <Button
          key={one.text}
          tone={one === first ? 'primary' : 'plain'}
          wide
          busy={busy === `${one.act}${one.minutes ?? ''}`}
          id={`act-${one.act}${one.minutes && one.act === 'late' ? `-${one.minutes}` : ''}`}
          onClick={() => answer(one.act, one.minutes)}
        >
          {one.text}
        </Button>
      ))}
    </fieldset>
  );
}
