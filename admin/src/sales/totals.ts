import type { SalesQuery } from '../generated/operations.js';

export type SalesRow = SalesQuery['sales'][number];

/** Sums of sales. `revenue` is an exact decimal. */
export interface Sums {
  readonly orders: number;
  readonly units: number;
  /** Units without a known price: in `units`, but not in `revenue`. */
  readonly unknownPriceUnits: number;
  readonly revenue: string;
}

export interface MarketplaceSales {
  readonly marketplaceId: string;
  readonly name: string;
  /** A row for each interval with sales, oldest first. */
  readonly rows: readonly SalesRow[];
}

export interface CurrencySales extends Sums {
  readonly currencyCode: string;
  /** Only those with sales in the currency: the connection's in its order, then others by their id. */
  readonly marketplaces: readonly MarketplaceSales[];
}

interface Connected {
  readonly marketplaceId: string;
  readonly name: string;
}

/** Groups sales by currency, the one with the most orders first. */
export function groupByCurrency(rows: readonly SalesRow[], connected: readonly Connected[]): CurrencySales[] {
  const others = [...new Set(rows.map(({ marketplaceId }) => marketplaceId ?? ''))]
    .filter((id) => connected.every(({ marketplaceId }) => marketplaceId !== id))
    .map((marketplaceId) => ({ marketplaceId, name: marketplaceId }));
  return [...new Set(rows.map(({ currencyCode }) => currencyCode))]
    .map((currencyCode) => {
      const inCurrency = rows.filter((row) => row.currencyCode === currencyCode);
      return {
        currencyCode,
        ...sumSales(inCurrency),
        marketplaces: [...connected, ...others]
          .map(({ marketplaceId, name }) => ({
            marketplaceId,
            name,
            rows: inCurrency.filter((row) => (row.marketplaceId ?? '') === marketplaceId),
          }))
          .filter(({ rows }) => rows.length > 0),
      };
    })
    .sort((a, b) => b.orders - a.orders || a.currencyCode.localeCompare(b.currencyCode));
}

export function sumSales(rows: readonly Sums[]): Sums {
  const sum = (member: 'orders' | 'units' | 'unknownPriceUnits') => rows.reduce((total, row) => total + row[member], 0);
  return {
    orders: sum('orders'),
    units: sum('units'),
    unknownPriceUnits: sum('unknownPriceUnits'),
    revenue: sumDecimals(rows.map(({ revenue }) => revenue)),
  };
}

/** Adds decimals exactly: "0.10" and "0.20" give "0.30". */
export function sumDecimals(amounts: readonly string[]): string {
  const fraction = (amount: string) => amount.split('.')[1] ?? '';
  const decimals = Math.max(0, ...amounts.map((amount) => fraction(amount).length));
  const scaled = (amount: string) => BigInt((amount.split('.')[0] ?? '0') + fraction(amount).padEnd(decimals, '0'));
  const total = amounts.reduce((sum, amount) => sum + scaled(amount), 0n);
  if (decimals === 0) return String(total);
  const digits = String(total < 0n ? -total : total).padStart(decimals + 1, '0');
  return `${total < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
