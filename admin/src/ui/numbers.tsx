import { LOCALE } from './locale.js';

const integer = new Intl.NumberFormat(LOCALE);

export const formatCount = (value: number): string => integer.format(value);

/** Formats an exact decimal in its currency without converting it to a float. */
export function formatMoney(amount: string, currencyCode: string): string {
  const decimals = amount.split('.')[1]?.length ?? 0;
  try {
    return new Intl.NumberFormat(LOCALE, {
      style: 'currency',
      currency: currencyCode,
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    }).format(amount as Intl.StringNumericLiteral);
  } catch {
    return `${amount} ${currencyCode}`;
  }
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
