// Plays random histories under random faults, and compares the mirror with Amazon's orders after each one.
//   npm run test:chaos -- [--runs 100] [--seed 1] [--database pglite|postgres] [--trace]
// Without --database: on PGlite and, if a server is reachable, in parallel on PostgreSQL; --runs histories on each.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

const { runs, seed, database, trace } = readFlags();
await build();
const folder = mkdtempSync(join(tmpdir(), 'ordermirror-chaos-'));
const report = join(folder, 'report');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', ...database.flatMap((kind) => ['--project', kind]), 'test/chaos/chaos.db.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CHAOS_RUNS: runs, CHAOS_SEED: seed, CHAOS_REPORT: report, CHAOS_TRACE: trace ? '1' : '' },
  },
);
printReport();
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        runs: { type: 'string', default: '100' },
        seed: { type: 'string', default: '1' },
        database: { type: 'string' },
        trace: { type: 'boolean', default: false },
      },
    });
    for (const name of ['runs', 'seed'])
      if (!/^[1-9]\d{0,8}$/.test(values[name])) throw new Error(`--${name} must be a whole number above 0`);
    if (values.database !== undefined && !['pglite', 'postgres'].includes(values.database))
      throw new Error('--database must be pglite or postgres');
    return { ...values, database: values.database ? [values.database] : ['pglite', 'postgres*'] };
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

function printReport() {
  try {
    console.table(
      readFileSync(report, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
  } catch {
    console.error('No history completed; see the errors above.');
  }
}
