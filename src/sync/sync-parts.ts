import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import type { OrderSource } from '../spapi/orders/order-source.js';
import type { RunCalls } from './read/run-calls.js';

/** What a run that is carried out works with. */
export interface SyncParts {
  readonly database: Database;
  readonly source: OrderSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly calls: RunCalls;
}
