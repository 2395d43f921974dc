/** Sums and differences of exact decimals, given and answered as strings: "0.10" and "0.20" make "0.30", never a float. */
export function sum(amounts: readonly string[]): string {
  const decimals = Math.max(0, ...amounts.map((amount) => fractionOf(amount).length));
  const total = amounts.reduce((sofar, amount) => sofar + scaled(amount, decimals), 0n);
  return written(total, decimals);
}

/** `from` less `amount`, exactly. */
export const minus = (from: string, amount: string): string => sum([from, negated(amount)]);

/** Whether an amount is nothing: "0", "0.00", "-0". */
export const isZero = (amount: string): boolean => !/[1-9]/.test(amount);

const fractionOf = (amount: string) => amount.split('.')[1] ?? '';

const negated = (amount: string) => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);

function scaled(amount: string, decimals: number): bigint {
  const [whole = '0'] = amount.split('.');
  return BigInt(whole + fractionOf(amount).padEnd(decimals, '0'));
}

function written(total: bigint, decimals: number): string {
  if (decimals === 0) return String(total);
  const digits = String(total < 0n ? -total : total).padStart(decimals + 1, '0');
  return `${total < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
