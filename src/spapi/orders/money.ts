import type { Money, Price } from './wire.js';

/** Exact, whatever the number of digits. Null if the currencies differ or there is nothing to add. */
export function sum(amounts: readonly Money[]): Money | null {
  const [first, ...rest] = amounts;
  if (!first || rest.some(({ currencyCode }) => currencyCode !== first.currencyCode)) return null;
  if (rest.length === 0) return first;

  const scale = Math.max(...amounts.map(({ amount }) => decimals(amount)));
  const total = amounts.reduce((units, { amount }) => units + toUnits(amount, scale), 0n);
  return { amount: fromUnits(total, scale), currencyCode: first.currencyCode };
}

export function isZero({ amount }: Money | Price): boolean {
  return /^-?[0.]+$/.test(amount);
}

function decimals(amount: string): number {
  return amount.split('.')[1]?.length ?? 0;
}

function toUnits(amount: string, scale: number): bigint {
  return BigInt(amount.replace('.', '') + '0'.repeat(scale - decimals(amount)));
}

function fromUnits(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? '-' : ''}${scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`}`;
}
