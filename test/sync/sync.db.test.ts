import { describe, expect } from 'vitest';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { emptyMirror, endOf, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

describe('a sync', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  it('reads 1,500 orders in 15 calls and one token request, and equals what Amazon holds', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 1500 });
    const run = await runToEnd(engine);
    expect(run).toMatchObject({ status: 'OK', pages: 15, requests: 15, ordersSeen: 1500, ordersInserted: 1500 });
    expect(run).toMatchObject({ ordersUpdated: 0, ordersUnchanged: 0, ordersRejected: 0, progress: 1, error: null });
    expect(simulator.count('searchOrders')).toBe(15);
    expect(simulator.count('token')).toBe(1);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('finds nothing to insert or update the second time', async ({ sync }) => {
    const { database, engine } = await sync({ orders: 250 }, { settings: { overlapMs: 40 * 24 * 3_600_000 } });
    await runToEnd(engine);
    const written = await database.query(`SELECT max(mirrored_at) AS at FROM amazon_order`);
    const run = await runToEnd(engine);
    expect(run).toMatchObject({
      status: 'OK',
      ordersSeen: 250,
      ordersInserted: 0,
      ordersUpdated: 0,
      ordersUnchanged: 250,
    });
    expect(await database.query(`SELECT max(mirrored_at) AS at FROM amazon_order`)).toEqual(written);
  });

  it('writes a page by a number of statements that does not grow with the page', async ({
    database,
    statements,
    sync,
  }) => {
    const statementsFor = async (orders: number) => {
      await emptyMirror(database);
      const { engine } = await sync({ orders });
      const { id } = await engine.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' });
      await endOf(engine, id);
      const ofPages = (text: string) =>
        /amazon_order|order_items|marketplaces/.test(text) && !/^(ANALYZE|VACUUM)/.test(text);
      return statements.splice(0).filter(ofPages).length;
    };
    statements.length = 0;
    expect(await statementsFor(10)).toBe(await statementsFor(100));
  });

  it('without items keeps orders only, and a run with items fills them in from its own first window', async ({
    sync,
  }) => {
    const { database, simulator, engine } = await sync({ orders: 120 });
    expect(await runToEnd(engine, { includeItems: false })).toMatchObject({ ordersInserted: 120, itemsSeen: 0 });
    expect(await database.query('SELECT 1 AS one FROM amazon_order_item')).toEqual([]);
    expect(await runToEnd(engine)).toMatchObject({ ordersInserted: 0, ordersUpdated: 120 });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('follows orders that change: shipped, cancelled, priced late; the ledger too', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 200 });
    await runToEnd(engine);
    const anHourAgo = simulator.now() - 3_600_000;
    const pending = simulator.book.orders().filter((order) => order.fulfillment?.fulfillmentStatus === 'PENDING');
    const unshipped = simulator.book.orders().filter((order) => order.fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    expect(pending.length + unshipped.length).toBeGreaterThan(10);
    for (const order of pending) simulator.book.price(order.orderId, { at: anHourAgo });
    for (const [index, order] of unshipped.entries())
      simulator.book[index % 2 ? 'ship' : 'cancel'](order.orderId, { at: anHourAgo });
    await database.query(`UPDATE sync_cursor SET proven_until = $1, items_proven_until = $1`, [
      new Date(anHourAgo - 60_000),
    ]);
    const run = await runToEnd(engine);
    expect(run).toMatchObject({ status: 'OK', ordersInserted: 0, ordersUpdated: pending.length + unshipped.length });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('takes a cancelled order out of the ledger on a run without items too', async ({ sync }) => {
    const { database, simulator, engine } = await sync(
      { orders: 100 },
      { settings: { overlapMs: 40 * 24 * 3_600_000 } },
    );
    await runToEnd(engine);
    const order = simulator.book.orders().find((each) => each.fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    simulator.book.cancel(order?.orderId ?? '', { at: simulator.now() - 600_000 });
    await runToEnd(engine, { includeItems: false });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('never lets an older version replace a newer one', async ({ sync }) => {
    const { database, engine } = await sync({ orders: 100 }, { settings: { overlapMs: 40 * 24 * 3_600_000 } });
    await runToEnd(engine);
    await database.query(
      `UPDATE amazon_order SET last_update_date = now() + interval '1 day', order_status = 'NEWER', content_hash = 'newer'`,
    );
    expect(await runToEnd(engine)).toMatchObject({ ordersUpdated: 0, ordersUnchanged: 100 });
    expect(await database.query(`SELECT DISTINCT order_status FROM amazon_order`)).toEqual([{ order_status: 'NEWER' }]);
  });

  it('a dry run tells what a real one would do, and writes nothing but its own row', async ({ sync }) => {
    const { database, engine } = await sync({ orders: 250 }, { settings: { overlapMs: 40 * 24 * 3_600_000 } });
    const dry = await runToEnd(engine, { dryRun: true });
    expect(dry).toMatchObject({ status: 'OK', dryRun: true, ordersSeen: 250, ordersInserted: 250, pages: 3 });
    for (const table of ['amazon_order', 'amazon_order_item', 'order_items', 'sync_cursor', 'rejected_order'])
      expect(await database.query(`SELECT 1 AS one FROM ${table} LIMIT 1`), table).toEqual([]);
    await runToEnd(engine);
    expect(await runToEnd(engine, { dryRun: true })).toMatchObject({ ordersInserted: 0, ordersUnchanged: 250 });
  });

  it('sets orders aside that can not be read, with payload and count, and goes on', async ({ database }) => {
    const simulator = await withSimulator({ orders: 150 });
    const an = simulator.now() - 3_600_000;
    const readable = simulator.book.orders()[0];
    simulator.book.add({ ...readable, orderId: '111-0000000-0000001', createdTime: 'yesterday' }, an);
    simulator.book.add({ orderId: '111-0000000-0000002', buyer: { buyerEmail: 'someone@example.com' } }, an);
    const engine = await withEngine(database, simulator);
    const run = await runToEnd(engine);
    expect(run).toMatchObject({ status: 'OK', ordersSeen: 150, ordersRejected: 2 });
    const aside = await database.query<{ amazon_order_id: string; reason: string; payload: object }>(
      'SELECT amazon_order_id, reason, payload FROM rejected_order ORDER BY amazon_order_id',
    );
    expect(aside.map((row) => row.amazon_order_id)).toEqual(['111-0000000-0000001', '111-0000000-0000002']);
    expect(aside[0]?.payload).toMatchObject({ createdTime: 'yesterday' });
    expect(JSON.stringify(aside)).not.toContain('someone@example.com');
    expect(
      await differences(database, simulator, { without: (order) => order.orderId.startsWith('111-0000000') }),
    ).toEqual([]);
  });

  it('moves the cursor to the frozen bound, and only when the whole window is in', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 250 });
    simulator.faults.add({
      operation: 'searchOrders',
      on: { from: 2, count: 9 },
      fault: { kind: '400-invalid-input' },
    });
    const failed = await runToEnd(engine);
    expect(failed).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_INVALID_INPUT' });
    expect(await database.query('SELECT * FROM sync_cursor')).toEqual([]);
    simulator.faults.clear();
    const run = await runToEnd(engine);
    const cursors = await database.query<{ until: Date }>('SELECT items_proven_until AS until FROM sync_cursor');
    expect(cursors).toHaveLength(simulator.marketplaceIds.length);
    for (const { until } of cursors) expect(until).toEqual(run.updatedBefore);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('gives marketplaces that are new on the connection a first window of their own', async ({ database }) => {
    const simulator = await withSimulator({ orders: 300 });
    const [first, ...others] = simulator.marketplaceIds;
    let ids = [first ?? ''];
    const engine = await withEngine(database, simulator, { account: { marketplaceIds: async () => ids } });
    await runToEnd(engine);
    ids = [first ?? '', ...others];
    const run = await runToEnd(engine);
    expect(run.legs).toMatchObject([{ marketplaceIds: [first] }, { marketplaceIds: others }]);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('ends in NO_MARKETPLACES when there are none', async ({ sync }) => {
    const { engine } = await sync(
      {},
      {
        account: { marketplaceIds: async () => [] },
      },
    );
    expect(await runToEnd(engine)).toMatchObject({ status: 'ERROR', errorCode: 'NO_MARKETPLACES' });
  });

  it('keeps no personal data', async ({ database }) => {
    const simulator = await withSimulator({ orders: 300 });
    await runToEnd(await withEngine(database, simulator));
    const truth = JSON.stringify(simulator.book.orders());
    expect(truth).toMatch(/giftMessage|customizedUrl/);
    const [kept] = await database.query<{ all: string }>(
      `SELECT string_agg(o.raw_payload::text, '') || (SELECT string_agg(raw_payload::text, '') FROM amazon_order_item) AS all FROM amazon_order o`,
    );
    expect(kept?.all).not.toMatch(/giftMessage|customizedUrl|SECRET/);
  });
});
