import { describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { it } from '../helpers/fixtures.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { databaseKind } from '../helpers/with-database.js';
import { emptyMirror, endOf, MANUAL, runToEnd, untilRun, withEngine, withSimulator } from '../helpers/with-sync.js';

const DAY_MS = 24 * 3_600_000;
const RATE = 0.0056;
const BURST = 20;
/** Orders a page where their number matters too. */
const FULL_PAGE = databaseKind === 'postgres' ? 100 : 10;
const WITHOUT_ITEMS = { ...MANUAL, includeItems: false };

/** Adds orders whose updates are spread evenly over the first window. */
function fill(simulator: Simulator, orders: number, now: number): void {
  const template = simulator.book.orders()[0];
  const from = now - 30 * DAY_MS + 60_000;
  const step = (now - 10 * 60_000 - from) / orders;
  for (let index = 1; index < orders; index += 1) {
    const at = new Date(from + index * step);
    simulator.book.add({
      ...template,
      orderId: `701-${String(index).padStart(7, '0')}-0000000`,
      orderItems: [],
      createdTime: at.toISOString(),
      lastUpdatedTime: at.toISOString(),
    });
  }
}

describe('a run under a quota', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  /** By default with small pages: quota counts calls. */
  async function setUp(database: Database, pages: number, { rate = RATE, overlapMs = 600_000, maxPerPage = 10 } = {}) {
    const clock = createVirtualClock('jumps');
    const usagePlans = { searchOrders: { rate, burst: BURST } };
    const simulator = await withSimulator({ orders: 1, now: clock.time, usagePlans, maxPerPage });
    fill(simulator, pages * maxPerPage, clock.time());
    const options = { clock, settings: { heartbeatMs: 1_000, leaseMs: 60_000, overlapMs } };
    return {
      clock,
      simulator,
      options,
      engine: await withEngine(database, simulator, options),
      startedAt: clock.time(),
    };
  }

  /** Returns the milliseconds that this number of pages takes, the first without a wait. */
  const theoretical = (pages: number, burst = BURST, rate = RATE) => ((pages - burst) / rate) * 1000;
  const refusals = (simulator: Simulator) => simulator.requests.filter(({ status }) => status === 429).length;

  it(`reads ${100 * FULL_PAGE} orders under the default plan in 3.97 h and 100 calls without a 429, forecast within 10 %`, async ({
    database,
  }) => {
    const { clock, simulator, engine, startedAt } = await setUp(database, 100, { maxPerPage: FULL_PAGE });
    const { id } = await engine.start(WITHOUT_ITEMS);
    const states: SyncRun[] = [];
    for await (const run of engine.watch(id, new AbortController().signal)) states.push(run);
    const theory = theoretical(100);
    const took = clock.time() - startedAt;
    expect(Math.abs(took - theory) / theory).toBeLessThan(0.01);
    expect(states.at(-1)).toMatchObject({ status: 'OK', ordersSeen: 100 * FULL_PAGE, pages: 100, waitingUntil: null });
    expect(simulator.count('searchOrders')).toBe(100);
    expect(refusals(simulator)).toBe(0);

    expect(states.some((run) => run.waitingUntil !== null && run.waitingFor === 'QUOTA')).toBe(true);
    const forecasts = states.flatMap((run) => run.estimatedFinishAt?.getTime() ?? []);
    expect(forecasts.length).toBeGreaterThan(50);
    for (const forecast of forecasts) expect(Math.abs(forecast - clock.time()) / took).toBeLessThan(0.1);
  });

  it('forecasts a run over a mirrored window before it starts', async ({ database }) => {
    const { clock, engine } = await setUp(database, 25, { overlapMs: 30 * DAY_MS, maxPerPage: 100 });
    await runToEnd(engine, { includeItems: false });
    const startedAt = clock.time();
    const started = await engine.start(WITHOUT_ITEMS);
    const forecast = (started.estimatedFinishAt?.getTime() ?? 0) - startedAt;
    await endOf(engine, started.id);
    const took = clock.time() - startedAt;
    expect(Math.abs(forecast - took) / took).toBeLessThan(0.1);
  });

  it.for([
    ['raises', 0.1],
    ['lowers', 0.002],
  ] as const)('adapts to a rate that the header %s, without a 429', async ([_word, rate], { database }) => {
    const { clock, simulator, engine, startedAt } = await setUp(database, 26, { rate });
    await runToEnd(engine, { includeItems: false });
    const theory = theoretical(26, BURST, rate);
    expect(Math.abs(clock.time() - startedAt - theory) / theory).toBeLessThan(0.01);
    expect(simulator.count('searchOrders')).toBe(26);
  });

  it('waits after a few 429 when another program uses half of the bucket, and ends OK', async ({ database }) => {
    const { clock, simulator, engine, startedAt } = await setUp(database, 26);
    for (let taken = 0; taken < BURST / 2; taken += 1) simulator.usagePlans.take('searchOrders');
    expect(await runToEnd(engine, { includeItems: false })).toMatchObject({ status: 'OK', ordersSeen: 260 });
    expect(refusals(simulator)).toBeGreaterThan(0);
    expect(refusals(simulator)).toBeLessThanOrEqual(2);
    const theory = theoretical(26, BURST / 2);
    expect((clock.time() - startedAt - theory) / theory).toBeLessThan(0.1);
  });

  it('keeps the bucket over a restart', async ({ database }) => {
    const { clock, simulator, options, engine, startedAt } = await setUp(database, 24);
    const { id } = await engine.start(WITHOUT_ITEMS);
    await untilRun(engine, id, (run) => run.pages >= 10);
    await engine.stop();
    await endOf(await withEngine(database, simulator, options), id);
    expect(clock.time() - startedAt).toBeGreaterThan(theoretical(24) * 0.99);
    expect(refusals(simulator)).toBe(0);
  });
});
