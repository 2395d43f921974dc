/** A day's sales in a currency, as the API returns them. `revenue` is an exact decimal. */
export interface SalesDay {
  readonly date: string;
  readonly currencyCode: string;
  readonly orders: number;
  readonly units: number;
  readonly revenue: string;
}

export interface MarketplaceSales {
  readonly name: string;
  readonly days: readonly SalesDay[];
}

export interface CurrencySales {
  readonly currencyCode: string;
  readonly orders: number;
  readonly units: number;
  readonly revenue: string;
  /** Only those with sales in the currency, in a fixed order. */
  readonly marketplaces: readonly MarketplaceSales[];
}

/**
 * Groups sales by currency, the one with the most orders first. What `all` has beyond the connection's marketplaces
 * is listed under "Other marketplaces".
 */
export function groupByCurrency(all: readonly SalesDay[], connected: readonly MarketplaceSales[]): CurrencySales[] {
  return [...new Set(all.map(({ currencyCode }) => currencyCode))]
    .map((currencyCode) => {
      const inCurrency = (days: readonly SalesDay[]) => days.filter((day) => day.currencyCode === currencyCode);
      const marketplaces = connected.map(({ name, days }) => ({ name, days: inCurrency(days) }));
      const others = { name: 'Other marketplaces', days: subtract(inCurrency(all), marketplaces) };
      return {
        currencyCode,
        ...sumSales(inCurrency(all)),
        marketplaces: [...marketplaces, others].filter(({ days }) => days.length > 0),
      };
    })
    .sort((a, b) => b.orders - a.orders || a.currencyCode.localeCompare(b.currencyCode));
}

export function sumSales(days: readonly SalesDay[]): Pick<SalesDay, 'orders' | 'units' | 'revenue'> {
  return {
    orders: days.reduce((total, { orders }) => total + orders, 0),
    units: days.reduce((total, { units }) => total + units, 0),
    revenue: sumDecimals(days.map(({ revenue }) => revenue)),
  };
}

/** Returns each day of `all` less the marketplaces' sales on it; days without a rest are left out. */
function subtract(all: readonly SalesDay[], marketplaces: readonly MarketplaceSales[]): SalesDay[] {
  return all
    .map((day) => {
      const part = sumSales(marketplaces.flatMap(({ days }) => days.filter(({ date }) => date === day.date)));
      return {
        ...day,
        orders: day.orders - part.orders,
        units: day.units - part.units,
        revenue: subtractDecimals(day.revenue, part.revenue),
      };
    })
    .filter(({ units, revenue }) => units !== 0 || /[1-9]/.test(revenue));
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

export const subtractDecimals = (from: string, amount: string): string =>
  sumDecimals([from, amount.startsWith('-') ? amount.slice(1) : `-${amount}`]);
