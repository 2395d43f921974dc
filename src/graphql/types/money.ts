import type { Builder } from '../builder.js';

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
  for (const { digits, currencies } of unusualDigits) if (currencies.includes(currencyCode)) return digits;
  return /^[A-Z]{3}$/.test(currencyCode) ? 2 : 0;
}

/** ISO 4217's currencies that have not two decimals, and XXX, which is none. */
export const unusualDigits = [
  { digits: 0, currencies: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF XXX'.split(' ') },
  { digits: 3, currencies: 'BHD IQD JOD KWD LYD OMR TND'.split(' ') },
  { digits: 4, currencies: 'CLF UYW'.split(' ') },
] as const;
