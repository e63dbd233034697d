import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { messages } from '../../i18n';
import { light as texts } from '../../i18n/light';
import type { Live } from '../../store/live';
import { selfId } from '../../store/session';
import type { About, Light } from '../../store/sound';
import type { Quality } from '../../wire/messages';
import { ids } from '../testids';
import type { Context } from './actions';
import { advice, complaint, share, time } from './advice';
import { Banner } from './banner';
import { Signal } from './signal';

/** One's own light; behind it is what it means. */
export function OwnLight({ live, open }: { live: Live; open(): void }) {
  const own = live.self.value;
  if (!own) return null;
  const state = stateOf(live, own.quality);
  const text = messages.value.room.quality[state];
  return (
    <button
      type="button"
      class="own-light"
      data-testid={ids.light}
      data-class={state}
      aria-label={texts.value.open(text)}
      title={text}
      onClick={open}
    >
      <Signal quality={state} />
    </button>
  );
}

/** Until something is measured here, what everybody sees. */
function stateOf(live: Live, seen: Quality): Quality {
  const own = live.sound.light.value.class;
  return own === 'unclassified' ? seen : own;
}

/** What one's connection is like, in words and figures. */
export function Connection({ live }: { live: Live }) {
  const t = texts.value;
  const now = live.sound.light.value;
  const what = complaint(now);
  return (
    <div class="connection" data-testid="connection">
      <p class="connection-state">
        <Signal quality={now.class} /> <strong>{t.state[now.class]}</strong>
      </p>
      <p>{what ? t.sentence(what, advice(now)) : now.class === 'good' ? t.fine : t.waiting}</p>
      <Figures now={now} />
      {selfId() && (
        <p>
          {/* In a page of its own: whoever leaves this one leaves the meeting. */}
          <a href="/me/legs/latest" target="_blank" rel="noopener" data-testid="my-figures">
            {t.course}
          </a>
        </p>
      )}
    </div>
  );
}

function Figures({ now }: { now: Light }) {
  const t = texts.value.figures;
  const rows = [
    [now.side === 'said' ? t.saidLoss : t.loss, now.loss, share],
    [t.jitter, now.jitter, time],
    [t.concealed, now.concealed, share],
    [t.rtt, now.rtt, time],
  ] as const;
  const known = rows.filter(([, value]) => value !== undefined);
  if (known.length === 0) return null;
  return (
    <dl class="connection-figures">
      {known.map(([name, value, write]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="digits">{write(value as number)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Says that one's own connection is bad and what may help, until it is hidden or good again. */
export function LightBanner({ live, context }: { live: Live; context: Context }) {
  const t = texts.value;
  const hidden = useSignal(false);
  const now = live.sound.light.value;
  const what = complaint(now);
  const well = what === '';
  useEffect(() => {
    if (well) hidden.value = false;
  }, [well]);
  if (well || hidden.value) return null;
  const poor = now.class === 'poor';
  return (
    <Banner
      kind="connection"
      tone={poor ? 'bad' : 'warn'}
      icon="warning"
      {...(poor ? { action: t.byPhone, act: () => context.open('dial-in') } : {})}
      hide={() => {
        hidden.value = true;
      }}
    >
      {t.sentence(what, advice(now))}
    </Banner>
  );
}

/** What others may hear of one's microphone. */
export function HintBanners({ live, context }: { live: Live; context: Context }) {
  const hidden = useSignal<ReadonlySet<About>>(new Set());
  // A muted microphone disturbs nobody.
  if (live.muted.value) return null;
  const shown = [...live.sound.hints.value].filter(([about]) => !hidden.value.has(about));
  return (
    <>
      {shown.map(([about, other]) => (
        <HintBanner
          key={about}
          about={about}
          other={other === undefined ? undefined : live.room.value?.roster.get(other)?.name}
          live={live}
          context={context}
          hide={() => {
            hidden.value = new Set([...hidden.value, about]);
          }}
        />
      ))}
    </>
  );
}

interface HintProps {
  about: About;
  other: string | undefined;
  live: Live;
  context: Context;
  hide(): void;
}

function HintBanner({ about, other, live, context, hide }: HintProps) {
  const t = texts.value;
  const dead = about === 'dead-microphone';
  return (
    <Banner
      kind={about}
      tone="warn"
      icon={dead ? 'micOff' : 'sound'}
      action={dead ? t.choose : t.mute}
      act={() => (dead ? context.open('sound') : live.setMuted(true))}
      hide={hide}
    >
      {about === 'echo' && other ? t.hints.echoWith(other) : t.hints[about]}
    </Banner>
  );
}
