import type { Database } from '../database/database.js';
import { shareReads } from '../database/shared-reads.js';
import type { SyncRun } from '../generated/prisma/client.js';
import { RUN_CHANGED } from './run-row.js';
import { readIdsAfter, readLastEndedId, readRun } from './run-store.js';

/** Wakes who waits for a run's change; nudges that come before the last was seen are one. */
export interface Nudges {
  /** Resolves with true at the next nudge (at once if one came since), with false when the signal is aborted. */
  next(): Promise<boolean>;
  stop(): void;
}

interface Waiter {
  readonly runId: bigint | null;
  pending: boolean;
  wake: (() => void) | null;
}

/** What watchers share: one ear for changes, and one read of a row a change, however many watch. */
export class RunFeed {
  /** The newest run that has ended, or 0. */
  readonly readLastEndedId: (noKey?: undefined) => Promise<bigint>;
  /** The runs with an id above this one, oldest first. */
  readonly readIdsAfter: (after: bigint) => Promise<bigint[]>;
  readonly #database: Database;
  readonly #waiters = new Set<Waiter>();
  readonly #rows = new Map<bigint, Promise<SyncRun>>();
  #stopListening: () => void = () => {};

  private constructor(database: Database) {
    this.#database = database;
    this.readLastEndedId = shareReads(() => readLastEndedId(database));
    this.readIdsAfter = shareReads((after: bigint) => readIdsAfter(database, after));
  }

  static async open(database: Database): Promise<RunFeed> {
    const feed = new RunFeed(database);
    feed.#stopListening = await database.notifications.listen(RUN_CHANGED, (payload) => feed.#onChange(payload));
    return feed;
  }

  /** From now on, until the signal is aborted. Without an id: changes of any run. */
  nudges(runId: bigint | null, signal: AbortSignal): Nudges {
    const waiter: Waiter = { runId, pending: false, wake: null };
    this.#waiters.add(waiter);
    const onAbort = () => waiter.wake?.();
    signal.addEventListener('abort', onAbort, { once: true });
    return {
      next: async () => {
        if (!waiter.pending && !signal.aborted) {
          await new Promise<void>((resolve) => {
            waiter.wake = resolve;
          });
          waiter.wake = null;
        }
        waiter.pending = false;
        return !signal.aborted;
      },
      stop: () => {
        this.#waiters.delete(waiter);
        if (this.#waiters.size === 0) this.#rows.clear();
        signal.removeEventListener('abort', onAbort);
      },
    };
  }

  /**
   * The run as it is now; watchers that ask between two changes share the answer.
   * @throws {UserError} NOT_FOUND
   */
  read(runId: bigint): Promise<SyncRun> {
    const shared = this.#rows.get(runId);
    if (shared) return shared;
    const row = readRun(this.#database, runId);
    if (this.#waiters.size > 0) this.#rows.set(runId, row);
    row.catch(() => this.#forget(runId, row));
    return row;
  }

  close(): void {
    this.#stopListening();
  }

  #onChange(payload: string | null): void {
    // What anybody may send on the channel names no run, so that it may be about any.
    const runId = payload !== null && /^\d+$/.test(payload) ? BigInt(payload) : null;
    if (runId === null) this.#rows.clear();
    else this.#rows.delete(runId);
    for (const waiter of this.#waiters) {
      if (runId !== null && waiter.runId !== null && waiter.runId !== runId) continue;
      waiter.pending = true;
      waiter.wake?.();
    }
  }

  #forget(runId: bigint, row: Promise<SyncRun>): void {
    if (this.#rows.get(runId) === row) this.#rows.delete(runId);
  }
}
