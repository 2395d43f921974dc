import { type Bind, bindings, type Sql } from '../../database/database.js';
import { assertSalesRange, type DateRange } from './sales-range.js';

export type SalesInterval = 'DAY' | 'WEEK' | 'MONTH' | 'TOTAL';
export type SalesDimension = 'MARKETPLACE' | 'SKU' | 'ASIN' | 'FULFILLED_BY';
export type SalesOrderField = 'DATE' | 'REVENUE' | 'UNITS' | 'ORDERS';

export interface SalesRequest extends DateRange {
  readonly interval: SalesInterval;
  /** What rows are split by, besides interval and currency. */
  readonly by: readonly SalesDimension[];
  /** Null for all; an empty list matches nothing. */
  readonly marketplaceIds: readonly string[] | null;
  /** ISO 4217; null for all. */
  readonly currencyCode: string | null;
  /** Rows with equal values, and all rows if null, are sorted by date, currency and dimensions, ascending. */
  readonly orderBy: { readonly field: SalesOrderField; readonly direction: 'ASC' | 'DESC' } | null;
  /** Maximum number of rows; null for all. */
  readonly limit: number | null;
  /** Whether to look the title of each returned product up; without it titles are null. */
  readonly withTitles: boolean;
}

/** Sales of an interval in a currency, and of a value of each dimension. Dimensions that were not asked for are null. */
export interface SalesRow {
  /** First and last day of the interval within the requested range, `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  /** ISO 4217; `XXX` if unknown. */
  readonly currencyCode: string;
  readonly marketplaceId: string | null;
  readonly sellerSku: string | null;
  readonly asin: string | null;
  /** Of the SKU, or without one of the ASIN, as in the order that was mirrored last. */
  readonly title: string | null;
  readonly fulfilledBy: string | null;
  /** Each order once a day in each marketplace. */
  readonly orders: bigint;
  readonly units: bigint;
  /** Units of lines whose price is unknown; they add nothing to `revenue`. */
  readonly unpricedUnits: bigint;
  /** Exact decimals, like the following. */
  readonly revenue: string;
  readonly shipping: string;
  readonly giftWrap: string;
  readonly tax: string;
  /** Positive. */
  readonly discount: string;
}

/**
 * Returns sums of the ledger by interval, currency and dimensions. Intervals without sales are omitted.
 * @throws {UserError} BAD_USER_INPUT when `to` comes before `from`, or for more than 3,700 days
 */
export function readSales(sql: Sql, request: SalesRequest): Promise<SalesRow[]> {
  const { text, values } = salesStatement(request);
  return sql.query<SalesRow>(text, values);
}

/** Columns of the ledger and of answers, by dimension. */
const DIMENSIONS: Readonly<Record<SalesDimension, { readonly column: string; readonly member: string }>> = {
  MARKETPLACE: { column: 'marketplace_id', member: 'marketplaceId' },
  FULFILLED_BY: { column: 'fulfilled_by', member: 'fulfilledBy' },
  SKU: { column: 'sku', member: 'sellerSku' },
  ASIN: { column: 'asin', member: 'asin' },
};

