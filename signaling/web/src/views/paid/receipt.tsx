import { elapsed } from '../../i18n';
import { money } from '../../i18n/money';
import { paid } from '../../i18n/paid';
import type { Receipt } from '../../wire/dial';
import { Link } from '../parts/link';
import { causeText } from './words';

/** What one's calls cost, shown on the way out. */
export default function ReceiptCard({ receipt }: { receipt: Receipt }) {
  const p = paid.value;
  return (
    <section class="receipt" aria-labelledby="receipt" data-testid="receipt" data-spent={receipt.spent}>
      <h2 id="receipt">{p.receipt.title}</h2>
      <ul>
        {receipt.calls.map((line) => (
          <li key={line.call}>
            <span class="receipt-name">
              {line.name || line.number} {line.name && <span class="digits receipt-sub">{line.number}</span>}
            </span>
            <span class="digits receipt-sub">
              {line.seconds > 0
                ? elapsed(line.seconds * 1000)
                : causeText(line.cause) || p.receipt.unanswered}
            </span>
            <span class="digits">{money(line.spent, receipt.currency)}</span>
          </li>
        ))}
        <li class="receipt-total">
          <span>{p.receipt.total}</span>
          <span class="digits">{elapsed(receipt.seconds * 1000)}</span>
          <span class="digits">{money(receipt.spent, receipt.currency)}</span>
        </li>
      </ul>
      {receipt.running > 0 && <p class="field-hint">{p.receipt.running(receipt.running)}</p>}
      <p>
        <Link to="/calls">{p.receipt.all}</Link>
      </p>
    </section>
  );
}
