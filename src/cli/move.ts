import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { loadMoveConfig, type MoveConfig } from '../config/config.js';
import { loadEnvFile } from '../config/environment.js';
import { StartError } from '../core/errors.js';
import { redactText } from '../core/redaction.js';
import { openPglite } from '../database/driver/pglite.js';
import { openPostgres } from '../database/driver/postgres.js';
import type { Driver } from '../database/sql.js';
import { startErrorOf } from '../database/start-errors.js';
import { chooseKeys, writeEnvironment } from './move/keys.js';
import { gatherStatistics, moveData } from './move/move-data.js';
import * as screen from './terminal.js';

/** Comparing a large table takes longer than the usual 30 s. */
const LONGEST_STATEMENT_MS = 60 * 60_000;

let moved = false;

/** Moves all that the embedded database holds to the PostgreSQL at DATABASE_URL, and says how to go on there. */
async function move(): Promise<void> {
  loadEnvFile('.env');
  const config = loadMoveConfig(process.env);
  screen.title('Ordermirror: from the embedded database to PostgreSQL');
  if (!existsSync(join(config.dataDir, 'pgdata', 'PG_VERSION')))
    throw new StartError(
      `There is no embedded database in ${config.dataDir}. DATA_DIR names the folder that holds it.`,
    );
  await withDrivers(config, async (source, target) => {
    const { tables, rows } = await moveData(source, target, (done, all, table) =>
      screen.bar(all === 0 ? 1 : done / all, `${screen.number(done)} of ${screen.number(all)} rows, ${table}`),
    );
    moved = true;
    screen.progressEnds();
    screen.done('All is there, compared row by row', `${tables} tables, ${screen.number(rows)} rows`);
    await gatherStatistics(target);
    screen.done('Statistics for the planner');
    const { missing, open } = await chooseKeys(target, config);
    const path = writeEnvironment(config.dataDir, { DATABASE_URL: config.url, ...missing });
    screen.done('The variables to go on with', `${path}, for your eyes only`);
    tellNext(relative('', path), config, open);
  });
}

async function withDrivers(
  { dataDir, url }: MoveConfig,
  work: (source: Driver, target: Driver) => Promise<void>,
): Promise<void> {
  const explain = (error: unknown) => {
    throw startErrorOf(error, { kind: 'postgres', url });
  };
  const patient = new URL(url);
  if (!patient.searchParams.has('query_timeout'))
    patient.searchParams.set('query_timeout', String(LONGEST_STATEMENT_MS));
  const target = await openPostgres({ url: patient.href });
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

function tellNext(path: string, { dataDir }: MoveConfig, open: boolean): void {
  screen.title('How to go on');
  screen.line('Now', `cat ${path} >> .env && chmod 600 .env && rm ${path}`);
  screen.line('Then', 'npm start');
  screen.line('Later', `rm -r ${relative('', join(dataDir, 'pgdata'))}`);
  screen.note('The embedded database is as it was. Once the server runs well on PostgreSQL, it can be deleted.');
  if (!open)
    screen.note(
      'The Amazon credential was sealed with a key that is neither in ENCRYPTION_KEY nor in keys.json: save it again.',
    );
  process.stdout.write('\n');
}

try {
  await move();
} catch (error) {
  screen.progressEnds();
  const why = error instanceof Error ? error.message : String(error);
  const how = moved ? 'All was moved, but this failed after it:' : 'Nothing was moved.';
  process.stderr.write(`${how} ${redactText(why)}\n`);
  process.exitCode = 1;
}
