import { boolean, type Column, instant, int, text, unnestRows } from '../../database/binary-columns.js';
import type { Bind } from '../../database/database.js';
import type { OrderChangeSource } from '../../generated/prisma/client.js';
import { LEDGER_MEMBERS, LEDGER_SQL } from './ledger.js';
import { itemMemberColumns, mergedValues, orderMemberColumns, sentColumns, sentValues } from './member-columns.js';
import { recordChangesSql } from './order-changes.js';
import { type ItemRow, MAPPING_VERSION, type OrderRow } from './order-rows.js';
import { clearRejectionsSql } from './rejected-orders.js';

export interface MergeOptions {
  /** Whether the rows carry all items of their orders; false leaves stored items as they are. */
  readonly includeItems: boolean;
  /** When the rows came from Amazon; null if they were mapped again from stored payloads. */
  readonly at: Date | null;
  /** The source of the changes that are recorded in `order_change`; null records none. Null if `at` is null. */
  readonly changeSource: OrderChangeSource | null;
  /** The run that the rows belong to: orders that it marks are read again by a later one. */
  readonly runId?: bigint;
  /** Writes unchanged orders, too. */
  readonly rewriteUnchanged?: boolean;
  /**
   * For orders read by id: the versions that were stored at the time of the request. Such an order is written even if its
   * last update is older, unless another version has been stored since.
   */
  readonly held?: HeldVersions;
}

/** Versions of stored orders (their content hashes) by Amazon's order ids. */
export type HeldVersions = ReadonlyMap<string, string>;

/** Numbers of merged orders, by outcome. */
export interface ChangeCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
}

type Columns<Row> = Readonly<Record<string, Column<Row>>>;

const orderColumns = (held: HeldVersions | undefined): Columns<OrderRow> => ({
  place: int((_row, index) => index),
  source: text((row) => row.source),
  amazon_order_id: text((row) => row.amazonOrderId),
  marketplace_id: text((row) => row.marketplaceId),
  purchase_date: instant((row) => row.purchaseDate),
  last_update_date: instant((row) => row.lastUpdateDate),
  status_read: text((row) => row.orderStatus),
  fulfiller_read: text((row) => row.fulfilledBy),
  channel_read: text((row) => row.channelName),
  order_total_amount: text((row) => row.orderTotal?.amount ?? null),
  order_total_currency: text((row) => row.orderTotal?.currencyCode ?? null),
  raw_payload: text((row) => row.rawPayload),
  content_hash: text((row) => row.contentHash),
  items_hash: text((row) => row.itemsHash),
  notes: text((row) => (row.notes.length > 0 ? row.notes.join('\n') : null)),
  has_items: boolean((row) => row.items.length > 0),
  lines_in_doubt: boolean((row) => row.linesInDoubt),
  lacking_data: text((row) => row.lackingData.join()),
  ...sentColumns(orderMemberColumns),
  held: text((row) => held?.get(row.amazonOrderId) ?? null),
});

const ITEM_COLUMNS: Columns<{ readonly place: number; readonly item: ItemRow }> = {
  place: int(({ place }) => place),
  order_item_id: text(({ item }) => item.orderItemId),
  seller_sku: text(({ item }) => item.sellerSku),
  asin: text(({ item }) => item.asin),
  title: text(({ item }) => item.title),
  quantity_ordered: int(({ item }) => item.quantityOrdered),
  item_price_amount: text(({ item }) => item.itemPrice?.amount ?? null),
  item_price_currency: text(({ item }) => item.itemPrice?.currencyCode ?? null),
  raw_payload: text(({ item }) => item.rawPayload),
  has_all_amounts: boolean(({ item }) => item.members.amounts.isComplete),
  ...sentColumns(itemMemberColumns),
};

const ORDER_MEMBERS = Object.keys(orderMemberColumns).join(', ');
const ITEM_MEMBERS = Object.keys(itemMemberColumns).join(', ');
const mergedOrder = mergedValues(orderMemberColumns, { from: 'i', stored: 'o', order: 'i' });
const mergedItem = mergedValues(itemMemberColumns, { from: 'i', stored: 's', order: 'o' });

/** Columns of an item that determine whether it has changed. */
const ITEM_CONTENT = [
  ...['marketplace_id', 'seller_sku', 'asin', 'title', 'quantity_ordered', 'item_price_amount', 'item_price_currency'],
  ...['raw_payload', ...Object.keys(itemMemberColumns)],
];
const ofAlias = (alias: string, columns: readonly string[]) => columns.map((name) => `${alias}.${name}`).join(', ');

