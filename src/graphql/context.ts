import type { Accounts, Caller, Principal } from '../accounts/accounts.js';
import type { AuditLog } from '../accounts/audit-log.js';
import type { Connections } from '../connection/types.js';
import type { Clock } from '../core/clock.js';
import type { ClockCheck } from '../core/clock-check.js';
import type { UserError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Tracer } from '../core/tracer.js';
import type { Database } from '../database/database.js';
import type { HistoryEngine } from '../history/history.js';
import type { ChangeFeed } from '../mirror/read/change-feed.js';
import type { Notifications } from '../notifications/notifications.js';
import type { SyncEngine } from '../sync/engine.js';
import type { Webhooks } from '../webhooks/webhooks.js';
import { createLoaders, type Loaders } from './loaders.js';

/** Services of the API, shared by all requests. */
export interface ApiParts {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly connections: Connections;
  readonly engine: SyncEngine;
  readonly history: HistoryEngine;
  readonly notifications: Notifications;
  readonly changes: ChangeFeed;
  readonly webhooks: Webhooks;
  readonly clock: Clock;
  readonly clockCheck: ClockCheck;
  readonly audit: AuditLog;
  readonly logger: Logger;
  readonly tracer: Tracer;
}

/** Who makes a request. */
export interface Requester {
  readonly caller: Caller;
  /** Null without a valid token or API key. Authenticated once per operation. */
  readonly principal: Principal | null;
  /** Why the token was rejected; null without a token or with a valid one. */
  readonly authError: UserError | null;
}

/** Context of every resolver. */
export interface GraphQLContext extends ApiParts, Requester {
  readonly loaders: Loaders;
}

export function createContext(parts: ApiParts, requester: Requester): GraphQLContext {
  return { ...parts, ...requester, loaders: createLoaders(parts) };
}
