import { describe, expect } from 'vitest';
import { ledgerDifferences } from '../helpers/derived-ledger.js';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { emptyMirror, endOf, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const manual = { dryRun: false, includeItems: true, trigger: 'MANUAL' } as const;

/** Holes that a review found, each shut by a test. */
describe('at the edges', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  it('a first run with items, long after the last one without, leaves no hole between the two', async ({ sync }) => {
    const clock = createVirtualClock('jumps');
    const { database, simulator, engine } = await sync({ orders: 60, now: clock.time }, { clock });
    await runToEnd(engine, { includeItems: false });
    clock.advance(5 * DAY_MS);
    const order = simulator.book.orders().find((each) => each.fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    simulator.book.ship(order?.orderId ?? '', { at: clock.time() });
    clock.advance(40 * DAY_MS);
    await runToEnd(engine, { includeItems: true });
    const rows = await database.query(`SELECT order_status AS status FROM amazon_order WHERE amazon_order_id = $1`, [
      order?.orderId,
    ]);
    expect(rows).toEqual([{ status: 'SHIPPED' }]);
  });

  it('orders without a price of a marketplace that refuses are not asked for', async ({ database }) => {
    const clock = createVirtualClock('jumps');
    const simulator = await withSimulator({ orders: 300, now: clock.time });
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

  it.for(['400-invalid-input', 'forbidden'] as const)(
    'an order that Amazon refuses (%s) keeps none of the others waiting',
    async (how, { sync }) => {
      const clock = createVirtualClock('jumps');
      const { database, simulator, engine } = await sync({ orders: 300, now: clock.time }, { clock });
      await runToEnd(engine);
      clock.advance(DAY_MS + HOUR_MS);
      const on = { from: 1, count: how === 'forbidden' ? 2 : 1 };
      // A token that is refused twice for one call is a 403 that stays.
      const fault = { kind: how === 'forbidden' ? 'expire-access-token' : how } as const;
      simulator.faults.add({ operation: 'getOrder', on, fault });
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
      const [left] = await database.query<{ left: number }>(
        `SELECT count(*)::int AS left FROM amazon_order
        WHERE order_total_amount IS NULL AND order_status <> 'CANCELLED' AND channel_name <> 'NON_AMAZON'
          AND purchase_date > $1 AND reread_at IS NULL`,
        [new Date(clock.time() - 30 * DAY_MS)],
      );
      expect(simulator.count('getOrder')).toBeGreaterThan(5);
      expect(left?.left).toBe(0);
    },
  );

  it('a 403 right after a takeover is found out to be of one marketplace, not of the healthy ones', async ({
    database,
  }) => {
    const simulator = await withSimulator({ orders: 600 });
    const [, refused = ''] = simulator.marketplaceIds;
    simulator.faults.add({ operation: 'searchOrders', on: { from: 3 }, fault: { kind: 'hang' } });
    const first = await withEngine(database, simulator);
    const { id } = await first.start(manual);
    for await (const run of first.watch(id, new AbortController().signal)) if (run.pages === 2) break;
    await first.stop();
    simulator.faults.clear();
    simulator.faults.add({ operation: 'searchOrders', fault: { kind: 'forbid-marketplace', marketplaceId: refused } });
    const run = await endOf(await withEngine(database, simulator), id);
    expect(run).toMatchObject({ refusedMarketplaceIds: [refused], errorCode: 'SP_API_FORBIDDEN' });
    const elsewhere = (order: { salesChannel: { marketplaceId?: string } }) =>
      order.salesChannel.marketplaceId === refused;
    const found = await differences(database, simulator, { without: elsewhere }, 1_000);
    // What came of the refused one before it was refused is in, and right.
    expect(found.filter((line) => !line.endsWith('Amazon has none') && !line.startsWith('sales day'))).toEqual([]);
  });

  it('a run that starts while a watch begins is seen', async ({ sync }) => {
    const { engine } = await sync({ orders: 10 });
    const gone = new AbortController();
    const stream = engine.watch(null, gone.signal)[Symbol.asyncIterator]();
    const first = stream.next();
    const { id } = await engine.start(manual);
    expect((await first).value).toMatchObject({ id });
    gone.abort();
  });

  it('an order that is told of another marketplace than before is there once, in tables and ledger', async ({
    sync,
  }) => {
    const { database, simulator, engine } = await sync({ orders: 30 });
    await runToEnd(engine);
    const [from, to = ''] = simulator.marketplaceIds;
    const order = simulator.book
      .orders()
      .find((each) => each.fulfillment?.fulfillmentStatus === 'SHIPPED' && each.salesChannel.marketplaceId === from);
    simulator.book.change(
      order?.orderId ?? '',
      (each) => {
        each.salesChannel = { ...each.salesChannel, marketplaceId: to };
      },
      { at: simulator.now() - 300_000 },
    );
    await runToEnd(engine);
    expect(await differences(database, simulator)).toEqual([]);
    expect(await ledgerDifferences(database)).toEqual([]);
  });

  it('a run that is cancelled before any process has it ends as any other', async ({ database }) => {
    const simulator = await withSimulator({ orders: 30 });
    await database.query(`INSERT INTO amazon_connection (region) VALUES ('NA')`);
    const first = await withEngine(database, simulator);
    await runToEnd(first);
    await first.stop();
    const starter = await withEngine(database, simulator, { works: false });
    const { id } = await starter.start(manual);
    expect(await starter.cancel(id)).toMatchObject({ status: 'CANCELLED', estimatedFinishAt: null });
    expect(await database.query('SELECT last_orders_sync_status AS status FROM amazon_connection')).toEqual([
      { status: 'CANCELLED' },
    ]);
    const abandoned = await starter.start(manual);
    await database.query(
      `UPDATE sync_run SET claim = gen_random_uuid(), heartbeat_at = now() - interval '1 minute' WHERE id = $1`,
      [abandoned.id],
    );
    expect(await starter.cancel(abandoned.id)).toMatchObject({ status: 'CANCELLED' });
  });
});
