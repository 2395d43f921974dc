import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { bareCopies, mirrorCopies } from './copy-text.js';

/** @typedef {import('../../src/mirror/write/order-rows.js').OrderRow} OrderRow */
/** @typedef {ReturnType<typeof bareCopies>} Copies */

/**
 * The floors: COPY of the same orders, items and lines of the ledger. `writeBare`: into bare tables, the same columns and
 * types, but no key and no index. `writeMirror`: into tables like the mirror's own, with its keys, indexes and triggers.
 * Neither asks whether a row is there already.
 * @typedef {object} CopyTarget
 * @property {() => Promise<void>} empty
 * @property {(rows: readonly OrderRow[]) => Promise<void>} writeBare in one transaction
 * @property {(rows: readonly OrderRow[]) => Promise<void>} writeMirror in one transaction
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
  CREATE TABLE IF NOT EXISTS bare.order_items (
    order_id text, order_date date, marketplace_id text, sku text, asin text, units integer, revenue numeric,
    currency text, source text, source_order_item_id text
  );
  TRUNCATE bare.amazon_order, bare.amazon_order_item, bare.order_items, amazon_order, amazon_order_item, order_items`;

/**
 * @param {import('../lib/databases.js').BenchDatabase['config']} config of a mirror that knows its marketplaces
 * @returns {Promise<CopyTarget>}
 */
export function openCopyTarget(config) {
  return config.kind === 'postgres' ? onPostgres(config.url) : onPGlite(join(config.dataDir ?? '', 'pgdata'));
}

/** @param {string} url @returns {Promise<CopyTarget>} */
async function onPostgres(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const write = async (/** @type {Copies} */ copies) => {
    await client.query('BEGIN');
    for (const { into, text } of copies) await copyIn(client, `COPY ${into} FROM STDIN`, text);
    await client.query('COMMIT');
  };
  return target(
    (script) => client.query(script),
    write,
    () => client.end(),
  );
}

/** @param {string} folder @returns {Promise<CopyTarget>} */
async function onPGlite(folder) {
  const pglite = await PGlite.create(folder);
  const write = (/** @type {Copies} */ copies) =>
    pglite.transaction(async (transaction) => {
      for (const { into, text } of copies)
        await transaction.query(`COPY ${into} FROM '/dev/blob'`, [], { blob: new Blob([text]) });
    });
  return target(
    (script) => pglite.exec(script),
    write,
    () => pglite.close(),
  );
}

/**
 * @param {(script: string) => Promise<unknown>} exec
 * @param {(copies: Copies) => Promise<void>} write
 * @param {() => Promise<void>} close
 * @returns {CopyTarget}
 */
function target(exec, write, close) {
  let nextId = 1;
  return {
    empty: async () => {
      await exec(TABLES);
    },
    writeBare: (rows) => write(bareCopies(rows)),
    writeMirror: (rows) => {
      const firstId = nextId;
      nextId += rows.length;
      return write(mirrorCopies(rows, firstId));
    },
    close,
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
