import { messages } from '../../i18n';
import { exact, money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import { byNumber, callNext } from '../../store/callees';
import { go } from '../../store/router';
import { known, selfId } from '../../store/session';
import { type CallRecord, paidApi, type RecordDetail, type Step } from '../../wire/paid';
import { CallList, Outcome } from '../paid/calllist';
import { routeWords } from '../paid/routes';
import { causeText, className, clock, countryName, moment, payerName, ruleText, span } from '../paid/words';
import { Chip, Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';

/** One call: what was charged and why, which line it took and why, what happened when. */
export default function CallPage({ id }: { id: string }) {
  const p = paid.value;
  const { loaded, again } = useLoad(() => paidApi.record(id), [id]);
  const now = loaded.value;
  const admin = known.value.state === 'in' && known.value.session.person.admin;
  if (now.state !== 'ready') {
    return (
      <>
        <PageTitle>{p.record.facts}</PageTitle>
        {now.state === 'loading' ? <Loading /> : <Failed error={now.error} retry={again} />}
      </>
    );
  }
  const call = now.value;
  const out = call.direction === 'outbound';
  const name = (out ? call.toName || call.to : call.personName || call.from) ?? '';
  return (
    <>
      <header class="page-head">
        <div>
          <Link to={admin ? '/company/calls' : '/calls'} class="back">
            <Icon name="back" size={16} />
            {admin ? p.admin.calls.title : p.mine.title}
          </Link>
          <PageTitle>{out ? p.record.title(name) : p.record.from(name)}</PageTitle>
          <p class="row-sub">
            <span>{moment(call.began, true)}</span>
            <Outcome call={call} />
            {call.class && (
              <span>{[className(call.class), countryName(call.country)].filter(Boolean).join(' · ')}</span>
            )}
          </p>
        </div>
        {out && !call.masked && call.person === selfId() && (
          <div class="page-actions">
            <Button
              icon="phone"
              id="call-again"
              onClick={() => {
                callNext([byNumber(call.to, call.toName)]);
                go('/dial');
              }}
            >
              {p.room.retry}
            </Button>
          </div>
        )}
      </header>
      <div class="two">
        <div class="stack">
          <ChargeCard call={call} />
          <Facts call={call} />
        </div>
        <div class="stack">
          <Timeline call={call} />
          <Routing call={call} />
          {call.legs && call.legs.length > 0 && <CallList calls={call.legs} />}
        </div>
      </div>
    </>
  );
}

function ChargeCard({ call }: { call: RecordDetail }) {
  const p = paid.value;
  const { charge } = call;
  const steps = charge?.steps ?? [];
  const words = p.record.steps as Record<string, (v: Record<string, string>) => string>;
  const amount = (text: string | undefined) =>
    text === undefined ? '' : exact(Math.round(Number(text) * 1e6), call.currency);
  const said = (step: Step) => {
    const values = { ...step.values };
    if (values.price !== undefined) values.price = amount(values.price);
    return words[step.key]?.(values) ?? step.key;
  };
  return (
    <section class="card" aria-labelledby="charge" data-testid="charge">
      <h2 id="charge">{p.record.charge}</h2>
      {steps.length === 0 ? (
        <p>{p.record.noCharge}</p>
      ) : (
        <ol class="charge">
          {steps.map((step, n) => (
            <li key={step.key} class={n === steps.length - 1 ? 'charge-total' : ''} data-step={step.key}>
              <span>{said(step)}</span>
              <span class="digits">{amount(step.values?.amount)}</span>
            </li>
          ))}
        </ol>
      )}
      {charge?.verified !== undefined && (
        <p class={`note ${charge.verified ? '' : 'warn'}`}>
          <Icon name={charge.verified ? 'check' : 'warning'} />
          <span>{charge.verified ? p.record.verified : p.record.notVerified}</span>
        </p>
      )}
    </section>
  );
}

function Timeline({ call }: { call: CallRecord }) {
  const p = paid.value;
  const began = Date.parse(call.began);
  const stamps = (['began', 'ringing', 'answered', 'ended'] as const).flatMap((key) => {
    const at = call[key];
    return at ? [{ key, at }] : [];
  });
  return (
    <section class="card" aria-labelledby="timeline">
      <h2 id="timeline">{p.record.timeline}</h2>
      <ol class="timeline">
        {stamps.map(({ key, at }) => (
          <li key={key}>
            <span class="digits">
              {key === 'began' ? clock(at) : `+ ${span((Date.parse(at) - began) / 1000)}`}
            </span>
            <span>
              {p.record.events[key]}
              {key === 'ended' && call.cause ? ` – ${causeText(call.cause)}` : ''}
            </span>
          </li>
        ))}
      </ol>
      {call.rule && (
        <p class="refusal">
          <Icon name="warning" size={16} />
          <span>{ruleText(call.rule, {}, call.currency)}</span>
        </p>
      )}
    </section>
  );
}

function Routing({ call }: { call: RecordDetail }) {
  const p = paid.value.record;
  if (!call.routing || call.routing.length === 0) return null;
  return (
    <section class="card" aria-labelledby="routing">
      <h2 id="routing">{p.routing}</h2>
      <ol class="routes">
        {call.routing.map((route, n) => (
          <li key={n} data-testid="route" data-taken={route.taken}>
            <p class="row-name">
              {route.trunk} {route.taken && <Chip tone="good">{p.taken}</Chip>}
            </p>
            <p class="row-sub">
              {routeWords(route, call.currency).map((word) => (
                <span key={word}>{word}</span>
              ))}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Facts({ call }: { call: CallRecord }) {
  const p = paid.value;
  const f = p.record.field;
  const pair = (a: number | undefined, b: number | undefined, unit = '') =>
    a === undefined && b === undefined ? undefined : `${a ?? '–'} / ${b ?? '–'}${unit}`;
  const facts: [string, string | number | undefined][] = [
    [f.person, call.personName],
    [f.from, call.from],
    [f.to, call.to],
    [f.class, className(call.class)],
    [f.country, countryName(call.country)],
    [f.destination, call.destination],
    [f.prefix, call.prefix],
    [f.trunk, call.trunk],
    [f.payer, call.payer && payerName(call.payer)],
    [f.department, call.department],
    [f.costCentre, call.costCentre],
    [f.meeting, call.meetingName],
    [p.admin.calls.occurrence, call.occurrence],
    [p.admin.calls.known, call.known === undefined ? undefined : call.known ? p.record.yes : p.record.no],
    [f.rate, call.ratePerMinute === undefined ? undefined : exact(call.ratePerMinute, call.currency)],
    [f.connectFee, call.connectFee ? exact(call.connectFee, call.currency) : undefined],
    [f.block, call.block],
    [f.deck, call.deck],
    [f.billed, call.billedSeconds ? span(call.billedSeconds) : undefined],
    [f.cost, exact(call.cost, call.currency)],
    [f.held, call.held ? money(call.held, call.currency) : undefined],
    [f.cause, causeText(call.cause)],
    [f.status, call.status],
    [f.q850, call.q850],
    [f.hangup, call.hangup && (p.record.hangup[call.hangup] ?? call.hangup)],
    [f.pdd, call.pddMs ? span(call.pddMs / 1000) : undefined],
    [f.codec, call.codec],
    [f.quality, call.quality && (p.record.qualities[call.quality] ?? call.quality)],
    [f.mos, pair(call.mosIn, call.mosOut)],
    [f.loss, pair(call.lossIn, call.lossOut, ' %')],
    [f.jitter, pair(call.jitterInMs, call.jitterOutMs, ' ms')],
    [f.rtt, call.rttMs === undefined ? undefined : `${call.rttMs} ms`],
    [f.attempt, call.attempt > 1 ? call.attempt : undefined],
    [f.joinMethod, call.joinMethod && (p.record.joins[call.joinMethod] ?? call.joinMethod)],
    [f.keys, call.keys > 0 ? call.keys : undefined],
    [f.recorded, call.recorded ? p.record.yes : p.record.no],
    ['Call-ID', call.sipCallId],
  ];
  return (
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">{p.record.facts}</h2>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== undefined && value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="digits">{value}</dd>
            </div>
          ))}
      </dl>
      <p class="field-hint mono">{`${messages.value.common.partyline} ${call.id}`}</p>
    </section>
  );
}
