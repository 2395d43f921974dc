import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { loadMoveConfig, type MoveConfig } from '../config/config.js';
import { loadEnvFile } from '../config/environment.js';
import { StartError } from '../core/errors.js';
import { redactText } from '../core/redaction.js';
import { openPglite } from '../database/driver/pglite.js';
import { openPostgres } from '../database/driver/postgres.js';
import { ownerConfigOf } from '../database/driver/postgres-settings.js';
import { makeIndexes } from '../database/indexes.js';
import type { Driver } from '../database/sql.js';
import { startErrorOf } from '../database/start-errors.js';
import { chooseKeys, writeEnvironment } from './move/keys.js';
import { gatherStatistics, moveData } from './move/move-data.js';
import * as screen from './terminal.js';

/** Comparing a large table takes longer than the default of 30 s. */
const MAX_STATEMENT_MS = 60 * 60_000;

/**
 * `ordermirror move`: moves the content of the embedded database to the PostgreSQL at DATABASE_URL, and prints the next
 * steps. A failure prints one line, and sets exit code 1.
 */
export async function move(): Promise<void> {
  let moved = false;
  try {
    await moveToPostgres(() => {
      moved = true;
    });
  } catch (error) {
    screen.endProgress();
    const reason = error instanceof Error ? error.message : String(error);
    const result = moved ? 'Everything was moved, but a later step failed:' : 'Nothing was moved.';
    process.stderr.write(`${result} ${redactText(reason)}\n`);
    process.exitCode = 1;
  }
}

async function moveToPostgres(onMoved: () => void): Promise<void> {
  loadEnvFile('.env');
  const config = loadMoveConfig(process.env);
  screen.title('Ordermirror: from the embedded database to PostgreSQL');
  if (!existsSync(join(config.dataDir, 'pgdata', 'PG_VERSION')))
    throw new StartError(
      `There is no embedded database in ${config.dataDir}. Set DATA_DIR to the folder that holds it.`,
    );
  await withDrivers(config, async (source, target) => {
    const { tables, rows } = await moveData(source, target, (done, all, table) =>
      screen.bar(all === 0 ? 1 : done / all, `${screen.number(done)} of ${screen.number(all)} rows, ${table}`),
    );
    onMoved();
    screen.endProgress();
    screen.done('Copied, and compared row by row', `${tables} tables, ${screen.number(rows)} rows`);
    await makeIndexes(target);
    await gatherStatistics(target);
    screen.done('Indexes and planner statistics');
    const { missing, open } = await chooseKeys(target, config);
    const { url, directUrl, schema } = config.database;
    const addresses = {
      DATABASE_URL: url,
      ...(directUrl !== undefined && { DATABASE_DIRECT_URL: directUrl }),
      ...(schema !== undefined && { DATABASE_SCHEMA: schema }),
    };
    const path = writeEnvironment(config.dataDir, { ...addresses, ...missing });
    screen.done('Variables for .env', `${path} (contains secrets)`);
    printNextSteps(relative('', path), config, open);
  });
}

async function withDrivers(
  { dataDir, database }: MoveConfig,
  work: (source: Driver, target: Driver) => Promise<void>,
): Promise<void> {
  const owner = ownerConfigOf(database);
  const explain = (error: unknown) => {
    throw startErrorOf(error, { kind: 'postgres', ...owner });
  };
  const target = await openPostgres({ queryTimeoutMs: MAX_STATEMENT_MS, ...owner });
  try {
    const source = await openPglite({ dataDir });
    try {
      await work(source, target).catch(explain);
    } finally {
      await source.close();
    }
  } finally {
    await target.close();
  }
}

function printNextSteps(path: string, { dataDir }: MoveConfig, open: boolean): void {
  screen.title('Next steps');
  screen.line('Now', `cat ${path} >> .env && chmod 600 .env && rm ${path}`);
  screen.line('Then', 'start the server again');
  screen.line('Later', `rm -r ${relative('', join(dataDir, 'pgdata'))}`);
  screen.note('The embedded database is unchanged. You can delete it once the server runs on PostgreSQL.');
  if (!open)
    screen.note(
      'The Amazon credential was sealed with a key that is neither in ENCRYPTION_KEY nor in keys.json: save it again.',
    );
  process.stdout.write('\n');
}
