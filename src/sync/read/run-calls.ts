import type { Clock } from '../../core/clock.js';
import type { Logger } from '../../core/logger.js';
import type { Database } from '../../database/database.js';
import type { ClaimedRun } from '../../runs/run-row.js';
import { recordWait } from '../../runs/run-store.js';
import type { CallWatch, WaitReason } from '../../spapi/http/call-watch.js';
import type { SyncEngineOptions } from '../options.js';

/** What a run's calls to Amazon come to: counts them, shows when they wait, and knows what quota is left. */
export class RunCalls implements CallWatch {
  readonly signal: AbortSignal;
  readonly #database: Database;
  readonly #run: ClaimedRun;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #requests: number;
  #waitedMs = 0;
  #waitsSince: number | null = null;
  #searchQuota: { readonly tokens: number; readonly rate: number } | null = null;
  /** Waits are written one after the other, in their order. */
  #written = Promise.resolve();

  constructor(
    { database, clock, logger }: Pick<SyncEngineOptions, 'database' | 'clock' | 'logger'>,
    run: ClaimedRun,
    signal: AbortSignal,
  ) {
    this.signal = signal;
    this.#database = database;
    this.#run = run;
    this.#logger = logger;
    this.#clock = clock;
    this.#requests = run.requests;
  }

  /** All of the run so far, those made by other processes too. */
  get requests(): number {
    return this.#requests;
  }

  get searchQuota(): { readonly tokens: number; readonly rate: number } | null {
    return this.#searchQuota;
  }

  /** For quota, and to try again, in this process. */
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
    this.#written = this.#written
      .then(() => recordWait(this.#database, this.#run, until && { until, reason }, requests))
      .catch((error: unknown) => this.#logger.warn({ err: error }, "A run's wait could not be shown."));
  }

  onQuota(operation: string, left: { readonly tokens: number; readonly rate: number }): void {
    if (operation === 'searchOrders') this.#searchQuota = left;
  }

  /** When all waits are written. */
  async settled(): Promise<void> {
    await this.#written;
  }
}
