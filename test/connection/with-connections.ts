import { randomBytes } from 'node:crypto';
import type { Session } from '../../src/accounts/accounts.js';
import { createAuditLog } from '../../src/accounts/audit-log.js';
import { type ConnectionsOptions, createConnections } from '../../src/connection/connection.js';
import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import { createSealer } from '../../src/connection/sealing.js';
import type { Connections } from '../../src/connection/types.js';
import { systemClock } from '../../src/core/clock.js';
import { createLogger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import { createCallLog } from '../../src/spapi/http/call-log.js';
import { createBucketStore } from '../../src/spapi/http/rate-limit-store.js';
import { createSpApi } from '../../src/spapi/spapi.js';
import { deleteAll } from '../helpers/delete-all.js';

export const KEY = randomBytes(32);
export const US = 'ATVPDKIKX0DER';
export const CA = 'A2EUQ1WTGCTBG2';
export const GB = 'A1F83G8C2ARO7P';

export interface World {
  readonly connections: Connections;
  readonly owner: Session;
  readonly viewer: Session;
  /** Returns all log lines. */
  readonly log: () => string;
  /** Returns the number of clients created. */
  readonly clients: () => number;
}

/** A database with the marketplaces, an owner and a viewer. @param amazon the simulator's URL */
export async function newWorld(
  database: Database,
  amazon: string | null,
  more: Partial<ConnectionsOptions> = {},
): Promise<World> {
  await deleteAll(
    database,
    'audit_log, users, login_attempt, amazon_credential, amazon_connection, usage_plan, sync_cursor, marketplaces',
  );
  await seedMarketplaces(database);
  return { ...(await users(database)), ...connectionsOf(database, amazon, more) };
}

/** Creates the connection service of one process. */
export function connectionsOf(database: Database, amazon: string | null, more: Partial<ConnectionsOptions> = {}) {
  let clients = 0;
  const lines: string[] = [];
  const clock = more.clock ?? systemClock;
  const logger = createLogger({ level: 'trace', destination: { write: (line: string) => lines.push(line) } });
  const usagePlans = createBucketStore(database, clock);
  const callLog = createCallLog({ sql: database, logger });
  const connections = createConnections({
    database,
    clock,
    audit: createAuditLog(database),
    sealer: createSealer([KEY]),
    lwa: { clientId: 'client', clientSecret: 'env-client-secret' },
    spapi: { region: null, endpoint: amazon, lwaEndpoint: amazon },
    callLog,
    createSpApi: (address) => {
      clients += 1;
      return createSpApi({ ...address, usagePlans, clock, logger, version: '0.0.0', onCall: callLog.add });
    },
    ...more,
  });
  return { connections, logger, log: () => lines.join(''), clients: () => clients };
}

async function users(database: Database) {
  const make = async (email: string, role: 'OWNER' | 'VIEWER'): Promise<Session> => {
    const user = await database.prisma.user.create({ data: { email, role, passwordHash: '' } });
    return { kind: 'session', id: email, user, role, expiresAt: new Date(8.64e15), signedInAt: new Date(0) };
  };
  return { owner: await make('owner@a.example', 'OWNER'), viewer: await make('viewer@a.example', 'VIEWER') };
}
