import { MAX_CLOCK_SKEW_MS } from '../../core/clock.js';
import { bindings } from '../../database/database.js';
import type { ClaimedRun } from '../../runs/run-store.js';
import { READER_VERSION } from '../../spapi/orders/read-order.js';
import type { RunContext } from './run-context.js';

/** Orders older than this are not read again: free replacements keep a total of 0 for ever. */
const DAYS = 30;
/** Per run: getOrder allows 30 at once, then one every two seconds (model). */
const MAX_ORDERS = 60;
/** Of these, orders with a total of 0: they must leave room for orders without a total. */
const MAX_ZEROS = 20;
/** Of these, marked and rejected orders: a migration may mark thousands that Amazon no longer knows. */
const MAX_MARKED = 40;

/**
 * Returns the Amazon order ids that a run reads again with getOrder, each at most once a day:
 * - orders without a total, or with a total of 0 though they are not pending (a pending order's 0 is stored as unknown),
 * - orders with a line without a price,
 * - orders marked `reread_wanted`, and rejected orders that were incomplete or that a newer reader may be able to read.
 * Sorted by the time of the last read, oldest first, totals of 0 last; marked orders read at the same time: marks of runs
 * before marks of migrations. A time in the future comes from a wrong clock and is ignored.
 */
export async function findOrdersToReread(
  run: ClaimedRun,
  { database, clock }: Pick<RunContext, 'database' | 'clock'>,
  marketplaceIds: readonly string[],
): Promise<string[]> {
  const { bind, values } = bindings();
  const now = `${bind(clock.now())}::timestamptz`;
  const marketplaces = `${bind(marketplaceIds)}::text[]`;
  const includeItems = `${bind(run.includeItems)}::boolean`;
  const readerVersion = `${bind(READER_VERSION)}::int`;
  const thisRun = `${bind(run.id)}::bigint`;
  const isDue = (lastRead: string) =>
    `(${lastRead} < ${now} - interval '1 day' OR ${lastRead} > ${now} + interval '${MAX_CLOCK_SKEW_MS} milliseconds')`;
  // One part for each condition: OR would prevent the use of the partial indexes.
  const unsettled = (condition: string) => `
    SELECT amazon_order_id AS id, coalesce(reread_at, mirrored_at) AS last_read FROM amazon_order o
     WHERE ${condition} AND order_status <> 'CANCELLED' AND channel_name <> 'NON_AMAZON'
       AND marketplace_id = ANY (${marketplaces})
       AND purchase_date > ${now} - interval '${DAYS} days'
       AND ${isDue('coalesce(reread_at, mirrored_at)')}`;
  const lacksLinePrice = `${includeItems} AND EXISTS (
    SELECT FROM amazon_order_item i
     WHERE i.order_id = o.id AND i.item_price_amount IS NULL AND i.quantity_ordered > 0)`;
  const rows = await database.query<{ id: string }>(
    `SELECT id
       FROM (
         SELECT id, last_read, 0 AS rank FROM (${unsettled('order_total_amount IS NULL')}) AS without_total
         UNION ALL
         SELECT id, last_read, 0 FROM (${unsettled(lacksLinePrice)}) AS without_line_price
         UNION ALL
         SELECT id, last_read, 1
           FROM (${unsettled('order_total_amount = 0')} ORDER BY last_read LIMIT ${MAX_ZEROS}) AS zero
         UNION ALL
         (SELECT id, last_read, 0
            FROM (
              SELECT amazon_order_id AS id, reread_at AS last_read, reread_marked_by AS marked_by FROM amazon_order
               WHERE reread_wanted AND reread_marked_by IS DISTINCT FROM ${thisRun}
                 AND (reread_at IS NULL OR ${isDue('reread_at')})
                 AND marketplace_id = ANY (${marketplaces} || ARRAY['NON_AMAZON', 'UNKNOWN'])
              UNION ALL
              SELECT amazon_order_id, coalesce(reread_at, rejected_at), run_id FROM rejected_order
               WHERE amazon_order_id IS NOT NULL AND reader_version < ${readerVersion}
                 AND run_id IS DISTINCT FROM ${thisRun}
                 AND (${includeItems} OR NOT needs_items) AND (reread_at IS NULL OR ${isDue('reread_at')})
            ) AS marked
           ORDER BY last_read NULLS FIRST, marked_by DESC NULLS LAST, id LIMIT ${MAX_MARKED})
       ) AS to_read
      GROUP BY id ORDER BY min(rank), min(last_read) NULLS FIRST, id LIMIT ${MAX_ORDERS}`,
    values,
  );
  return rows.map(({ id }) => id);
}
