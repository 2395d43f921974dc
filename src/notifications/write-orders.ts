import type { Clock } from '../core/clock.js';
import type { Database, Sql } from '../database/database.js';
import type { ChangeCounts } from '../mirror/write/merge-orders.js';
import { newestOfEach } from '../mirror/write/order-rows.js';
import { rejectOrders } from '../mirror/write/rejected-orders.js';
import { saveOrders, writeOrders } from '../mirror/write/save-orders.js';
import type { ReadResult } from './read-order.js';
import { finishOrders, lockOrders, postponeOrder, recordLag, type WaitingOrder } from './waiting-orders.js';

/** An order that was read, with what is to be written. */
export interface ReadOrder {
  readonly order: WaitingOrder;
  readonly result: Exclude<ReadResult, { readonly outcome: 'OUTAGE' }>;
}

/** What one transaction wrote. */
export interface OrdersWritten {
  readonly counts: ChangeCounts & { readonly rejected: number };
  /** From the events of orders that are new or different to the commit, in milliseconds. */
  readonly lagsMs: readonly number[];
}

export interface OrderWriterOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Identifies this process. */
  readonly claim: string;
  readonly onWritten?: ((written: OrdersWritten) => void) | undefined;
}

/**
 * Pauses before an order is read again whose change Amazon doesn't show yet, whose id it doesn't know yet, or whose read it
 * refuses, or that can't be read. After the last one the next run's search is left to find it.
 */
const PAUSES_MS = [5_000, 60_000, 600_000];

/**
 * Writes orders that were read, and ends their waits. Those that come while a transaction runs are written together by the
 * next: the merge of ten orders takes little longer than that of one.
 */
export class OrderWriter {
  readonly #options: OrderWriterOptions;
  #waiting: { readonly read: ReadOrder; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] =
    [];
  #isWriting = false;

  constructor(options: OrderWriterOptions) {
    this.#options = options;
  }

  /** Resolves when it is committed. @throws any error of the database: the claim stays then, until it is released or lapses */
  write(read: ReadOrder): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ read, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        const written = await writeReadOrders(
          this.#options,
          batch.map(({ read }) => read),
        );
        this.#options.onWritten?.(written);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }
}

/** Writes orders in one transaction: only the same or a newer version overwrites the mirror's. */
async function writeReadOrders(
  { database, clock, claim }: OrderWriterOptions,
  reads: readonly ReadOrder[],
): Promise<OrdersWritten> {
  const rows = newestOfEach(reads.flatMap(({ result }) => (result.outcome === 'SAVE' ? [result.row] : [])));
  const rejected = reads.flatMap(({ result }) => (result.outcome === 'REJECT' ? [result.order] : []));
  const write = async (sql: Sql) => {
    if (reads.length > 1)
      await lockOrders(
        sql,
        reads.map(({ order }) => order.amazonOrderId),
      );
    const at = clock.now();
    const how = { includeItems: true, at, changeSource: 'NOTIFICATION' } as const;
    const counts = rows.length > 0 ? await saveOrders(sql, rows, how) : { inserted: 0, updated: 0, unchanged: 0 };
    await rejectOrders(sql, null, rejected);
    const finished: WaitingOrder[] = [];
    let unresolved = 0;
    let ignored = 0;
    for (const { order, result } of reads) {
      const isDone = result.outcome === 'OTHER' || (result.outcome === 'SAVE' && !result.isStale);
      const pauseMs = isDone ? undefined : PAUSES_MS[order.attempts];
      if (pauseMs !== undefined) await postponeOrder(sql, order, claim, new Date(at.getTime() + pauseMs));
      else finished.push(order);
      if (result.outcome === 'LATER' && pauseMs === undefined) unresolved += 1;
      if (result.outcome === 'OTHER') ignored += 1;
    }
    await finishOrders(sql, finished, claim);
    const lagsMs = reads.flatMap(({ order, result }) => {
      const isNews = result.outcome === 'SAVE' && result.row.contentHash !== order.mirroredHash;
      return isNews ? [Math.max(0, at.getTime() - order.eventAt.getTime())] : [];
    });
    const lagMs = lagsMs.at(-1);
    if (lagMs !== undefined || unresolved + ignored > 0)
      await recordLag(sql, { lagMs: lagMs ?? null, at, unresolved, ignored });
    return { counts: { ...counts, rejected: rejected.length }, lagsMs };
  };
  // Only merges need the lock of those that write orders.
  return rows.length > 0 ? writeOrders(database, write) : database.transaction(write);
}
