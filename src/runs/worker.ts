import type { RetentionConfig, SyncConfig } from '../config/config.js';
import type { SellerAccount } from '../connection/seller-account.js';
import type { AmazonSource } from '../connection/types.js';
import type { Clock } from '../core/clock.js';
import { LASTING_ERRORS, SyncError, UserError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { noTracer, type Span, type Tracer } from '../core/tracer.js';
import type { Database } from '../database/database.js';
import { isConnectionLoss, isDiskFull, isTransient } from '../database/errors.js';
import type { SyncRun, SyncRunKind } from '../generated/prisma/client.js';
import type { CallLog } from '../spapi/http/call-log.js';
import { RunCalls } from './run-calls.js';
import {
  CancelRequestedError,
  type ClaimedRun,
  claimRun,
  type Ending,
  finishRun,
  heartbeat,
  LeaseLostError,
  RUN_CANCELLED,
  RUN_UNCLAIMED,
  releaseFailedRun,
  releaseRun,
  ShutdownError,
} from './run-store.js';
import { tidyDatabase } from './tidy.js';

/** What the workers of all kinds of runs need. */
export interface WorkerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly account: Pick<SellerAccount, 'recordCheck'>;
  readonly logger: Logger;
  readonly settings: Pick<SyncConfig, 'heartbeatMs' | 'leaseMs'>;
  /** What to delete after a run; by default nothing. */
  readonly retention?: RetentionConfig;
  /** The log of the calls that the account's sources make. */
  readonly callLog?: Pick<CallLog, 'flush'>;
  readonly onRunEnded?: (run: SyncRun) => void;
  readonly tracer?: Tracer;
}

/** What a kind of run does. */
export interface RunExecution {
  readonly kind: SyncRunKind;
  /**
   * Does the work of a claimed run from its checkpoint on; resolves when the run has ended OK.
   * @param opened called with the source that the run reads from, once it is open
   * @throws {SyncError} ends the run; {CancelRequestedError}, {LeaseLostError}; any error of the database
   */
  execute(run: ClaimedRun, calls: RunCalls, opened: (source: AmazonSource) => void): Promise<void>;
  /** Whether an error concerns the connection as a whole; by default as its code says (LASTING_ERRORS). */
  isLasting?(error: SyncError): boolean;
}

/** Claims of a run without a saved page in between, after which it fails: it may be what crashes its process. */
const MAX_ATTEMPTS = 5;
const DISK_FULL =
  'The disk that holds the database is full. Free some space; the orders saved so far are kept, and the next run reads the window again.';
const INTERNAL =
  'The sync failed because of an error in Ordermirror; see its log. The orders saved so far are kept, and the next run reads the window again.';

interface Work {
  readonly run: ClaimedRun;
  readonly abort: AbortController;
  /** Whether a heartbeat has not been answered yet. */
  isBeating: boolean;
  /** Whether the run's row has ended: what follows is tidying. */
  hasEnded: boolean;
  done: Promise<void>;
}

