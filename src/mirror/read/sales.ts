import { type Bind, bindings, type Sql } from '../../database/database.js';
import { assertSalesRange, type DateRange } from './sales-range.js';

export type SalesInterval = 'DAY' | 'WEEK' | 'MONTH' | 'TOTAL';
export type SalesDimension = 'MARKETPLACE' | 'SKU' | 'ASIN' | 'FULFILLED_BY';
/** Sums of a row beside `orders`. */
export type SalesSum = 'units' | 'unpricedUnits' | 'revenue' | 'shipping' | 'giftWrap' | 'tax' | 'discount';
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
  /** Sums to read, by default all: each takes time. Others are absent from the rows. */
  readonly sums?: readonly SalesSum[];
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

interface Dimension {
  readonly name: SalesDimension;
  /** In the ledger and in `sales_channel`. */
  readonly column: string;
  readonly member: keyof SalesRow;
  /** In the sums by product: the number of a SKU or an ASIN. */
  readonly id: string | null;
}

const DIMENSIONS: readonly Dimension[] = [
  { name: 'MARKETPLACE', column: 'marketplace_id', member: 'marketplaceId', id: null },
  { name: 'FULFILLED_BY', column: 'fulfilled_by', member: 'fulfilledBy', id: null },
  { name: 'SKU', column: 'sku', member: 'sellerSku', id: 'sku_id' },
  { name: 'ASIN', column: 'asin', member: 'asin', id: 'asin_id' },
];
const SUMS: Readonly<Record<SalesSum, string>> = {
  units: 'units',
  unpricedUnits: 'unpriced_units',
  revenue: 'revenue',
  shipping: 'shipping',
  giftWrap: 'gift_wrap',
  tax: 'tax',
  discount: 'discount',
};
const ORDER_COLUMNS: Readonly<Record<SalesOrderField, string>> = {
  DATE: 'start',
  REVENUE: 'revenue',
  UNITS: 'units',
  ORDERS: 'orders',
};

/** A request in terms of SQL. */
interface Question extends Bounds {
  readonly interval: SalesInterval;
  /** First and last day. */
  readonly from: string;
  readonly to: string;
  /** Dimensions that are asked for. */
  readonly dimensions: readonly Dimension[];
  readonly hasDimension: (name: SalesDimension) => boolean;
  /** Columns of sums, at least one. */
  readonly sums: readonly string[];
  /** Whether a line, or a channel, is asked for. */
  readonly condition: string;
  /** Whether the sums of all marketplaces and fulfilments together answer it. */
  readonly isWhole: boolean;
  /** A placeholder for the first days of the months that are in the range as a whole; none if the interval is shorter. */
  readonly months: string;
}

/**
 * Returns a statement whose rows are those of `readSales`, for a cursor. In one snapshot, it adds up the sums that are stored
 * (mirror/write/sales-sums.ts) of whole months and of days, and the ledger's lines of days that have changed since.
 * @throws {UserError} as `readSales`
 */
export function salesStatement(request: SalesRequest): { text: string; values: unknown[] } {
  assertSalesRange(request);
  const { bind, values } = bindings();
  const { interval, by, orderBy, withTitles } = request;
  const [from, to] = [`${bind(request.from)}::date`, `${bind(request.to)}::date`];
  const hasDimension = (name: SalesDimension) => by.includes(name);
  const dimensions = DIMENSIONS.filter(({ name }) => hasDimension(name));
  const products = dimensions.filter(({ id }) => id !== null);
  const wanted = request.sums ?? (Object.keys(SUMS) as SalesSum[]);
  const sums = [...new Set([...wanted.map((sum) => SUMS[sum]), orderBy?.field === 'REVENUE' ? 'revenue' : 'units'])];
  const question: Question = {
    ...boundsOf(interval, from, to),
    interval,
    from,
    to,
    dimensions,
    hasDimension,
    sums,
    condition: conditionOf(request, bind),
    isWhole: !request.marketplaceIds && !hasDimension('MARKETPLACE') && !hasDimension('FULFILLED_BY'),
    months: products.length > 0 ? bind(interval === 'MONTH' || interval === 'TOTAL' ? wholeMonths(request) : []) : '',
  };
  const stored = products.length > 0 ? productsSql(question) : daysSql(question);
  const keys = keysOf(dimensions);
  const numbers = numbersOf(dimensions);
  const sort = orderBy && `${ORDER_COLUMNS[orderBy.field]} ${orderBy.direction}`;
  const order = `${sort ? `${sort}, ` : ''}start, ${keys.map((key) => `${key} COLLATE "C" NULLS FIRST`).join(', ')}`;
  const limit = request.limit === null ? '' : `FETCH FIRST ${Math.trunc(request.limit)} ROWS`;
  const members = [
    ...DIMENSIONS.map(({ name, column, member }) => `${hasDimension(name) ? column : 'NULL::text'} AS "${member}"`),
    `${titleOf(withTitles, keys)} AS title`,
    ...wanted.map((sum) => `${SUMS[sum]} AS "${sum}"`),
  ];
  const text = `
  WITH stale AS MATERIALIZED (
    SELECT DISTINCT order_date AS day FROM sales_day_stale WHERE order_date BETWEEN ${from} AND ${to}
  ), changed AS MATERIALIZED (${changedSql(question)}
  ), ${products.map((product) => `${newNumbersSql(product)}, `).join('')}part AS (
    SELECT start, ${numbers.map((column) => numberSql(column))}, orders, ${sums} FROM changed${products.map(joinNumber).join('')}
    UNION ALL ${stored.parts}
  ), total AS (
    SELECT start, ${numbers}, sum(orders)::bigint AS orders, ${sums.map(totalOf)}
      FROM part GROUP BY start, ${numbers} ${stored.totals}
  ), found AS (
    SELECT * FROM (SELECT start, ${keys.map((key) => nameSql(key))}, orders, ${sums} FROM total${products.map(joinName).join('')}) AS named
     ORDER BY ${order}${limit && ` ${limit} ONLY`}
  )
  SELECT greatest(start, ${from}) AS "from", least(${question.end('start')}, ${to}) AS "to", currency AS "currencyCode",
         orders, ${members}
    FROM found ORDER BY ${order}`;
  return { text, values };
}

