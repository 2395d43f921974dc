import { bindings, type Database, type Sql } from '../../database/database.js';
import { type ChangeCounts, type HeldVersions, type MergeOptions, mergeSql } from './merge-orders.js';
import type { OrderRow } from './order-rows.js';

/** Any number that no other program on the database uses. */
const MIRROR_LOCK = '8030591428571329907';

/**
 * Lets one transaction at a time write orders, so that the rows that a merge finds at its start are complete. The settings
 * make its plan suit thousands of orders and growing tables: it is made once per session, for ten orders and possibly on
 * empty tables. Left to choose, PostgreSQL 15 plans the merge for each page, which takes longer than to execute it.
 */
const LOCK_MIRROR = `SELECT pg_advisory_xact_lock(${MIRROR_LOCK}),
  set_config('enable_seqscan', 'off', true), set_config('enable_nestloop', 'off', true),
  set_config('plan_cache_mode', 'force_generic_plan', true)`;

/** Runs a transaction that writes orders. Other such transactions wait until it ends; readers don't. */
export function writeOrders<T>(database: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  return database.transaction(work, LOCK_MIRROR);
}

/**
 * Merges orders into the mirror with one statement: writes new and changed orders, their items and their ledger lines. Only
 * a version with the same or a newer `lastUpdatedTime` overwrites an order, and a known amount never becomes unknown.
 * Within `writeOrders` only.
 * @param rows each order once at most
 */
export async function saveOrders(sql: Sql, rows: readonly OrderRow[], options: MergeOptions): Promise<ChangeCounts> {
  const { text, values } = saveOrdersStatement(rows, options);
  const [counts] = await sql.query<ChangeCounts>(text, values, { prepare: true });
  if (!counts) throw new Error('The merge of orders returned no counts.');
  return counts;
}

export function saveOrdersStatement(
  rows: readonly OrderRow[],
  options: MergeOptions,
): { text: string; values: unknown[] } {
  const { bind, values } = bindings();
  return { text: `${mergeSql(bind, rows, options)} SELECT inserted, updated, unchanged FROM counted`, values };
}

/** Returns the stored versions of these orders; to be read before they are requested by their ids. */
export async function heldVersions(sql: Sql, amazonOrderIds: readonly string[]): Promise<HeldVersions> {
  const rows = await sql.query<{ id: string; version: string }>(
    `SELECT amazon_order_id AS id, content_hash AS version FROM amazon_order
      WHERE amazon_order_id = ANY ($1::text[]) ORDER BY last_update_date`,
    [amazonOrderIds],
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}