/** Claims runs of a kind, one at a time, executes them, and renews the lease by a heartbeat. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #execution: RunExecution;
  readonly #stopListening: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #work: Work | null = null;
  #claiming: Promise<void> | null = null;
  /** A run whose execution the database failed, until its claim is released. */
  #failed: { readonly run: ClaimedRun; readonly requests: number } | null = null;
  readonly #stopping = new AbortController();

  private constructor(options: WorkerOptions, execution: RunExecution) {
    this.#options = options;
    this.#execution = execution;
  }

  /**
   * Starts to listen on RUN_UNCLAIMED (`createRun` and `releaseRun` in run-store.ts notify) and on RUN_CANCELLED
   * (`requestCancel`). Each heartbeat looks for an unclaimed run too, so a lost notification only delays a run.
   */
  static async open(options: WorkerOptions, execution: RunExecution): Promise<Worker> {
    const worker = new Worker(options, execution);
    const { database, settings } = options;
    worker.#stopListening.push(
      await database.notifications.listen(RUN_UNCLAIMED, () => worker.#claim()),
      await database.notifications.listen(RUN_CANCELLED, (runId) => worker.#onCancel(runId)),
    );
    worker.#timer = setInterval(() => void worker.#beat(), settings.heartbeatMs).unref();
    worker.#claim();
    return worker;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#timer);
    for (const stop of this.#stopListening) stop();
    await this.#claiming;
    this.#work?.abort.abort(new ShutdownError('The server is stopping.'));
    await this.#work?.done;
  }

  #claim(): void {
    if (this.#stopping.signal.aborted || this.#work !== null || this.#claiming !== null) return;
    const { logger } = this.#options;
    this.#claiming = this.#claimNext()
      .then((run) => {
        if (run) this.#begin(run);
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'Could not look for a run to claim; trying again.'))
      .finally(() => {
        this.#claiming = null;
      });
  }

  /** While the database doesn't answer, the next heartbeat or the next notification tries again. */
  async #claimNext(): Promise<ClaimedRun | null> {
    const { database, settings } = this.#options;
    if (this.#failed) await releaseFailedRun(database, this.#failed.run, this.#failed.requests);
    this.#failed = null;
    return this.#stopping.signal.aborted ? null : claimRun(database, settings.leaseMs, this.#execution.kind);
  }

  #begin(run: ClaimedRun): void {
    const work: Work = {
      run,
      abort: new AbortController(),
      isBeating: false,
      hasEnded: false,
      done: Promise.resolve(),
    };
    this.#work = work;
    work.done = this.#trace(work).finally(() => {
      this.#work = null;
      this.#claim();
    });
  }

  async #beat(): Promise<void> {
    const work = this.#work;
    if (!work) return this.#claim();
    if (work.isBeating || work.hasEnded) return;
    work.isBeating = true;
    try {
      const alive = await heartbeat(this.#options.database, work.run);
      if (!alive) work.abort.abort(new LeaseLostError());
      else if (alive.cancelRequested) work.abort.abort(new CancelRequestedError());
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'The heartbeat of a sync failed; trying again.');
    } finally {
      work.isBeating = false;
    }
  }

  #onCancel(runId: string | null): void {
    const work = this.#work;
    if (runId === null) void this.#beat();
    else if (work && String(work.run.id) === runId) work.abort.abort(new CancelRequestedError());
  }

  /** A run that is continued by another process has a trace in each. */
  #trace(work: Work): Promise<void> {
    const { id, kind, dryRun, includeItems } = work.run;
    const attributes = {
      'ordermirror.run.id': String(id),
      'ordermirror.run.kind': kind,
      'ordermirror.run.dry': dryRun,
      'ordermirror.run.items': includeItems,
    };
    const { tracer = noTracer } = this.#options;
    return tracer.span(`run ${kind}`, { parent: null, attributes }, (span) => this.#execute(work, span));
  }

  async #execute(work: Work, span: Span): Promise<void> {
    const { database, clock, logger, callLog, onRunEnded } = this.#options;
    const { run } = work;
    const { signal } = work.abort;
    const log = { runId: String(run.id), kind: run.kind, dryRun: run.dryRun, includeItems: run.includeItems };
    const message = run.pages > 0 ? 'Sync continues from its checkpoint.' : 'Sync starts.';
    logger.info({ ...log, page: run.pages }, message);
    const calls = new RunCalls(this.#options, run, signal);
    let source: AmazonSource | undefined;
    const execute = async () => {
      assertRunnable(run);
      await this.#execution.execute(run, calls, (opened) => {
        source = opened;
      });
    };
    try {
      const ending = await this.#endingOf(execute, signal);
      await calls.settled();
      // A run that has failed has its calls in the log.
      await callLog?.flush();
      if (!run.dryRun) await this.#recordOnAccount(ending, source);
      const finished = await finishRun(database, run, ending, { now: clock.now(), requests: calls.requests });
      work.hasEnded = true;
      if (!finished) return;
      logger[ending.status === 'ERROR' ? 'warn' : 'info']({ ...log, ...summaryOf(finished) }, 'Sync ended.');
      span.set({
        'ordermirror.run.status': finished.status,
        'ordermirror.run.pages': finished.pages,
        'ordermirror.run.requests': finished.requests,
        'ordermirror.run.orders': finished.ordersSeen,
      });
      if (finished.status === 'ERROR') span.fail(finished.errorCode ?? 'INTERNAL');
      onRunEnded?.(finished);
      if (!run.dryRun) await this.#tidy();
    } catch (error) {
      span.fail(error instanceof Error ? error.name : 'Error');
      await calls.settled();
      await this.#abandon(run, error, calls.requests);
    }
  }

  /** Is interrupted by the end of the process only: neither a late heartbeat nor a cancellation finds the run any more. */
  async #tidy(): Promise<void> {
    const { database, clock, logger, retention } = this.#options;
    const { signal } = this.#stopping;
    try {
      await tidyDatabase(database, { now: clock.now(), retention, logger, signal });
    } catch (err) {
      logger.warn({ err }, 'The database could not be tidied up after a sync; the next sync tries again.');
    }
  }

  /** Returns how the work ended. Rethrows errors that leave the run open: see `#abandon`. */
  async #endingOf(execute: () => Promise<void>, signal: AbortSignal): Promise<Ending> {
    try {
      await execute();
      return { status: 'OK' };
    } catch (thrown) {
      const error: unknown = signal.aborted ? signal.reason : thrown;
      if (error instanceof CancelRequestedError) return { status: 'CANCELLED' };
      if (error instanceof SyncError) return this.#endedBy(error);
      if (error instanceof UserError) return this.#endedBy(new SyncError('INTERRUPTED', error.message));
      if (error instanceof LeaseLostError || error instanceof ShutdownError) throw error;
      if (isConnectionLoss(error) || isTransient(error)) throw error;
      if (isDiskFull(error)) {
        this.#options.logger.error({ err: error }, 'The disk that holds the database is full.');
        return this.#endedBy(new SyncError('INTERRUPTED', DISK_FULL));
      }
      this.#options.logger.error({ err: error }, 'A sync failed with an unexpected error.');
      return this.#endedBy(new SyncError('INTERNAL', INTERNAL));
    }
  }

  #endedBy(error: SyncError): Ending {
    const { code, message } = error;
    const lasting = this.#execution.isLasting?.(error) ?? LASTING_ERRORS.has(code);
    return { status: 'ERROR', code, message, lasting };
  }

  async #recordOnAccount(ending: Ending, source?: AmazonSource): Promise<void> {
    const { account, logger } = this.#options;
    try {
      if (ending.status === 'OK') await account.recordCheck(null, source);
      else if (ending.status === 'ERROR' && ending.lasting) await account.recordCheck(ending, source);
    } catch (error) {
      logger.warn({ err: error }, 'The result of a sync could not be recorded on the connection.');
    }
  }

  /**
   * Stops work on a run that another process or a later claim continues: at once after a shutdown or when the database answers
   * again, else when its lease expires.
   */
  async #abandon(run: ClaimedRun, error: unknown, requests: number): Promise<void> {
    const { database, logger } = this.#options;
    const log = { runId: String(run.id) };
    if (error instanceof LeaseLostError) {
      logger.warn(log, 'Another process has taken over the sync.');
    } else if (error instanceof ShutdownError) {
      await releaseRun(database, run, requests).catch(() => {});
      logger.info(log, 'The sync stopped at its checkpoint; the next process continues it.');
    } else if (isConnectionLoss(error)) {
      this.#failed = { run, requests };
      logger.error(
        { ...log, err: error },
        'The connection to the database was lost during the sync; it continues from its checkpoint after a reconnect.',
      );
    } else if (isTransient(error)) {
      this.#failed = { run, requests };
      logger.warn(
        { ...log, err: error },
        'The database refused a part of the sync for now; the sync continues from its checkpoint.',
      );
    } else {
      logger.error(
        { ...log, err: error },
        'The end of the sync could not be stored; it continues from its checkpoint when its lease expires.',
      );
    }
  }
}

/** @throws {CancelRequestedError}, or {SyncError} if there is no point in starting the run */
function assertRunnable(run: ClaimedRun): void {
  if (run.cancelRequested) throw new CancelRequestedError();
  if (run.attempts > MAX_ATTEMPTS)
    throw new SyncError(
      'INTERRUPTED',
      `The run was started ${MAX_ATTEMPTS} times and interrupted each time before it saved a page. See the log for the reason, fix it, then start a new run.`,
    );
}

function summaryOf(run: SyncRun) {
  const { status, errorCode, pages, requests, ordersSeen, ordersInserted, ordersUpdated, ordersRejected, itemsSeen } =
    run;
  return { status, errorCode, pages, requests, ordersSeen, ordersInserted, ordersUpdated, ordersRejected, itemsSeen };
}
