import type { Database } from '../../database/database.js';
import { shareReads } from '../../database/shared-reads.js';
import { type Handler, sendJson } from './respond.js';

const DATABASE_TIMEOUT_MS = 2_000;

export interface HealthOptions {
  readonly database: Database;
  readonly isStopping: () => boolean;
  /** Reported as `checks.clock`; does not affect readiness. */
  readonly clockProblem: () => string | null;
}

/** Liveness: 200 while the process responds. */
export const live: Handler = (_request, response) => sendJson(response, 200, { status: 'live' });

/** Readiness: 200, or 503 with the failed check while the database is unavailable or read-only, or the server shuts down. */
export function createReadiness({ database, isStopping, clockProblem }: HealthOptions): Handler {
  // Concurrent requests share one check: the route is public.
  const read = shareReads((from: Database) => checkDatabase(from).catch(() => 'no answer' as const));
  return async (_request, response) => {
    const checks = { database: await withinTime(read(database)), server: isStopping() ? 'stopping' : 'ok' };
    const ready = checks.database === 'ok' && checks.server === 'ok';
    const clock = clockProblem();
    sendJson(response, ready ? 200 : 503, {
      status: ready ? 'ready' : 'not ready',
      checks: clock === null ? checks : { ...checks, clock },
    });
  };
}

type DatabaseState = 'ok' | 'no answer' | 'read-only' | 'notifications do not arrive';

async function withinTime(read: Promise<DatabaseState>): Promise<DatabaseState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DatabaseState>((resolve) => {
    timer = setTimeout(() => resolve('no answer'), DATABASE_TIMEOUT_MS);
  });
  const result = await Promise.race([read, late]);
  clearTimeout(timer);
  return result;
}

async function checkDatabase(database: Database): Promise<DatabaseState> {
  // Also on at a standby.
  const [row] = await database.query<{ isReadOnly: boolean }>(
    `SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
  );
  if (row?.isReadOnly) return 'read-only';
  return (await database.notifications.areDelivered()) ? 'ok' : 'notifications do not arrive';
}
