import { grouped, messages } from '../../i18n';
import { api, type DialIn } from '../../wire/api';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';

/** The numbers to call; undefined while they are not known. */
export function useDialIn(): DialIn | undefined {
  const { loaded } = useLoad(() => api.dialIn().catch(() => ({ numbers: [], sipAddress: '' })), []);
  return loaded.value.state === 'ready' ? loaded.value.value : undefined;
}

/** The text of an invitation, to be pasted into a mail or a chat. */
export function useInvitation(name: string, link: string, number: string): string {
  const t = messages.value;
  const phones = (useDialIn()?.numbers ?? []).map((n) => n.number).join(', ');
  return t.dialIn.invitation(name, link, grouped(number), phones);
}

export function DialInCard({ number }: { number: string }) {
  const t = messages.value;
  return (
    <section class="card" aria-labelledby="dial-in">
      <h2 id="dial-in">{t.dialIn.title}</h2>
      <DialInSteps number={number} />
    </section>
  );
}

/** What somebody with a telephone has to do, step by step. */
export function DialInSteps({ number }: { number: string }) {
  const t = messages.value;
  const where = useDialIn();
  const numbers = where?.numbers ?? [];
  if (where && numbers.length === 0 && !where.sipAddress) return <p>{t.dialIn.none}</p>;
  const keys: [string, string][] = [
    ['*6', t.dialIn.key.mute],
    ['*9', t.dialIn.key.hand],
    ['*1', t.dialIn.key.help],
    ['*#', t.dialIn.key.count],
  ];
  return (
    <>
      <ol class="steps">
        <li>
          <p>{numbers.length > 0 ? t.dialIn.call : t.dialIn.sip}</p>
          {numbers.map((n) => (
            <p key={n.number} class="step-value">
              <a href={`tel:${n.number.replace(/[^+\d]/g, '')}`} aria-label={t.dialIn.callNumber(n.number)}>
                <Icon name="phone" size={16} />
                <span class="digits">{n.number}</span>
              </a>
              {n.label && <span class="step-label">{n.label}</span>}
            </p>
          ))}
          {where?.sipAddress && (
            <p class="step-value">
              {numbers.length > 0 && <span class="step-label">{t.dialIn.or} </span>}
              <span class="mono">{where.sipAddress}</span>
            </p>
          )}
        </li>
        <li>
          <p>{t.dialIn.enter}</p>
          <p class="step-value digits strong">{grouped(number)}</p>
        </li>
        <li>
          <p>{t.dialIn.identify}</p>
        </li>
      </ol>
      <h3>{t.dialIn.keys}</h3>
      <dl class="keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
