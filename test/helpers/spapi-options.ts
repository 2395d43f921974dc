import type { Clock } from '../../src/core/clock.js';
import type { Logger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import type { SpApiClientOptions } from '../../src/spapi/http/client.js';
import { createBucketStore } from '../../src/spapi/http/rate-limit-store.js';

interface Parts {
  readonly database: Pick<Database, 'query'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The options of a client that calls the simulator, with the quota in this database. */
export function spApiOptions(simulator: Simulator, { database, clock, logger }: Parts): SpApiClientOptions {
  return {
    endpoint: simulator.url,
    lwaEndpoint: simulator.url,
    credential: { clientId: 'id', clientSecret: 'secret', refreshToken: 'Atzr|test' },
    usagePlans: createBucketStore(database, clock),
    clock,
    logger,
    version: '0.0.0',
  };
}
