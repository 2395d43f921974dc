import type { Database, Sql } from '../../src/database/database.js';
import type { SimulatedOrder } from '../../src/simulator/simulator.js';
import { MAX_BACKDATED_MS } from './bookkeeper.js';
import { resetChangeWatch, setChangeWatch } from './change-watch.js';

/** Triggers that record changes that must never happen. */
const SCRIPT = [
  'CREATE TABLE chaos_violation (what text NOT NULL)',
  'CREATE TABLE chaos_move (marketplace_id text NOT NULL)',
  'CREATE TABLE chaos_back (order_id text NOT NULL, was timestamptz NOT NULL, became timestamptz NOT NULL)',
  'CREATE TABLE chaos_window (id bigint NOT NULL)',
  `CREATE FUNCTION chaos_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     IF TG_OP = 'DELETE' THEN
       IF OLD.purchase_date < (SELECT kept_from FROM order_retention) THEN RETURN OLD; END IF;
       -- Only a row of the same order with another marketplace may replace it.
       IF NOT EXISTS (SELECT FROM amazon_order o WHERE o.amazon_order_id = OLD.amazon_order_id AND o.last_update_date >= OLD.last_update_date) THEN
         INSERT INTO chaos_violation VALUES ('order ' || OLD.amazon_order_id || ' was deleted');
       END IF;
       RETURN OLD;
     END IF;
     IF NEW.last_update_date < OLD.last_update_date THEN
       INSERT INTO chaos_back VALUES (OLD.amazon_order_id, OLD.last_update_date, NEW.last_update_date);
     END IF;
     IF OLD.order_total_amount IS NOT NULL AND NEW.order_total_amount IS NULL THEN
       INSERT INTO chaos_violation VALUES ('order ' || OLD.amazon_order_id || ': its known total was overwritten by null');
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE FUNCTION chaos_item() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     IF OLD.item_price_amount IS NOT NULL AND NEW.item_price_amount IS NULL THEN
       INSERT INTO chaos_violation VALUES ('item ' || OLD.order_item_id || ': its known price was overwritten by null');
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE FUNCTION chaos_cursor() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     IF TG_OP = 'UPDATE' THEN
       IF NEW.proven_until < OLD.proven_until OR NEW.items_proven_until < OLD.items_proven_until THEN
         INSERT INTO chaos_violation VALUES ('the cursor of ' || OLD.marketplace_id || ' went back');
       END IF;
     END IF;
     INSERT INTO chaos_move VALUES (NEW.marketplace_id);
     RETURN NEW;
   END $$`,
  `CREATE FUNCTION chaos_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     IF NEW.orders_seen <> NEW.orders_inserted + NEW.orders_updated + NEW.orders_unchanged THEN
       INSERT INTO chaos_violation VALUES ('run ' || NEW.id || ': its counters do not add up');
     END IF;
     IF TG_OP = 'UPDATE' THEN
       IF OLD.status <> 'RUNNING' AND NEW.status <> OLD.status THEN
         INSERT INTO chaos_violation VALUES ('run ' || NEW.id || ' had ended as ' || OLD.status || ' and became ' || NEW.status);
       END IF;
       IF NEW.orders_seen < OLD.orders_seen OR NEW.pages < OLD.pages THEN
         INSERT INTO chaos_violation VALUES ('run ' || NEW.id || ': its counters went back');
       END IF;
     END IF;
     IF (SELECT count(*) FROM sync_run WHERE status = 'RUNNING' AND kind = NEW.kind) > 1 THEN
       INSERT INTO chaos_violation VALUES ('two runs of kind ' || NEW.kind || ' are running');
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE FUNCTION chaos_window() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     -- What is too old to be kept no longer counts as read.
     IF OLD.state = 'DONE' AND NEW.state = 'DONE' AND NEW.from_time = (SELECT kept_from FROM order_retention) THEN
       RETURN NEW;
     ELSIF OLD.state = 'DONE' THEN
       INSERT INTO chaos_violation VALUES ('window ' || OLD.id || ' was DONE and was changed');
     ELSIF NEW.state = 'DONE' THEN
       INSERT INTO chaos_window VALUES (NEW.id);
     END IF;
     RETURN NEW;
   END $$`,
  'CREATE TRIGGER chaos AFTER UPDATE ON report_window FOR EACH ROW EXECUTE FUNCTION chaos_window()',
  'CREATE TRIGGER chaos AFTER UPDATE OR DELETE ON amazon_order FOR EACH ROW EXECUTE FUNCTION chaos_order()',
  'CREATE TRIGGER chaos AFTER UPDATE ON amazon_order_item FOR EACH ROW EXECUTE FUNCTION chaos_item()',
  'CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON sync_cursor FOR EACH ROW EXECUTE FUNCTION chaos_cursor()',
  'CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON sync_run FOR EACH ROW EXECUTE FUNCTION chaos_run()',
];

