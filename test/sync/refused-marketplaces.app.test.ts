import { describe, expect } from 'vitest';
import { readCoverage } from '../../src/sync/plan/coverage.js';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { emptyMirror, endOf, MANUAL, runToEnd, untilRun, withEngine, withSimulator } from '../helpers/with-sync.js';

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;

describe('marketplaces that Amazon refuses', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  const soldIn = (marketplaceId: string) => (order: { salesChannel: { marketplaceId?: string } }) =>
    order.salesChannel.marketplaceId === marketplaceId;

  it('are named on the run, do not stop the others, and cost one call in each later run', async ({ database }) => {
    const simulator = await withSimulator({ orders: 60, maxPerPage: 20 });
    const [, refused = ''] = simulator.marketplaceIds;
    simulator.faults.add({ operation: 'searchOrders', fault: { kind: 'forbid-marketplace', marketplaceId: refused } });
    const checks: unknown[] = [];
    const engine = await withEngine(database, simulator, {
      account: { recordCheck: async (failure) => void checks.push(failure) },
    });
    const first = await runToEnd(engine);
    expect(first).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_FORBIDDEN', refusedMarketplaceIds: [refused] });
    expect(first.error).toMatch(new RegExp(`Amazon.ca \\(${refused}\\).*saveConnection`));
    expect(checks).toEqual([]);
    expect(await differences(database, simulator, { without: soldIn(refused) })).toEqual([]);

    simulator.clearRequests();
    await runToEnd(engine);
    expect(simulator.count('searchOrders')).toBe(2);
    const coverage = await readCoverage(database, simulator.marketplaceIds);
    expect(coverage.map(({ gaps }) => gaps.at(-1)?.kind)).toEqual(['NOT_YET_READ', 'REFUSED', 'NOT_YET_READ']);

    simulator.faults.clear();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', refusedMarketplaceIds: [] });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('are recorded on the connection if Amazon refuses all of them', async ({ database }) => {
    const simulator = await withSimulator({ orders: 10, marketplaceIds: ['A1F83G8C2ARO7P'] });
    const checks: unknown[] = [];
    const engine = await withEngine(database, simulator, {
      account: {
        marketplaceIds: async () => ['ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2'],
        recordCheck: async (failure) => void checks.push(failure),
      },
    });
    expect(await runToEnd(engine)).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_FORBIDDEN' });
    expect(checks).toEqual([expect.objectContaining({ code: 'SP_API_FORBIDDEN' })]);
  });

  it('are found after a takeover too, without marking the others', async ({ database }) => {
    const simulator = await withSimulator({ orders: 120, maxPerPage: 20 });
    const [, refused = ''] = simulator.marketplaceIds;
    simulator.faults.add({ operation: 'searchOrders', on: { from: 3 }, fault: { kind: 'hang' } });
    const first = await withEngine(database, simulator);
    const { id } = await first.start(MANUAL);
    await untilRun(first, id, (run) => run.pages === 2);
    await first.stop();
    simulator.faults.clear();
    simulator.faults.add({ operation: 'searchOrders', fault: { kind: 'forbid-marketplace', marketplaceId: refused } });
    const run = await endOf(await withEngine(database, simulator), id);
    expect(run).toMatchObject({ refusedMarketplaceIds: [refused], errorCode: 'SP_API_FORBIDDEN' });
    const found = await differences(database, simulator, { without: soldIn(refused) }, 1_000);
    // Orders of the refused marketplace that were read before are stored.
    expect(found.filter((line) => !line.endsWith('Amazon has none') && !line.startsWith('sales day'))).toEqual([]);
  });

  it('are left out when orders without a price are read again', async ({ database }) => {
    const clock = createVirtualClock('jumps');
    const simulator = await withSimulator({ orders: 60, maxPerPage: 20, now: clock.time });
    const checks: unknown[] = [];
    const engine = await withEngine(database, simulator, {
      clock,
      account: { recordCheck: async (failure) => void checks.push(failure) },
    });
    await runToEnd(engine);
    const [, refused = ''] = simulator.marketplaceIds;
    simulator.faults.add({ operation: 'searchOrders', fault: { kind: 'forbid-marketplace', marketplaceId: refused } });
    clock.advance(DAY_MS + HOUR_MS);
    simulator.clearRequests();
    expect(await runToEnd(engine)).toMatchObject({ errorCode: 'SP_API_FORBIDDEN', refusedMarketplaceIds: [refused] });
    const asked = simulator.requests.filter(({ operation }) => operation === 'getOrder').map(({ path }) => path);
    expect(asked.length).toBeGreaterThan(0);
    for (const order of simulator.book.orders())
      if (order.salesChannel.marketplaceId === refused) expect(asked.join()).not.toContain(order.orderId);
    expect(checks).toEqual([null]);
  });
});
