// Plays random requests on the real server. Fails if one blocks the event loop, causes an internal error or ends the process.
//   npm run test:fuzz -- [--minutes 1] [--seed 1] [--database postgres|pglite] [--request N]
// Without --database: PostgreSQL if one is available, else PGlite. --request plays one request of the seed only.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

const { minutes, seed, database, request } = readFlags();
await build();
const folder = mkdtempSync(join(tmpdir(), 'ordermirror-fuzz-'));
const report = join(folder, 'report');
const project = database ?? ((await answersPostgres()) ? 'postgres' : 'pglite');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', project, 'test/fuzz/fuzz.db.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    FUZZ_MS: String(minutes * 60_000),
    FUZZ_SEED: seed,
    FUZZ_REQUEST: request ?? '',
    FUZZ_REPORT: report,
  },
});
printReport();
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
        database: { type: 'string' },
        request: { type: 'string' },
      },
    });
    const minutes = Number(values.minutes);
    if (!(minutes > 0 && minutes <= 600)) throw new Error('--minutes must be a number above 0, at most 600');
    for (const name of ['seed', 'request'])
      if (values[name] !== undefined && !/^[1-9]\d{0,8}$/.test(values[name]))
        throw new Error(`--${name} must be a whole number above 0`);
    if (values.database !== undefined && !['pglite', 'postgres'].includes(values.database))
      throw new Error('--database must be pglite or postgres');
    return { ...values, minutes };
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

function answersPostgres() {
  const { hostname, port } = new URL(process.env.TEST_DATABASE_URL ?? 'postgresql://127.0.0.1:5432');
  return new Promise((resolve) => {
    const socket = connect(Number(port || 5432), hostname, () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });
}

function printReport() {
  try {
    const { database, kinds, failures, heapBytes } = JSON.parse(readFileSync(report, 'utf8'));
    console.table(kinds);
    const requests = kinds.reduce((sum, kind) => sum + kind.requests, 0);
    const memory = heapBytes.map((bytes) => `${Math.round(bytes / 1e6)} MB`).join(', ');
    console.log(
      `${requests} requests on ${database}, seed ${seed}, ${failures.length} failures. Heap after garbage collection at a quarter, half and the end: ${memory}.`,
    );
  } catch {
    console.error('The fuzzer did not finish.');
  }
}
