import { describe, expect } from 'vitest';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { it } from '../helpers/fixtures.js';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.js';
import { emptyMirror, endOf, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

const DAY_MS = 24 * 3_600_000;
const RATE = 0.0056;
const BURST = 20;

/** Orders whose updates lie evenly over the first window. */
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

describe('quota as physics', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  async function setUp(pages: number, plan = { rate: RATE, burst: BURST }) {
    const clock = createVirtualClock('jumps');
    const simulator = await withSimulator({ orders: 1, now: clock.time, usagePlans: { searchOrders: plan } });
    fill(simulator, pages * 100, clock.time());
    return { clock, simulator };
  }

  /** Follows a run to its end; returns each state with the virtual instant at which it was seen. */
  async function follow(engine: Awaited<ReturnType<typeof withEngine>>, id: bigint, clock: VirtualClock) {
    const states: { run: SyncRun; seenAt: number }[] = [];
    for await (const run of engine.watch(id, new AbortController().signal)) states.push({ run, seenAt: clock.time() });
    return states;
  }

  it('10,000 orders under the default plan take 3.97 h and 100 calls, without a 429, forecast within 10 %', async ({
    database,
  }) => {
    const { clock, simulator } = await setUp(100);
    const engine = await withEngine(database, simulator, {
      clock,
      settings: { heartbeatMs: 1_000, leaseMs: 60_000 },
    });
    const begun = clock.time();
    const { id } = await engine.start({ dryRun: false, includeItems: false, trigger: 'MANUAL' });
    const states = await follow(engine, id, clock);
    const theory = ((100 - BURST) / RATE) * 1000;
    const took = clock.time() - begun;
    expect(Math.abs(took - theory) / theory).toBeLessThan(0.01);
    expect(states.at(-1)?.run).toMatchObject({ status: 'OK', ordersSeen: 10_000, pages: 100, waitingUntil: null });
    expect(simulator.count('searchOrders')).toBe(100);
    expect(simulator.requests.filter(({ status }) => status === 429)).toEqual([]);

    expect(states.some(({ run }) => run.waitingUntil !== null && run.waitingFor === 'QUOTA')).toBe(true);
    const forecasts = states.flatMap(({ run }) => (run.estimatedFinishAt ? [run.estimatedFinishAt.getTime()] : []));
    expect(forecasts.length).toBeGreaterThan(50);
    for (const forecast of forecasts) expect(Math.abs(forecast - clock.time()) / took).toBeLessThan(0.1);
  });

  it('a run over what is known is forecast before it starts', async ({ database }) => {
    const { clock, simulator } = await setUp(40);
    const settings = { heartbeatMs: 1_000, leaseMs: 60_000, overlapMs: 30 * DAY_MS };
    const engine = await withEngine(database, simulator, { clock, settings });
    await runToEnd(engine, { includeItems: false });
    const begun = clock.time();
    const started = await engine.start({ dryRun: false, includeItems: false, trigger: 'MANUAL' });
    const forecast = (started.estimatedFinishAt?.getTime() ?? 0) - begun;
    await endOf(engine, started.id);
    expect(Math.abs(forecast - (clock.time() - begun)) / (clock.time() - begun)).toBeLessThan(0.1);
  });

  it.for([
    ['raises', 0.1],
    ['lowers', 0.002],
  ] as const)('the header %s the rate: the pace follows, without a 429', async ([_word, rate], { database }) => {
    const { clock, simulator } = await setUp(50, { rate, burst: BURST });
    const engine = await withEngine(database, simulator, {
      clock,
      settings: { heartbeatMs: 1_000, leaseMs: 60_000 },
    });
    const begun = clock.time();
    await runToEnd(engine, { includeItems: false });
    const theory = ((50 - BURST) / rate) * 1000;
    expect(Math.abs(clock.time() - begun - theory) / theory).toBeLessThan(0.01);
    expect(simulator.count('searchOrders')).toBe(50);
  });

  it('another program uses half of the bucket: a few 429 are waited out, and the run ends OK', async ({ database }) => {
    const { clock, simulator } = await setUp(40);
    const engine = await withEngine(database, simulator, {
      clock,
      settings: { heartbeatMs: 1_000, leaseMs: 60_000 },
    });
    const begun = clock.time();
    for (let taken = 0; taken < BURST / 2; taken += 1) simulator.usagePlans.take('searchOrders');
    const run = await runToEnd(engine, { includeItems: false });
    expect(run).toMatchObject({ status: 'OK', ordersSeen: 4_000 });
    const refused = simulator.requests.filter(({ status }) => status === 429).length;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(2);
    const theory = ((40 - BURST / 2) / RATE) * 1000;
    expect((clock.time() - begun - theory) / theory).toBeLessThan(0.1);
  });

  it('a restart does not burst again: the bucket is kept', async ({ database }) => {
    const { clock, simulator } = await setUp(30);
    const settings = { heartbeatMs: 1_000, leaseMs: 60_000 };
    const first = await withEngine(database, simulator, { clock, settings });
    const begun = clock.time();
    const { id } = await first.start({ dryRun: false, includeItems: false, trigger: 'MANUAL' });
    for await (const run of first.watch(id, new AbortController().signal)) if (run.pages >= 10) break;
    await first.stop();
    await endOf(await withEngine(database, simulator, { clock, settings }), id);
    const theory = ((30 - BURST) / RATE) * 1000;
    expect(clock.time() - begun).toBeGreaterThan(theory * 0.99);
    expect(simulator.requests.filter(({ status }) => status === 429)).toEqual([]);
  });
});
