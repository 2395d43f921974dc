import { describe, expect } from 'vitest';
import { readCoverage } from '../../src/sync/plan/coverage.js';
import { ledgerDifferences } from '../helpers/derived-ledger.js';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { emptyMirror, endOf, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

const DAY_MS = 24 * 3_600_000;
/** Makes each run read all orders. */
const READ_ALL = { settings: { overlapMs: 40 * DAY_MS } };

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

  it('finds nothing to insert or update in a second run', async ({ sync }) => {
    const { database, engine } = await sync({ orders: 250 }, READ_ALL);
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

  it('takes as many statements for a page of 100 orders as for one of 10', async ({ database, statements, sync }) => {
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

  it('stores no items without includeItems; a later run with items reads them from its own first window', async ({
    sync,
  }) => {
    const { database, simulator, engine } = await sync({ orders: 120 });
    expect(await runToEnd(engine, { includeItems: false })).toMatchObject({ ordersInserted: 120, itemsSeen: 0 });
    expect(await database.query('SELECT 1 AS one FROM amazon_order_item')).toEqual([]);
    expect(await runToEnd(engine)).toMatchObject({ ordersInserted: 0, ordersUpdated: 120 });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('follows orders that are shipped, cancelled or priced later, in the ledger too', async ({ sync }) => {
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

  it('removes a cancelled order from the ledger in a run without items too', async ({ sync }) => {
    const { database, simulator, engine } = await sync({ orders: 100 }, READ_ALL);
    await runToEnd(engine);
    const order = simulator.book.orders().find((each) => each.fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    simulator.book.cancel(order?.orderId ?? '', { at: simulator.now() - 600_000 });
    await runToEnd(engine, { includeItems: false });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('never replaces an order by an older version', async ({ sync }) => {
    const { database, engine } = await sync({ orders: 100 }, READ_ALL);
    await runToEnd(engine);
    await database.query(
      `UPDATE amazon_order SET last_update_date = now() + interval '1 day', order_status = 'NEWER', content_hash = 'newer'`,
    );
    expect(await runToEnd(engine)).toMatchObject({ ordersUpdated: 0, ordersUnchanged: 100 });
    expect(await database.query(`SELECT DISTINCT order_status FROM amazon_order`)).toEqual([{ order_status: 'NEWER' }]);
  });

  it('counts what would change in a dry run, and writes only the row of the run', async ({ sync }) => {
    const { database, engine } = await sync({ orders: 250 }, READ_ALL);
    const dry = await runToEnd(engine, { dryRun: true });
    expect(dry).toMatchObject({ status: 'OK', dryRun: true, ordersSeen: 250, ordersInserted: 250, pages: 3 });
    for (const table of ['amazon_order', 'amazon_order_item', 'order_items', 'sync_cursor', 'rejected_order'])
      expect(await database.query(`SELECT 1 AS one FROM ${table} LIMIT 1`), table).toEqual([]);
    await runToEnd(engine);
    expect(await runToEnd(engine, { dryRun: true })).toMatchObject({ ordersInserted: 0, ordersUnchanged: 250 });
  });

  it('rejects orders that can not be read, stores their payloads, and continues', async ({ database }) => {
    const simulator = await withSimulator({ orders: 150 });
    const anHourAgo = simulator.now() - 3_600_000;
    const readable = simulator.book.orders()[0];
    simulator.book.add({ ...readable, orderId: '111-0000000-0000001', createdTime: 'yesterday' }, anHourAgo);
    simulator.book.add({ orderId: '111-0000000-0000002', buyer: { buyerEmail: 'someone@example.com' } }, anHourAgo);
    const engine = await withEngine(database, simulator);
    const run = await runToEnd(engine);
    expect(run).toMatchObject({ status: 'OK', ordersSeen: 150, ordersRejected: 2 });
    const rejected = await database.query<{ amazon_order_id: string; reason: string; payload: object }>(
      'SELECT amazon_order_id, reason, payload FROM rejected_order ORDER BY amazon_order_id',
    );
    expect(rejected.map((row) => row.amazon_order_id)).toEqual(['111-0000000-0000001', '111-0000000-0000002']);
    expect(rejected[0]?.payload).toMatchObject({ createdTime: 'yesterday' });
    expect(JSON.stringify(rejected)).not.toContain('someone@example.com');
    expect(
      await differences(database, simulator, { without: (order) => order.orderId.startsWith('111-0000000') }),
    ).toEqual([]);
  });

  it('moves the cursor to the upper bound of the window, only once the whole window is read', async ({ sync }) => {
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

  it('reads marketplaces that are new on the connection from their own first window', async ({ database }) => {
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

  it('stores no personal data', async ({ database }) => {
    const simulator = await withSimulator({ orders: 300 });
    await runToEnd(await withEngine(database, simulator));
    expect(JSON.stringify(simulator.book.orders())).toMatch(/giftMessage|customizedUrl/);
    const [stored] = await database.query<{ all: string }>(
      `SELECT string_agg(o.raw_payload::text, '') || (SELECT string_agg(raw_payload::text, '') FROM amazon_order_item) AS all FROM amazon_order o`,
    );
    expect(stored?.all).not.toMatch(/giftMessage|customizedUrl|SECRET/);
  });

  it('reads from the last run without items in a first run with items, without a gap', async ({ sync }) => {
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

  it('keeps an order as it was when Amazon shows it no more, two years after its purchase', async ({ sync }) => {
    const clock = createVirtualClock('jumps');
    const { database, simulator, engine } = await sync({ orders: 20, now: clock.time }, { clock });
    const [order] = simulator.book.orders();
    const { orderId = '' } = order ?? {};
    const createdTime = new Date(clock.time() - 729 * DAY_MS).toISOString();
    simulator.book.change(orderId, (each) => Object.assign(each, { createdTime }), { at: clock.time() - DAY_MS });
    await runToEnd(engine);
    const stored = () => database.query('SELECT * FROM amazon_order WHERE amazon_order_id = $1', [orderId]);
    const before = await stored();
    expect(before).toHaveLength(1);
    clock.advance(3 * DAY_MS);
    simulator.book.cancel(orderId, { at: clock.time() - 3_600_000 });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersRejected: 0 });
    expect(await stored()).toEqual(before);
    await expect(engine.resyncOrder(orderId)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('two years'),
    });
    expect(await stored()).toEqual(before);
  });

  it('stores an order once when its marketplace changes, in tables and ledger', async ({ sync }) => {
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

  it('reports the proven intervals and the gaps as coverage', async ({ sync }) => {
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
