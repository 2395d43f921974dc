/** @typedef {import('../../src/mirror/write/order-rows.js').OrderRow} OrderRow */
/** @typedef {string | number | null | undefined} Cell */

const ORDER = `amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, fulfilled_by, channel_name,
  order_total_amount, order_total_currency, raw_payload, content_hash, items_hash`;
const ITEM = `amazon_order_id, marketplace_id, order_item_id, seller_sku, asin, title, quantity_ordered, item_price_amount,
  item_price_currency, raw_payload`;
const LINE = `order_id, order_date, marketplace_id, sku, asin, units, revenue, currency, source, source_order_item_id`;

/**
 * COPY of these rows, and of the ledger's that follow from them, into bare tables: what to say, and the text to send.
 * @param {readonly OrderRow[]} rows
 */
export function bareCopies(rows) {
  return [
    { into: `bare.amazon_order (${ORDER})`, text: lines(rows.map(orderCells)) },
    { into: `bare.amazon_order_item (${ITEM})`, text: lines(rows.flatMap((row) => itemCells(row))) },
    { into: `bare.order_items (${LINE})`, text: lines(rows.flatMap(lineCells)) },
  ];
}

/**
 * COPY of the same rows into the mirror's own tables, with ids that nobody has to ask for.
 * @param {readonly OrderRow[]} rows
 * @param {number} firstId
 */
export function mirrorCopies(rows, firstId) {
  return [
    {
      into: `amazon_order (id, ${ORDER})`,
      text: lines(rows.map((row, index) => [firstId + index, ...orderCells(row)])),
    },
    {
      into: `amazon_order_item (order_id, ${ITEM})`,
      text: lines(rows.flatMap((row, index) => itemCells(row).map((cells) => [firstId + index, ...cells]))),
    },
    { into: `order_items (${LINE})`, text: lines(rows.flatMap(lineCells)) },
  ];
}

/** @param {OrderRow} row @returns {Cell[]} */
function orderCells(row) {
  return [
    row.amazonOrderId,
    row.marketplaceId,
    row.purchaseDate.toISOString(),
    row.lastUpdateDate.toISOString(),
    row.orderStatus,
    row.fulfilledBy,
    row.channelName,
    row.orderTotal?.amount,
    row.orderTotal?.currencyCode,
    row.rawPayload,
    row.contentHash,
    row.itemsHash,
  ];
}

/** @param {OrderRow} row @returns {Cell[][]} */
function itemCells({ amazonOrderId, marketplaceId, items }) {
  return items.map((item) => [
    amazonOrderId,
    marketplaceId,
    item.orderItemId,
    item.sellerSku,
    item.asin,
    item.title,
    item.quantityOrdered,
    item.itemPrice?.amount,
    item.itemPrice?.currencyCode,
    item.rawPayload,
  ]);
}

/** @param {OrderRow} row @returns {Cell[][]} */
function lineCells({ amazonOrderId, marketplaceId, purchaseDate, items }) {
  const date = purchaseDate.toISOString().slice(0, 10);
  return items.map((item) => [
    amazonOrderId,
    date,
    marketplaceId,
    item.sellerSku,
    item.asin,
    item.quantityOrdered,
    item.itemPrice?.amount,
    item.itemPrice?.currencyCode,
    'spapi',
    item.orderItemId,
  ]);
}

/** COPY's text format. @param {readonly (readonly Cell[])[]} rows */
function lines(rows) {
  return rows.map((cells) => `${cells.map(cell).join('\t')}\n`).join('');
}

/** @type {Record<string, string>} */
const ESCAPES = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** @param {Cell} value */
function cell(value) {
  return value == null ? '\\N' : String(value).replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? '');
}
