import { lazily } from './lazily.js';
import { LOCALE } from './locale.js';

const integer = lazily(() => new Intl.NumberFormat(LOCALE));

export const formatCount = (value: number): string => integer().format(value);

/** Formats by currency and decimals; null for a currency that the browser doesn't accept. */
const moneyFormats = new Map<string, Intl.NumberFormat | null>();

function moneyFormatOf(currency: string, decimals: number): Intl.NumberFormat | null {
  const key = `${currency} ${decimals}`;
  const known = moneyFormats.get(key);
  if (known !== undefined) return known;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  let format: Intl.NumberFormat | null = null;
  try {
    format = new Intl.NumberFormat(LOCALE, { style: 'currency', currency, ...digits });
  } catch {
    // Not a currency code, or too many decimals.
  }
  moneyFormats.set(key, format);
  return format;
}

/** Formats an exact decimal in its currency without converting it to a float. */
export function formatMoney(amount: string, currencyCode: string): string {
  const format = moneyFormatOf(currencyCode, amount.split('.')[1]?.length ?? 0);
  return format?.format(amount as Intl.StringNumericLiteral) ?? `${amount} ${currencyCode}`;
}

/** An amount of money; a dash if Amazon has not sent it. */
export function Amount({ of }: { readonly of: { readonly amount: string; readonly currencyCode: string } | null }) {
  if (of) return <>{formatMoney(of.amount, of.currencyCode)}</>;
  return (
    <span className="muted" title="Not available from Amazon yet">
      <span aria-hidden>—</span>
      <span className="visually-hidden">not available from Amazon yet</span>
    </span>
  );
}
