import type { Sql } from '../../src/database/database.js';
import type { SalesDimension, SalesRequest, SalesRow } from '../../src/mirror/read/sales.js';

interface Line {
  readonly day: string;
  readonly currency: string;
  readonly order_id: string;
  readonly marketplace_id: string;
  readonly fulfilled_by: string | null;
  readonly sku: string | null;
  readonly asin: string | null;
  readonly units: number;
  /** Hundredths. */
  readonly revenue: number | null;
  readonly shipping: number | null;
  readonly gift_wrap: number | null;
  readonly tax: number | null;
  readonly discount: number | null;
}

/** What `readSales` returns, with amounts in hundredths, and without titles. */
export type NaiveRow = Record<Exclude<keyof SalesRow, 'title'>, string | number | null>;

const DAY_MS = 86_400_000;

/** Adds the lines of the ledger up in JavaScript, line by line: what `readSales` must return, in the same order. */
export async function naiveSales(sql: Sql, request: SalesRequest): Promise<NaiveRow[]> {
  const hundredths = ['revenue', 'shipping', 'gift_wrap', 'tax', 'discount'].map(
    (name) => `(${name} * 100)::int AS ${name}`,
  );
  const lines = await sql.query<Line>(
    `SELECT order_date AS day, coalesce(l.currency, m.currency, 'XXX') AS currency, order_id, marketplace_id, fulfilled_by,
            sku, asin, units, ${hundredths}
       FROM order_items AS l LEFT JOIN marketplaces AS m USING (marketplace_id)`,
  );
  const { from, to, by, marketplaceIds, currencyCode } = request;
  const groups = new Map<string, NaiveRow & { seen: Set<string> }>();
  for (const line of lines) {
    if (line.day < from || line.day > to) continue;
    if (marketplaceIds && !marketplaceIds.includes(line.marketplace_id)) continue;
    if (currencyCode !== null && line.currency !== currencyCode) continue;
    const asked = (dimension: SalesDimension, value: string | null) => (by.includes(dimension) ? value : null);
    const key = {
      ...intervalOf(line.day, request),
      currencyCode: line.currency,
      marketplaceId: asked('MARKETPLACE', line.marketplace_id),
      fulfilledBy: asked('FULFILLED_BY', line.fulfilled_by),
      sellerSku: asked('SKU', line.sku),
      asin: asked('ASIN', line.asin),
    };
    const name = JSON.stringify(key);
    const sums = { orders: 0, units: 0, unpricedUnits: 0, revenue: 0, shipping: 0, giftWrap: 0, tax: 0, discount: 0 };
    const group = groups.get(name) ?? { ...key, ...sums, seen: new Set<string>() };
    groups.set(name, group);
    group.seen.add(JSON.stringify([line.day, line.marketplace_id, line.order_id]));
    group.orders = group.seen.size;
    const add = (member: keyof typeof sums, value: number | null) => {
      group[member] = Number(group[member]) + (value ?? 0);
    };
    add('units', line.units);
    add('unpricedUnits', line.revenue === null ? line.units : 0);
    add('revenue', line.revenue);
    add('shipping', line.shipping);
    add('giftWrap', line.gift_wrap);
    add('tax', line.tax);
    add('discount', line.discount);
  }
  const rows = [...groups.values()].map(({ seen: _seen, ...row }): NaiveRow => row);
  return rows.sort((a, b) => compare(a, b, request)).slice(0, request.limit ?? undefined);
}

/** Returns rows of `readSales` in the terms of `naiveSales`. */
export function comparable(rows: readonly SalesRow[]): NaiveRow[] {
  const hundredths = (amount: string) => Math.round(Number(amount) * 100);
  return rows.map(({ title: _title, ...row }) => ({
    ...row,
    orders: Number(row.orders),
    units: Number(row.units),
    unpricedUnits: Number(row.unpricedUnits),
    revenue: hundredths(row.revenue),
    shipping: hundredths(row.shipping),
    giftWrap: hundredths(row.giftWrap),
    tax: hundredths(row.tax),
    discount: hundredths(row.discount),
  }));
}

function intervalOf(day: string, { interval, from, to }: SalesRequest): { from: string; to: string } {
  if (interval === 'TOTAL') return { from, to };
  if (interval === 'DAY') return { from: day, to: day };
  const date = new Date(day);
  const start =
    interval === 'MONTH' ? `${day.slice(0, 7)}-01` : isoDay(date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY_MS);
  const end =
    interval === 'MONTH'
      ? isoDay(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0))
      : isoDay(Date.parse(start) + 6 * DAY_MS);
  return { from: start < from ? from : start, to: end > to ? to : end };
}

const isoDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);

const MEASURES = { DATE: 'from', REVENUE: 'revenue', UNITS: 'units', ORDERS: 'orders' } as const;
const TIES = ['from', 'currencyCode', 'marketplaceId', 'fulfilledBy', 'sellerSku', 'asin'] as const;

function compare(a: NaiveRow, b: NaiveRow, { orderBy }: SalesRequest): number {
  const order = (one: string | number | null, other: string | number | null) =>
    one === other ? 0 : one === null || (other !== null && one < other) ? -1 : 1;
  if (orderBy) {
    const measure = MEASURES[orderBy.field];
    const difference = order(a[measure], b[measure]) * (orderBy.direction === 'ASC' ? 1 : -1);
    if (difference !== 0) return difference;
  }
  for (const member of TIES) {
    const difference = order(a[member], b[member]);
    if (difference !== 0) return difference;
  }
  return 0;
}
