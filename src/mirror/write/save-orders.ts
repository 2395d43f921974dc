import { COMMIT_AT_LEISURE } from '../../database/commit.js';
import type { Database } from '../../database/database.js';
import type { Sql } from '../../database/sql.js';
import type { ChangeCounts } from './compare-orders.js';
import { MERGE, type MergeOptions, mergeValues, type OrderColumns } from './merge-orders.js';

/** Any number that no other program on the database uses. */
const MIRROR_LOCK = '8030591428571329907';

/**
 * One transaction at a time writes orders, so that what MERGE finds there when it begins is all that there is. And its
 * plan, which is made once a session, for ten orders and perhaps while the tables are empty, is one that holds for
 * thousands and for tables that grow.
 */
const LOCK_MIRROR = `SELECT pg_advisory_xact_lock(${MIRROR_LOCK}),
  set_config('enable_seqscan', 'off', true), set_config('enable_nestloop', 'off', true)`;

/**
 * A transaction that writes orders: others that do wait until it is over. Readers don't.
 * @param durable false: its commit doesn't wait for the disk. For pages in the middle of a run: should a crash of the server
 *   undo some, the run's checkpoint goes back with them. Whatever is told as done, its end or a cursor, comes after them
 *   and waits, for itself and for them.
 */
export function writeOrders<T>(
  database: Database,
  work: (sql: Sql) => Promise<T>,
  { durable = true }: { readonly durable?: boolean } = {},
): Promise<T> {
  return database.transaction(work, durable ? LOCK_MIRROR : `${LOCK_MIRROR}, ${COMMIT_AT_LEISURE}`);
}

/**
 * Writes what is new or changed among these orders, their items when they are wanted, and the ledger that follows from
 * both, by one statement however many there are. A row is overwritten by the same or a newer `lastUpdatedTime` only, and a
 * known amount is never replaced by an unknown one. No order may be among them twice. Within `writeOrders` only.
 */
export async function saveOrders(sql: Sql, orders: OrderColumns, options: MergeOptions): Promise<ChangeCounts> {
  const [counts] = await sql.query<ChangeCounts>(SAVE_SQL, mergeValues(orders, options), { prepare: true });
  if (!counts) throw new Error('Orders were written without an answer.');
  return counts;
}

export const SAVE_SQL = `${MERGE} SELECT inserted, updated, unchanged FROM counted`;
