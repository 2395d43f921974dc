import type { Database, Sql } from '../../database/database.js';
import { repeatReads } from '../../database/repeated-reads.js';
import { shareReads } from '../../database/shared-reads.js';
import type { OrderChange, OrderChangeKind } from '../../generated/prisma/client.js';
import { ORDER_CHANGED } from '../write/order-changes.js';
import type { MirroredOrder } from './mirrored-order.js';
import {
  assertKept,
  type ChangePosition,
  expiredCursor,
  findOrderChanges,
  type NextChanges,
  readChangesAfter,
} from './order-changes.js';
import { readOrders } from './read-orders.js';

/** Changes that a follower holds in memory: 400 bytes each. */
const PAGE = 200;

export interface FollowRequest {
  /** Null: from the first change that is kept. `readHead` returns the position of now. */
  readonly after: ChangePosition | null;
  /** Changes of one of these kinds; null: of any. */
  readonly kinds: readonly OrderChangeKind[] | null;
}

/**
 * Follows the changes of orders for any number of followers, each at its own pace. A follower holds one page of changes; those
 * that have read everything share a subscription to notifications, and the read of what is new.
 */
export class ChangeFeed {
  readonly #sql: Sql;
  readonly #waiting = new Set<() => void>();
  /** Reads an order by row id; followers that ask for the same one share the read. */
  readonly readOrder: (id: bigint) => Promise<MirroredOrder | undefined>;
  /** The last read of changes: followers that come to the same position before the next notification share it. */
  #lastRead: { readonly after: bigint; readonly changes: Promise<NextChanges> } | null = null;
  /** Counts notifications, so that none is missed between a read and the wait for the next one. */
  #notified = 0;
  /** Counts interruptions of notifications: the database may be another one since, a standby that lacks the last changes. */
  #interruptions = 0;
  #stopListening: () => void = () => {};

  private constructor(database: Database) {
    const sql = repeatReads(database);
    this.#sql = sql;
    this.readOrder = shareReads(async (id: bigint) => (await readOrders(sql, [id])).get(id));
  }

  /** Starts to listen on ORDER_CHANGED, which each transaction that changes orders notifies. */
  static async open(database: Database): Promise<ChangeFeed> {
    const feed = new ChangeFeed(database);
    feed.#stopListening = await database.notifications.listen(ORDER_CHANGED, (payload) => {
      if (payload === null) feed.#interruptions += 1;
      feed.#wakeAll();
    });
    return feed;
  }

  /**
   * Yields all changes after a position in the order of commits, then new ones when they are committed, until the signal is
   * aborted: none is left out or repeated.
   * @throws {UserError} CURSOR_EXPIRED, also if changes are deleted before a slow follower has read them, or a fail-over lost
   * some that it has read
   */
  async *follow({ after, kinds }: FollowRequest, signal: AbortSignal): AsyncGenerator<OrderChange, void> {
    const isWanted = (change: OrderChange) => !kinds || change.kinds.some((kind) => kinds.includes(kind));
    let position = after;
    let interruptions = this.#interruptions;
    // What was committed before; changes of other kinds are not read.
    for (let isBehind = true; isBehind; ) {
      const request = { after: position, before: null, limit: PAGE, fromEnd: false, kinds, amazonOrderId: null };
      const { rows, hasNext, head } = await findOrderChanges(this.#sql, request);
      for (const change of rows) {
        if (signal.aborted) return;
        yield change;
      }
      position = hasNext ? (rows.at(-1) ?? position) : (head ?? position);
      isBehind = hasNext && !signal.aborted;
    }
    while (!signal.aborted) {
      const notified = this.#notified;
      if (interruptions !== this.#interruptions) {
        interruptions = this.#interruptions;
        await assertKept(this.#sql, [position]);
      }
      const { changes, oldest } = await this.#readAfter(position?.id ?? 0n);
      if (position && oldest !== null && position.id < oldest) throw expiredCursor();
      for (const change of changes) {
        position = change;
        if (!isWanted(change)) continue;
        if (signal.aborted) return;
        yield change;
      }
      if (changes.length < PAGE) await this.#nextNotification(notified, signal);
    }
  }

  close(): void {
    this.#stopListening();
  }

  #readAfter(after: bigint): Promise<NextChanges> {
    if (this.#lastRead?.after === after) return this.#lastRead.changes;
    const read = { after, changes: readChangesAfter(this.#sql, after, PAGE) };
    this.#lastRead = read;
    read.changes.catch(() => {
      if (this.#lastRead === read) this.#lastRead = null;
    });
    return read.changes;
  }

  /** Resolves at the next notification, at once if there were any since `notified`, or when the signal is aborted. */
  async #nextNotification(notified: number, signal: AbortSignal): Promise<void> {
    if (this.#notified !== notified || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #wakeAll(): void {
    this.#notified += 1;
    this.#lastRead = null;
    for (const wake of [...this.#waiting]) wake();
  }
}
