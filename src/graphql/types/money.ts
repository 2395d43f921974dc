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
        description: 'At least as many decimals as the currency has: USD "99.90", JPY "5980".',
      }),
      currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217.' }),
    }),
  });
}

/** Returns null unless amount and currency are known. */
export function moneyOf(amount: string | null, currencyCode: string | null): Money | null {
  return amount === null || currencyCode === null ? null : { amount: padAmount(amount, currencyCode), currencyCode };
}

/** Pads an exact decimal to the decimals of its currency: 99.9 USD is "99.90". */
export function padAmount(amount: string, currencyCode: string): string {
  const point = amount.indexOf('.');
  const missing = minorUnits(currencyCode) - (point < 0 ? 0 : amount.length - point - 1);
  return missing <= 0 ? amount : `${amount}${point < 0 ? '.' : ''}${'0'.repeat(missing)}`;
}

/** Returns the number of decimals of a currency; 0 for a text that is no currency code. */
function minorUnits(currencyCode: string): number {
  return unusualDigits.get(currencyCode) ?? (/^[A-Z]{3}$/.test(currencyCode) ? 2 : 0);
}

const withDigits = (digits: number, codes: string) => codes.split(' ').map((code) => [code, digits] as const);

/** The decimals of the currencies of ISO 4217 that do not have two. XXX stands for no currency. */
const unusualDigits: ReadonlyMap<string, number> = new Map([
  ...withDigits(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF XXX'),
  ...withDigits(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...withDigits(4, 'CLF UYW'),
]);