/** Returns a statement whose rows are those of `readSales`, for a cursor. @throws {UserError} as `readSales` */
export function salesStatement(request: SalesRequest): { text: string; values: unknown[] } {
  assertSalesRange(request);
  const { bind, values } = bindings();
  const { interval, by, orderBy, limit, withTitles } = request;
  const [from, to] = [`${bind(request.from)}::date`, `${bind(request.to)}::date`];
  const { start, end } = boundsOf(interval, from, to);
  const dimensions = Object.entries(DIMENSIONS).map(([name, names]) => ({
    ...names,
    isAsked: by.includes(name as SalesDimension),
  }));
  const asked = dimensions.filter(({ isAsked }) => isAsked).map(({ column }) => column);
  const keys = ['currency', ...asked];
  const measure = orderBy && MEASURES[orderBy.field];
  const order = [
    ...(orderBy ? [`${measure} ${orderBy.direction}`] : []),
    'start',
    ...keys.map((key) => `${key} COLLATE "C" NULLS FIRST`),
  ].join(', ');
  const text = `
  WITH line AS (
    SELECT l.order_date, coalesce(l.currency, m.currency, 'XXX') AS currency, l.marketplace_id, l.fulfilled_by, l.sku, l.asin,
           l.order_id, l.units, l.revenue, l.shipping, l.gift_wrap, l.tax, l.discount
      FROM order_items AS l LEFT JOIN marketplaces AS m USING (marketplace_id)
     WHERE l.order_date BETWEEN ${from} AND ${to}
  ), of_order AS (
    SELECT ${start('order_date')} AS start, ${keys}, sum(units) AS units, sum(units) FILTER (WHERE revenue IS NULL) AS unpriced_units,
           sum(revenue) AS revenue, sum(shipping) AS shipping, sum(gift_wrap) AS gift_wrap, sum(tax) AS tax,
           sum(discount) AS discount
      FROM line WHERE ${conditions(request, bind)}
     GROUP BY order_date, marketplace_id, order_id, ${keys}
  ), found AS (
    SELECT start, ${keys}, count(*) AS orders, sum(units)::bigint AS units, coalesce(sum(unpriced_units), 0)::bigint AS unpriced_units,
           coalesce(sum(revenue), 0) AS revenue, coalesce(sum(shipping), 0) AS shipping, coalesce(sum(gift_wrap), 0) AS gift_wrap,
           coalesce(sum(tax), 0) AS tax, coalesce(sum(discount), 0) AS discount
      FROM of_order GROUP BY start, ${keys}
     ORDER BY ${order}${limit === null ? '' : ` LIMIT ${Math.trunc(limit)}`}
  )
  SELECT greatest(start, ${from}) AS "from", least(${end('start')}, ${to}) AS "to", currency AS "currencyCode",
         ${dimensions.map(({ column, member, isAsked }) => `${isAsked ? column : 'NULL::text'} AS "${member}"`)},
         ${titleOf(withTitles, asked)} AS title, orders, units, unpriced_units AS "unpricedUnits",
         revenue, shipping, gift_wrap AS "giftWrap", tax, discount
    FROM found ORDER BY ${order}`;
  return { text, values };
}

const MEASURES: Readonly<Record<SalesOrderField, string>> = {
  DATE: 'start',
  REVENUE: 'revenue',
  UNITS: 'units',
  ORDERS: 'orders',
};

interface Bounds {
  /** SQL: the first day of the interval of a day, and the last day of the interval that starts on a day. */
  readonly start: (day: string) => string;
  readonly end: (start: string) => string;
}

function boundsOf(interval: SalesInterval, from: string, to: string): Bounds {
  if (interval === 'TOTAL') return { start: () => from, end: () => to };
  if (interval === 'DAY') return { start: (day) => day, end: (start) => start };
  const unit = interval.toLowerCase();
  return {
    start: (day) => `date_trunc('${unit}', ${day}::timestamp)::date`,
    end: (start) => `(${start} + interval '1 ${unit}' - interval '1 day')::date`,
  };
}

function conditions({ marketplaceIds, currencyCode }: SalesRequest, bind: Bind): string {
  return [
    ...(marketplaceIds ? [`marketplace_id = ANY (${bind(marketplaceIds)}::text[])`] : []),
    ...(currencyCode === null ? [] : [`currency = ${bind(currencyCode)}`]),
    'true',
  ].join(' AND ');
}

/** SQL: the title of the product of a found row; the indexes are those of the search of orders. */
function titleOf(withTitles: boolean, asked: readonly string[]): string {
  const titleBy = (column: string, key: string) =>
    `(SELECT title FROM amazon_order_item AS i
       WHERE lower(i.${column}) = lower(found.${key}) AND i.${column} = found.${key} AND title IS NOT NULL
       ORDER BY i.order_id DESC LIMIT 1)`;
  if (withTitles && asked.includes('sku')) return titleBy('seller_sku', 'sku');
  if (withTitles && asked.includes('asin')) return titleBy('asin', 'asin');
  return 'NULL::text';
}
