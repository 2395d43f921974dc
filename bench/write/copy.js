import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** @typedef {import('../../src/sync/order-rows.js').OrderRow} OrderRow */

/**
 * The floor: COPY of the same rows into bare tables. The same columns and types, but no key, no index, no ledger, no
 * question whether a row is there already.
 * @typedef {object} CopyTarget
 * @property {() => Promise<void>} empty
 * @property {(rows: readonly OrderRow[]) => Promise<void>} write in one transaction
 * @property {() => Promise<void>} close
 */

const TABLES = `
  CREATE SCHEMA IF NOT EXISTS bare;
  CREATE TABLE IF NOT EXISTS bare.amazon_order (
    amazon_order_id text, marketplace_id text, purchase_date timestamptz(3), last_update_date timestamptz(3),
    order_status text, fulfilled_by text, channel_name text, order_total_amount numeric, order_total_currency text,
    raw_payload jsonb, content_hash text, items_hash text
  );
  CREATE TABLE IF NOT EXISTS bare.amazon_order_item (
    amazon_order_id text, marketplace_id text, order_item_id text, seller_sku text, asin text, title text,
    quantity_ordered integer, item_price_amount numeric, item_price_currency text, raw_payload jsonb
  );
  TRUNCATE bare.amazon_order, bare.amazon_order_item`;

/** @param {import('../lib/databases.js').BenchDatabase['config']} config @returns {Promise<CopyTarget>} */
export function openCopyTarget(config) {
  return config.kind === 'postgres' ? onPostgres(config.url) : onPGlite(join(config.dataDir ?? '', 'pgdata'));
}

/** @param {string} url @returns {Promise<CopyTarget>} */
async function onPostgres(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    empty: async () => {
      await client.query(TABLES);
    },
    write: async (rows) => {
      await client.query('BEGIN');
      await copyIn(client, 'COPY bare.amazon_order FROM STDIN', orderLines(rows));
      await copyIn(client, 'COPY bare.amazon_order_item FROM STDIN', itemLines(rows));
      await client.query('COMMIT');
    },
    close: () => client.end(),
  };
}

/** @param {string} folder @returns {Promise<CopyTarget>} */
async function onPGlite(folder) {
  const pglite = await PGlite.create(folder);
  return {
    empty: async () => {
      await pglite.exec(TABLES);
    },
    write: (rows) =>
      pglite.transaction(async (transaction) => {
        const orders = new Blob([orderLines(rows)]);
        await transaction.query("COPY bare.amazon_order FROM '/dev/blob'", [], { blob: orders });
        const items = new Blob([itemLines(rows)]);
        await transaction.query("COPY bare.amazon_order_item FROM '/dev/blob'", [], { blob: items });
      }),
    close: () => pglite.close(),
  };
}

/**
 * `pg` has the messages of COPY, and leaves what to do with them to whoever submits the query.
 * @param {pg.Client} client @param {string} statement @param {string} lines
 * @returns {Promise<void>}
 */
function copyIn(client, statement, lines) {
  return new Promise((resolve, reject) => {
    const query = {
      /** @param {any} connection pg's own, which its types leave out */
      submit: (connection) => connection.query(statement),
      /** @param {any} connection */
      handleCopyInResponse: (connection) => {
        connection.sendCopyFromChunk(Buffer.from(lines));
        connection.endCopyFrom();
      },
      handleCommandComplete: () => {},
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    };
    client.query(query);
  });
}

/** @param {readonly OrderRow[]} rows */
function orderLines(rows) {
  return lines(
    rows.map((row) => [
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
    ]),
  );
}

/** @param {readonly OrderRow[]} rows */
function itemLines(rows) {
  return lines(
    rows.flatMap(({ amazonOrderId, marketplaceId, items }) =>
      items.map((item) => [
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
      ]),
    ),
  );
}

/** COPY's text format. @param {readonly (readonly (string | number | null | undefined)[])[]} rows */
function lines(rows) {
  return rows.map((cells) => `${cells.map(cell).join('\t')}\n`).join('');
}

/** @type {Record<string, string>} */
const ESCAPES = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** @param {string | number | null | undefined} value */
function cell(value) {
  return value == null ? '\\N' : String(value).replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? '');
}
