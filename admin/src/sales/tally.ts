import { datesOf, type Range } from './days.js';
import { isZero, minus, sum } from './decimal.js';

/** A day's sales in a currency, as the server tells them. */
export interface SalesDay {
  readonly date: string;
  readonly currencyCode: string;
  readonly orders: number;
  readonly units: number;
  readonly revenue: string;
}

/** The sales of a marketplace, or of all of them together. */
export interface MarketplaceSales {
  readonly name: string;
  readonly days: readonly SalesDay[];
}

/** What was sold in one currency: the days by marketplace, and all together. */
export interface CurrencySales {
  readonly currencyCode: string;
  readonly orders: number;
  readonly units: number;
  readonly revenue: string;
  /** Only marketplaces that sold something in it, always in the same order. */
  readonly marketplaces: readonly MarketplaceSales[];
}

const OTHERS = 'Other marketplaces';

/**
 * The sales by currency, the one with the most orders first.
 * @param all of all marketplaces
 * @param known of each marketplace that the connection has; what `all` has beyond them is shown as other marketplaces'
 */
export function byCurrency(all: readonly SalesDay[], known: readonly MarketplaceSales[]): CurrencySales[] {
  const codes = [...new Set(all.map(({ currencyCode }) => currencyCode))];
  return codes
    .map((code) => {
      const within = (days: readonly SalesDay[]) => days.filter(({ currencyCode }) => currencyCode === code);
      const mine = known.map(({ name, days }) => ({ name, days: within(days) }));
      const others = { name: OTHERS, days: beyond(within(all), mine) };
      return {
        currencyCode: code,
        ...totals(within(all)),
        marketplaces: [...mine, others].filter(({ days }) => days.length > 0),
      };
    })
    .sort((one, other) => other.orders - one.orders || one.currencyCode.localeCompare(other.currencyCode));
}

/** Of some days together. */
export function totals(days: readonly SalesDay[]): Pick<SalesDay, 'orders' | 'units' | 'revenue'> {
  return {
    orders: days.reduce((total, { orders }) => total + orders, 0),
    units: days.reduce((total, { units }) => total + units, 0),
    revenue: sum(days.map(({ revenue }) => revenue)),
  };
}

/** Neighbouring days that share a bar, so many that bars stay wide enough to see. */
export function bucketsOf(range: Range, most: number): { readonly from: string; readonly to: string }[] {
  const dates = datesOf(range);
  const size = Math.max(1, Math.ceil(dates.length / Math.max(1, most)));
  const buckets: { from: string; to: string }[] = [];
  for (let start = 0; start < dates.length; start += size) {
    const part = dates.slice(start, start + size);
    buckets.push({ from: part[0] ?? '', to: part.at(-1) ?? '' });
  }
  return buckets;
}

function beyond(all: readonly SalesDay[], known: readonly MarketplaceSales[]): SalesDay[] {
  return all
    .map((day) => {
      const mine = totals(known.flatMap(({ days }) => days.filter(({ date }) => date === day.date)));
      return {
        ...day,
        orders: day.orders - mine.orders,
        units: day.units - mine.units,
        revenue: minus(day.revenue, mine.revenue),
      };
    })
    .filter(({ units, revenue }) => units !== 0 || !isZero(revenue));
}
