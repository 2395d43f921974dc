import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { refreshSalesDays } from '../../src/mirror/write/sales-sums.js';
import type { RawOrder, SimulatedOrder, Simulator } from '../../src/simulator/simulator.js';
import { it, type StartSync } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { startTestApp } from '../helpers/with-app.js';
import { emptyMirror, endOf, runToEnd } from '../helpers/with-sync.js';

/** Failures of Ordermirror itself, by their numbers in docs/reliability.md: orders and money. */

const MINUTE_MS = 60_000;
const US = 'ATVPDKIKX0DER';
const ID = '111-0000000-0000001';
const usd = (amount: string) => ({ amount, currencyCode: 'USD' });
const proceeds = (amount: string) => ({
  proceedsTotal: usd(amount),
  breakdowns: [{ type: 'ITEM', subtotal: usd(amount) }],
});
const line = (orderItemId: string, amount: string) => ({
  orderItemId,
  quantityOrdered: 2,
  product: { sellerSku: `SKU-${orderItemId}`, asin: 'B000000001', title: 'A thing' },
  proceeds: proceeds(amount),
});

/** Unshipped, with a line of 10.00 and one of 20.00. */
function order(updated: number, change: object = {}): SimulatedOrder {
  return {
    orderId: ID,
    createdTime: '2026-11-20T12:00:00.000Z',
    lastUpdatedTime: new Date(updated).toISOString(),
    salesChannel: { channelName: 'AMAZON', marketplaceId: US, marketplaceName: 'Amazon.com' },
    fulfillment: { fulfillmentStatus: 'UNSHIPPED', fulfilledBy: 'MERCHANT' },
    proceeds: { grandTotal: usd('30.00') },
    orderItems: [line('1', '10.00'), line('2', '20.00')],
    ...change,
  };
}

