import { describe, expect } from 'vitest';
import { readCoverage } from '../../src/sync/plan/coverage.js';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { emptyMirror, endOf, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('what lists do not tell', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  const scheduled = { dryRun: false, includeItems: true, trigger: 'SCHEDULE' } as const;

  it('an order that appears in the lists late is found by the daily sweep', async ({ database }) => {
    const clock = createVirtualClock('jumps');
    const simulator = await withSimulator({ orders: 120, now: clock.time });
    const late = simulator.book.orders().at(-1);
    const id = late?.orderId ?? '';
    simulator.book.hide(id, clock.time() + 2 * HOUR_MS);
    const engine = await withEngine(database, simulator, { clock });
    await endOf(engine, (await engine.start(scheduled)).id);
    simulator.book.change(id, () => {}, { at: clock.time() - 20 * 60_000 });
    clock.advance(HOUR_MS);
    await endOf(engine, (await engine.start(scheduled)).id);
    clock.advance(3 * HOUR_MS);
    expect(await endOf(engine, (await engine.start(scheduled)).id)).toMatchObject({ sweep: false, ordersSeen: 0 });
    expect(await differences(database, simulator)).not.toEqual([]);
    clock.advance(DAY_MS);
    expect(await endOf(engine, (await engine.start(scheduled)).id)).toMatchObject({ sweep: true, status: 'OK' });
    expect(await differences(database, simulator)).toEqual([]);
    expect(await endOf(engine, (await engine.start(scheduled)).id)).toMatchObject({ sweep: false });
  });

  it('a price that is filled in silently is found by reading the order by itself, once a day', async ({ sync }) => {
    const clock = createVirtualClock('jumps');
    const { database, simulator, engine } = await sync({ orders: 300, now: clock.time }, { clock });
    await runToEnd(engine);
    const unpriced = await database.query<{ id: string }>(
      `SELECT amazon_order_id AS id FROM amazon_order
        WHERE order_total_amount IS NULL AND order_status = 'PENDING' AND purchase_date > $1`,
      [new Date(clock.time() - 25 * DAY_MS)],
    );
    expect(unpriced.length).toBeGreaterThan(3);
    for (const { id } of unpriced) simulator.book.price(id, { silent: true });
    await runToEnd(engine);
    expect(simulator.count('getOrder')).toBe(0);
    expect(await differences(database, simulator)).not.toEqual([]);
    clock.advance(DAY_MS + HOUR_MS);
    await runToEnd(engine);
    const calls = simulator.count('getOrder');
    expect(calls).toBeGreaterThanOrEqual(unpriced.length);
    expect(await differences(database, simulator)).toEqual([]);
    await runToEnd(engine);
    expect(simulator.count('getOrder')).toBe(calls);
  });

  it('an order is read again by its id when the owner asks', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 100 });
    await runToEnd(engine);
    const order = simulator.book.orders().find((each) => each.fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    const id = order?.orderId ?? '';
    simulator.book.ship(id, { at: simulator.now() - 60_000 });
    await engine.resyncOrder(` ${id} `);
    expect(await differences(database, simulator)).toEqual([]);
    await expect(engine.resyncOrder('111-1111111-1111111')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('an order set aside is tried again by a newer reader', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 50 });
    const order = simulator.book.orders()[0];
    const id = order?.orderId ?? '';
    simulator.book.change(id, (each) => Object.assign(each, { createdTime: 'yesterday' }), {
      at: simulator.now() - HOUR_MS,
    });
    expect(await runToEnd(engine)).toMatchObject({ ordersRejected: 1, ordersSeen: 49 });
    simulator.book.add({ ...order }, simulator.now() - HOUR_MS);
    await database.query('UPDATE rejected_order SET reader_version = 0');
    await runToEnd(engine);
    expect(await database.query('SELECT 1 AS one FROM rejected_order')).toEqual([]);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('a marketplace that refuses does not stop the others, is named, and costs one call a run from then on', async ({
    database,
  }) => {
    const simulator = await withSimulator({ orders: 300 });
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
    const elsewhere = (order: { salesChannel: { marketplaceId?: string } }) =>
      order.salesChannel.marketplaceId === refused;
    expect(await differences(database, simulator, { without: elsewhere })).toEqual([]);

    simulator.clearRequests();
    await runToEnd(engine);
    expect(simulator.count('searchOrders')).toBe(2);
    const coverage = await readCoverage(database, simulator.marketplaceIds);
    expect(coverage.map(({ gaps }) => gaps.at(-1)?.kind)).toEqual(['NOT_YET_READ', 'REFUSED', 'NOT_YET_READ']);

    simulator.faults.clear();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', refusedMarketplaceIds: [] });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('an account that is refused altogether is told so on the connection', async ({ database }) => {
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

  it('coverage names what is proven, and what is not', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 30 });
    const [id = ''] = simulator.marketplaceIds;
    expect(await readCoverage(database, [id])).toMatchObject([
      { provenUntil: null, gaps: [{ kind: 'NOT_YET_READ', from: null }] },
    ]);
    const orders = await runToEnd(engine, { includeItems: false });
    expect(await readCoverage(database, [id])).toMatchObject([
      {
        provenFrom: orders.updatedAfter,
        provenUntil: orders.updatedBefore,
        itemsProvenUntil: null,
        gaps: [{ kind: 'BEFORE_FIRST_WINDOW' }, { kind: 'ITEMS_NOT_READ' }, { kind: 'NOT_YET_READ' }],
      },
    ]);
    const items = await runToEnd(engine);
    const [after] = await readCoverage(database, [id]);
    expect(after).toMatchObject({ provenFrom: orders.updatedAfter, itemsProvenUntil: items.updatedBefore });
  });
});
