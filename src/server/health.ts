import type { Database } from '../database/database.js';
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

/** 200 when requests can be served; 503, with what is in the way, while the database is away or the server stops. */
export function createReadiness({ database, isStopping, clockProblem }: HealthOptions): Handler {
  return async (_request, response) => {
    const checks = { database: await answers(database), server: isStopping() ? 'stopping' : 'ok' };
    const ready = checks.database === 'ok' && checks.server === 'ok';
    const clock = clockProblem();
    sendJson(response, ready ? 200 : 503, {
      status: ready ? 'ready' : 'not ready',
      checks: clock === null ? checks : { ...checks, clock },
    });
  };
}

async function answers(database: Database): Promise<'ok' | 'no answer'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'no answer'>((resolve) => {
    timer = setTimeout(() => resolve('no answer'), DATABASE_TIMEOUT_MS);
  });
  const ping = database.query('SELECT 1').then(
    () => 'ok' as const,
    () => 'no answer' as const,
  );
  const result = await Promise.race([ping, late]);
  clearTimeout(timer);
  return result;
}
