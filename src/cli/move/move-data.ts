import { StartError } from '../../core/errors.js';
import { migrate } from '../../database/migrate.js';
import type { Driver, DriverSession } from '../../database/sql.js';
import { releaseAllRuns } from '../../runs/run-store.js';
import { copyTable, readContent, SETTINGS } from './copy-table.js';
import { readSequences, readTables, setSequences } from './tables.js';

/** What a server writes at its start, before anybody has used it. */
const SEEDED = 'marketplaces';

export interface Moved {
  readonly tables: number;
  readonly rows: number;
}

/** Told as rows come over: how many of how many, and of which table. */
export type OnProgress = (done: number, all: number, table: string) => void;

/**
 * Copies all that one database holds into another, empty one, and compares: in one transaction there, so that a move that
 * fails or dies leaves nothing. A run that goes on is let go of, to be taken up at its checkpoint by the next process.
 * @throws {StartError} before anything is touched, when the target holds rows or a migration that this version doesn't
 *   know; after which nothing is kept, when what came over isn't what was there.
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

/** What the planner has to know of tables that were filled at once. */
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
  await to.query(`DELETE FROM ${SEEDED}`);
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
      `What came over into ${table.name} is not what was there (${here.rows} rows of ${there?.rows}). Nothing was kept; please report it.`,
    );
  }
  return { tables: tables.length, rows };
}

/** @throws {StartError} */
async function refuseUnlessEmpty(sql: DriverSession): Promise<void> {
  for (const { name } of await readTables(sql)) {
    if (name === SEEDED) continue;
    const rows = await sql.query(`SELECT 1 AS one FROM ${name} LIMIT 1`);
    if (rows.length > 0)
      throw new StartError(
        `The database at DATABASE_URL is not empty: the table ${name} holds rows. Make a new one (createdb), and name that.`,
      );
  }
}

/** A server that was started on the target too early waits, and then finds all of it. */
async function lockAll(sql: DriverSession): Promise<void> {
  const tables = await readTables(sql);
  await sql.exec(`LOCK TABLE ${tables.map(({ name }) => name).join(', ')} IN EXCLUSIVE MODE`);
}

/** What triggers once made of the rows comes over as rows; foreign keys go on being looked after. */
async function setTriggers(sql: DriverSession, to: 'DISABLE' | 'ENABLE'): Promise<void> {
  const tables = await readTables(sql);
  await sql.exec(tables.map(({ name }) => `ALTER TABLE ${name} ${to} TRIGGER USER`).join('; '));
}
