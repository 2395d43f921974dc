import type { Database, Sql } from '../../database/database.js';

/** Lines that one statement adds up, but for a day with more: it must stay far below the time limit of statements. */
const LINES_PER_STATEMENT = 20_000;

/**
 * Adds up the days whose ledger lines have changed (triggers write them to `sales_day_stale`) and stores their sums and those
 * of their months. `readSales` and `salesByDay` are exact before, during and after: they add up stale days themselves.
 * Writers of the ledger wait only while the changed days are claimed.
 * @param signal interrupts it after a statement: the next call goes on
 */
export async function refreshSalesDays(database: Database, signal?: AbortSignal): Promise<void> {
  for (const { month, days, claim } of await claimStaleMonths(database)) {
    for (const some of await portionsOf(database, days)) {
      if (signal?.aborted) return;
      await inOneSnapshot(database, async (sql) => {
        await sql.query(NAME_CHANNELS_AND_PRODUCTS, [some]);
        await sql.query(STORE_DAYS, [some]);
      });
    }
    await inOneSnapshot(database, async (sql) => {
      await sql.query(STORE_PRODUCT_MONTH, [[month]]);
      await sql.query('DELETE FROM sales_day_stale WHERE order_date = ANY ($1::date[]) AND claim = $2', [days, claim]);
    });
  }
}

interface StaleMonth {
  /** Its first day. */
  readonly month: string;
  readonly days: readonly string[];
  readonly claim: string;
}

/**
 * Waits until no other process claims days or stores sums. With the order of locks of a TRUNCATE of the ledger, whose trigger
 * deletes sums.
 */
const LOCK_SUMS = `LOCK TABLE order_items IN ACCESS SHARE MODE; LOCK TABLE sales_day IN SHARE ROW EXCLUSIVE MODE`;

/**
 * Takes the marks of changed days over, also those of a process that died. Transactions that changed lines before have
 * committed then, and later ones leave marks of their own.
 */
async function claimStaleMonths(database: Database): Promise<StaleMonth[]> {
  if ((await database.query('SELECT FROM sales_day_stale LIMIT 1')).length === 0) return [];
  return await database.transaction(async (sql) => {
    // Waits for transactions that changed lines, and blocks further changes. Same lock order as a page write.
    await sql.query('LOCK TABLE marketplaces, order_items IN SHARE ROW EXCLUSIVE MODE');
    return await sql.query<StaleMonth>(`
      WITH claimed AS (
        DELETE FROM sales_day_stale RETURNING order_date
      ), day AS (
        INSERT INTO sales_day_stale (order_date, claim)
        SELECT DISTINCT order_date, pg_current_xact_id()::text::bigint FROM claimed RETURNING order_date, claim
      )
      SELECT date_trunc('month', order_date::timestamp)::date AS month, claim::text,
             array_agg(order_date::text ORDER BY order_date) AS days
        FROM day GROUP BY 1, 2 ORDER BY 1`);
  }, LOCK_SUMS);
}

/** Groups days, so that the lines of a group can be added up by one statement. */
async function portionsOf(sql: Sql, days: readonly string[]): Promise<string[][]> {
  const counted = await sql.query<{ day: string; lines: bigint }>(
    `SELECT day, (SELECT count(*) FROM order_items WHERE order_date = day) AS lines
       FROM unnest($1::date[]) AS day ORDER BY day`,
    [days],
  );
  const portions: string[][] = [];
  let lines = Number.POSITIVE_INFINITY;
  for (const { day, lines: ofDay } of counted) {
    lines += Number(ofDay);
    if (lines > LINES_PER_STATEMENT) {
      portions.push([]);
      lines = Number(ofDay);
    }
    portions.at(-1)?.push(day);
  }
  return portions;
}

