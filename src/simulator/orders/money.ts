import type { Money } from './order-shape.js';

/** Money in the smallest unit of its currency (cents; yen), so that sums are exact. */
export type Minor = number;

/** Formats the amount as Amazon does: a decimal as text, without decimals for JPY. */
export function money(minor: Minor, currencyCode: string): Money {
  if (decimalsOf(currencyCode) === 0) return { amount: String(minor), currencyCode };
  const cents = Math.abs(minor);
  const rest = cents % 100;
  const amount = `${minor < 0 ? '-' : ''}${Math.floor(cents / 100)}.${rest < 10 ? '0' : ''}${rest}`;
  return { amount, currencyCode };
}

/** Converts US cents roughly to another currency's smallest unit. */
export function fromCents(cents: number, currencyCode: string, perDollar: number): Minor {
  return Math.round((cents * perDollar) / 10 ** (2 - decimalsOf(currencyCode)));
}

function decimalsOf(currencyCode: string): number {
  return currencyCode === 'JPY' ? 0 : 2;
}
