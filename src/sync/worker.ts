import { LASTING_ERRORS, SyncError, UserError } from '../core/errors.js';
import { isConnectionLoss, isDiskFull, isTransient } from '../database/errors.js';
import { runMaintenance } from '../database/maintenance.js';
import type { SyncRun } from '../generated/prisma/client.js';
import { CancelRequested, ClaimLost, Stopping } from '../runs/interruptions.js';
import { type ClaimedRun, RUN_CANCELLED, RUN_UNCLAIMED } from '../runs/run-row.js';
import { claimRun, type Ending, finishRun, heartbeat, releaseAllRuns, releaseRun } from '../runs/run-store.js';
import type { OrderSource } from '../spapi/orders/order-source.js';
import type { SyncEngineOptions } from './options.js';
import { MarketplacesRefused } from './read/refused-marketplaces.js';
import { RunCalls } from './read/run-calls.js';
import { syncOrders } from './sync-orders.js';

/** After so many claims without a page in between a run is given up: it may be what kills its process. */
const MOST_ATTEMPTS = 5;
const DISK_FULL =
  'The disk that holds the database is full. Make room there; what came in before is kept, and the next run reads the window again.';

interface Work {
  readonly run: ClaimedRun;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Claims runs, one at a time, carries them out, and keeps the claim alive meanwhile. */
export class Worker {
  readonly #options: SyncEngineOptions;
  readonly #stopListening: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #work: Work | null = null;
  #claiming: Promise<void> | null = null;
  #beating = false;
  #stopping = false;

  private constructor(options: SyncEngineOptions) {
    this.#options = options;
  }

  static async open(options: SyncEngineOptions): Promise<Worker> {
    const worker = new Worker(options);
    const { database, settings } = options;
    // Nobody else can be on an embedded database: what is claimed there was claimed by a process that died.
    if (database.kind === 'pglite') await releaseAllRuns(database);
    worker.#stopListening.push(
      await database.notifications.listen(RUN_UNCLAIMED, () => worker.#claim()),
      await database.notifications.listen(RUN_CANCELLED, (runId) => worker.#onCancel(runId)),
    );
    worker.#timer = setInterval(() => void worker.#beat(), settings.heartbeatMs).unref();
    worker.#claim();
    return worker;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    for (const stop of this.#stopListening) stop();
    await this.#claiming;
    this.#work?.abort.abort(new Stopping('The server is stopping.'));
    await this.#work?.done;
  }

  #claim(): void {
    if (this.#stopping || this.#work !== null || this.#claiming !== null) return;
    const { database, settings, logger } = this.#options;
    this.#claiming = claimRun(database, settings.leaseMs)
      .then((run) => {
        if (run) this.#begin(run);
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'No run could be claimed; trying again.'))
      .finally(() => {
        this.#claiming = null;
      });
  }

  #begin(run: ClaimedRun): void {
    const abort = new AbortController();
    const done = this.#carryOut(run, abort.signal).finally(() => {
      this.#work = null;
      this.#claim();
    });
    this.#work = { run, abort, done };
  }

  async #beat(): Promise<void> {
    const work = this.#work;
    if (!work) return this.#claim();
    if (this.#beating) return;
    this.#beating = true;
    try {
      const alive = await heartbeat(this.#options.database, work.run);
      if (!alive) work.abort.abort(new ClaimLost());
      else if (alive.cancelRequested) work.abort.abort(new CancelRequested());
    } catch (error) {
      this.#options.logger.warn({ err: error }, "A run's heartbeat failed; trying again.");
    } finally {
      this.#beating = false;
    }
  }

  #onCancel(runId: string | null): void {
    if (runId === null) void this.#beat();
    else if (this.#work && String(this.#work.run.id) === runId) this.#work.abort.abort(new CancelRequested());
  }

  async #carryOut(run: ClaimedRun, signal: AbortSignal): Promise<void> {
    const { database, account, clock, logger, onRunEnded } = this.#options;
    const log = { runId: String(run.id), dryRun: run.dryRun, includeItems: run.includeItems };
    logger.info({ ...log, page: run.pages }, run.pages > 0 ? 'Sync goes on from its checkpoint.' : 'Sync starts.');
    const calls = new RunCalls(this.#options, run, signal);
    let source: OrderSource | undefined;
    const work = async () => {
      refuseHopeless(run);
      source = await account.openSource();
      await syncOrders(run, { database, source, clock, logger, calls });
    };
    try {
      const ending = await this.#endingOf(work, signal);
      await calls.settled();
      if (!run.dryRun) await this.#tellAccount(ending, source);
      const { requests } = calls;
      const finished = await finishRun(database, run, ending, { now: clock.now(), requests });
      if (!finished) return;
      logger[ending.status === 'ERROR' ? 'warn' : 'info']({ ...log, ...summaryOf(finished) }, 'Sync ended.');
      onRunEnded?.(finished);
      await this.#vacuum();
    } catch (error) {
      await calls.settled();
      await this.#leave(run, error, calls.requests);
    }
  }

  async #vacuum(): Promise<void> {
    const { database, logger } = this.#options;
    await runMaintenance(database, { vacuum: true }).catch((err: unknown) =>
      logger.warn({ err }, 'The embedded database could not be vacuumed after a sync.'),
    );
  }

