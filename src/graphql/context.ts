import type { Accounts, Caller, Session } from '../accounts/accounts.js';
import type { AuditLog } from '../accounts/audit-log.js';
import type { Connections } from '../connection/connection.js';
import type { ClockCheck } from '../core/clock-check.js';
import type { UserError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import type { SyncEngine } from '../sync/engine.js';
import { createLoaders, type Loaders } from './loaders.js';

/** What the API stands on; the same for all requests. */
export interface ApiParts {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly connections: Connections;
  readonly engine: SyncEngine;
  readonly clockCheck: ClockCheck;
  readonly audit: AuditLog;
  readonly logger: Logger;
}

/** What one request adds: who makes it. */
export interface Requester {
  readonly caller: Caller;
  /** Null for nobody. Authenticated once a request, or once a socket. */
  readonly session: Session | null;
  /** Why there is no session, where a token was sent and was none. */
  readonly refusal: UserError | null;
}

/** What every resolver gets. */
export interface GraphQLContext extends ApiParts, Requester {
  readonly loaders: Loaders;
}

export function createContext(parts: ApiParts, requester: Requester): GraphQLContext {
  return { ...parts, ...requester, loaders: createLoaders(parts.database) };
}
