const MAX_DIGITS = 30;
const MAX_EXPONENT = 60;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * A decimal number without its exponent, exact: `1E+3` is `1000`, `1.5e-3` is `0.0015`; texts without an exponent stay as they are.
 * Null if it isn't one, or has more than 30 digits.
 */
export function plainDecimal(text: string): string | null {
  const [, sign = '', whole = '', fraction = '', exponent] = DECIMAL.exec(text) ?? [];
  if (whole === '' || whole.length + fraction.length > MAX_DIGITS) return null;
  if (exponent === undefined) return text;

  const shift = Number(exponent);
  if (Math.abs(shift) > MAX_EXPONENT) return null;
  // The digits, with enough zeros on both sides that the point lies among them.
  const padded = `${'0'.repeat(Math.max(0, -shift))}${whole}${fraction}${'0'.repeat(Math.max(0, shift - fraction.length))}`;
  const point = whole.length + shift + Math.max(0, -shift);
  const units = padded.slice(0, point).replace(/^0+(?=\d)/, '') || '0';
  const decimals = padded.slice(point);
  if (units.length + decimals.length > MAX_DIGITS) return null;
  return `${sign}${units}${decimals === '' ? '' : `.${decimals}`}`;
}
