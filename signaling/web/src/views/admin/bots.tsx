import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import { remind } from '../../i18n/remind';
import { toast } from '../../store/toasts';
import { BOTS, type Bot, type BotChannel, remindApi } from '../../wire/remind';
import { Chip, Empty, Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { ask, Dialog } from '../parts/dialog';
import { Field, Form, Switch } from '../parts/form';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { Head } from './head';

/** Group chats and webhooks that reminders can be sent to, and whether mail goes out. */
export default function Bots() {
  const r = remind.value.bots;
  const { loaded, again } = useLoad(() => remindApi.bots(), []);
  const edited = useSignal<Bot | 'new' | undefined>(undefined);
  const now = loaded.value;
  const close = () => {
    edited.value = undefined;
  };
  return (
    <>
      <Head title={r.title} lead={r.lead}>
        <Button
          tone="primary"
          icon="plus"
          id="bot-add"
          onClick={() => {
            edited.value = 'new';
          }}
        >
          {r.add}
        </Button>
      </Head>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.length === 0 && (
        <div class="card">
          <Empty icon="sound" title={r.none} text={r.noneText} />
        </div>
      )}
      {now.state === 'ready' && now.value.length > 0 && (
        <ul class="card rows">
          {now.value.map((bot) => (
            <BotRow
              key={bot.id}
              bot={bot}
              edit={() => {
                edited.value = bot;
              }}
              again={again}
            />
          ))}
        </ul>
      )}
      <OtherWays />
      {edited.value && (
        <BotDialog
          bot={edited.value === 'new' ? undefined : edited.value}
          close={close}
          done={() => {
            close();
            toast(r.saved, 'good');
            again();
          }}
        />
      )}
    </>
  );
}

function BotRow({ bot, edit, again }: { bot: Bot; edit(): void; again(): void }) {
  const r = remind.value;
  const busy = useSignal(false);
  const said = useSignal<{ good: boolean; text: string } | undefined>(undefined);
  async function test() {
    busy.value = true;
    try {
      const { sent, error, tookMs } = await remindApi.testBot(bot.id);
      said.value = sent ? { good: true, text: r.bots.worked(tookMs) } : { good: false, text: error };
    } catch (error) {
      said.value = { good: false, text: explain(error) };
    } finally {
      busy.value = false;
    }
  }
  async function remove() {
    if (!(await ask(r.bots.removeTitle(bot.name), r.bots.removeText, messages.value.common.remove))) return;
    try {
      await remindApi.removeBot(bot.id);
      toast(r.bots.removed, 'good');
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <li class="row bot-row" data-testid="bot" data-name={bot.name}>
      <div class="row-main">
        <p class="row-name">{bot.name}</p>
        <p class="row-sub">
          <Chip>{r.mine.channel[bot.channel] ?? bot.channel}</Chip>
          <span class="mono">{bot.host}</span>
          <span>{r.bots.people(bot.people)}</span>
          {bot.hasSecret && <Chip icon="lock">{r.bots.signed}</Chip>}
          {bot.allowPrivate && <Chip tone="warn">{r.bots.inside}</Chip>}
        </p>
        {bot.channel === 'slack' && bot.hasSecret && (
          <p class="field-hint">
            {r.bots.slackAddress} <span class="mono">{`${location.origin}/api/v1/slack/${bot.id}`}</span>
          </p>
        )}
        {bot.fault && <p class="tone-bad">{bot.fault}</p>}
        <p class={said.value?.good ? 'tone-good' : 'tone-bad'} role="status">
          {said.value?.text}
        </p>
      </div>
      <div class="row-foot">
        <Button
          size="small"
          busy={busy.value}
          label={r.bots.testOf(bot.name)}
          id="bot-test"
          onClick={() => void test()}
        >
          {r.bots.test}
        </Button>
        <Button size="small" tone="quiet" icon="edit" iconOnly onClick={edit}>
          {r.bots.editOf(bot.name)}
        </Button>
        <Button size="small" tone="quiet" icon="trash" iconOnly onClick={() => void remove()}>
          {r.bots.removeOf(bot.name)}
        </Button>
      </div>
    </li>
  );
}

function BotDialog({ bot, close, done }: { bot: Bot | undefined; close(): void; done(): void }) {
  const r = remind.value;
  const channel = useSignal<BotChannel>(bot?.channel ?? 'wecom');
  const inside = useSignal(bot?.allowPrivate ?? false);
  // WeCom's bots have no secret.
  const signs = channel.value !== 'wecom';
  return (
    <Dialog title={bot ? r.bots.change : r.bots.add} onClose={close}>
      <Form
        submit={messages.value.common.save}
        onCancel={close}
        run={async ({ name = '', url = '', secret = '' }) => {
          const wanted = {
            name,
            channel: channel.value,
            allowPrivate: inside.value,
            ...(url ? { url } : {}),
            ...(secret ? { secret } : {}),
          };
          await (bot ? remindApi.changeBot(bot.id, wanted) : remindApi.addBot(wanted));
          done();
        }}
      >
        <div class="field">
          <label for="bot-kind">{r.bots.kind}</label>
          <select
            id="bot-kind"
            value={channel.value}
            disabled={bot !== undefined}
            data-testid="bot-kind"
            onChange={(event) => {
              channel.value = event.currentTarget.value as BotChannel;
            }}
          >
            {BOTS.map((one) => (
              <option key={one} value={one}>
                {r.mine.channel[one]}
              </option>
            ))}
          </select>
        </div>
        <Field
          label={r.bots.name}
          name="name"
          hint={r.bots.nameHint}
          value={bot?.name ?? ''}
          maxLength={80}
        />
        <Field
          label={r.bots.url}
          name="url"
          hint={bot ? r.bots.urlKept : (r.bots.urlHint[channel.value] ?? '')}
          required={!bot}
          maxLength={2000}
        />
        {signs && (
          <Field
            label={r.bots.secret}
            name="secret"
            hint={
              bot?.hasSecret
                ? r.bots.secretKept
                : channel.value === 'slack'
                  ? r.bots.slackHint
                  : r.bots.secretHint
            }
            required={false}
            maxLength={1000}
          />
        )}
        <Switch
          label={r.bots.private}
          hint={r.bots.privateHint}
          on={inside.value}
          onChange={(on) => {
            inside.value = on;
          }}
        />
      </Form>
    </Dialog>
  );
}

/** Whether mail and push messages go out from here. */
function OtherWays() {
  const r = remind.value.bots;
  const now = useLoad(() => remindApi.channels(), []).loaded.value;
  if (now.state !== 'ready') return null;
  const { mail, push } = now.value;
  return (
    <section class="card" aria-labelledby="other-ways">
      <h2 id="other-ways">{r.otherWays}</h2>
      <ul class="rows inner">
        <li class="row">
          <Icon name="mail" />
          <p class={mail ? 'row-main' : 'row-main tone-warn'}>{mail ? r.mailOn : r.mailOff}</p>
        </li>
        <li class="row">
          <Icon name="bell" />
          <p class={push ? 'row-main' : 'row-main tone-warn'}>{push ? r.pushOn : r.pushOff}</p>
        </li>
      </ul>
    </section>
  );
}
