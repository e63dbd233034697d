import { useSignal } from '@preact/signals';
import { remind } from '../../i18n/remind';
import { type Coming, type Question, remindApi } from '../../wire/remind';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Letter, LetterPage, useAnswering } from './letter';
import { dateText } from './words';

const ANSWERS: Coming[] = ['accepted', 'tentative', 'declined'];

/** Where the links in invitations by mail lead: one answers without logging in. */
export default function AnswerPage({ token }: { token: string }) {
  return (
    <LetterPage token={token} load={remindApi.question} goneText={remind.value.answer.goneText}>
      {(question, changed) => <Asked token={token} question={question} changed={changed} />}
    </LetterPage>
  );
}

interface AskedProps {
  token: string;
  question: Question;
  changed(question: Question): void;
}

/** What mail scanners open must not answer: only a press does. */
function Asked({ token, question, changed }: AskedProps) {
  const r = remind.value;
  const wanted = ANSWERS.find((one) => one === new URLSearchParams(location.search).get('answer'));
  const asking = useSignal(question.status === 'needs-action' || wanted !== undefined);
  const only = useSignal(false);
  const { busy, error, give } = useAnswering();
  const when = dateText(question.start, question.timeZone);

  const answer = (status: Coming) =>
    give(status, async () => {
      changed(await remindApi.come(token, status, question.all && only.value));
      asking.value = false;
    });

  return (
    <Letter
      name={question.name}
      title={question.title}
      lead={
        <>
          {question.all ? r.answer.all(when) : when}
          {` · ${r.card.from(question.organiser)}`}
        </>
      }
      text={question.agenda}
      error={error.value}
      number={question.number}
      code={question.code}
    >
      {asking.value ? (
        <fieldset class="act-choices">
          <legend>{r.answer.question}</legend>
          {question.all && (
            <label class="check">
              <input
                type="checkbox"
                data-testid="answer-only"
                checked={only.value}
                onChange={(event) => {
                  only.value = event.currentTarget.checked;
                }}
              />
              {r.answer.only(when)}
            </label>
          )}
          {ANSWERS.map((one) => (
            <Button
              key={one}
              tone={one === (wanted ?? 'accepted') ? 'primary' : 'plain'}
              wide
              busy={busy.value === one}
              id={`answer-${one}`}
              onClick={() => void answer(one)}
            >
              {r.answer.will[one]}
            </Button>
          ))}
        </fieldset>
      ) : (
        <Answered
          question={question}
          when={when}
          change={() => {
            asking.value = true;
          }}
        />
      )}
    </Letter>
  );
}

/** What the organiser knows now. */
function Answered({ question, when, change }: { question: Question; when: string; change(): void }) {
  const r = remind.value;
  const { status, next } = question;
  const differs = question.all && next !== 'needs-action' && next !== status;
  return (
    <div class="note" role="status" data-testid="answered" data-status={status} data-next={next}>
      <Icon name="check" />
      <div>
        <p class="note-title">{r.act.thanks}</p>
        {status !== 'needs-action' && <p>{r.answer.knows[status](question.organiser)}</p>}
        {differs && <p>{r.answer.but(when, r.answer.knows[next](question.organiser))}</p>}
        <div class="button-row">
          <a class="button plain normal" href={question.link}>
            {r.card.join}
          </a>
          <Button size="small" onClick={change}>
            {r.act.change}
          </Button>
        </div>
      </div>
    </div>
  );
}