/**
 * Returns SQL: the WITH of a statement that merges orders, their items and the ledger into the mirror, records what it changes,
 * and clears rejections of these orders. Its part `counted` is a row of ChangeCounts. The text is the same for all rows and options.
 *
 * All parts see the tables as they were before the statement, so stored rows are looked up first, and new ones are a plain
 * INSERT; the mirror lock makes that safe. The plan may be made while the tables are empty, and is kept while they grow: so
 * look-ups go order by order (LATERAL, OFFSET 0), by conditions that exactly one index answers, and changes go by an array
 * of ids, so that a part without rows costs nothing.
 * @param rows each order once at most
 */
export function mergeSql(bind: Bind, rows: readonly OrderRow[], options: MergeOptions): string {
  const items = options.includeItems ? rows.flatMap((row, place) => row.items.map((item) => ({ place, item }))) : [];
  const includeItems = `${bind(options.includeItems)}::boolean`;
  const at = `${bind(options.at)}::timestamptz`;
  const isRead = `${at} IS NOT NULL`;
  const markedBy = `${bind(options.runId ?? null)}::bigint`;
  // Items that are stored, or that a run with items left out because of a conflict, are read again; others come with a window.
  const mayLackItems = '(o.items_hash IS NOT NULL OR o.conflict_hash IS NOT NULL)';
  const rewriteUnchanged = `${bind(options.rewriteUnchanged ?? false)}::boolean`;
  return `
  WITH incoming AS MATERIALIZED (
    SELECT * FROM ${unnestRows(bind, 'i', rows, orderColumns(options.held))}
  ), stored AS MATERIALIZED (
    SELECT i.place, o.*, o.marketplace_id = i.marketplace_id AS is_of_marketplace,
           o.last_update_date > i.last_update_date AND o.content_hash IS DISTINCT FROM i.held AS is_newer
      FROM incoming i CROSS JOIN LATERAL (
        SELECT id, source, amazon_order_id, marketplace_id, last_update_date, content_hash, items_hash, conflict_hash,
               order_status, channel_name, order_total_currency, fulfilled_by, mapping_version
          FROM amazon_order
         WHERE amazon_order_id = i.amazon_order_id OFFSET 0
      ) AS o
  ), matched AS MATERIALIZED (
    -- An order keeps its id when it moves to another marketplace. Early versions of this program stored it under both;
    -- then it is compared with the row of its marketplace, else with the newest.
    SELECT DISTINCT ON (place) * FROM stored ORDER BY place, is_of_marketplace DESC, last_update_date DESC, id DESC
  ), compared AS MATERIALIZED (
    -- An older version is a conflict, unless its content is that of the last conflict (conflict_hash). A later run then
    -- reads the order by its id (sync/read/orders-to-reread.ts).
    SELECT i.place, o.id AS stored_id,
           CASE
             -- Too old to be kept (mirror/write/order-retention.ts).
             WHEN i.purchase_date < (SELECT kept_from FROM order_retention) THEN 'unchanged'
             WHEN o.id IS NULL THEN 'inserted'
             -- A report has fewer members than the API and times in whole seconds. It never replaces what the API returned.
             WHEN i.source = 'REPORT' AND o.source = 'API' THEN
               CASE WHEN o.last_update_date < i.last_update_date AND i.content_hash IS DISTINCT FROM o.conflict_hash
                    THEN 'conflict' ELSE 'unchanged' END
             WHEN i.source = 'REPORT' AND o.is_newer THEN 'unchanged'
             WHEN o.is_newer THEN
               CASE WHEN i.content_hash IS DISTINCT FROM o.conflict_hash THEN 'conflict' ELSE 'unchanged' END
             WHEN ${rewriteUnchanged} OR i.content_hash <> o.content_hash THEN 'updated'
             WHEN o.mapping_version < ${MAPPING_VERSION} THEN 'updated'
             WHEN ${includeItems} AND i.items_hash IS DISTINCT FROM o.items_hash THEN 'updated'
             ELSE 'unchanged'
           END AS change
      FROM incoming i LEFT JOIN matched o USING (place)
  ), counted AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE change = 'inserted')::int AS inserted,
           count(*) FILTER (WHERE change = 'updated')::int AS updated,
           count(*) FILTER (WHERE change IN ('unchanged', 'conflict'))::int AS unchanged
      FROM compared
  ), orders AS MATERIALIZED (
    SELECT i.*, stored_id, coalesce(stored_id, nextval('amazon_order_id_seq')) AS id,
           coalesce(i.status_read, m.order_status, 'UNKNOWN') AS order_status,
           coalesce(i.channel_read, m.channel_name, 'UNKNOWN') AS channel_name,
           coalesce(i.fulfiller_read, m.fulfilled_by) AS fulfilled_by,
           coalesce(i.order_total_currency, m.order_total_currency) AS known_currency,
           m.marketplace_id AS stored_marketplace_id,
           ${includeItems} AND i.has_items AS replaces_items,
           ${includeItems} AND i.lines_in_doubt AS reread
      FROM compared JOIN incoming i USING (place) LEFT JOIN matched m USING (place)
     WHERE change IN ('inserted', 'updated')
  ), conflicting_orders AS (
    UPDATE amazon_order o
       SET reread_wanted = true, reread_marked_by = ${markedBy}, reread_at = NULL, conflict_hash = i.content_hash
      FROM compared c JOIN incoming i USING (place)
     WHERE change = 'conflict'
       AND o.id = c.stored_id AND o.id = ANY (ARRAY(SELECT stored_id FROM compared WHERE change = 'conflict'))
  ), confirmed_orders AS (
    -- Read by their ids, and unchanged: no longer in doubt.
    UPDATE amazon_order o
       SET reread_wanted = false, reread_marked_by = ${markedBy}
      FROM compared c JOIN incoming i USING (place)
     WHERE change = 'unchanged' AND o.content_hash = i.held AND o.reread_wanted
       AND (NOT ${mayLackItems} OR (${includeItems} AND NOT i.lines_in_doubt))
       AND o.id = c.stored_id AND o.id = ANY (ARRAY(
             SELECT stored_id FROM compared JOIN incoming USING (place)
              WHERE change = 'unchanged' AND held IS NOT NULL))
  ), new_marketplaces AS (
    -- Marketplaces that Amazon has not listed: their currency is unknown.
    INSERT INTO marketplaces (marketplace_id, country_code, name)
    SELECT DISTINCT ON (marketplace_id) marketplace_id, 'ZZ', coalesce(marketplace_name, marketplace_id)
      FROM incoming
     WHERE marketplace_id NOT IN (SELECT marketplace_id FROM marketplaces)
     ORDER BY marketplace_id, marketplace_name
    ON CONFLICT (marketplace_id) DO NOTHING
  ), inserted_orders AS (
    INSERT INTO amazon_order
           (id, amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by,
            channel_name, order_total_amount, order_total_currency, raw_payload, content_hash, items_hash, mirrored_at,
            notes, reread_wanted, reread_marked_by, mapping_version, source, ${ORDER_MEMBERS})
    SELECT id, amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by,
           channel_name, order_total_amount::numeric, order_total_currency, raw_payload::jsonb, content_hash,
           CASE WHEN ${includeItems} THEN items_hash END, ${at}, string_to_array(notes, E'\\n'),
           reread, CASE WHEN lines_in_doubt THEN ${markedBy} END, ${MAPPING_VERSION}, source,
           ${sentValues(orderMemberColumns, 'orders').join(', ')}
      FROM orders
     WHERE stored_id IS NULL
  ), updated_orders AS (
    UPDATE amazon_order o
       SET marketplace_id = i.marketplace_id,
           purchase_date = i.purchase_date,
           last_update_date = i.last_update_date,
           order_status = i.order_status,
           fulfilled_by = i.fulfilled_by,
           channel_name = i.channel_name,
           order_total_amount = coalesce(i.order_total_amount::numeric, o.order_total_amount),
           order_total_currency = coalesce(i.order_total_currency, o.order_total_currency),
           raw_payload = i.raw_payload::jsonb,
           content_hash = i.content_hash,
           items_hash = CASE WHEN ${includeItems} THEN i.items_hash ELSE o.items_hash END,
           mirrored_at = coalesce(${at}, o.mirrored_at),
           notes = CASE WHEN ${isRead} THEN string_to_array(i.notes, E'\\n') ELSE o.notes END,
           reread_wanted = CASE WHEN ${isRead}
             THEN i.reread OR (o.reread_wanted AND NOT ${includeItems} AND ${mayLackItems})
             ELSE o.reread_wanted END,
           reread_marked_by = CASE WHEN ${isRead} AND i.lines_in_doubt THEN ${markedBy} ELSE o.reread_marked_by END,
           reread_at = CASE WHEN ${isRead} AND i.reread AND NOT o.reread_wanted THEN NULL ELSE o.reread_at END,
           mapping_version = ${MAPPING_VERSION},
           source = i.source,
           ${mergedOrder.map(([name, value]) => `${name} = ${value}`).join(', ')}
      FROM orders i
     WHERE o.id = i.stored_id AND o.id = ANY (ARRAY(SELECT stored_id FROM orders WHERE stored_id IS NOT NULL))
  ), twins AS MATERIALIZED (
    -- Other rows of the same order, unless they are newer: see matched.
    SELECT s.place, s.id, s.amazon_order_id, s.marketplace_id, s.order_status
      FROM stored s JOIN orders i USING (place)
     WHERE s.id <> i.stored_id AND NOT s.is_newer
  ), deleted_orders AS (
    DELETE FROM amazon_order WHERE id = ANY (ARRAY(SELECT id FROM twins))
  ), stored_items AS MATERIALIZED (
    SELECT i.*, o.replaces_items, o.marketplace_id AS new_marketplace_id
      FROM orders o CROSS JOIN LATERAL (SELECT * FROM amazon_order_item WHERE order_id = o.stored_id OFFSET 0) AS i
  ), incoming_items AS MATERIALIZED (
    -- A price of 0 may come without a currency; an unknown price has none.
    SELECT order_id, amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered,
           CASE WHEN currency IS NOT NULL THEN amount END AS item_price_amount,
           CASE WHEN amount IS NOT NULL THEN currency END AS item_price_currency, raw_payload, stored_id, is_of_stored_order,
           ${ITEM_MEMBERS}
      FROM (
        SELECT o.id AS order_id, o.amazon_order_id, o.marketplace_id, i.order_item_id, i.seller_sku, i.asin, i.title,
               coalesce(i.quantity_ordered, s.quantity_ordered, 0) AS quantity_ordered,
               coalesce(i.item_price_amount::numeric, s.item_price_amount) AS amount,
               coalesce(i.item_price_currency, s.item_price_currency, o.known_currency, m.currency) AS currency,
               i.raw_payload::jsonb AS raw_payload, s.id AS stored_id, o.stored_id IS NOT NULL AS is_of_stored_order,
               ${mergedItem.map(([name, value]) => `${value} AS ${name}`).join(', ')}
          FROM ${unnestRows(bind, 'i', items, ITEM_COLUMNS)}
          JOIN orders o USING (place)
          LEFT JOIN stored_items s ON s.order_id = o.id AND s.order_item_id = i.order_item_id
          LEFT JOIN marketplaces m ON m.marketplace_id = o.marketplace_id
      ) AS priced
  ), inserted_items AS (
    INSERT INTO amazon_order_item
           (order_id, amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered,
            item_price_amount, item_price_currency, raw_payload, ${ITEM_MEMBERS})
    SELECT order_id, amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered,
           item_price_amount, item_price_currency, raw_payload, ${ITEM_MEMBERS}
      FROM incoming_items
     WHERE stored_id IS NULL
  ), updated_items AS (
    UPDATE amazon_order_item o
       SET ${ITEM_CONTENT.map((name) => `${name} = i.${name}`).join(', ')}
      FROM incoming_items i
     WHERE o.id = i.stored_id AND o.id = ANY (ARRAY(SELECT stored_id FROM incoming_items WHERE stored_id IS NOT NULL))
       AND (${ofAlias('o', ITEM_CONTENT)}) IS DISTINCT FROM (${ofAlias('i', ITEM_CONTENT)})
  ), moved_items AS (
    UPDATE amazon_order_item o SET marketplace_id = i.new_marketplace_id
      FROM stored_items i
     WHERE o.id = i.id AND o.id = ANY (ARRAY(
             SELECT id FROM stored_items WHERE NOT replaces_items AND new_marketplace_id <> marketplace_id))
  ), deleted_items AS (
    DELETE FROM amazon_order_item
     WHERE id = ANY (ARRAY(
       SELECT id FROM stored_items
        WHERE replaces_items AND id NOT IN (SELECT stored_id FROM incoming_items WHERE stored_id IS NOT NULL)))
    RETURNING order_id
  ), items AS (
    SELECT order_id, order_item_id, ${LEDGER_MEMBERS} FROM incoming_items
    UNION ALL
    SELECT order_id, order_item_id, ${LEDGER_MEMBERS} FROM stored_items WHERE NOT replaces_items
  ), ${LEDGER_SQL},
  ${recordChangesSql(at, `${bind(options.changeSource)}::order_change_source`)},
  ${clearRejectionsSql(`ARRAY(SELECT amazon_order_id FROM incoming WHERE ${isRead})`, includeItems)}`;
}