/** The snapshot begins after the locks: it has whatever was stored or claimed before. */
function inOneSnapshot(database: Database, work: (sql: Sql) => Promise<void>): Promise<void> {
  return database.transaction(work, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; ${LOCK_SUMS}`);
}

const LINES = `
  SELECT l.order_date, l.marketplace_id, l.fulfilled_by, coalesce(l.currency, m.currency, 'XXX') AS currency, l.sku, l.asin,
         l.order_id, l.units, l.revenue, l.shipping, l.gift_wrap, l.tax, l.discount
    FROM order_items AS l LEFT JOIN marketplaces AS m USING (marketplace_id)
   WHERE l.order_date = ANY ($1::date[])`;

const NAME_CHANNELS_AND_PRODUCTS = `
  WITH line AS MATERIALIZED (
    SELECT DISTINCT marketplace_id, fulfilled_by, currency, sku, asin FROM (${LINES}) AS line
  ), skus AS (
    INSERT INTO sales_sku (sku)
    SELECT sku FROM (SELECT DISTINCT sku FROM line WHERE sku IS NOT NULL) AS l
     WHERE (SELECT id FROM sales_sku WHERE sku = l.sku) IS NULL
  ), asins AS (
    INSERT INTO sales_asin (asin)
    SELECT asin FROM (SELECT DISTINCT asin FROM line WHERE asin IS NOT NULL) AS l
     WHERE (SELECT id FROM sales_asin WHERE asin = l.asin) IS NULL
  )
  INSERT INTO sales_channel (marketplace_id, fulfilled_by, currency)
  SELECT marketplace_id, fulfilled_by, currency FROM line UNION SELECT NULL, NULL, currency FROM line
  EXCEPT SELECT marketplace_id, fulfilled_by, currency FROM sales_channel`;

const ORDERS = ['orders', 'orders_of_fulfilment'];
const PRODUCT_ORDERS = ['sku_orders', 'asin_orders', 'product_orders'].flatMap((count) => [
  count,
  `${count}_of_fulfilment`,
]);
const AMOUNTS = ['revenue', 'shipping', 'gift_wrap', 'tax', 'discount'];
const SUMS = ['units', 'unpriced_units', ...AMOUNTS];
const PRODUCT_KEY = ['order_date', 'channel_id', 'sku_id', 'asin_id'];

const sumsOf = (columns: readonly string[]) => columns.map((column) => `sum(${column}) AS ${column}`).join(', ');

/** SQL: 1 at the first row of each order of a day and currency with equal `columns`, else 0. */
function firstOf(columns: readonly string[], order: readonly string[]): string {
  const partition = ['order_date', 'currency', 'order_id', ...columns];
  return `(row_number() OVER (PARTITION BY ${partition} ORDER BY ${order}) = 1)::int`;
}

/**
 * The products of each order, added up, and at which of them the order counts. Windows with a common prefix share a sort. Ids
 * are looked up line by line: for a join the planner expects a few lines, and compares each with all products.
 */
const PRODUCTS_OF_ORDERS = `
  SELECT *, 1 AS product_orders_of_fulfilment,
         ${firstOf([], ['marketplace_id', 'sku_id', 'asin_id', 'channel_id'])} AS orders_of_all,
         ${firstOf(['marketplace_id'], ['sku_id', 'asin_id', 'channel_id'])} AS orders,
         ${firstOf(['marketplace_id', 'sku_id'], ['asin_id', 'channel_id'])} AS sku_orders,
         ${firstOf(['marketplace_id', 'sku_id', 'asin_id'], ['channel_id'])} AS product_orders,
         ${firstOf(['marketplace_id', 'asin_id'], ['sku_id', 'channel_id'])} AS asin_orders,
         ${firstOf(['channel_id'], ['sku_id', 'asin_id'])} AS orders_of_fulfilment,
         ${firstOf(['channel_id', 'sku_id'], ['asin_id'])} AS sku_orders_of_fulfilment,
         ${firstOf(['channel_id', 'asin_id'], ['sku_id'])} AS asin_orders_of_fulfilment
    FROM (
      SELECT order_date, channel.id AS channel_id, line.marketplace_id COLLATE "C" AS marketplace_id, line.currency,
             coalesce((SELECT id FROM sales_sku WHERE sku = line.sku), 0) AS sku_id,
             coalesce((SELECT id FROM sales_asin WHERE asin = line.asin), 0) AS asin_id, order_id COLLATE "C" AS order_id,
             sum(units) AS units, coalesce(sum(units) FILTER (WHERE revenue IS NULL), 0) AS unpriced_units,
             ${AMOUNTS.map((column) => `coalesce(sum(${column}), 0) AS ${column}`)}
        FROM (${LINES}) AS line
        JOIN sales_channel AS channel ON channel.marketplace_id = line.marketplace_id AND channel.currency = line.currency
         AND channel.fulfilled_by IS NOT DISTINCT FROM line.fulfilled_by
       GROUP BY 1, 2, 3, 4, 5, 6, 7
    ) AS product`;

const STORE_DAYS = `
  WITH product AS MATERIALIZED (${PRODUCTS_OF_ORDERS}
  ), day AS (
    SELECT order_date, channel_id, ${sumsOf([...ORDERS, ...SUMS])} FROM product GROUP BY 1, 2
    UNION ALL
    SELECT order_date, whole.id, sum(orders_of_all), sum(orders_of_all), ${sumsOf(SUMS)}
      FROM product JOIN sales_channel AS whole ON whole.marketplace_id IS NULL AND whole.currency = product.currency
     GROUP BY 1, 2
  ), product_day AS (
    SELECT ${PRODUCT_KEY}, ${sumsOf([...PRODUCT_ORDERS, ...SUMS])} FROM product GROUP BY ${PRODUCT_KEY}
  ), ${stored('day', 'sales_day', ['order_date', 'channel_id'], [...ORDERS, ...SUMS])},
  ${stored('product_day', 'sales_product_day', PRODUCT_KEY, [...PRODUCT_ORDERS, ...SUMS])}
  SELECT`;

const STORE_PRODUCT_MONTH = `
  WITH day AS (
    SELECT date_trunc('month', order_date::timestamp)::date AS order_date, channel_id, channel.currency, sku_id, asin_id,
           ${[...PRODUCT_ORDERS, ...SUMS]}
      FROM sales_product_day JOIN sales_channel AS channel ON channel.id = channel_id
     WHERE order_date >= ($1::date[])[1] AND order_date < ($1::date[])[1] + interval '1 month'
  ), product_month AS (
    SELECT ${PRODUCT_KEY}, ${sumsOf([...PRODUCT_ORDERS, ...SUMS])} FROM day GROUP BY ${PRODUCT_KEY}
    UNION ALL
    SELECT order_date, whole.id, sku_id, asin_id, ${sumsOf([...PRODUCT_ORDERS, ...SUMS])}
      FROM day JOIN sales_channel AS whole ON whole.marketplace_id IS NULL AND whole.currency = day.currency
     GROUP BY 1, 2, 3, 4
  ), ${stored('product_month', 'sales_product_month', PRODUCT_KEY, [...PRODUCT_ORDERS, ...SUMS])}
  SELECT`;

/** SQL, parts of a WITH: replaces the sums of the days ($1) in a table by those of `sums`, and writes only what differs. */
function stored(sums: string, table: string, key: readonly string[], columns: readonly string[]): string {
  const equal = key.map((column) => `${sums}.${column} = t.${column}`).join(' AND ');
  return `deleted_${sums} AS (
    DELETE FROM ${table} AS t WHERE order_date = ANY ($1::date[]) AND NOT EXISTS (SELECT FROM ${sums} WHERE ${equal})
  ), stored_${sums} AS (
    INSERT INTO ${table} AS t (${[...key, ...columns]}) SELECT ${[...key, ...columns]} FROM ${sums} ORDER BY ${key}
    ON CONFLICT (${key}) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`)}
     WHERE (${columns.map((column) => `t.${column}`)}) IS DISTINCT FROM (${columns.map((column) => `excluded.${column}`)})
  )`;
}
