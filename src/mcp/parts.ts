import type { Connections } from '../connection/types.js';
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';

/** Services of the tools. All of them only read. */
export interface McpParts {
  readonly database: Database;
  readonly connections: Pick<Connections, 'read' | 'marketplacesOf'>;
  readonly clock: Clock;
  readonly logger: Logger;
}