  /**
   * How the work ended; throws what leaves the run open: the claim is lost, the process stops, the database is gone or
   * refuses for now.
   */
  async #endingOf(work: () => Promise<void>, signal: AbortSignal): Promise<Ending> {
    try {
      await work();
      return { status: 'OK' };
    } catch (thrown) {
      const error: unknown = signal.aborted ? signal.reason : thrown;
      if (error instanceof CancelRequested) return { status: 'CANCELLED' };
      if (error instanceof SyncError) return endedBy(error);
      if (error instanceof UserError) return endedBy(new SyncError('INTERRUPTED', error.message));
      if (error instanceof ClaimLost || error instanceof Stopping) throw error;
      if (isConnectionLoss(error) || isTransient(error)) throw error;
      if (isDiskFull(error)) {
        this.#options.logger.error({ err: error }, 'The disk that holds the database is full.');
        return endedBy(new SyncError('INTERRUPTED', DISK_FULL));
      }
      this.#options.logger.error({ err: error }, 'A sync failed in a way that nobody foresaw.');
      return endedBy(
        new SyncError(
          'INTERNAL',
          'Something in Ordermirror itself went wrong; the log tells what. What came in before is kept, and the next run reads the window again.',
        ),
      );
    }
  }

  async #tellAccount(ending: Ending, source?: OrderSource): Promise<void> {
    const { account, logger } = this.#options;
    try {
      if (ending.status === 'OK') await account.recordCheck(null, source);
      else if (ending.status === 'ERROR' && ending.lasting) await account.recordCheck(ending, source);
    } catch (error) {
      logger.warn({ err: error }, "The connection's state could not be updated.");
    }
  }

  /** The run is not over, but no longer this process's. One that the database failed is taken up when its claim lapses. */
  async #leave(run: ClaimedRun, error: unknown, requests: number): Promise<void> {
    const { database, logger } = this.#options;
    const log = { runId: String(run.id) };
    if (error instanceof ClaimLost) {
      logger.warn(log, 'Another process has taken the sync over.');
    } else if (error instanceof Stopping) {
      await releaseRun(database, run, requests).catch(() => {});
      logger.info(log, 'The sync is left at its checkpoint, to go on later.');
    } else if (isTransient(error)) {
      logger.warn(
        { ...log, err: error },
        'The database refused a part of a sync for now; it goes on from its checkpoint.',
      );
    } else {
      logger.error({ ...log, err: error }, 'The database was lost during a sync; it goes on when that is back.');
    }
  }
}

/** Runs that need not be begun. */
function refuseHopeless(run: ClaimedRun): void {
  if (run.cancelRequested) throw new CancelRequested();
  if (run.attempts > MOST_ATTEMPTS)
    throw new SyncError(
      'INTERRUPTED',
      `The run was taken up ${MOST_ATTEMPTS} times, and interrupted or refused by the database each time before a page came in. The log tells why; mend that, then start a new run.`,
    );
  if (Array.isArray(run.legs) && run.legs.length === 0)
    throw new SyncError(
      'NO_MARKETPLACES',
      'The connection names no marketplaces to read. Ping to see where the account sells, and save them with saveConnection.',
    );
}

function endedBy(error: SyncError): Ending {
  const { code, message } = error;
  const lasting = LASTING_ERRORS.has(code) && !(error instanceof MarketplacesRefused);
  return { status: 'ERROR', code, message, lasting };
}

function summaryOf(run: SyncRun) {
  const { status, errorCode, pages, requests, ordersSeen, ordersInserted, ordersUpdated, ordersRejected, itemsSeen } =
    run;
  return { status, errorCode, pages, requests, ordersSeen, ordersInserted, ordersUpdated, ordersRejected, itemsSeen };
}
