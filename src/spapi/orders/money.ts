/** An exact amount, never a JavaScript number. */
export interface Money {
  /** Decimal digits with an optional sign and point: `-12.50`, `5980`. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currencyCode: string;
}

/** An amount whose currency may be missing, as for a free line without a price row. */
export interface Price {
  readonly amount: string;
  readonly currencyCode: string | null;
}

const MAX_DIGITS = 30;
const PLAIN = /^-?\d+(?:\.\d+)?$/;
const MAX_EXPONENT = 60;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Returns a decimal number without an exponent, exactly: `1E+3` as `1000`, `1.5e-3` as `0.0015`; without one unchanged.
 * Null if it isn't a decimal number or has more than 30 digits.
 */
export function plainDecimal(text: string): string | null {
  if (text.length <= MAX_DIGITS && PLAIN.test(text)) return text;
  const [, sign = '', whole = '', fraction = '', exponent] = DECIMAL.exec(text) ?? [];
  if (whole === '' || whole.length + fraction.length > MAX_DIGITS) return null;
  if (exponent === undefined) return text;

  const shift = Number(exponent);
  if (Math.abs(shift) > MAX_EXPONENT) return null;
  // Padded with zeros on both sides, so that the point lies among the digits.
  const padded = `${'0'.repeat(Math.max(0, -shift))}${whole}${fraction}${'0'.repeat(Math.max(0, shift - fraction.length))}`;
  const point = whole.length + shift + Math.max(0, -shift);
  const units = padded.slice(0, point).replace(/^0+(?=\d)/, '') || '0';
  const decimals = padded.slice(point);
  if (units.length + decimals.length > MAX_DIGITS) return null;
  return `${sign}${units}${decimals === '' ? '' : `.${decimals}`}`;
}

/** Adds amounts exactly. Null if the currencies differ or the list is empty. */
export function sum(amounts: readonly Money[]): Money | null {
  const [first] = amounts;
  if (!first) return null;
  if (amounts.length === 1) return first;

  let scale = 0;
  for (const { amount, currencyCode } of amounts) {
    if (currencyCode !== first.currencyCode) return null;
    scale = Math.max(scale, decimals(amount));
  }
  let total = 0n;
  for (const { amount } of amounts) total += toUnits(amount, scale);
  return { amount: fromUnits(total, scale), currencyCode: first.currencyCode };
}

export function isZero({ amount }: Money | Price): boolean {
  return /^-?[0.]+$/.test(amount);
}

function decimals(amount: string): number {
  const point = amount.indexOf('.');
  return point < 0 ? 0 : amount.length - point - 1;
}

function toUnits(amount: string, scale: number): bigint {
  return BigInt(amount.replace('.', '') + '0'.repeat(scale - decimals(amount)));
}

function fromUnits(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? '-' : ''}${scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`}`;
}
