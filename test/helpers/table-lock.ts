import pg from 'pg';
import { onTestFinished, vi } from 'vitest';

/** A lock on a PostgreSQL table, held by a separate session, which blocks transactions of the program. */
export interface TableLock {
  /** Resolves when a transaction of the program waits for it. */
  waitedFor(): Promise<void>;
  release(): Promise<void>;
}

/** Blocks writes, or reads too, of the table until released or the test ends. */
export async function lockTable(
  url: string,
  table: string,
  against: 'writers' | 'readers' = 'writers',
): Promise<TableLock> {
  const mode = against === 'writers' ? 'SHARE' : 'ACCESS EXCLUSIVE';
  const [holder, onlooker] = [new pg.Client(url), new pg.Client(url)];
  holder.on('error', () => {});
  onlooker.on('error', () => {});
  onTestFinished(async () => {
    await Promise.allSettled([holder.end(), onlooker.end()]);
  });
  await Promise.all([holder.connect(), onlooker.connect()]);
  await holder.query(`BEGIN; LOCK TABLE ${table} IN ${mode} MODE`);
  return {
    waitedFor: () =>
      vi.waitFor(
        async () => {
          const { rowCount } = await onlooker.query(
            `SELECT FROM pg_locks WHERE relation = '${table}'::regclass AND NOT granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          );
          if (rowCount === 0) throw new Error(`No transaction waits for ${table}.`);
        },
        { interval: 20, timeout: 60_000 },
      ),
    release: async () => {
      await holder.query('ROLLBACK');
    },
  };
}
