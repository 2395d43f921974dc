import { UserError } from '../../src/core/errors.js';
import type { SyncRun, SyncRunKind } from '../../src/generated/prisma/client.js';
import type { StartRequest, SyncEngine } from '../../src/sync/engine.js';

/** Larger than the ids of rows that tests insert. */
const FIRST_ID = 1_000_001n;

/** An engine that reads nothing: the test changes its runs. For tests of the API, not of syncing. */
export interface HandDrivenEngine extends SyncEngine {
  /** Changes the run and notifies its watchers. */
  change(runId: bigint, change: Partial<SyncRun>): void;
  /** The number of open watches. */
  readonly watching: number;
  /** Resolves once `count` watches are open. */
  untilWatching(count: number): Promise<void>;
}

export function handDrivenEngine(): HandDrivenEngine {
  const runs = new Map<bigint, SyncRun>();
  const listeners = new Set<() => void>();
  let watching = 0;
  const notify = () => {
    for (const wake of [...listeners]) wake();
  };
  const nextNotification = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const wake = () => {
        listeners.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      listeners.add(wake);
      signal.addEventListener('abort', wake);
    });
  const find = (runId: bigint) => {
    const run = runs.get(runId);
    if (!run) throw new UserError('NOT_FOUND', `There is no run ${runId}.`);
    return run;
  };
  async function* watch(target: bigint | SyncRunKind, signal: AbortSignal): AsyncGenerator<SyncRun> {
    const runId = typeof target === 'bigint' ? target : null;
    watching++;
    notify();
    try {
      let sent: SyncRun | undefined;
      while (!signal.aborted) {
        const run = runId === null ? [...runs.values()].at(-1) : find(runId);
        if (run && run !== sent) {
          sent = run;
          yield run;
          if (runId !== null && run.status !== 'RUNNING') return;
        } else {
          await nextNotification(signal);
        }
      }
    } finally {
      watching--;
      notify();
    }
  }
  return {
    start: async (request) => {
      const running = [...runs.values()].find(({ status }) => status === 'RUNNING');
      if (running) throw new UserError('SYNC_ALREADY_RUNNING', 'A run is under way.', { runId: running.id });
      const run = newRun(FIRST_ID + BigInt(runs.size), request);
      runs.set(run.id, run);
      notify();
      return run;
    },
    cancel: async (runId) => {
      const run = { ...find(runId), status: 'CANCELLED' as const, finishedAt: new Date() };
      runs.set(runId, run);
      notify();
      return run;
    },
    watch,
    resyncOrder: async (amazonOrderId) => {
      throw new UserError('NOT_FOUND', `There is no order ${amazonOrderId}.`);
    },
    nextSyncAt: () => null,
    stop: async () => {},
    change: (runId, change) => {
      runs.set(runId, { ...find(runId), ...change });
      notify();
    },
    get watching() {
      return watching;
    },
    untilWatching: async (count) => {
      while (watching !== count) await nextNotification(AbortSignal.timeout(10_000));
    },
  };
}

/** Returns the fields of a run that the API shows, without the engine's columns. */
function newRun(id: bigint, { dryRun, includeItems, trigger }: StartRequest): SyncRun {
  const now = new Date();
  const run: Partial<SyncRun> = {
    id,
    status: 'RUNNING',
    trigger,
    dryRun,
    includeItems,
    startedAt: now,
    finishedAt: null,
    updatedAfter: new Date(now.getTime() - 86_400_000),
    updatedBefore: now,
    pages: 0,
    requests: 0,
    ordersSeen: 0,
    ordersInserted: 0,
    ordersUpdated: 0,
    ordersUnchanged: 0,
    ordersRejected: 0,
    itemsSeen: 0,
    progress: null,
    waitingUntil: null,
    waitingFor: null,
    errorCode: null,
    error: null,
  };
  return run as SyncRun;
}
