import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { random } from '../../src/simulator/random.js';
import { arrivals, expectConverged, hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { lockTable } from '../helpers/table-lock.js';
import { databaseKind } from '../helpers/with-database.js';
import { beginProcess, connectAsOwner, sharedDatabase, startProcess } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

const PAGES = 60;
const PAGE_SIZE = 20;
/** A start takes longer on PGlite. */
const KILLS = databaseKind === 'postgres' ? 8 : 3;
/** `KILLS_SEED=7 npx vitest run test/processes/random-kills` plays other moments; the test title contains the seed. */
const seed = Number(process.env.KILLS_SEED ?? 1);

/** When to kill a process: a time after its start, after a request of its run, or during its writes. */
type Moment =
  | { readonly after: 'its start'; readonly ms: number }
  | { readonly after: 'a request'; readonly requests: number; readonly ms: number }
  | { readonly after: 'a write' };

const dice = random(seed);
const moments = Array.from({ length: KILLS }, (_, index): Moment => {
  if (index % 4 === 1) return { after: 'its start', ms: dice.int(50, 900) };
  if (index % 4 === 3 && databaseKind === 'postgres') return { after: 'a write' };
  return { after: 'a request', requests: dice.int(2, 4), ms: dice.int(0, 60) };
});

it(`a run whose processes are killed at ${KILLS} random moments (KILLS_SEED=${seed}) writes each page once and converges`, async () => {
  const simulator = await withSimulator({ orders: PAGES * PAGE_SIZE, maxPerPage: PAGE_SIZE, seed });
  const env: Record<string, string> = {
    ...(await sharedDatabase()),
    SP_API_ENDPOINT: simulator.url,
    LWA_ENDPOINT: simulator.url,
  };
  const first = await startProcess(env, { shortLease: true });
  const token = await connectAsOwner(first.api, simulator.marketplaceIds);
  const hold = simulator.hold('searchOrders');
  const id = await startRun(first.api);
  await hold.arrived;
  first.kill('SIGKILL');
  await first.ended;
  hold.release();

  const reached = async (moment: Moment): Promise<void> => {
    if (moment.after === 'a request') await arrivals(simulator, moment.requests);
    if (moment.after !== 'a write') return delay(moment.ms);
  };
  for (const moment of moments) {
    const lock = moment.after === 'a write' ? await lockTable(env.DATABASE_URL ?? '', 'order_items') : null;
    const victim = beginProcess(env, { shortLease: true });
    await Promise.race([Promise.all([reached(moment), lock?.waitedFor()]), victim.ended]);
    victim.kill('SIGKILL');
    expect(await victim.ended, victim.output()).toBe('SIGKILL');
    await lock?.release();
  }

  const last = await startProcess(env, { shortLease: true });
  last.api.signIn(token);
  const run = await untilRun(last.api, id, hasEnded);
  expect(run).toMatchObject({ status: 'OK', pages: PAGES, ordersSeen: PAGES * PAGE_SIZE });
  await expectConverged(env, last, simulator);
});