const keysOf = (dimensions: readonly Dimension[]) => ['currency', ...dimensions.map(({ column }) => column)];
/** The same with numbers in place of SKUs and ASINs. */
const numbersOf = (dimensions: readonly Dimension[]) => [
  'currency',
  ...dimensions.map(({ column, id }) => id ?? column),
];
/** Units are sums of bigint, which are numeric. */
const totalOf = (column: string) => `sum(${column})${column.endsWith('units') ? '::bigint' : ''} AS ${column}`;
/** SQL: texts that compare by bytes, which takes a fraction of the time. */
const inBytes = (columns: readonly string[]) =>
  columns
    .map((column) => (/^(?:sku|asin)_id$/.test(column) ? column : `${column} COLLATE "C" AS ${column}`))
    .join(', ');

/** SQL: the lines of changed days, added up. An order counts once a day and marketplace. */
function changedSql({ start, condition, dimensions, sums }: Question): string {
  const keys = keysOf(dimensions);
  const sumOf = (column: string) =>
    column === 'unpriced_units' ? 'sum(units) FILTER (WHERE revenue IS NULL)' : `sum(${column})`;
  return `
    SELECT start, ${keys}, count(*) AS orders, ${sums.map((column) => `coalesce(sum(${column}), 0) AS ${column}`)}
      FROM (
        SELECT ${start('order_date')} AS start, ${keys}, ${sums.map((column) => `${sumOf(column)} AS ${column}`)}
          FROM (
            SELECT l.order_date, coalesce(l.currency, m.currency, 'XXX') AS currency, l.marketplace_id, l.fulfilled_by, l.sku,
                   l.asin, l.order_id, l.units, l.revenue, l.shipping, l.gift_wrap, l.tax, l.discount
              FROM order_items AS l LEFT JOIN marketplaces AS m USING (marketplace_id)
             WHERE l.order_date = ANY (ARRAY(SELECT day FROM stale))
          ) AS line
         WHERE ${condition} GROUP BY order_date, marketplace_id, order_id, ${keys}
      ) AS product GROUP BY start, ${keys}`;
}

/** SQL, a part of a WITH: negative numbers for SKUs or ASINs of changed days that have none yet. */
function newNumbersSql({ column, id }: Dimension): string {
  return `new_${column} AS MATERIALIZED (
    SELECT -(row_number() OVER ())::int AS ${id}, ${column}
      FROM (SELECT DISTINCT ${column} FROM changed WHERE ${column} NOT IN (SELECT ${column} FROM sales_${column})) AS unnamed
  )`;
}

/** SQL: the number of a SKU or an ASIN of changed days, 0 for lines without one; other columns as they are. */
function joinNumber({ column }: Dimension): string {
  return ` LEFT JOIN sales_${column} ON sales_${column}.${column} = changed.${column}
      LEFT JOIN new_${column} ON new_${column}.${column} = changed.${column}`;
}

function numberSql(column: string): string {
  const name = DIMENSIONS.find(({ id }) => id === column)?.column;
  return name ? `coalesce(sales_${name}.id, new_${name}.${column}, 0) AS ${column}` : inBytes([column]);
}

/** SQL: the SKU or the ASIN of a number. */
function joinName({ column, id }: Dimension): string {
  return ` LEFT JOIN sales_${column} ON sales_${column}.id = total.${id}
      LEFT JOIN new_${column} ON new_${column}.${id} = total.${id}`;
}

function nameSql(column: string): string {
  const isProduct = DIMENSIONS.some((dimension) => dimension.column === column && dimension.id !== null);
  return isProduct ? `coalesce(sales_${column}.${column}, new_${column}.${column}) AS ${column}` : column;
}

/** SQL: stored sums. */
interface Stored {
  /** Sums of parts of a row. */
  readonly parts: string;
  /** UNION ALL, and sums of whole rows; or empty. */
  readonly totals: string;
}

