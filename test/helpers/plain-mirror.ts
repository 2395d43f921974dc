import type { Sql } from '../../src/database/database.js';
import type { ItemRow, OrderRow } from '../../src/mirror/write/order-rows.js';

interface Kept extends OrderRow {
  readonly items: ItemRow[];
}

/** Of the known marketplaces in random-rows.ts. */
const CURRENCIES: Record<string, string> = { ATVPDKIKX0DER: 'USD', A1PA6795UKMFR9: 'EUR' };

/**
 * A second implementation of the merge, order by order and in memory. `contents` is what the tables should hold, in the
 * format of `contentsOf`.
 */
export class PlainMirror {
  readonly #orders = new Map<string, Kept>();

  save(row: OrderRow, includeItems: boolean): 'inserted' | 'updated' | 'unchanged' {
    const key = `${row.amazonOrderId} ${row.marketplaceId}`;
    const old = [...this.#orders.values()].find((known) => known.amazonOrderId === row.amazonOrderId);
    if (old && old.lastUpdateDate > row.lastUpdateDate) return 'unchanged';
    if (old?.contentHash === row.contentHash && (!includeItems || old.itemsHash === row.itemsHash)) return 'unchanged';
    // An order that moves to another marketplace stays the same order.
    if (old) this.#orders.delete(`${old.amazonOrderId} ${old.marketplaceId}`);
    const currency =
      row.orderTotal?.currencyCode ?? old?.orderTotal?.currencyCode ?? CURRENCIES[row.marketplaceId] ?? null;
    const hasItems = includeItems && row.items.length > 0;
    const items = hasItems ? row.items.map((item) => settled(row, item, old, currency)) : (old?.items ?? []);
    const packages = row.members.packages ?? (lacks(row, 'PACKAGES') ? (old?.members.packages ?? null) : null);
    const members = { ...row.members, packages };
    const itemsHash = includeItems ? row.itemsHash : (old?.itemsHash ?? '');
    const fulfilledBy = row.fulfilledBy ?? old?.fulfilledBy ?? null;
    const orderTotal = row.orderTotal ?? old?.orderTotal ?? null;
    const orderStatus = row.orderStatus ?? old?.orderStatus ?? 'UNKNOWN';
    const channelName = row.channelName ?? old?.channelName ?? 'UNKNOWN';
    this.#orders.set(key, { ...row, members, orderStatus, channelName, fulfilledBy, orderTotal, items, itemsHash });
    return old ? 'updated' : 'inserted';
  }

  contents(): string[] {
    const orders = [...this.#orders.values()];
    return [
      ...orders.map((row) =>
        line('order', [
          row.amazonOrderId,
          row.marketplaceId,
          row.lastUpdateDate.toISOString(),
          row.orderStatus,
          row.fulfilledBy,
          row.orderTotal?.amount,
          row.orderTotal?.currencyCode,
          row.contentHash,
          row.itemsHash || null,
          row.notes.join(),
          row.members.packages?.[0]?.packageReferenceId,
          row.members.programs,
        ]),
      ),
      ...orders.flatMap((row) => row.items.map((item) => line('item', [row.marketplaceId, ...itemCells(row, item)]))),
      ...orders
        .filter((row) => row.orderStatus !== 'CANCELLED' && row.channelName !== 'NON_AMAZON')
        .flatMap((row) => row.items.map((item) => line('line', [row.marketplaceId, ...lineCells(row, item)]))),
    ].sort();
  }
}

/** Returns the contents of the mirror's tables, one text a row. */
export async function contentsOf(sql: Sql): Promise<string[]> {
  const orders = await sql.query<{ cells: unknown[] }>(
    `SELECT json_build_array(amazon_order_id, marketplace_id,
              to_char(last_update_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), order_status, fulfilled_by,
              order_total_amount::text, order_total_currency, content_hash, items_hash,
              coalesce(array_to_string(notes, ','), ''), packages->0->>'packageReferenceId', programs) AS cells
       FROM amazon_order`,
  );
  const items = await sql.query<{ cells: unknown[] }>(
    `SELECT json_build_array(i.marketplace_id, i.amazon_order_id, order_item_id, seller_sku, quantity_ordered,
              item_price_amount::text, item_price_currency, shipping_price_amount::text, tax_amount::text,
              proceeds_currency, promotion_ids) AS cells
       FROM amazon_order_item i JOIN amazon_order o
         ON o.id = i.order_id AND o.amazon_order_id = i.amazon_order_id AND o.marketplace_id = i.marketplace_id`,
  );
  const lines = await sql.query<{ cells: unknown[] }>(
    `SELECT json_build_array(marketplace_id, order_id, source_order_item_id, sku, units, revenue::text,
              CASE WHEN revenue IS NOT NULL THEN currency END, shipping::text, tax::text) AS cells FROM order_items`,
  );
  return [
    ...orders.map(({ cells }) => line('order', cells)),
    ...items.map(({ cells }) => line('item', cells)),
    ...lines.map(({ cells }) => line('line', cells)),
  ].sort();
}

/** Unknown values keep stored ones; a price without a currency gets that of the stored item, else the order's or marketplace's. */
function settled(row: OrderRow, item: ItemRow, old: Kept | undefined, currency: string | null): ItemRow {
  const before = old?.items.find((each) => each.orderItemId === item.orderItemId);
  const { amount, currencyCode } = item.itemPrice ?? before?.itemPrice ?? {};
  const inCurrency = currencyCode ?? before?.itemPrice?.currencyCode ?? currency;
  const { amounts, promotionIds } = item.members;
  const known = before?.members.amounts;
  return {
    ...item,
    quantityOrdered: item.quantityOrdered ?? before?.quantityOrdered ?? 0,
    itemPrice: amount !== undefined && inCurrency !== null ? { amount, currencyCode: inCurrency } : null,
    members: {
      ...item.members,
      promotionIds: promotionIds ?? (lacks(row, 'PROMOTION') ? (before?.members.promotionIds ?? null) : null),
      amounts: amounts.isComplete
        ? amounts
        : {
            ...amounts,
            currencyCode: amounts.currencyCode ?? known?.currencyCode ?? null,
            shippingPrice: amounts.shippingPrice ?? known?.shippingPrice ?? null,
            tax: amounts.tax ?? known?.tax ?? null,
          },
    },
  };
}

function lacks(row: OrderRow, dataSet: OrderRow['lackingData'][number]): boolean {
  return row.lackingData.includes(dataSet);
}

function itemCells(row: OrderRow, item: ItemRow): unknown[] {
  const { amounts, promotionIds } = item.members;
  return [...pricedCells(row, item), amounts.shippingPrice, amounts.tax, amounts.currencyCode, promotionIds];
}

/** Amazon leaves out rows of amount 0. */
function lineCells(row: OrderRow, item: ItemRow): unknown[] {
  const { shippingPrice, tax } = item.members.amounts;
  const none = item.itemPrice === null ? null : '0';
  return [...pricedCells(row, item), shippingPrice ?? none, tax ?? none];
}

function pricedCells(row: OrderRow, item: ItemRow): unknown[] {
  const { amount, currencyCode } = item.itemPrice ?? {};
  return [row.amazonOrderId, item.orderItemId, item.sellerSku, item.quantityOrdered, amount, currencyCode];
}

function line(what: string, cells: unknown[]): string {
  return `${what} ${JSON.stringify(cells.map((cell) => cell ?? null))}`;
}
