import type { Database } from '../database/database.js';
import type { Sql } from '../database/sql.js';
import { type ChangeCounts, COMPARE, type Comparison, compareValues, rowsAt } from './compare-orders.js';
import type { OrderRow } from './order-rows.js';
import { lockMirror, saveOrders } from './save-orders.js';

/** So many orders a statement: more are no faster, and memory grows with them. */
const BATCH = 1_000;

export interface BulkOptions {
  /** Whether the rows' items are all that their orders have; false leaves items as they are. */
  readonly includeItems: boolean;
  /** When the rows came from Amazon. */
  readonly at: Date;
}

/**
 * The door for sources that have thousands of orders at once: writes them, their items and the ledger in one transaction,
 * by the rules by which pages are written, in the order in which they come. Moves no cursor and no run. Others wait with what they write of orders until all is in; readers don't. Rows should be at hand: PostgreSQL cuts
 * a transaction that waits 15 s for its program.
 * @returns how many orders were new, changed and unchanged
 */
export async function saveInBulk(
  database: Database,
  rows: Iterable<OrderRow> | AsyncIterable<OrderRow>,
  options: BulkOptions,
): Promise<ChangeCounts> {
  return database.transaction(async (sql) => {
    await lockMirror(sql);
    const total = { inserted: 0, updated: 0, unchanged: 0 };
    for await (const batch of batchesOf(rows)) {
      const { inserted, updated, unchanged } = await saveBatch(sql, batch, options);
      total.inserted += inserted;
      total.updated += updated;
      total.unchanged += unchanged;
    }
    return total;
  });
}

async function saveBatch(sql: Sql, rows: readonly OrderRow[], options: BulkOptions): Promise<ChangeCounts> {
  const values = compareValues(rows, options.includeItems);
  const [found] = await sql.query<Comparison>(COMPARE_SQL, values, { prepare: true });
  if (!found) throw new Error('Orders were compared without an answer.');
  await saveOrders(sql, rowsAt(rows, found.places), options);
  return found;
}

/** In none of them is an order twice: what comes later is held against what is in by then. */
async function* batchesOf(rows: Iterable<OrderRow> | AsyncIterable<OrderRow>): AsyncGenerator<OrderRow[]> {
  let batch = new Map<string, OrderRow>();
  for await (const row of rows) {
    if (batch.size === BATCH || batch.has(row.amazonOrderId)) {
      yield [...batch.values()];
      batch = new Map();
    }
    batch.set(row.amazonOrderId, row);
  }
  if (batch.size > 0) yield [...batch.values()];
}

const COMPARE_SQL = `${COMPARE} SELECT inserted, updated, unchanged, places FROM counted`;
