import { describe, expect } from 'vitest';
import type { SyncEngine } from '../../src/sync/engine.js';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { emptyMirror, endOf, MANUAL, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('changes that lists do not show', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  const runScheduled = async (engine: SyncEngine) =>
    endOf(engine, (await engine.start({ ...MANUAL, trigger: 'SCHEDULE' })).id);

  it('reads an order that lists returned late in the daily sweep', async ({ database }) => {
    const clock = createVirtualClock('jumps');
    const simulator = await withSimulator({ orders: 120, now: clock.time });
    const late = simulator.book.orders().at(-1);
    const id = late?.orderId ?? '';
    simulator.book.hide(id, clock.time() + 2 * HOUR_MS);
    const engine = await withEngine(database, simulator, { clock });
    await runScheduled(engine);
    simulator.book.change(id, () => {}, { at: clock.time() - 20 * 60_000 });
    clock.advance(HOUR_MS);
    await runScheduled(engine);
    clock.advance(3 * HOUR_MS);
    expect(await runScheduled(engine)).toMatchObject({ sweep: false, ordersSeen: 0 });
    expect(await differences(database, simulator)).not.toEqual([]);
    clock.advance(DAY_MS);
    expect(await runScheduled(engine)).toMatchObject({ sweep: true, status: 'OK' });
    expect(await differences(database, simulator)).toEqual([]);
    expect(await runScheduled(engine)).toMatchObject({ sweep: false });
  });

  it('reads orders without a price again by their id, once a day', async ({ sync }) => {
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

  it('reads one order by its id with resyncOrder', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 100 });
    await runToEnd(engine);
    const order = simulator.book.orders().find((each) => each.fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    const id = order?.orderId ?? '';
    simulator.book.ship(id, { at: simulator.now() - 60_000 });
    await engine.resyncOrder(` ${id} `);
    // Writes the order again, and changes nothing.
    await engine.resyncOrder(id);
    expect(await differences(database, simulator)).toEqual([]);
    expect(
      await database.query(
        `SELECT source::text, kinds::text[], from_status, to_status FROM order_change
          WHERE amazon_order_id = $1 ORDER BY id OFFSET 1`,
        [id],
      ),
    ).toEqual([{ source: 'RESYNC', kinds: ['STATUS', 'OTHER'], from_status: 'UNSHIPPED', to_status: 'SHIPPED' }]);
    await expect(engine.resyncOrder('111-1111111-1111111')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('reads the items of an order that was moved back in time before they were stored', async ({ sync }) => {
    const clock = createVirtualClock('jumps');
    const { database, simulator, engine } = await sync({ orders: 60, settled: true, now: clock.time }, { clock });
    const run = async (includeItems: boolean) =>
      endOf(engine, (await engine.start({ ...MANUAL, trigger: 'SCHEDULE', includeItems })).id);
    await run(false);
    const order = simulator.book
      .orders()
      .find(({ lastUpdatedTime }) => Date.parse(lastUpdatedTime) > clock.time() - 20 * DAY_MS);
    const id = order?.orderId ?? '';
    simulator.book.backdate(id, 30_000, (each) => Object.assign(each, { touched: 1 }));
    // Finds the older version, which a later run confirms by the order's id.
    await run(true);
    await run(false);
    clock.advance(2 * DAY_MS);
    await run(true);
    const items = await database.query<{ id: string }>(
      'SELECT order_item_id AS id FROM amazon_order_item WHERE amazon_order_id = $1 ORDER BY id',
      [id],
    );
    expect(items.map((item) => item.id)).toEqual(order?.orderItems.map(({ orderItemId }) => orderItemId).sort());
  });

  it('reads a rejected order again with a newer reader', async ({ sync }) => {
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

  it.for(['400-invalid-input', 'forbidden'] as const)(
    'reads the other orders when Amazon refuses one by its id (%s)',
    async (how, { sync }) => {
      const clock = createVirtualClock('jumps');
      const { database, simulator, engine } = await sync({ orders: 300, now: clock.time }, { clock });
      await runToEnd(engine);
      clock.advance(DAY_MS + HOUR_MS);
      const on = { from: 1, count: how === 'forbidden' ? 2 : 1 };
      // A token that is refused twice for one call ends in a 403.
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
});
