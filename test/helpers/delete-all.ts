import type { Database } from '../../src/database/database.js';

/** Deletes all rows of these tables, in this order. With few rows, TRUNCATE takes ten times as long: it makes new files. */
export async function deleteAll(database: Database, tables: string): Promise<void> {
  const script = tables.split(', ').map((table) => `DELETE FROM ${table}`);
  await database.transaction(async () => {}, script.join('; '));
}
