import { useEffect, useRef } from 'preact/hooks';
import { Ringback } from '../../call/ringback';
import { elapsed } from '../../i18n';
import { exact, money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { rememberCalls, whoWas } from '../../store/callees';
import { ringing, shownCalls } from '../../store/calls';
import type { Live } from '../../store/live';
import { selfId } from '../../store/session';
import { announce, toast } from '../../store/toasts';
import { type Call, type Meter, samePayer } from '../../wire/dial';
import { CallRow } from '../paid/callrow';
import { freshKey } from '../paid/quote';
import { calledName, causeText } from '../paid/words';
import { Icon } from '../parts/icons';
import { useNow } from '../parts/now';
import { explain } from '../parts/problem';
import { ids } from '../testids';
import type { Context } from './actions';

/** Who is being called, what it costs, and what is about to end. */
export default function RoomCalls({ context }: { context: Context }) {
  const p = paid.value;
  const { live } = context;
  const state = live.calls.value;
  const shown = shownCalls(state);
  useRingback(live);
  useAnnouncements(live);
  const told = (error: unknown) => toast(explain(error), 'bad');
  const retry = (call: Call) => {
    const who = whoWas(call);
    if (!who) return;
    const payer = samePayer([call], selfId());
    live.dial({ key: freshKey(), kind: 'into', to: [who.callee], ...payer }).then(({ calls }) => {
      rememberCalls(calls, [who]);
      live.forgetCall(call.call);
    }, told);
  };
  return (
    <>
      <Warnings live={live} />
      {state.meter && <MeterStrip meter={state.meter} calls={state.calls} />}
      {shown.length > 0 && (
        <section class="paid-calls" aria-label={p.room.title}>
          <ul>
            {shown.map((call) => (
              <CallRow
                key={call.call}
                call={call}
                currency={state.meter?.currency ?? ''}
                cancel={() => live.act('dial-cancel', { value: call.call }).catch(told)}
                retry={retry}
                dismiss={() => live.forgetCall(call.call)}
              />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** What is about to end, and for want of what. */
function Warnings({ live }: { live: Live }) {
  const p = paid.value;
  const { warnings, endsAt } = live.calls.value;
  const now = useNow(endsAt === undefined ? 60_000 : 1000);
  if (warnings.size === 0 && endsAt === undefined) return null;
  return (
    <div class="banners" role="alert">
      {[...warnings.values()].map((warning) => (
        <div
          key={warning.call}
          class="banner bad"
          data-testid={ids.banner}
          data-kind={`${warning.about}-warning`}
        >
          <Icon name={warning.about === 'money' ? 'coins' : 'clock'} />
          <p>{(warning.about === 'money' ? p.room.oneMinute : p.room.tooLong)(warning.name)}</p>
        </div>
      ))}
      {endsAt !== undefined && (
        <div class="banner warn" data-testid={ids.banner} data-kind="calls-ending">
          <Icon name="clock" />
          <p>{p.room.ending(elapsed(endsAt - now))}</p>
        </div>
      )}
    </div>
  );
}

/** The burn meter: so much a minute, so much so far, and each call for itself. */
function MeterStrip({ meter, calls }: { meter: Meter; calls: ReadonlyMap<string, Call> }) {
  const p = paid.value;
  const { currency, rate, spent, legs } = meter;
  return (
    <section
      class="meter-strip"
      aria-label={p.room.meter}
      data-testid="money"
      data-spent={spent}
      data-rate={rate}
    >
      <Icon name="coins" />
      <p class="meter-sum digits">
        <strong>{p.room.soFar(money(spent, currency))}</strong>
        {rate > 0 && <span>{p.room.perMinute(exact(rate, currency))}</span>}
      </p>
      {legs.length > 0 && (
        <details>
          <summary>{p.room.legs(legs.length)}</summary>
          <ul>
            {legs.map((leg) => {
              const call = calls.get(leg.call);
              return (
                <li key={leg.call} data-testid="money-leg" data-call={leg.call}>
                  <span class="truncate">{call ? calledName(call) : ''}</span>
                  <span class="digits">{p.dial.perMinute(exact(leg.rate, currency))}</span>
                  <span class="digits strong">{money(leg.spent, currency)}</span>
                  <span class="digits leg-left">
                    {leg.left === undefined ? p.dial.unlimited : p.dial.left(money(leg.left, currency))}
                  </span>
                </li>
              );
            })}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Whoever dialled hears the telephone ring, until it answers or sends sound of its own. */
function useRingback(live: Live): void {
  const call = ringing(live.calls.value, selfId());
  const country = call?.country ?? '';
  const on = call !== undefined;
  useEffect(() => {
    if (!on) return;
    const tone = new Ringback();
    tone.start(country);
    return () => tone.close();
  }, [on, country]);
}

/** Tells assistive technology when somebody joined or did not come. */
function useAnnouncements(live: Live): void {
  const before = useRef<ReadonlyMap<string, Call>>(live.calls.value.calls);
  const { calls } = live.calls.value;
  useEffect(() => {
    for (const call of calls.values()) {
      if (before.current.get(call.call)?.state === call.state) continue;
      const name = calledName(call);
      if (call.state === 'joined') announce(paid.value.room.joined(name));
      else if (call.state === 'ended' && call.cause !== 'hung-up')
        announce(paid.value.room.failed(name, causeText(call.cause)));
    }
    before.current = calls;
  }, [calls]);
}