describe('orders and money', () => {
  let database: Database;
  let sync: StartSync;
  it.beforeEach(async ({ database: opened, sync: starts }) => {
    [database, sync] = [opened, starts];
    await emptyMirror(database);
  });

  /** An account with one mirrored order; `next` puts another version of it in the book and runs a sync. */
  async function withOrder(options: { orders?: number; change?: object } = {}) {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync(
      { orders: options.orders ?? 0, now: clock.time, marketplaceIds: [US] },
      { clock },
    );
    let updated = clock.time() - 10 * MINUTE_MS;
    const put = (change: object, ms = 1_000) => {
      updated += ms;
      simulator.book.add(order(updated, change), updated);
    };
    put(options.change ?? {});
    await runToEnd(engine);
    const next = async (change: object, ms?: number) => {
      put(change, ms);
      return runToEnd(engine);
    };
    return { clock, simulator, engine, next, put };
  }
  const truth = async (simulator: Simulator) => expect(await differences(database, simulator)).toEqual([]);
  const orders = () =>
    database.query(
      `SELECT order_status AS status, order_total_amount::text AS total, notes, reread_wanted AS reread FROM amazon_order
        WHERE amazon_order_id = $1`,
      [ID],
    );
  const sales = () =>
    database.query<{ revenue: string | null }>(
      `SELECT sku, units, revenue::text AS revenue, currency FROM order_items WHERE order_id = $1 ORDER BY sku`,
      [ID],
    );
  const sale = (item: string, units: number, revenue: string | null) => ({
    sku: `SKU-${item}`,
    units,
    revenue,
    currency: 'USD',
  });
  const BOTH = [sale('1', 2, '10.00'), sale('2', 2, '20.00')];

  describe('#28 a free line', () => {
    const cancelled = { ...line('2', '20.00'), quantityOrdered: 0, proceeds: undefined };
    it.each<[string, object]>([
      ['a cancelled line without proceeds', cancelled],
      ['a cancelled line without an ITEM row', { ...cancelled, proceeds: { proceedsTotal: usd('0.00') } }],
      ['a cancelled line that still has its ITEM row', { ...line('2', '20.00'), quantityOrdered: 0 }],
    ])('%s has price 0 and no units in the ledger', async (_what, second) => {
      const { simulator, next } = await withOrder();
      await next({ orderItems: [line('1', '10.00'), second], proceeds: { grandTotal: usd('10.00') } });
      expect(await sales()).toEqual([sale('1', 2, '10.00'), sale('2', 0, '0')]);
      await truth(simulator);
    });

    it('has price 0 when it becomes free or is a free replacement', async () => {
      const { simulator, next } = await withOrder();
      const free = { proceedsTotal: usd('0.00') };
      await next({ orderItems: [line('1', '10.00'), { ...line('2', '20.00'), proceeds: free }] });
      expect(await sales()).toEqual([sale('1', 2, '10.00'), sale('2', 2, '0')]);
      await next({
        proceeds: { grandTotal: usd('0.00') },
        associatedOrders: [{ orderId: '1', associationType: 'REPLACEMENT_ORIGINAL_ID' }],
        orderItems: [{ ...line('1', '10.00'), proceeds: free }],
      });
      expect(await sales()).toEqual([sale('1', 2, '0')]);
      await truth(simulator);
    });

    it('without a currency has that of its marketplace', async () => {
      const { next } = await withOrder({ change: { orderItems: [line('1', '10.00')], proceeds: undefined } });
      await next({ proceeds: undefined, orderItems: [cancelled] });
      expect(await sales()).toEqual([sale('2', 0, '0')]);
    });

    it('is corrected by resyncOrder', async () => {
      const { simulator, engine } = await withOrder({ change: { orderItems: [line('1', '10.00'), cancelled] } });
      await database.query(`UPDATE amazon_order_item SET item_price_amount = 20 WHERE order_item_id = '2'`);
      await engine.resyncOrder(ID);
      expect(await sales()).toEqual([sale('1', 2, '10.00'), sale('2', 0, '0')]);
      await truth(simulator);
    });

    it('keeps its known price while proceeds are missing, the order is pending or cancelled', async () => {
      const { next } = await withOrder();
      const missing = { orderItems: [line('1', '10.00'), { ...line('2', '20.00'), proceeds: undefined }] };
      await next(missing);
      expect(await sales()).toEqual(BOTH);
      const empty = { orderItems: [line('1', '10.00'), { ...line('2', '20.00'), proceeds: {} }] };
      await next({ ...empty, fulfillment: { fulfillmentStatus: 'PENDING' } });
      expect(await sales()).toEqual(BOTH);
      await next({ orderItems: [cancelled], fulfillment: { fulfillmentStatus: 'CANCELLED' } });
      const prices = 'SELECT item_price_amount::text AS price FROM amazon_order_item';
      expect([await sales(), await database.query(prices)]).toEqual([[], [{ price: '20.00' }]]);
    });
  });

  describe('#29 an order without lines', () => {
    it.each([[[]], [undefined]])('keeps its known lines and sales (orderItems: %j)', async (orderItems) => {
      const { simulator, engine, next } = await withOrder();
      await next({ orderItems, fulfillment: { fulfillmentStatus: 'SHIPPED' }, proceeds: { grandTotal: usd('31.00') } });
      expect(await sales()).toEqual(BOTH);
      expect(await database.query('SELECT 1 AS one FROM amazon_order_item')).toHaveLength(2);
      expect(await orders()).toMatchObject([{ status: 'SHIPPED', total: '31.00', reread: true }]);

      // The next run reads it by its id, though lists show the same order again.
      simulator.book.change(ID, (each) => Object.assign(each, { orderItems: [line('1', '11.00')] }), { silent: true });
      simulator.book.hide(ID, Number.POSITIVE_INFINITY);
      simulator.clearRequests();
      await runToEnd(engine);
      expect(simulator.count('getOrder')).toBe(1);
      expect(await sales()).toEqual([sale('1', 2, '11.00')]);
      expect(await orders()).toMatchObject([{ reread: false }]);
    });

    it('is stored if new, and read again', async () => {
      const { simulator, engine } = await withOrder({ change: { orderItems: [] } });
      expect(await orders()).toMatchObject([{ status: 'UNSHIPPED', reread: true, notes: ['orderItems: is empty'] }]);
      expect(await sales()).toEqual([]);
      simulator.book.change(ID, (each) => Object.assign(each, { orderItems: order(0).orderItems }), { silent: true });
      await runToEnd(engine);
      await truth(simulator);
      expect(await orders()).toMatchObject([{ notes: null, reread: false }]);
    });

    it('is read once a day while it has none', async () => {
      const { simulator, engine, clock } = await withOrder({ change: { orderItems: [] } });
      for (let runs = 0; runs < 3; runs += 1) await runToEnd(engine);
      expect(simulator.count('getOrder')).toBe(1);
      clock.advance(25 * 60 * MINUTE_MS);
      await runToEnd(engine);
      expect(simulator.count('getOrder')).toBe(2);
    });
  });

  describe('#29 an order that moves to another marketplace', () => {
    const nowhere = { salesChannel: { channelName: 'AMAZON' } };
    const prices = () =>
      database.query(
        `SELECT order_item_id AS id, i.marketplace_id AS marketplace, item_price_amount::text AS price, o.order_total_amount::text AS total
           FROM amazon_order_item i JOIN amazon_order o ON o.id = i.order_id ORDER BY 1`,
      );
    const ALL = [
      { id: '1', marketplace: US, price: '10.00', total: '30.00' },
      { id: '2', marketplace: US, price: '20.00', total: '30.00' },
    ];

    it('keeps its known lines if it comes without lines', async () => {
      const { engine, simulator, next } = await withOrder({ change: nowhere });
      const [before] = await database.query<{ id: bigint }>('SELECT id FROM amazon_order');
      expect(await next({ orderItems: [] })).toMatchObject({ ordersInserted: 0, ordersUpdated: 1 });
      expect([await prices(), await sales()]).toEqual([ALL, BOTH]);
      expect(await orders()).toMatchObject([{ reread: true }]);
      expect(await database.query('SELECT id, marketplace_id AS "in" FROM amazon_order')).toEqual([
        { ...before, in: US },
      ]);
      simulator.book.change(ID, (each) => Object.assign(each, { orderItems: order(0).orderItems }), { silent: true });
      await runToEnd(engine);
      await truth(simulator);
    });

    it('keeps its known amounts if it comes without proceeds', async () => {
      const { next } = await withOrder({ change: nowhere });
      const bare = order(0).orderItems.map(({ proceeds: _, ...item }) => item);
      await next({ orderItems: bare, proceeds: undefined });
      expect([await prices(), await sales()]).toEqual([ALL, BOTH]);
      await next({ orderItems: [{ ...line('1', '10.00'), quantityOrdered: null }], proceeds: undefined });
      expect([await prices(), await sales()]).toEqual([ALL.slice(0, 1), BOTH.slice(0, 1)]);
    });

    it('keeps its lines in a run without items', async () => {
      const { engine, put, simulator } = await withOrder({ change: nowhere });
      put({ orderItems: [line('1', '11.00')], proceeds: { grandTotal: usd('11.00') } });
      await runToEnd(engine, { includeItems: false });
      expect(await sales()).toEqual(BOTH);
      await runToEnd(engine);
      await truth(simulator);
    });

    it('under an older date is a conflict, resolved by the next run', async () => {
      const { engine, next, simulator } = await withOrder({ change: nowhere });
      expect(await next({}, -1_000)).toMatchObject({ ordersUpdated: 0, ordersUnchanged: 1 });
      expect(await orders()).toMatchObject([{ reread: true }]);
      await runToEnd(engine);
      await truth(simulator);
      expect(await orders()).toMatchObject([{ reread: false }]);
    });

    it('is counted the same by a dry run', async () => {
      const { engine, put } = await withOrder({ change: nowhere });
      put({});
      const counts = { ordersInserted: 0, ordersUpdated: 1, ordersUnchanged: 0 };
      expect(await runToEnd(engine, { dryRun: true })).toMatchObject(counts);
      expect(await runToEnd(engine)).toMatchObject(counts);
    });
  });

  describe('#30 an unreadable member', () => {
    const shipped = { fulfillment: { fulfillmentStatus: 'SHIPPED', fulfilledBy: 'MERCHANT' } };
    const second = (change: object) => ({ orderItems: [line('1', '10.00'), { ...line('2', '20.00'), ...change }] });
    it.each<[string, RawOrder, string]>([
      [
        'an ITEM row without an amount',
        second({ proceeds: { breakdowns: [{ type: 'ITEM', subtotal: null }] } }),
        'orderItems.1.proceeds',
      ],
      ['an empty total', { proceeds: { grandTotal: {} } }, 'proceeds.grandTotal.amount'],
      ['a negative quantity', second({ quantityOrdered: -2 }), 'orderItems.1.quantityOrdered'],
      ['no quantity', second({ quantityOrdered: null }), 'orderItems.1.quantityOrdered'],
      ['more than 1,000,000 units', second({ quantityOrdered: 2_147_483_647 }), 'orderItems.1.quantityOrdered'],
    ])('becomes null without rejecting the order: %s', async (_what, change, place) => {
      const { next } = await withOrder();
      expect(await next({ ...shipped, ...change })).toMatchObject({ ordersRejected: 0, ordersUpdated: 1 });
      expect(await orders()).toMatchObject([
        { status: 'SHIPPED', total: '30.00', notes: expect.arrayContaining([expect.stringContaining(place)]) },
      ]);
      expect(await sales()).toEqual(BOTH);
    });

    it('is null in a new order, without an invented sale', async () => {
      await withOrder({
        change: { ...second({ quantityOrdered: 1e9, proceeds: 'free' }), proceeds: { grandTotal: 5 } },
      });
      expect(await orders()).toMatchObject([{ total: null, reread: true }]);
      expect(await sales()).toEqual([sale('1', 2, '10.00'), sale('2', 0, null)]);
    });

    it('that is the status keeps the known one until the next valid version', async () => {
      const { next } = await withOrder();
      await next({ fulfillment: { fulfillmentStatus: 7 } });
      expect(await orders()).toMatchObject([
        { status: 'UNSHIPPED', notes: [expect.stringContaining('fulfillmentStatus')] },
      ]);
      await next(shipped);
      expect(await orders()).toMatchObject([{ status: 'SHIPPED', notes: null }]);
    });

    it('does not include amounts with an exponent and repeated lines', async () => {
      const { next } = await withOrder();
      const big = { ...line('2', '1E+3'), proceeds: proceeds('1E+3') };
      const run = await next({ proceeds: { grandTotal: usd('101E+1') }, orderItems: [line('1', '10.00'), big, big] });
      expect(run).toMatchObject({ ordersRejected: 0 });
      expect(await orders()).toMatchObject([{ total: '1010', notes: null }]);
      expect(await sales()).toEqual([sale('1', 2, '10.00'), sale('2', 2, '1000')]);
    });

    it('is listed on the order, with a rejected newer version, for viewers too', async () => {
      const { simulator, owner, viewer } = await startTestApp({ orders: 0, marketplaceIds: [US] });
      const reader = await viewer();
      const read = async () => {
        const query = `{ order(amazonOrderId: "${ID}") { orderStatus notes rejectedVersion { reason rejectedAt } } }`;
        return (await reader.request<{ order: Record<string, unknown> }>(query)).order;
      };
      const hourAgo = simulator.now() - 60 * MINUTE_MS;
      simulator.book.add(order(hourAgo, { proceeds: { grandTotal: {} } }), hourAgo);
      await owner.request(`mutation { resyncOrder(amazonOrderId: "${ID}") { id } }`);
      expect(await read()).toEqual({
        orderStatus: 'UNSHIPPED',
        notes: [
          expect.stringMatching(/^proceeds.grandTotal.amount: /),
          expect.stringMatching(/^proceeds.grandTotal.currencyCode: /),
        ],
        rejectedVersion: null,
      });

      simulator.book.add({ ...order(hourAgo + 1_000), createdTime: 'yesterday' }, hourAgo + 1_000);
      await expect(owner.request(`mutation { resyncOrder(amazonOrderId: "${ID}") { id } }`)).rejects.toThrow(
        /createdTime/,
      );
      expect(await read()).toMatchObject({
        orderStatus: 'UNSHIPPED',
        rejectedVersion: { reason: expect.stringContaining('createdTime'), rejectedAt: expect.any(String) },
      });
    });
  });

  it('#30 reads the items of an order that was rejected by a run with items and read by one without', async () => {
    const { clock, simulator, engine, put } = await withOrder();
    put({ orderItems: [line('1', '10.00'), line('2', '20.00'), line('3', '5.00')] });
    simulator.faults.add({
      operation: 'searchOrders',
      on: { from: 1, count: 1 },
      fault: { kind: 'unreadable-order', index: 0 },
    });
    clock.advance(60 * MINUTE_MS);
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersRejected: 1 });
    // The daily sweep reads the last 48 hours.
    const sweep = await engine.start({ dryRun: false, includeItems: false, trigger: 'SCHEDULE' });
    expect(await endOf(engine, sweep.id)).toMatchObject({ status: 'OK', sweep: true, ordersUpdated: 1 });
    clock.advance(60 * MINUTE_MS);
    await runToEnd(engine);
    await truth(simulator);
    expect(await database.query('SELECT key FROM rejected_order')).toEqual([]);
  });

  it.each(['Canceled', 'CANCELED', 'Cancelled'])('#33 stores %s as CANCELLED, which is no sale', async (word) => {
    const { simulator, next } = await withOrder();
    await next({ fulfillment: { fulfillmentStatus: word, fulfilledBy: 'MERCHANT' } });
    expect([await orders(), await sales()]).toMatchObject([[{ status: 'CANCELLED' }], []]);
    await truth(simulator);
  });

  describe('#34 different content under an older date', () => {
    const shipped = { fulfillment: { fulfillmentStatus: 'SHIPPED', fulfilledBy: 'MERCHANT' } };

    it('is stored when an owner resyncs the order', async () => {
      const { simulator, engine, put } = await withOrder();
      put(shipped, -1_000);
      await engine.resyncOrder(ID);
      expect(await orders()).toMatchObject([{ status: 'SHIPPED' }]);
      await truth(simulator);
    });

    it('does not replace the row, but the next run reads the order by its id, once', async () => {
      const { simulator, engine, next } = await withOrder();
      expect(await next(shipped, -1_000)).toMatchObject({ ordersUpdated: 0, ordersUnchanged: 1 });
      expect(await orders()).toMatchObject([{ status: 'UNSHIPPED', reread: true }]);
      expect(simulator.count('getOrder')).toBe(0);
      await runToEnd(engine);
      await truth(simulator);
      expect(await orders()).toMatchObject([{ status: 'SHIPPED', reread: false }]);
      await runToEnd(engine);
      expect(simulator.count('getOrder')).toBe(1);
    });

    it('of a read by id never replaces what a run wrote after the request', async () => {
      const { simulator, engine, next } = await withOrder();
      const hold = simulator.hold('getOrder');
      const resync = engine.resyncOrder(ID);
      await hold.arrived;
      // The response is created when the call continues: an older version than the run's.
      await next({ fulfillment: { fulfillmentStatus: 'CANCELLED' } });
      const before = Date.parse(order(0).createdTime);
      simulator.book.add(order(before, shipped), before);
      hold.release();
      await resync;
      expect(await orders()).toMatchObject([{ status: 'CANCELLED', reread: true }]);
    });
  });

  it('#35 keeps a product title with an @, in columns and payloads', async () => {
    const title = '50x70@300dpi.print';
    const item = { ...line('1', '10.00'), product: { title, sellerSku: 'a@b.shop', asin: 'B000000001' } };
    await withOrder({ change: { orderItems: [item], note: 'write to someone@example.com' } });
    expect(await database.query('SELECT title, raw_payload FROM amazon_order_item')).toEqual([
      { title, raw_payload: item },
    ]);
    const [stored] = await database.query<{ note: string }>(`SELECT raw_payload ->> 'note' AS note FROM amazon_order`);
    expect(stored?.note).toBe('write to (e-mail address cut)');
  });

  it('#45 returns salesByDay for a day with more units than an Int', async () => {
    const { app, owner } = await startTestApp({ orders: 0, marketplaceIds: [US] });
    for (const revenue of ['1', '2'])
      await app.database.query(
        `INSERT INTO order_items (order_id, order_date, marketplace_id, units, revenue, currency, source)
         VALUES ('mine', '2026-03-01', $1, 2147483647, $2, 'USD', 'mine')`,
        [US, revenue],
      );
    const query = '{ salesByDay(from: "2026-02-01", to: "2026-03-31") { units exactUnits revenue } }';
    const expected = { salesByDay: [{ units: 2_147_483_647, exactUnits: '4294967294', revenue: '3.00' }] };
    expect(await owner.request(query)).toEqual(expected);
    await refreshSalesDays(app.database);
    expect(await owner.request(query)).toEqual(expected);
  });

  it('the migration corrects wrong rows of an older version', async () => {
    await withOrder({ change: { orderItems: ['1', '2', '3', '4'].map((id) => line(id, '10.00')) } });
    await database.query(`UPDATE amazon_order_item SET quantity_ordered = 0 WHERE order_item_id = '1'`);
    await database.query(
      `UPDATE amazon_order_item SET item_price_amount = NULL, item_price_currency = NULL,
              raw_payload = jsonb_set(raw_payload, '{proceeds}', '{"breakdowns": [{"type": "TAX"}]}') WHERE order_item_id = '2'`,
    );
    await database.query(`UPDATE amazon_order_item SET title = '(e-mail address cut)' WHERE order_item_id = '3'`);
    await migrate('20261128091500_settle_lines');
    expect((await sales()).map(({ revenue }) => revenue)).toEqual(['0', '0', '10.00', '10.00']);
    expect(await orders()).toMatchObject([{ reread: true }]);
    await database.query(`UPDATE amazon_order SET order_status = 'Canceled'`);
    await migrate('20261128091500_settle_lines');
    expect([await orders(), await sales()]).toMatchObject([[{ status: 'CANCELLED' }], []]);
  });

  it.each([
    ['Pending', 'PENDING', BOTH.map((each) => ({ ...each, revenue: null }))],
    ['Canceled', 'CANCELLED', []],
    ['SHIPPED', 'SHIPPED', BOTH.map((each) => ({ ...each, revenue: '0' }))],
  ])(
    'the words and zeros of an order that an older version stored as %s are what the present one stores',
    async (word, status, expected) => {
      await withOrder({ change: { salesChannel: { channelName: 'Amazon', marketplaceId: US } } });
      await database.query(
        `UPDATE amazon_order SET order_status = $1, fulfilled_by = 'MFN', channel_name = 'Amazon', order_total_amount = 0,
                raw_payload = jsonb_set(raw_payload, '{fulfillment,fulfillmentStatus}', to_jsonb($1::text))`,
        [word],
      );
      await database.query('UPDATE amazon_order_item SET item_price_amount = 0');
      await database.query('UPDATE order_items SET revenue = 0');
      await migrate('20261128091500_settle_lines');
      await migrate('20261128113000_settle_words');
      expect(await sales()).toEqual(expected);
      const price = status === 'SHIPPED' ? '0' : null;
      expect(
        await database.query(
          `SELECT order_status AS status, fulfilled_by AS by, channel_name AS channel, order_total_amount::text AS total,
                  item_price_amount::text AS price
             FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id ORDER BY i.id LIMIT 1`,
        ),
      ).toEqual([{ status, by: 'MERCHANT', channel: 'AMAZON', total: price, price }]);
    },
  );

  async function migrate(name: string): Promise<void> {
    const migration = readFileSync(`prisma/migrations/${name}/migration.sql`, 'utf8');
    const statements = migration.split(/;\n/).filter((text) => /^\s*(?!--)\S/m.test(text));
    for (const statement of statements) await database.query(statement);
  }
});
