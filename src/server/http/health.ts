import type { Database } from '../../database/database.js';
import { shareReads } from '../../database/shared-reads.js';
import { type Handler, sendJson } from './respond.js';

const DATABASE_TIMEOUT_MS = 2_000;

export interface HealthOptions {
  readonly database: Database;
  readonly isStopping: () => boolean;
  /** Shown as `checks.clock`; requests can be served all the same. */
  readonly clockProblem: () => string | null;
}

/** The process answers: 200. */
export const live: Handler = (_request, response) => sendJson(response, 200, { status: 'live' });

/**
 * 200 when requests can be served; 503, with what is in the way, while the database doesn't answer or can't be written, or
 * the server stops.
 */
export function createReadiness({ database, isStopping, clockProblem }: HealthOptions): Handler {
  // Anybody may ask for it, as often as they like.
  const read = shareReads((from: Database) => ask(from).catch(() => 'no answer' as const));
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

async function ask(database: Database): Promise<DatabaseState> {
  // On at a standby, too.
  const [row] = await database.query<{ isReadOnly: boolean }>(
    `SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
  );
  if (row?.isReadOnly) return 'read-only';
  return (await database.notifications.areDelivered()) ? 'ok' : 'notifications do not arrive';
}
