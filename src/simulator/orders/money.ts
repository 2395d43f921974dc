import type { Money } from './order-shape.js';

/** Money in the smallest unit of its currency (cents; yen), so that sums are exact. */
export type Minor = number;

/** Formats the amount as Amazon does: a decimal as text, without decimals for JPY. */
export function money(minor: Minor, currencyCode: string): Money {
  const decimals = decimalsOf(currencyCode);
  if (decimals === 0) return { amount: String(minor), currencyCode };
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
  const amount = `${minor < 0 ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return { amount, currencyCode };
}

/** Converts US cents roughly to another currency's smallest unit. */
export function fromCents(cents: number, currencyCode: string, perDollar: number): Minor {
  return Math.round((cents * perDollar) / 10 ** (2 - decimalsOf(currencyCode)));
}

function decimalsOf(currencyCode: string): number {
  return currencyCode === 'JPY' ? 0 : 2;
}