export async function setWatchdog(database: Database): Promise<void> {
  for (const statement of SCRIPT) await database.query(statement);
  await setChangeWatch(database);
}

/** Returns and clears what the triggers recorded. */
export async function takeViolations(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ what: string }>('DELETE FROM chaos_violation RETURNING what');
  return rows.map(({ what }) => what);
}

/** Returns and clears the orders that went back to an older version; only Amazon's current version may do that. */
export async function takeSteppedBack(sql: Sql): Promise<{ id: string; was: Date; became: Date }[]> {
  return sql.query('DELETE FROM chaos_back RETURNING order_id AS id, was, became');
}

/** Returns a hash of the tables that a dry run must not change. */
export async function fingerprint(sql: Sql): Promise<string> {
  const tables = [
    ...['amazon_order', 'amazon_order_item', 'order_items', 'order_change'],
    ...['sync_cursor', 'rejected_order', 'marketplaces'],
  ];
  const parts = tables.map(
    (table) => `(SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM ${table} t)`,
  );
  const [row] = await sql.query<{ print: string }>(`SELECT ${parts.join(" || '-' || ")} AS print`);
  return row?.print ?? '';
}

interface Cursor {
  id: string;
  from: Date | null;
  until: Date | null;
  itemsFrom: Date | null;
  itemsUntil: Date | null;
}

/**
 * Returns what the moved cursors prove but the tables lack: each of these orders that was last updated within the proven
 * interval must be stored in that version or a newer one, with its items if those are proven. One that has got an older date
 * may have been beyond the end of the interval: the next run begins before that.
 * @param backdatedMs by how much older the date of an order may have become
 */
