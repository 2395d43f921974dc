import { setImmediate as turn } from 'node:timers/promises';
import type { Database } from '../../database/database.js';
import type { Sql } from '../../database/sql.js';
import { type ChangeCounts, COMPARE, type Comparison, compareValues, rowsAt } from './compare-orders.js';
import { columnsOf, type OrderColumns } from './merge-orders.js';
import type { OrderRow } from './order-rows.js';
import { saveOrders, writeOrders } from './save-orders.js';

/** So many orders a statement: more are no faster, and memory grows with them. */
const BATCH = 500;

export interface BulkOptions {
  /** Whether the rows' items are all that their orders have; false leaves items as they are. */
  readonly includeItems: boolean;
  /** When the rows came from Amazon. */
  readonly at: Date;
}

/**
 * The door for sources that have thousands of orders at once: writes them, their items and the ledger in one transaction,
 * by the rules by which pages are written, in the order in which they come. Moves no cursor and no run. Others wait with
 * what they write of orders until all is in, 30 s at most (a run then tries again, five times); readers don't. Rows should
 * be at hand: PostgreSQL cuts a transaction that waits 15 s for its program.
 * @returns how many orders were new, changed and unchanged
 */
export async function saveInBulk(
  database: Database,
  rows: Iterable<OrderRow> | AsyncIterable<OrderRow>,
  options: BulkOptions,
): Promise<ChangeCounts> {
  return writeOrders(database, async (sql) => {
    const bulk = new Bulk(sql, options);
    try {
      for await (const batch of batchesOf(rows)) await bulk.add(batch);
      return await bulk.done();
    } finally {
      // A batch that is under way when the source breaks has to end before all is undone.
      await bulk.done().catch(() => {});
    }
  });
}

/** Makes each batch's columns while the one before is written. */
class Bulk {
  readonly #sql: Sql;
  readonly #options: BulkOptions;
  readonly #total = { inserted: 0, updated: 0, unchanged: 0 };
  /** Whether most orders of the last batch that was counted were new or changed: the next is written without asking first. */
  #mostChange = false;
  #saving: Promise<ChangeCounts> | null = null;

  constructor(sql: Sql, options: BulkOptions) {
    this.#sql = sql;
    this.#options = options;
  }

  async add(batch: readonly OrderRow[]): Promise<void> {
    const columns = this.#mostChange ? columnsOf(batch, this.#options.includeItems) : undefined;
    await this.#settle();
    this.#saving = this.#save(batch, columns);
    this.#saving.catch(() => {});
    // So that it is on its way before the next one is made.
    await turn();
  }

  async done(): Promise<ChangeCounts> {
    await this.#settle();
    return this.#total;
  }

  async #settle(): Promise<void> {
    const saving = this.#saving;
    if (saving === null) return;
    this.#saving = null;
    const { inserted, updated, unchanged } = await saving;
    this.#total.inserted += inserted;
    this.#total.updated += updated;
    this.#total.unchanged += unchanged;
    this.#mostChange = inserted + updated > unchanged;
  }

  async #save(batch: readonly OrderRow[], columns: OrderColumns | undefined): Promise<ChangeCounts> {
    const { includeItems, at } = this.#options;
    if (columns) return saveOrders(this.#sql, columns, { at });
    const values = compareValues(batch, includeItems);
    const [found] = await this.#sql.query<Comparison>(COMPARE_SQL, values, { prepare: true });
    if (!found) throw new Error('Orders were compared without an answer.');
    const { places, ...counts } = found;
    if (places.length > 0) await saveOrders(this.#sql, columnsOf(rowsAt(batch, places), includeItems), { at });
    return counts;
  }
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
