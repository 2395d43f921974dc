import type { Builder } from './builder.js';

export interface Money {
  readonly amount: string;
  readonly currencyCode: string;
}

export function addMoney(builder: Builder) {
  return builder.objectRef<Money>('Money').implement({
    description: 'An amount in a currency.',
    fields: (t) => ({
      amount: t.expose('amount', {
        type: 'Decimal',
        description: 'With the currency\'s decimals (USD "99.90", JPY "5980"), and more where Amazon gave more.',
      }),
      currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217.' }),
    }),
  });
}

/** Null unless both are known. */
export function moneyOf(amount: string | null, currencyCode: string | null): Money | null {
  return amount === null || currencyCode === null ? null : { amount: padAmount(amount, currencyCode), currencyCode };
}

/** The exact decimal with at least as many decimals as its currency has: 99.9 USD is "99.90". */
export function padAmount(amount: string, currencyCode: string): string {
  const [whole = '', decimals = ''] = amount.split('.');
  const padded = decimals.padEnd(minorUnits(currencyCode), '0');
  return padded === '' ? whole : `${whole}.${padded}`;
}

/** How many decimals the currency has; none for what is no currency. */
function minorUnits(currencyCode: string): number {
  const known = minorUnitsOf.get(currencyCode);
  if (known !== undefined) return known;
  if (!/^[A-Z]{3}$/.test(currencyCode) || currencyCode === 'XXX') return 0;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: currencyCode });
  const digits = format.resolvedOptions().minimumFractionDigits ?? 0;
  minorUnitsOf.set(currencyCode, digits);
  return digits;
}

/** Making a formatter takes longer than all the rest of an order. */
const minorUnitsOf = new Map<string, number>();
