import { join } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import pg from 'pg';

const ORDERS = 50;

/** One row an item, with its order's columns again in each. */
const FLAT_JOIN = `
  SELECT o.id::text, o.amazon_order_id, o.marketplace_id, o.purchase_date, o.last_update_date, o.order_status, o.fulfilled_by,
         o.order_total_amount, o.order_total_currency, i.order_item_id, i.seller_sku, i.asin, i.title, i.quantity_ordered,
         i.item_price_amount, i.item_price_currency
    FROM (SELECT * FROM amazon_order ORDER BY purchase_date DESC, id DESC LIMIT ${ORDERS + 1}) AS o
    LEFT JOIN amazon_order_item AS i ON i.order_id = o.id
   ORDER BY o.purchase_date DESC, o.id DESC, i.order_item_id`;

/**
 * The floor: one statement, its rows folded into the page's shape.
 * @param {import('../../src/config/config.js').DatabaseConfig} config
 */
export async function answerByFlatJoin(config) {
  const { rows, close } = await open(config);
  return { answer: async () => fold(await rows(FLAT_JOIN)), close };
}

/** @param {import('../../src/config/config.js').DatabaseConfig} config */
async function open(config) {
  if (config.kind === 'postgres') {
    const pool = new pg.Pool({ connectionString: config.url, max: 10 });
    // A name makes it a prepared statement.
    const rows = async (/** @type {string} */ text) => (await pool.query({ name: 'page', text })).rows;
    return { rows, close: () => pool.end() };
  }
  const pglite = await PGlite.create(join(config.dataDir ?? '', 'pgdata'));
  const parsers = { [types.NUMERIC]: String };
  /** @returns {Promise<any[]>} */
  const rows = async (/** @type {string} */ text) => (await pglite.query(text, [], { parsers })).rows;
  return { rows, close: () => pglite.close() };
}

/** @param {readonly any[]} rows */
function fold(rows) {
  const edges = [];
  let last;
  /** @type {object[]} */
  let items = [];
  for (const row of rows) {
    if (row.id !== last?.id) {
      if (edges.length === ORDERS) return page(edges, last, true);
      last = row;
      items = [];
      edges.push({ node: orderOf(row, items) });
    }
    if (row.order_item_id !== null) items.push(itemOf(row));
  }
  return page(edges, last, false);
}

/** @param {readonly object[]} edges @param {any} last @param {boolean} hasNextPage */
function page(edges, last, hasNextPage) {
  const endCursor = last ? Buffer.from(JSON.stringify([last.purchase_date, last.id])).toString('base64url') : null;
  return { edges, pageInfo: { hasNextPage, endCursor } };
}

/** @param {any} row @param {readonly object[]} items */
function orderOf(row, items) {
  return {
    amazonOrderId: row.amazon_order_id,
    marketplaceId: row.marketplace_id,
    purchaseDate: row.purchase_date,
    lastUpdateDate: row.last_update_date,
    orderStatus: row.order_status,
    fulfilledBy: row.fulfilled_by,
    orderTotal: money(row.order_total_amount, row.order_total_currency),
    items,
  };
}

/** @param {any} row */
function itemOf(row) {
  return {
    orderItemId: row.order_item_id,
    sellerSku: row.seller_sku,
    asin: row.asin,
    title: row.title,
    quantityOrdered: row.quantity_ordered,
    itemPrice: money(row.item_price_amount, row.item_price_currency),
  };
}

/** @param {string | null} amount @param {string | null} currencyCode */
function money(amount, currencyCode) {
  return amount === null ? null : { amount, currencyCode };
}
