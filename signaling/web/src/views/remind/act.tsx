import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { remind } from '../../i18n/remind';
import { type Act, type LinkCard, remindApi } from '../../wire/remind';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Letter, LetterPage, useAnswering } from './letter';
import { beginText, dateText, LATE, SNOOZE } from './words';

/** Where the links in messages lead: one answers without logging in. */
export default function ActPage({ token }: { token: string }) {
  return (
    <LetterPage token={token} load={remindApi.link} goneText={remind.value.act.goneText}>
      {(card, changed) => <Question token={token} card={card} changed={changed} />}
    </LetterPage>
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
  const { busy, error, give } = useAnswering();
  useEffect(() => {
    error.value = '';
  }, [card]);

  const answer = (act: Act, minutes?: number) =>
    give(`${act}${minutes ?? ''}`, async () => {
      changed(await remindApi.answerLink(token, act, minutes));
      asking.value = false;
      if (act === 'join' && card.link) location.assign(card.link);
    });

  return (
    <Letter
      name={card.name}
      title={card.title}
      lead={
        <>
          {dateText(card.start, card.zone)}
          {card.kind !== 'broadcast' && ` · ${beginText(card.kind, Date.parse(card.start), Date.now())}`}
          {card.organiser && ` · ${r.card.from(card.organiser)}`}
        </>
      }
      text={card.text}
      error={error.value}
      number={card.number}
      code={card.code}
    >
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
    </Letter>
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
