import { remind } from '../../i18n/remind';
import { toast } from '../../store/toasts';
import { type Disturbance, remindApi } from '../../wire/remind';
import { Chip, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { dateText } from './words';

/** Who broke through one's quiet hours, and whether that was urgent. */
export function Disturbances() {
  const r = remind.value.verdict;
  const { loaded, again } = useLoad(() => remindApi.disturbances(), []);
  const now = loaded.value;
  async function judge(one: Disturbance, urgent: boolean) {
    try {
      await remindApi.judge(one.id, urgent);
      toast(r.thanks, 'good');
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <section class="card" aria-labelledby="verdicts">
      <h2 id="verdicts">{r.title}</h2>
      <p>{remind.value.quiet.urgentText}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.length === 0 && <p class="field-hint">{r.none}</p>}
      {now.state === 'ready' && now.value.length > 0 && (
        <ul class="rows inner">
          {now.value.map((one) => (
            <li key={one.id} class="row verdict" data-testid="disturbance" data-judged={one.judged}>
              <div class="row-main">
                <p class="row-name">{one.title}</p>
                <p class="row-sub">{r.by(one.sender, dateText(one.at))}</p>
                <p class="verdict-reason">“{one.reason}”</p>
              </div>
              {one.judged ? (
                <Chip>{r.was(one.urgent)}</Chip>
              ) : (
                <div class="button-row">
                  <Button size="small" id="judge-yes" onClick={() => void judge(one, true)}>
                    {r.yes}
                  </Button>
                  <Button size="small" id="judge-no" onClick={() => void judge(one, false)}>
                    {r.no}
                  </Button>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
