import { vi } from 'vitest';
import type { Sql } from '../../src/database/sql.js';

/** Resolves when this number of sessions of the database wait for locks on these tables. PostgreSQL only. */
export async function waitersFor(sql: Sql, tables: readonly string[], count = 1): Promise<void> {
  await vi.waitFor(
    async () => {
      const [found] = await sql.query<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM pg_locks
          WHERE relation = ANY ($1::regclass[]) AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        [tables],
      );
      if (found?.waiting !== count) throw new Error(`${found?.waiting} wait for ${tables.join(', ')}, not ${count}.`);
    },
    { interval: 20, timeout: 60_000 },
  );
}
