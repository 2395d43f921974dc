import { appendFileSync } from 'node:fs';
import { afterAll, describe, expect } from 'vitest';
import { it } from '../helpers/fixtures.js';
import { databaseKind } from '../helpers/with-database.js';
import { playHistory } from './history.js';
import { planOf } from './random-plan.js';
import { setWatchdog } from './watchdog.js';
import type { Figures } from './world.js';

const runs = Number(process.env.CHAOS_RUNS ?? 4);
const firstSeed = Number(process.env.CHAOS_SEED ?? 1);
const seeds = Array.from({ length: runs }, (_, index) => firstSeed + index);

// A process that stalls in a transaction loses its session after 4 s, not 15.
it.override('sessionSettings', { idle_in_transaction_session_timeout: '4000' });

describe('the mirror equals what Amazon holds after a random history of changes and faults', () => {
  const figures: Figures = {
    runs: 0,
    reportRuns: 0,
    ok: 0,
    error: 0,
    cancelled: 0,
    pages: 0,
    requests: 0,
    interruptions: 0,
    orders: 0,
    events: 0,
    listenerDeaths: 0,
  };
  it.beforeAll(({ database }) => setWatchdog(database));
  afterAll(() => {
    const file = process.env.CHAOS_REPORT;
    if (file) appendFileSync(file, `${JSON.stringify({ database: databaseKind, histories: runs, ...figures })}\n`);
  });

  it.for(seeds)('history %i', { timeout: 120_000 }, async (seed, { database }) => {
    const { violations, trace } = await playHistory(planOf(seed), database, figures);
    const replay = `npm run test:chaos -- --runs 1 --seed ${seed} --database ${databaseKind}`;
    expect(violations, `Replay with: ${replay}\n${trace.slice(-80).join('\n')}`).toEqual([]);
  });
});
