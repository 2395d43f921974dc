import { StartError } from '../../core/errors.js';
import { migrate } from '../../database/migrate.js';
import type { Driver, DriverSession } from '../../database/sql.js';
import { releaseAllRuns } from '../../runs/run-store.js';
import { copyTable, readContent, SETTINGS } from './copy-table.js';
import { readSequences, readTables, setSequences } from './tables.js';

/** Tables that migrations, or a server's start, fill. */
const SEEDED = ['marketplaces', 'notification_state'];

export interface Moved {
  readonly tables: number;
  readonly rows: number;
}

/** Called as rows are copied: how many of how many, and of which table. */
export type OnProgress = (done: number, all: number, table: string) => void;

/**
 * Copies a database into an empty one and compares the two, in one transaction of the target, so that a move that fails
 * leaves nothing. Releases a run in progress, so that the next process continues it at its checkpoint.
 * @throws {StartError} if the target has rows or a migration unknown to this version, or the copy differs
 */
export async function moveData(source: Driver, target: Driver, onProgress: OnProgress = () => {}): Promise<Moved> {
  await migrate(source);
  return source.transaction((from) =>
    target.transaction(async (to) => {
      await from.exec(SETTINGS);
      await to.exec(SETTINGS);
      await refuseUnlessEmpty(to);
      await migrate({ transaction: (work) => work(to) });
      await lockAll(to);
      await refuseUnlessEmpty(to);
      await setTriggers(to, 'DISABLE');
      const moved = await copyAll(from, to, onProgress);
      await setTriggers(to, 'ENABLE');
      await releaseAllRuns(to);
      return moved;
    }),
  );
}

/** Updates the planner's statistics of the filled tables. */
export async function gatherStatistics(target: Driver): Promise<void> {
  await target.transaction(async (session) => {
    const tables = await readTables(session);
    await session.exec(`ANALYZE ${tables.map(({ name }) => name).join(', ')}`);
  });
}

async function copyAll(from: DriverSession, to: DriverSession, onProgress: OnProgress): Promise<Moved> {
  const tables = await readTables(from);
  const contents = new Map<string, Awaited<ReturnType<typeof readContent>>>();
  for (const table of tables) contents.set(table.name, await readContent(from, table));
  const rows = [...contents.values()].reduce((sum, content) => sum + content.rows, 0);
  for (const name of SEEDED) await to.query(`DELETE FROM ${name}`);
  let done = 0;
  for (const table of tables) {
    onProgress(done, rows, table.name);
    await copyTable(from, to, table, (count) => {
      done += count;
      onProgress(done, rows, table.name);
    });
  }
  await setSequences(to, await readSequences(from));
  for (const table of tables) {
    const [there, here] = [contents.get(table.name), await readContent(to, table)];
    if (there?.rows === here.rows && there.checksum === here.checksum) continue;
    throw new StartError(
      `The copy of the table ${table.name} differs from the original (${here.rows} rows of ${there?.rows}). Nothing was moved; report this as a bug.`,
    );
  }
  return { tables: tables.length, rows };
}

/** @throws {StartError} */
async function refuseUnlessEmpty(sql: DriverSession): Promise<void> {
  for (const { name } of await readTables(sql)) {
    if (SEEDED.includes(name)) continue;
    const rows = await sql.query(`SELECT 1 AS one FROM ${name} LIMIT 1`);
    if (rows.length > 0)
      throw new StartError(
        `The database at DATABASE_URL is not empty: the table ${name} holds rows. Create another database (createdb), and set DATABASE_URL to that.`,
      );
  }
}

/** A server that is started on the target during the move waits for its end. */
async function lockAll(sql: DriverSession): Promise<void> {
  const tables = await readTables(sql);
  await sql.exec(`LOCK TABLE ${tables.map(({ name }) => name).join(', ')} IN EXCLUSIVE MODE`);
}

/** Switches our triggers, whose results are copied as rows. Foreign keys stay enforced. */
async function setTriggers(sql: DriverSession, to: 'DISABLE' | 'ENABLE'): Promise<void> {
  const tables = await readTables(sql);
  await sql.exec(tables.map(({ name }) => `ALTER TABLE ${name} ${to} TRIGGER USER`).join('; '));
}
