import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { seedOrders } from '../helpers/seed-orders.js';
import { databaseKind } from '../helpers/with-database.js';
import { KEYS, sharedDatabase } from '../helpers/with-process.js';
import { fuzz } from './fuzzer.js';

const { FUZZ_MS = '3000', FUZZ_SEED = '1', FUZZ_REQUEST, FUZZ_REPORT } = process.env;
const isPglite = databaseKind === 'pglite';
/** PGlite executes statements on the event loop. */
const MAX_BLOCKED_MS = isPglite ? 1_000 : 250;
/** Maximum growth in the second half; caches fill up in the first. */
const MAX_GROWTH_BYTES = 40_000_000;
/** Time after which memory is stable. */
const LONG_MS = 60_000;

it(
  '#39 #40 #41 random requests neither block the event loop, nor cause internal errors, nor end the server',
  async () => {
    const env: Record<string, string> = { ...KEYS, ...(await sharedDatabase()) };
    const config = isPglite
      ? ({ kind: 'pglite', dataDir: join(env.DATA_DIR ?? '', 'pgdata') } as const)
      : ({ kind: 'postgres', url: env.DATABASE_URL ?? '' } as const);
    const database = await openDatabase(config);
    await seedOrders(database, isPglite ? 500 : 5_000);
    await database.close();

    const ms = Number(FUZZ_MS);
    const only = FUZZ_REQUEST ? Number(FUZZ_REQUEST) : undefined;
    const report = await fuzz({ env, seed: Number(FUZZ_SEED), ms, only, maxBlockedMs: MAX_BLOCKED_MS });
    if (FUZZ_REPORT) appendFileSync(FUZZ_REPORT, `${JSON.stringify({ database: databaseKind, ...report })}\n`);
    const replay = `npm run test:fuzz -- --database ${databaseKind} --seed ${FUZZ_SEED} --request`;
    expect(report.failures.map((failure) => ({ ...failure, replay: `${replay} ${failure.request}` }))).toEqual([]);
    const [, half = 0, end = 0] = report.heapBytes;
    if (ms >= LONG_MS && only === undefined) expect(end - half).toBeLessThan(MAX_GROWTH_BYTES);
  },
  Number(FUZZ_MS) + 60_000,
);