export async function brokenPromises(
  sql: Sql,
  orders: readonly SimulatedOrder[],
  backdatedMs: (orderId: string) => number,
): Promise<string[]> {
  const moved = await sql.query<{ id: string }>('DELETE FROM chaos_move RETURNING marketplace_id AS id');
  if (moved.length === 0) return [];
  const cursors = await sql.query<Cursor>(
    `SELECT marketplace_id AS id, proven_from AS from, proven_until AS until, items_proven_from AS "itemsFrom",
            items_proven_until AS "itemsUntil" FROM sync_cursor WHERE marketplace_id = ANY ($1::text[])`,
    [moved.map(({ id }) => id)],
  );
  const rows = await sql.query<{ id: string; updated: Date; source: string; items: number }>(
    `SELECT o.amazon_order_id AS id, last_update_date AS updated, source::text AS source,
            (SELECT count(*)::int FROM amazon_order_item i WHERE i.order_id = o.id) AS items
       FROM amazon_order o`,
  );
  const unreadable = await sql.query<{ from: Date; until: Date }>(
    'SELECT updated_from AS from, updated_until AS until FROM rejected_order WHERE updated_from IS NOT NULL',
  );
  // Also orders that were deleted by hand, and that Amazon doesn't return to the check.
  const rejected = await sql.query<{ id: string }>(
    `SELECT amazon_order_id AS id FROM rejected_order
     UNION ALL SELECT amazon_order_id FROM check_finding WHERE state = 'UNRESOLVED'`,
  );
  const mirrored = new Map(rows.map((row) => [row.id, row]));
  const exempt = new Set(rejected.map(({ id }) => id));
  const within = (at: number, from: Date | null, until: Date | null) =>
    from !== null && until !== null && at >= from.getTime() && at <= until.getTime();
  return orders.flatMap((order) => {
    const updated = Date.parse(order.lastUpdatedTime);
    const { marketplaceId } = order.salesChannel;
    const wasAt = updated + backdatedMs(order.orderId);
    const isPast = (until: Date | null) => until !== null && wasAt <= until.getTime();
    const mine = cursors.filter(({ id }) => marketplaceId === undefined || id === marketplaceId);
    const row = mirrored.get(order.orderId);
    // An order may get a little older date, and leave the interval.
    const left = (from: Date) => new Date(from.getTime() - MAX_BACKDATED_MS);
    if (unreadable.some(({ from, until }) => within(updated, left(from), until))) return [];
    if (exempt.has(order.orderId)) return [];
    if (!mine.some(({ from, until }) => within(updated, from, until) && isPast(until))) return [];
    if (!row) return [`the cursor passed order ${order.orderId}, which is not stored`];
    // Reports have whole seconds. They bring orders whose answers by the API were unreadable.
    const least = row.source === 'REPORT' ? Math.floor(updated / 1_000) * 1_000 : updated;
    if (row.updated.getTime() < least) return [`the cursor passed the newest version of order ${order.orderId}`];
    if (!mine.some(({ itemsFrom, itemsUntil }) => within(updated, itemsFrom, itemsUntil) && isPast(itemsUntil)))
      return [];
    const same =
      row.updated.getTime() > updated ||
      row.items === new Set(order.orderItems.map(({ orderItemId }) => orderItemId)).size;
    return same ? [] : [`the items' cursor passed order ${order.orderId}, whose items are not stored`];
  });
}

/** Updates happen up to three minutes before they are in the book. */
const SETTLED_MS = 3 * 60_000;

/**
 * Returns what windows of the history that became DONE lack: each of these orders that was purchased in the window, and has
 * not changed since its report was requested, must be stored or rejected.
 */
export async function unreadWindows(sql: Sql, orders: readonly SimulatedOrder[]): Promise<string[]> {
  const windows = await sql.query<{ from: Date; until: Date; requested: Date; marketplaceIds: string[] }>(
    `WITH done AS (DELETE FROM chaos_window RETURNING id)
     SELECT from_time AS from, until_time AS until, requested_at AS requested, marketplace_ids AS "marketplaceIds"
       FROM report_window JOIN done USING (id) WHERE kind = 'HISTORY'`,
  );
  if (windows.length === 0) return [];
  const rows = await sql.query<{ id: string }>(
    'SELECT amazon_order_id AS id FROM amazon_order UNION SELECT amazon_order_id FROM rejected_order',
  );
  const known = new Set(rows.map(({ id }) => id));
  return windows.flatMap(({ from, until, requested, marketplaceIds }) =>
    orders
      .filter(({ orderId, createdTime, lastUpdatedTime, salesChannel }) => {
        const created = Date.parse(createdTime);
        if (known.has(orderId) || created < from.getTime() || created >= until.getTime()) return false;
        if (salesChannel.marketplaceId && !marketplaceIds.includes(salesChannel.marketplaceId)) return false;
        return Date.parse(lastUpdatedTime) < requested.getTime() - SETTLED_MS;
      })
      .map(({ orderId }) => `the window from ${from.toISOString()} is DONE without order ${orderId}`),
  );
}

/** Changes orders without being reported by the triggers. */
export async function unwatched(database: Database, work: () => Promise<void>): Promise<void> {
  const switchTo = async (state: 'DISABLE' | 'ENABLE') => {
    await database.query(`ALTER TABLE amazon_order ${state} TRIGGER chaos`);
    await database.query(`ALTER TABLE amazon_order ${state} TRIGGER chaos_compare`);
    await database.query(`ALTER TABLE amazon_order_item ${state} TRIGGER chaos_compare`);
  };
  await switchTo('DISABLE');
  try {
    await work();
  } finally {
    await switchTo('ENABLE');
    await resetChangeWatch(database);
  }
}
