import { elapsed } from '../../i18n';
import { exact, money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import type { CallRecord } from '../../wire/paid';
import { Chip } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { causeText, className, countryName, moment } from './words';

/** "61 s → 66 s at 60/6 × ¥0.18", from what the record says; nothing where nothing was charged. */
export function explanation(call: CallRecord): string {
  if (!call.billedSeconds || call.ratePerMinute === undefined || call.cost === 0) return '';
  return paid.value.mine.explain(
    Math.ceil(call.durationMs / 1000),
    call.billedSeconds,
    call.block ?? '',
    exact(call.ratePerMinute, call.currency),
  );
}

/** How a call went, in a word. */
export function Outcome({ call }: { call: CallRecord }) {
  const p = paid.value;
  if (call.state !== 'closed') return <Chip tone="accent">{p.record.state[call.state]}</Chip>;
  if (call.answered) return <span>{elapsed(call.durationMs)}</span>;
  return (
    <Chip tone={call.cause === 'refused' || call.cause === 'no-money' ? 'bad' : 'plain'}>
      {causeText(call.cause)}
    </Chip>
  );
}

/** Calls as cards of one line or two, for whoever placed them. */
export function CallList({ calls }: { calls: readonly CallRecord[] }) {
  const p = paid.value;
  return (
    <ul class="card rows">
      {calls.map((call) => {
        const out = call.direction === 'outbound';
        const number = out ? call.to : call.from;
        const name = (out ? call.toName : call.personName) || number || p.admin.calls.kinds[call.kind];
        return (
          <li key={call.id} class="row record-row" data-testid="record" data-id={call.id}>
            <span class={`record-icon ${call.answered ? 'good' : 'bad'}`}>
              <Icon name={out ? 'phonePlus' : 'phone'} size={18} />
            </span>
            <div class="row-main">
              <Link to={`/calls/${call.id}`} class="row-title" label={p.mine.detailOf(name)}>
                {name}
              </Link>
              <p class="row-sub">
                {number !== name && <span class="digits">{number}</span>}
                <span>{moment(call.began)}</span>
                {call.class && (
                  <span>
                    {[className(call.class), countryName(call.country)].filter(Boolean).join(' · ')}
                  </span>
                )}
              </p>
            </div>
            <div class="record-side digits">
              <Outcome call={call} />
              <strong>{money(call.cost, call.currency)}</strong>
              {explanation(call) && <span class="record-why">{explanation(call)}</span>}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
