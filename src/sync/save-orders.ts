import type { Sql } from '../database/sql.js';
import { MERGE_SQL, mergeValues } from './merge-orders.js';
import type { OrderRow } from './order-rows.js';

/** Any number that no other program on the database uses. */
const MIRROR_LOCK = '8030591428571329907';

/**
 * To be selected, by a statement of its own, before orders are written. One transaction at a time writes them, so that
 * what `saveOrders` finds there when it begins is all that there is. And its plan, which is made once a session, for ten
 * orders and perhaps while the tables are empty, is one that holds for thousands and for tables that grow.
 */
export const LOCK_MIRROR = `pg_advisory_xact_lock(${MIRROR_LOCK})::text,
  set_config('enable_seqscan', 'off', true), set_config('enable_nestloop', 'off', true)`;

/** Lets others write orders when this transaction is over. */
export async function lockMirror(sql: Sql): Promise<void> {
  await sql.query(`SELECT ${LOCK_MIRROR}`);
}

/**
 * Writes these orders, their items when they are wanted, and the ledger that follows from both, by one statement however
 * many there are. A row is overwritten by the same or a newer `lastUpdatedTime` only, and a known amount is never
 * replaced by an unknown one. No order may be among them twice, and the transaction must have locked the mirror.
 * @param at when they came from Amazon
 */
export async function saveOrders(
  sql: Sql,
  rows: readonly OrderRow[],
  options: { readonly includeItems: boolean; readonly at: Date },
): Promise<void> {
  if (rows.length === 0) return;
  await sql.query(MERGE_SQL, mergeValues(rows, options), { prepare: true });
}
