import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import type { CallWatch, WaitReason } from '../spapi/http/call-watch.js';
import type { Operation } from '../spapi/http/endpoints.js';
import type { Quota } from './progress.js';
import { type ClaimedRun, recordWait } from './run-store.js';

/** Follows a run's calls to Amazon: counts them, records when they wait, and keeps the quota left. */
export class RunCalls implements CallWatch {
  readonly signal: AbortSignal;
  readonly runId: bigint;
  readonly #database: Database;
  readonly #run: ClaimedRun;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #requests: number;
  #waitedMs = 0;
  #waitsSince: number | null = null;
  readonly #quota = new Map<string, Quota>();
  /** Waits are recorded one after the other. */
  #recorded = Promise.resolve();

  constructor(
    { database, clock, logger }: { database: Database; clock: Clock; logger: Logger },
    run: ClaimedRun,
    signal: AbortSignal,
  ) {
    this.signal = signal;
    this.runId = run.id;
    this.#database = database;
    this.#run = run;
    this.#logger = logger;
    this.#clock = clock;
    this.#requests = run.requests;
  }

  /** All calls of the run, with those of earlier processes. */
  get requests(): number {
    return this.#requests;
  }

  /** What the operation's bucket held after its last call; null before. */
  quotaOf(operation: Operation): Quota | null {
    return this.#quota.get(operation) ?? null;
  }

  /** How long this process has waited, for quota and retries. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  onRequest(): void {
    this.#requests += 1;
  }

  onWait(until: Date | null, reason: WaitReason | null): void {
    const now = this.#clock.now().getTime();
    if (this.#waitsSince !== null) this.#waitedMs += now - this.#waitsSince;
    this.#waitsSince = until === null ? null : now;
    const requests = this.#requests;
    this.#recorded = this.#recorded
      .then(() => recordWait(this.#database, this.#run, until && { until, reason }, requests))
      .catch((error: unknown) =>
        this.#logger.warn({ err: error }, 'The wait of a sync could not be recorded; the sync continues.'),
      );
  }

  onQuota(operation: string, left: Quota): void {
    this.#quota.set(operation, left);
  }

  /** Resolves once all waits are recorded. */
  async settled(): Promise<void> {
    await this.#recorded;
  }
}
