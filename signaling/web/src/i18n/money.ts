import { speaking } from '.';

/** 10⁻⁶ of a currency, which is what all amounts are counted in. */
const UNIT = 1_000_000;

/** Digits after the point of a currency, as ISO 4217 has them. */
export function exponent(currency: string): number {
  try {
    const { maximumFractionDigits } = new Intl.NumberFormat('en', {
      style: 'currency',
      currency,
    }).resolvedOptions();
    return maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

function format(micro: number, currency: string, least: number, most: number): string {
  const amount = micro / UNIT;
  const digits = { minimumFractionDigits: least, maximumFractionDigits: Math.max(least, most) };
  try {
    return new Intl.NumberFormat(speaking.value, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      ...digits,
    }).format(amount);
  } catch {
    return `${currency} ${new Intl.NumberFormat(speaking.value, digits).format(amount)}`.trim();
  }
}

/** "¥1.42": to the smallest coin, and further only where that would be nothing. */
export function money(micro: number, currency: string): string {
  const digits = exponent(currency);
  const tiny = micro !== 0 && Math.abs(micro) < UNIT / 10 ** digits;
  return format(micro, currency, digits, tiny ? 6 : digits);
}

/** "¥0.018": a price, with as many digits as it has, and at least those of the coin. */
export function exact(micro: number, currency: string): string {
  return format(micro, currency, exponent(currency), 6);
}

/** What somebody typed as an amount, in 10⁻⁶; undefined when it is none. */
export function amountOf(text: string): number | undefined {
  const clean = text.trim().replace(/[\s,，_]/g, '');
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(clean)) return undefined;
  return Math.round(Number(clean) * UNIT);
}

/** An amount as it is typed: "500", "0.18". */
export function typed(micro: number): string {
  return String(micro / UNIT);
}
