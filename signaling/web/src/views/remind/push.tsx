import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ago } from '../../i18n';
import { remind } from '../../i18n/remind';
import { type PushState, pushState, subscribe, unsubscribe } from '../../store/push';
import { toast } from '../../store/toasts';
import { HttpError } from '../../wire/http';
import { type Browsers, remindApi } from '../../wire/remind';
import { device } from '../pages/me';
import { Chip, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';

/** The browsers that are notified, and whether this one is. */
export function PushCard() {
  const r = remind.value.push;
  const { loaded, again } = useLoad(() => remindApi.browsers(), []);
  const now = loaded.value;
  return (
    <section class="card" aria-labelledby="push">
      <h2 id="push">{r.title}</h2>
      <p>{r.text}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' &&
        (now.value.key ? <List push={now.value} again={again} /> : <p class="field-hint">{r.none}</p>)}
    </section>
  );
}

function List({ push, again }: { push: Browsers; again(): void }) {
  const r = remind.value.push;
  const state = useSignal<PushState | undefined>(undefined);
  const busy = useSignal(false);
  useEffect(() => {
    void pushState().then((found) => {
      state.value = found;
    });
  }, [push]);

  async function run(act: () => Promise<unknown>) {
    if (busy.value) return;
    busy.value = true;
    try {
      await act();
      again();
    } catch (error) {
      toast(error instanceof HttpError ? explain(error) : r.failed, 'bad');
    } finally {
      busy.value = false;
    }
  }

  const here = state.value;
  const subscribed = here === 'on' && push.browsers.some((one) => one.current);
  return (
    <>
      {here && here !== 'on' && here !== 'off' && (
        <p class="note warn" data-testid="push-problem">
          {here === 'blocked' ? `${r.blocked}. ${r.blockedText}` : r[here]}
        </p>
      )}
      <div class="button-row push-row">
        {(here === 'off' || (here === 'on' && !subscribed)) && (
          <Button
            tone="primary"
            icon="bell"
            busy={busy.value}
            id="push-on"
            onClick={() =>
              void run(async () => {
                state.value = await subscribe(push.key);
              })
            }
          >
            {r.on}
          </Button>
        )}
        {push.browsers.length > 0 && (
          <Button
            id="push-test"
            onClick={() =>
              void run(async () => {
                const { sent, error } = await remindApi.testPush();
                toast(sent ? r.tested : error, sent ? 'good' : 'bad');
              })
            }
          >
            {r.test}
          </Button>
        )}
      </div>
      {push.browsers.length > 0 && (
        <ul class="rows inner">
          {push.browsers.map((one) => (
            <li key={one.id} class="row" data-testid="push-browser">
              <span class="row-icon">
                <Icon name="browser" />
              </span>
              <div class="row-main">
                <p class="row-name">
                  {device(one.userAgent)} {one.current && <Chip tone="good">{r.here}</Chip>}
                </p>
                <p class="row-sub">{ago(one.createdAt)}</p>
              </div>
              <Button
                size="small"
                label={r.offOf(device(one.userAgent))}
                onClick={() =>
                  void run(async () => {
                    if (one.current) await unsubscribe();
                    await remindApi.unsubscribe(one.id);
                  })
                }
              >
                {r.off}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
