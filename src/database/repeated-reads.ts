import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionLoss } from './errors.js';
import type { Sql } from './sql.js';

/** As long as a fail-over may take. */
const LIMIT_MS = 60_000;
const PAUSE_MS = 250;

/**
 * Repeats statements that only read while the connection to the database is lost, for readers that wait for changes anyway:
 * a subscription stays open over a restart of the database, and over a fail-over.
 */
export function repeatReads(sql: Sql): Sql {
  return {
    query: async (text, values, options) => {
      for (const end = performance.now() + LIMIT_MS; ; await delay(PAUSE_MS)) {
        try {
          return await sql.query(text, values, options);
        } catch (error) {
          if (!isConnectionLoss(error) || performance.now() > end) throw error;
        }
      }
    },
  };
}
