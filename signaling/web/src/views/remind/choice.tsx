import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { messages } from '../../i18n';
import { remind } from '../../i18n/remind';
import { toast } from '../../store/toasts';
import type { Person } from '../../wire/api';
import { type Channels, type Choice, type MessageChannel, remindApi } from '../../wire/remind';
import { Failed, Loading } from '../parts/bits';
import { Switch } from '../parts/form';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';

/** Minutes before the start that are offered; 0 is the meeting's own. */
const LEADS = [0, 5, 10, 15, 30, 60] as const;

/** By which ways and when one is reminded. */
export function HowReminded({ person }: { person: Person }) {
  const r = remind.value.mine;
  const { loaded, again } = useLoad(() => Promise.all([remindApi.choice(), remindApi.channels()]), []);
  const now = loaded.value;
  return (
    <section class="card" aria-labelledby="channels">
      <h2 id="channels">{r.channels}</h2>
      <p>{r.channelsText}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && <Choices person={person} choice={now.value[0]} channels={now.value[1]} />}
    </section>
  );
}

interface ChoicesProps {
  person: Person;
  choice: Choice;
  channels: Channels;
}

function Choices({ person, choice: first, channels: firstChannels }: ChoicesProps) {
  const r = remind.value.mine;
  const id = useId();
  const choice = useSignal(first);
  const channels = useSignal(firstChannels);
  const { bots } = channels.value;
  const bot = (channel: MessageChannel) => bots.some((one) => one.channel === channel && one.chosen);
  // As usual: push and the chat, mail where there is neither.
  const usual = usualOf(channels.value);
  const on = (channel: MessageChannel) => (choice.value.channels ?? usual).includes(channel);

  async function change(more: Partial<Choice>) {
    const before = choice.value;
    choice.value = { ...before, ...more };
    try {
      choice.value = await remindApi.choose(choice.value);
    } catch (error) {
      choice.value = before;
      toast(explain(error), 'bad');
    }
  }

  function use(channel: MessageChannel, wanted: boolean) {
    const others = (choice.value.channels ?? usual).filter((one) => one !== channel);
    return change({ channels: wanted ? [...others, channel] : others });
  }

  async function useBot(bot: Channels['bots'][number], wanted: boolean, mention = bot.mention) {
    const others = bots.filter((one) => one.chosen && one.id !== bot.id);
    const all = wanted ? [...others, { ...bot, mention }] : others;
    try {
      channels.value = await remindApi.setBots(all.map((one) => ({ id: one.id, mention: one.mention })));
      // A bot that was chosen is meant to say something.
      if (wanted && !on(bot.channel)) await use(bot.channel, true);
      toast(messages.value.common.saved, 'good');
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }

  return (
    <div class="choices">
      <div class="field">
        <label for={id}>{r.steps.ask}</label>
        <select
          id={id}
          value={String(choice.value.lead[0] ?? 0)}
          aria-describedby={`${id}-hint`}
          data-testid="lead"
          onChange={(event) => {
            const lead = Number(event.currentTarget.value);
            void change({ lead: lead ? [lead] : [] });
          }}
        >
          {[...new Set([...LEADS, ...choice.value.lead])].map((n) => (
            <option key={n} value={String(n)}>
              {n === 0 ? r.asMeeting : r.before(n)}
            </option>
          ))}
        </select>
        <p class="field-hint" id={`${id}-hint`}>
          {r.stepHint.ask}
        </p>
      </div>
      <Switch
        label={r.channel.push ?? ''}
        on={on('push')}
        id="channel-push"
        onChange={(wanted) => void use('push', wanted)}
      />
      {channels.value.mail && (
        <Switch
          label={r.channel.mail ?? ''}
          hint={r.mailHint(person.email)}
          on={on('mail')}
          id="channel-mail"
          onChange={(wanted) => void use('mail', wanted)}
        />
      )}
      {bots.map((one) => (
        <BotChoice
          key={one.id}
          bot={one}
          on={one.chosen && on(one.channel) && bot(one.channel)}
          change={(wanted, mention) => void useBot(one, wanted, mention)}
        />
      ))}
      <hr class="line" />
      <Switch
        label={r.steps.ring}
        hint={r.stepHint.ring}
        on={!choice.value.noRing}
        id="channel-ring"
        onChange={(wanted) => void change({ noRing: !wanted })}
      />
      <Switch
        label={r.steps.call}
        hint={person.phone ? `${r.phoneHint(person.phone)}. ${r.stepHint.call}` : r.stepHint.call}
        on={!choice.value.noCall}
        id="channel-call"
        onChange={(wanted) => void change({ noCall: !wanted })}
      />
      {!person.phone && (
        <p class="field-hint">
          <Link to="/me">{r.noPhone}</Link>
        </p>
      )}
    </div>
  );
}

function usualOf(channels: Channels): MessageChannel[] {
  const chosen = channels.bots.filter((bot) => bot.chosen).map((bot) => bot.channel);
  const usual: MessageChannel[] = [...(channels.browsers > 0 ? (['push'] as const) : []), ...new Set(chosen)];
  return usual.length > 0 ? usual : ['mail'];
}

interface BotChoiceProps {
  bot: Channels['bots'][number];
  on: boolean;
  change(wanted: boolean, mention?: string): void;
}

/** A group chat, and by which name it calls the person. */
function BotChoice({ bot, on, change }: BotChoiceProps) {
  const r = remind.value.mine;
  const id = useId();
  return (
    <div class="bot-choice" data-testid="bot-choice" data-name={bot.name}>
      <Switch
        label={bot.name}
        hint={r.channel[bot.channel] ?? bot.channel}
        on={on}
        id={`bot-${bot.id}`}
        onChange={(wanted) => change(wanted)}
      />
      {on && (
        <div class="field">
          <label for={id}>{r.mention[bot.channel]}</label>
          <input
            id={id}
            type="text"
            maxLength={64}
            defaultValue={bot.mention}
            aria-describedby={`${id}-hint`}
            onChange={(event) => change(true, event.currentTarget.value.trim())}
          />
          <p class="field-hint" id={`${id}-hint`}>
            {r.mentionHint}
          </p>
        </div>
      )}
    </div>
  );
}
