const whole = new Intl.NumberFormat();

/** A count with the viewer's separators. */
export const count = (value: number): string => whole.format(value);

/** An exact amount in its currency, with the viewer's separators; no float on the way. */
export function money(amount: string, currencyCode: string): string {
  const decimals = amount.split('.')[1]?.length ?? 0;
  try {
    return new Intl.NumberFormat(undefined, {
      style: 'currency',
      currency: currencyCode,
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    }).format(amount as Intl.StringNumericLiteral);
  } catch {
    return `${amount} ${currencyCode}`;
  }
}