/** The stored sums of unchanged days, without products. */
function daysSql({ start, from, to, condition, dimensions, hasDimension, sums }: Question): Stored {
  const parts = `
    SELECT ${start('order_date')} AS start, ${inBytes(keysOf(dimensions))},
           ${hasDimension('FULFILLED_BY') ? 'orders_of_fulfilment' : 'orders'} AS orders, ${sums}
      FROM sales_day JOIN sales_channel AS channel ON channel.id = channel_id
     WHERE order_date BETWEEN ${from} AND ${to} AND order_date NOT IN (SELECT day FROM stale)
       AND marketplace_id IS NOT NULL AND ${condition}`;
  return { parts, totals: '' };
}

/**
 * The stored sums by product, of whole months that have no changed day, and of the unchanged days of all others. They
 * are added up for a group of channels at a time, and a month at a time: tables of fewer groups fit into the CPU's cache.
 */
function productsSql(question: Question): Stored {
  const { start, from, to, condition, dimensions, hasDimension, sums, isWhole, interval, months } = question;
  const product = hasDimension('SKU') ? (hasDimension('ASIN') ? 'product' : 'sku') : 'asin';
  const orders = `${product}_orders${hasDimension('FULFILLED_BY') ? '_of_fulfilment' : ''}`;
  const ids = dimensions.flatMap(({ id }) => id ?? []);
  const ofChannel = keysOf(dimensions.filter(({ id }) => id === null));
  const stored = (
    table: string,
    { days, from: source = '', start: startOf }: { days: string; from?: string; start: string },
    ofWhole: boolean,
  ) => `
    SELECT product.start, ${inBytes(numbersOf(dimensions))}, orders, ${sums}
      FROM (
        SELECT ${ofChannel}, array_agg(id) AS ids FROM sales_channel
         WHERE marketplace_id IS ${ofWhole ? '' : 'NOT '}NULL AND ${condition} GROUP BY ${ofChannel}
      ) AS channel ${source} CROSS JOIN LATERAL (
        SELECT ${startOf} AS start, ${ids}, sum(${orders}) AS orders, ${sums.map(totalOf)}
          FROM ${table} WHERE channel_id = ANY (channel.ids) AND order_date = ${days}
         GROUP BY 1, ${ids}
      ) AS product`;
  const monthOf = (day: string) => `date_trunc('month', ${day}::timestamp)::date`;
  const unchanged = `SELECT month FROM unnest(${months}::date[]) AS month
         WHERE month NOT IN (SELECT ${monthOf('day')} FROM stale)`;
  const others = `SELECT day::date FROM generate_series(${from}::timestamp, ${to}::timestamp, interval '1 day') AS day
         WHERE day::date NOT IN (SELECT day FROM stale) AND ${monthOf('day')} NOT IN (${unchanged})`;
  const changing = stored('sales_product_day', { days: `ANY (ARRAY(${others}))`, start: start('order_date') }, false);
  if (interval !== 'MONTH') {
    const all = stored(
      'sales_product_month',
      { days: `ANY (ARRAY(${unchanged}))`, start: start('order_date') },
      isWhole,
    );
    return { parts: `${all} UNION ALL ${changing}`, totals: '' };
  }
  const each = { days: 'month', from: `CROSS JOIN (${unchanged}) AS month`, start: 'month' };
  return { parts: changing, totals: `UNION ALL ${stored('sales_product_month', each, isWhole)}` };
}

/** Returns the first days of the months that are in a range from their first to their last day. */
function wholeMonths({ from, to }: DateRange): string[] {
  const date = (year: number, month: number, day: number) =>
    new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
  const [year = 0, month = 0] = from.split('-').map(Number);
  const [lastYear = 0, lastMonth = 0] = to.split('-').map(Number);
  const count = (lastYear - year) * 12 + lastMonth - month + 1;
  return Array.from({ length: count }, (_, index) => month - 1 + index)
    .filter((index) => date(year, index, 1) >= from && date(year, index + 1, 0) <= to)
    .map((index) => date(year, index, 1));
}

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

/** SQL: whether a line or a channel is asked for. */
function conditionOf({ marketplaceIds, currencyCode }: SalesRequest, bind: Bind): string {
  return [
    ...(marketplaceIds ? [`marketplace_id = ANY (${bind(marketplaceIds)}::text[])`] : []),
    ...(currencyCode === null ? [] : [`currency = ${bind(currencyCode)}`]),
    'true',
  ].join(' AND ');
}

/** SQL: the title of the product of a row, by the indexes on `lower(seller_sku)` and `lower(asin)`. */
function titleOf(withTitles: boolean, asked: readonly string[]): string {
  const titleBy = (column: string, key: string) =>
    `(SELECT title FROM amazon_order_item AS i
       WHERE lower(i.${column}) = lower(found.${key}) AND i.${column} = found.${key} AND title IS NOT NULL
       ORDER BY i.order_id DESC LIMIT 1)`;
  if (withTitles && asked.includes('sku')) return titleBy('seller_sku', 'sku');
  if (withTitles && asked.includes('asin')) return titleBy('asin', 'asin');
  return 'NULL::text';
}
