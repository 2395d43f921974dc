import type { Clock } from '../../core/clock.js';
import type { Logger } from '../../core/logger.js';
import type { Tracer } from '../../core/tracer.js';
import type { Database } from '../../database/database.js';
import type { RunCalls } from '../../runs/run-calls.js';
import type { OrderSource } from '../../spapi/orders/order-source.js';
import type { DataSets } from './data-sets.js';

/** What an executing run works with. */
export interface RunContext {
  readonly database: Database;
  readonly source: OrderSource;
  readonly dataSets: DataSets;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly calls: RunCalls;
  readonly tracer: Tracer;
}
