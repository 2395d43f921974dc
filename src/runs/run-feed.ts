import type { Database, Sql } from '../database/database.js';
import { repeatReads } from '../database/repeated-reads.js';
import { shareReads } from '../database/shared-reads.js';
import type { SyncRun, SyncRunKind } from '../generated/prisma/client.js';
import { RUN_CHANGED, readIdsAfter, readLastEndedId, readRun } from './run-store.js';

/** Notifications of a run's changes; several that arrive before `next` is called count as one. */
interface Changes {
  /** Resolves to true at the next change (at once if one came since the last call), to false when the signal is aborted. */
  next(): Promise<boolean>;
  stop(): void;
}

interface Waiter {
  readonly runId: bigint | null;
  pending: boolean;
  wake: (() => void) | null;
}

/** Follows runs for any number of watchers: they share one subscription, and one read of the row per change. */
export class RunFeed {
  readonly readLastEndedId: (kind: SyncRunKind) => Promise<bigint>;
  readonly readIdsAfter: Readonly<Record<SyncRunKind, (after: bigint) => Promise<bigint[]>>>;
  readonly #sql: Sql;
  readonly #waiters = new Set<Waiter>();
  readonly #rows = new Map<bigint, Promise<SyncRun>>();
  #stopListening: () => void = () => {};

  private constructor(database: Database) {
    const sql = repeatReads(database);
    this.#sql = sql;
    this.readLastEndedId = shareReads((kind: SyncRunKind) => readLastEndedId(sql, kind));
    const idsAfter = (kind: SyncRunKind) => shareReads((after: bigint) => readIdsAfter(sql, kind, after));
    this.readIdsAfter = { ORDERS: idsAfter('ORDERS'), HISTORY: idsAfter('HISTORY'), CHECK: idsAfter('CHECK') };
  }

  /** Starts to listen on RUN_CHANGED, which each transaction that writes a run notifies (run-store.ts, checkpoint.ts). */
  static async open(database: Database): Promise<RunFeed> {
    const feed = new RunFeed(database);
    feed.#stopListening = await database.notifications.listen(RUN_CHANGED, (payload) => feed.#onChange(payload));
    return feed;
  }

  /** Subscribes to a run, or with null to all, until the signal is aborted or `stop` is called. */
  changes(runId: bigint | null, signal: AbortSignal): Changes {
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
   * Reads the run; watchers that call this between two changes share the result. That of a run that has ended is not kept: as
   * it changes no more, it would be for as long as anyone watches.
   * @throws {UserError} NOT_FOUND
   */
  read(runId: bigint): Promise<SyncRun> {
    const shared = this.#rows.get(runId);
    if (shared) return shared;
    const row = readRun(this.#sql, runId);
    if (this.#waiters.size > 0) this.#rows.set(runId, row);
    const forget = () => {
      if (this.#rows.get(runId) === row) this.#rows.delete(runId);
    };
    row.then(({ status }) => status !== 'RUNNING' && forget(), forget);
    return row;
  }

  close(): void {
    this.#stopListening();
  }

  #onChange(payload: string | null): void {
    // Null (notifications were lost) and anything but an id (sent by another program) may concern any run.
    const runId = payload !== null && /^\d+$/.test(payload) ? BigInt(payload) : null;
    if (runId === null) this.#rows.clear();
    else this.#rows.delete(runId);
    for (const waiter of this.#waiters) {
      if (runId !== null && waiter.runId !== null && waiter.runId !== runId) continue;
      waiter.pending = true;
      waiter.wake?.();
    }
  }
}

/** Yields the run as it is now and after each change, until it has ended or the signal is aborted. */
export async function* watchRun(feed: RunFeed, runId: bigint, signal: AbortSignal): AsyncGenerator<SyncRun, void> {
  const changes = feed.changes(runId, signal);
  try {
    do {
      const run = await feed.read(runId);
      yield run;
      if (run.status !== 'RUNNING') return;
    } while (await changes.next());
  } finally {
    changes.stop();
  }
}

/** Watches the running run of a kind, or the next one, and those after it, until the signal is aborted. */
export async function* watchRuns(feed: RunFeed, kind: SyncRunKind, signal: AbortSignal): AsyncGenerator<SyncRun, void> {
  const changes = feed.changes(null, signal);
  try {
    let done = await feed.readLastEndedId(kind);
    do {
      for (const id of await feed.readIdsAfter[kind](done)) {
        for await (const run of watchRun(feed, id, signal)) yield run;
        if (signal.aborted) return;
        done = id;
      }
    } while (await changes.next());
  } finally {
    changes.stop();
  }
}
