import type { Clock } from '../core/clock.js';
import type { SyncErrorCode } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import type { SyncRun, SyncTrigger } from '../generated/prisma/client.js';
import type { OrderSource } from '../spapi/orders/order-source.js';

export interface StartRequest {
  readonly dryRun: boolean;
  readonly includeItems: boolean;
  readonly trigger: SyncTrigger;
}

/** The account that is synced, as far as the engine needs to know it. */
export interface SellerAccount {
  /** @throws {UserError} NO_CONNECTION, NO_CREDENTIAL */
  marketplaceIds(): Promise<readonly string[]>;
  /** @throws {UserError} NO_CONNECTION, NO_CREDENTIAL @throws {SyncError} */
  openSource(): Promise<OrderSource>;
  /**
   * Takes what a run found out about the connection; null: all is well.
   * @param source the one that the run read from, if it got one
   */
  recordCheck(
    failure: { readonly code: SyncErrorCode; readonly message: string } | null,
    source?: OrderSource,
  ): Promise<void>;
  /** Whether the schedule may start runs: not while the owner has something to mend first. */
  mayRunOnSchedule(): Promise<boolean>;
  /** Tests a connection in ERROR, once an hour over all processes; null where no test is due. */
  probe(): Promise<{ readonly ok: boolean; readonly errorCode: SyncErrorCode | null } | null>;
}

export interface SyncSettings {
  /** All in milliseconds. */
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly overlapMs: number;
  readonly firstWindowMs: number;
}

export interface SyncEngineOptions {
  readonly database: Database;
  readonly account: SellerAccount;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: SyncSettings;
  /** Whether this process reads from Amazon and keeps the schedule, or only starts and follows runs. */
  readonly works: boolean;
  readonly schedule: { readonly cron: string | null; readonly includeItems: boolean };
  readonly onRunEnded?: (run: SyncRun) => void;
}
