import { describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import type { OrderFault, Simulator, SimulatorOptions } from '../../src/simulator/simulator.js';
import type { SyncEngine } from '../../src/sync/engine.js';
import { readCoverage } from '../../src/sync/plan/coverage.js';
import { it, type StartSync } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.js';
import { startTestApp } from '../helpers/with-app.js';
import { emptyMirror, endOf, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

/** Faults in Amazon's responses and in clocks, by their numbers in docs/reliability.md. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('reading from Amazon', () => {
  let database: Database;
  let sync: StartSync;
  it.beforeEach(async ({ database: opened, sync: starts }) => {
    [database, sync] = [opened, starts];
    await emptyMirror(database);
  });

  interface Mirrored {
    readonly clock: VirtualClock;
    readonly simulator: Simulator;
    readonly engine: SyncEngine;
    /** Orders without a price when the mirror read them; Amazon fills their prices in without listing them again. */
    readonly ids: readonly string[];
  }

  /** A mirror with this number of unpriced orders that are due to be read again and are priced by now. */
  async function withUnpriced(count: number): Promise<Mirrored> {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync({ orders: 60, now: clock.time }, { clock, settings: { leaseMs: 60_000 } });
    const priced = simulator.book
      .orders()
      .filter(
        ({ fulfillment, proceeds, createdTime }) =>
          fulfillment?.fulfillmentStatus === 'SHIPPED' &&
          Number(proceeds?.grandTotal?.amount ?? 0) > 0 &&
          Date.parse(createdTime) > clock.time() - 25 * DAY_MS,
      );
    const ids = Array.from({ length: count }, (_, index) => `700-0000000-${String(index).padStart(7, '0')}`);
    for (const [index, orderId] of ids.entries()) {
      const like = structuredClone(priced[index % priced.length]);
      if (!like) throw new Error('no order to copy');
      like.orderId = orderId;
      for (const [line, item] of like.orderItems.entries()) item.orderItemId = `7${orderId.slice(-7)}${line}`;
      simulator.book.add({ ...like, proceeds: undefined, orderItems: like.orderItems.map(unpriced) });
    }
    await runToEnd(engine);
    for (const [index, orderId] of ids.entries()) {
      const like = priced[index % priced.length];
      simulator.book.change(
        orderId,
        (order) => {
          Object.assign(order, { proceeds: like?.proceeds });
          for (const [line, item] of order.orderItems.entries())
            Object.assign(item, { proceeds: like?.orderItems[line]?.proceeds });
        },
        { silent: true, at: clock.time() },
      );
    }
    clock.advance(DAY_MS + HOUR_MS);
    // The book's own orders are not due yet.
    await database.query(`UPDATE amazon_order SET reread_at = $1 WHERE amazon_order_id NOT LIKE '700-%'`, [
      clock.now(),
    ]);
    simulator.clearRequests();
    return { clock, simulator, engine, ids };
  }

  const pricedOf = async (ids: readonly string[]) => {
    const rows = await database.query<{ id: string }>(
      'SELECT amazon_order_id AS id FROM amazon_order WHERE order_total_amount > 0 AND amazon_order_id = ANY ($1)',
      [ids],
    );
    return rows.map(({ id }) => id).sort();
  };

  it.each<[OrderFault]>([['500'], ['empty'], ['404'], ['403'], ['400']])(
    '#26 one order of 10 that getOrder answers with %s does not stop the other 9, and is read again a day later',
    async (fault) => {
      const { clock, simulator, engine, ids } = await withUnpriced(10);
      const [bad = ''] = ids;
      simulator.orderFaults.set(bad, fault);
      const before = clock.time();
      const run = await runToEnd(engine);
      expect(run).toMatchObject({ status: 'OK', ordersUnreadable: 1, unreadableOrderIds: [bad] });
      expect(await pricedOf(ids)).toEqual(ids.slice(1));
      expect(clock.time() - before).toBeLessThan(20_000);

      simulator.orderFaults.clear();
      expect(await runToEnd(engine)).toMatchObject({ ordersUnreadable: 0, unreadableOrderIds: [] });
      expect(await pricedOf(ids)).not.toContain(bad);
      clock.advance(DAY_MS + 60_000);
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersUnreadable: 0 });
      expect(await pricedOf(ids)).toEqual(ids);
      expect(await differences(database, simulator)).toEqual([]);
    },
  );

  it('#26 keeps what was read when reading by id meets an outage, with few calls and an OK run', async () => {
    const { clock, simulator, engine, ids } = await withUnpriced(30);
    simulator.faults.add({ operation: 'getOrder', on: { from: 11, count: 1_000 }, fault: { kind: '500' } });
    const run = await runToEnd(engine);
    expect(run).toMatchObject({ status: 'OK', ordersUnreadable: 3 });
    expect(await pricedOf(ids)).toHaveLength(10);
    expect(simulator.count('getOrder')).toBe(10 + 3 * 3);
    simulator.faults.clear();
    await runToEnd(engine);
    expect(await pricedOf(ids)).toHaveLength(27);
    clock.advance(HOUR_MS + 1);
    await runToEnd(engine);
    expect(await pricedOf(ids)).toEqual(ids);
  });

  it('#26 reads the orders behind bad ones in the queue', async () => {
    const { clock, simulator, engine, ids } = await withUnpriced(12);
    const bad = ids.slice(0, 5);
    for (const id of bad) simulator.orderFaults.set(id, 'empty');
    for (let run = 0; run < 4; run += 1) {
      await runToEnd(engine);
      clock.advance(60_000);
    }
    expect(await pricedOf(ids)).toEqual(ids.slice(5));
  });

  it('#26 retries a rejected order a day after getOrder failed', async () => {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync({ orders: 20, now: clock.time }, { clock, settings: { leaseMs: 60_000 } });
    const [order] = simulator.book.orders();
    const id = order?.orderId ?? '';
    simulator.book.add({ ...order, createdTime: 'yesterday' }, clock.time() - HOUR_MS);
    expect(await runToEnd(engine)).toMatchObject({ ordersRejected: 1 });
    simulator.book.add({ ...order }, clock.time() - HOUR_MS);
    await database.query('UPDATE rejected_order SET reader_version = 0');
    simulator.orderFaults.set(id, '500');
    clock.advance(HOUR_MS);
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', unreadableOrderIds: [id] });
    simulator.orderFaults.clear();
    clock.advance(DAY_MS + HOUR_MS);
    await runToEnd(engine);
    expect(await database.query('SELECT amazon_order_id FROM rejected_order')).toEqual([]);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('#37 reads the later total of an order that is not pending and had 0', async () => {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync({ orders: 60, now: clock.time }, { clock, settings: { leaseMs: 60_000 } });
    const order = recentShipped(simulator, clock);
    const currencyCode = order.proceeds?.grandTotal?.currencyCode ?? '';
    const zero = { amount: '0.00', currencyCode };
    simulator.book.change(
      order.orderId,
      (now) => {
        now.proceeds = { grandTotal: zero };
        for (const item of now.orderItems)
          item.proceeds = { proceedsTotal: zero, breakdowns: [{ type: 'ITEM', subtotal: zero }] };
      },
      { at: clock.time() - HOUR_MS },
    );
    await runToEnd(engine);
    expect(await totalOf(order.orderId)).toBe(0);
    restore(simulator, order, clock);
    clock.advance(DAY_MS + HOUR_MS);
    await runToEnd(engine);
    expect(await differences(database, simulator)).toEqual([]);

    // Others keep a total of 0 (free replacements): once a day, for 30 days after the purchase.
    const free = { amount: '0.00', currencyCode };
    simulator.book.change(order.orderId, (now) => Object.assign(now, { proceeds: { grandTotal: free } }), {
      at: clock.time(),
    });
    clock.advance(HOUR_MS);
    await runToEnd(engine);
    const callsOf = () => simulator.requests.filter(({ path }) => path.endsWith(order.orderId)).length;
    const before = callsOf();
    for (const advance of [HOUR_MS, DAY_MS, HOUR_MS]) {
      clock.advance(advance);
      await runToEnd(engine);
    }
    expect(callsOf()).toBe(before + 1);
    clock.advance(Date.parse(order.createdTime) + 30 * DAY_MS - clock.time());
    await runToEnd(engine);
    expect(callsOf()).toBe(before + 1);
  });

  it('#37 reads a line without a price again, although its order has a total', async () => {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync({ orders: 60, now: clock.time }, { clock, settings: { leaseMs: 60_000 } });
    const order = recentShipped(simulator, clock);
    simulator.book.change(order.orderId, (now) => Object.assign(now, { orderItems: now.orderItems.map(unpriced) }), {
      at: clock.time() - HOUR_MS,
    });
    await runToEnd(engine);
    expect(await totalOf(order.orderId)).toBeGreaterThan(0);
    restore(simulator, order, clock);
    clock.advance(DAY_MS + HOUR_MS);
    await runToEnd(engine);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('#37 reads orders without a total before those with 0', async () => {
    const { clock, engine, simulator, ids } = await withUnpriced(10);
    await database.query(
      `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status,
              channel_name, order_total_amount, order_total_currency, raw_payload, content_hash, mirrored_at)
       SELECT '600-0000000-' || lpad(n::text, 7, '0'), marketplace_id, $1, $1, 'SHIPPED', 'AMAZON', 0, 'USD', '{}', '', $1::timestamptz - interval '9 days'
         FROM generate_series(1, 100) AS n, (SELECT marketplace_id FROM amazon_order WHERE channel_name = 'AMAZON' LIMIT 1) AS m`,
      [new Date(clock.time() - 2 * DAY_MS)],
    );
    await runToEnd(engine);
    expect(await pricedOf(ids)).toEqual(ids);
    const zeros = simulator.requests.filter(({ path }) => path.includes('/600-'));
    expect(zeros).toHaveLength(20);
    const [first] = simulator.requests.filter(({ operation }) => operation === 'getOrder');
    expect(first?.path).toContain('/700-');
  });

  it.each([
    ['marked orders', 'UPDATE amazon_order SET reread_wanted = true, order_total_amount = 1'],
    [
      'rejected orders',
      `INSERT INTO rejected_order (key, amazon_order_id, reason, payload, reader_version, rejected_at)
       SELECT amazon_order_id, amazon_order_id, '', '{}', 0, purchase_date - interval '9 days' FROM amazon_order`,
    ],
  ])('#26 reads orders without a total despite many %s', async (_what, mark) => {
    const { clock, engine, simulator, ids } = await withUnpriced(10);
    await database.query(
      `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status,
              channel_name, order_total_amount, order_total_currency, raw_payload, content_hash)
       SELECT '600-0000000-' || lpad(n::text, 7, '0'), marketplace_id, $1, $1, 'SHIPPED', 'AMAZON', 1, 'USD', '{}', ''
         FROM generate_series(1, 200) AS n, (SELECT marketplace_id FROM amazon_order WHERE channel_name = 'AMAZON' LIMIT 1) AS m`,
      [new Date(clock.time() - 2 * DAY_MS)],
    );
    await database.query(`${mark} WHERE amazon_order_id LIKE '600-%'`);
    await runToEnd(engine);
    expect(await pricedOf(ids)).toEqual(ids);
    expect(simulator.requests.filter(({ path }) => path.includes('/600-'))).toHaveLength(40);
    // After a day, orders unknown to Amazon wait for their next turn without delaying others.
    for (let run = 0; run < 4; run += 1) await runToEnd(engine);
    expect(simulator.requests.filter(({ path }) => path.includes('/600-'))).toHaveLength(200);
  });

  describe('#32 an order that makes each answer malformed', () => {
    const withMalformed = async (options: SimulatorOptions = { orders: 46, maxPerPage: 20 }) => {
      const clock = createVirtualClock('jumps');
      const simulator = await withSimulator({ ...options, now: clock.time });
      let connected = simulator.marketplaceIds;
      const engine = await withEngine(database, simulator, {
        clock,
        settings: { leaseMs: 60_000 },
        account: { marketplaceIds: async () => connected },
      });
      const connect = (ids: readonly string[]) => {
        connected = ids;
      };
      const orders = simulator.book.orders();
      const bad = orders[Math.floor(orders.length / 2)];
      if (!bad) throw new Error('no order');
      const second = Math.floor(Date.parse(bad.lastUpdatedTime) / 1_000) * 1_000;
      simulator.orderFaults.set(bad.orderId, 'malformed');
      return { clock, simulator, engine, bad, second, connect };
    };
    const intervals = () =>
      database.query<{ reason: string; from: Date; until: Date; ids: string[] }>(
        `SELECT reason, updated_from AS "from", updated_until AS "until", marketplace_ids AS ids FROM rejected_order`,
      );

    it('is reported by its second of update; all others are read, and later runs read it once it is valid', async () => {
      const { clock, simulator, engine, bad, second } = await withMalformed();
      const run = await runToEnd(engine);
      expect(run).toMatchObject({ status: 'OK', ordersRejected: 1 });
      expect(run.requests).toBeLessThan(60);
      const without = ({ orderId }: { orderId: string }) => orderId === bad.orderId;
      expect(await differences(database, simulator, { without })).toEqual([]);
      const [interval, ...more] = await intervals();
      expect(more).toEqual([]);
      expect(interval).toMatchObject({ from: new Date(second), until: new Date(second + 1_000) });
      expect(interval?.reason).toMatch(/malformed \(not whole JSON\).*request id/);
      const coverage = await readCoverage(database, simulator.marketplaceIds);
      for (const { gaps, provenUntil } of coverage) {
        expect(gaps).toContainEqual(expect.objectContaining({ kind: 'UNREADABLE', from: new Date(second) }));
        expect(provenUntil).toEqual(run.updatedBefore);
      }

      // From then on it costs two calls per hour: its second, and the ten minutes before.
      const scheduled = { dryRun: false, includeItems: true, trigger: 'SCHEDULE' } as const;
      clock.advance(2 * HOUR_MS);
      await endOf(engine, (await engine.start(scheduled)).id);
      clock.advance(2 * HOUR_MS);
      simulator.clearRequests();
      expect(await endOf(engine, (await engine.start(scheduled)).id)).toMatchObject({ status: 'OK', sweep: false });
      expect(simulator.count('searchOrders')).toBe(3);
      clock.advance(60_000);
      expect(await endOf(engine, (await engine.start(scheduled)).id)).toMatchObject({ status: 'OK', sweep: false });
      expect(simulator.count('searchOrders')).toBe(4);

      simulator.orderFaults.clear();
      clock.advance(HOUR_MS);
      expect(await endOf(engine, (await engine.start(scheduled)).id)).toMatchObject({
        status: 'OK',
        ordersRejected: 0,
      });
      expect(await intervals()).toEqual([]);
      expect(await differences(database, simulator)).toEqual([]);
    });

    it.each([
      ['before the next window', 24 * HOUR_MS],
      // That begins ten minutes before the end of the last one, which was three minutes ago.
      ['within the next window, and now before it', 13 * MINUTE_MS - 20_000],
    ])('is read once it is valid, with a little older date: %s', async (_when, ago) => {
      const { clock, simulator, engine, bad } = await withMalformed();
      simulator.book.change(bad.orderId, () => {}, { at: clock.now().getTime() - ago + 500 });
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersRejected: 1 });
      simulator.book.backdate(bad.orderId, 45_000, () => {});
      simulator.orderFaults.clear();
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersRejected: 0 });
      expect(await intervals()).toEqual([]);
      expect(await differences(database, simulator)).toEqual([]);
    });

    it('does not prevent reading the orders before it in the same second', async () => {
      const { simulator, engine, bad, second } = await withMalformed({ orders: 60 });
      const others = simulator.book.orders().filter(({ orderId }) => orderId !== bad.orderId);
      for (const [n, { orderId }] of others.slice(0, 7).entries())
        simulator.book.change(orderId, () => {}, { at: second + 100 + n });
      simulator.book.change(bad.orderId, () => {}, { at: second + 900 });
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersRejected: 1 });
      const without = ({ orderId }: { orderId: string }) => orderId === bad.orderId;
      expect(await differences(database, simulator, { without })).toEqual([]);
    });

    it('ends the run with few calls if all answers are malformed', async () => {
      const clock = createVirtualClock('jumps');
      const { simulator, engine } = await sync(
        { orders: 40, now: clock.time },
        { clock, settings: { leaseMs: 60_000 } },
      );
      for (const { orderId } of simulator.book.orders()) simulator.orderFaults.set(orderId, 'malformed');
      simulator.faults.add({ fault: { kind: 'malformed' } });
      const run = await runToEnd(engine);
      expect(run).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_UNAVAILABLE' });
      expect(run.requests).toBeLessThan(35);
      simulator.faults.clear();
      simulator.orderFaults.clear();
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
      expect(await intervals()).toEqual([]);
      expect(await differences(database, simulator)).toEqual([]);
    });

    it('changes nothing in a dry run', async () => {
      const { engine } = await withMalformed({ orders: 40 });
      expect(await runToEnd(engine, { dryRun: true })).toMatchObject({ status: 'OK', ordersRejected: 1 });
      expect(await intervals()).toEqual([]);
    });

    it('is counted by a dry run as by a real one, although pages are read again after the split', async () => {
      const { engine } = await withMalformed();
      const countsOf = ({ ordersSeen, ordersInserted, ordersUnchanged, ordersRejected, itemsSeen }: SyncRun) => ({
        ordersSeen,
        ordersInserted,
        ordersUnchanged,
        ordersRejected,
        itemsSeen,
      });
      const dry = countsOf(await runToEnd(engine, { dryRun: true }));
      expect(dry).toMatchObject({ ordersInserted: 45, ordersUnchanged: 20 });
      expect(countsOf(await runToEnd(engine))).toEqual(dry);
    });

    it('leaves no gap once it is read, in a mirror without items', async () => {
      const { clock, simulator, engine } = await withMalformed({ orders: 40 });
      await runToEnd(engine, { includeItems: false });
      expect(await intervals()).toHaveLength(1);
      simulator.orderFaults.clear();
      clock.advance(HOUR_MS);
      await runToEnd(engine, { includeItems: false });
      expect(await intervals()).toEqual([]);
      await runToEnd(engine);
      expect(await differences(database, simulator)).toEqual([]);
    });

    it('leaves a gap for its items until a run with items has read it', async () => {
      const { clock, simulator, engine } = await withMalformed({ orders: 40 });
      await runToEnd(engine);
      simulator.orderFaults.clear();
      clock.advance(HOUR_MS);
      await runToEnd(engine, { includeItems: false });
      expect(await intervals()).toHaveLength(1);
      await runToEnd(engine);
      expect(await intervals()).toEqual([]);
      expect(await differences(database, simulator)).toEqual([]);
    });

    it('leaves no gap in the marketplaces that it was read for, though the connection lost another', async () => {
      const { clock, simulator, engine, connect } = await withMalformed({ orders: 40 });
      const [lost = '', ...kept] = simulator.marketplaceIds;
      await runToEnd(engine);
      simulator.orderFaults.clear();
      connect(kept);
      clock.advance(HOUR_MS);
      await runToEnd(engine);
      expect(await intervals()).toMatchObject([{ ids: [lost] }]);
      expect((await readCoverage(database, kept)).flatMap(({ gaps }) => gaps)).not.toContainEqual(
        expect.objectContaining({ kind: 'UNREADABLE' }),
      );
      connect(simulator.marketplaceIds);
      await runToEnd(engine);
      expect(await intervals()).toEqual([]);
      expect(await differences(database, simulator)).toEqual([]);
    });

    it('with a refused marketplace does not request that one again, and reads its whole window later', async () => {
      const { clock, simulator, engine, bad } = await withMalformed({ orders: 40 });
      simulator.book.change(bad.orderId, () => {}, { at: clock.time() - HOUR_MS });
      const refused = simulator.marketplaceIds.find((id) => id !== bad.salesChannel.marketplaceId) ?? '';
      // The first half is the first search with a response; the marketplace is refused in it, with others and alone.
      const fault = { kind: 'forbid-marketplace', marketplaceId: refused } as const;
      simulator.faults.add({ operation: 'searchOrders', on: { from: 3, count: 1_000 }, fault });
      expect(await runToEnd(engine)).toMatchObject({ status: 'ERROR', refusedMarketplaceIds: [refused] });
      const searches = simulator.requests.filter(({ operation }) => operation === 'searchOrders');
      const last = searches.findLastIndex(({ query }) => query.marketplaceIds?.includes(refused));
      // Each with all data sets and without, and again with a new token.
      expect(last).toBeLessThan(12);
      expect(searches.length - last).toBeGreaterThan(10);
      simulator.faults.clear();
      simulator.orderFaults.clear();
      clock.advance(HOUR_MS);
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
      expect(await differences(database, simulator)).toEqual([]);
    });
  });

  it('#36 reads the orders behind 30 empty pages with different tokens', async () => {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync({ orders: 30, now: clock.time }, { clock, settings: { leaseMs: 60_000 } });
    simulator.faults.add({ on: { from: 1, count: 30 }, fault: { kind: 'empty-page' } });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', pages: 31 });
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('#36 ends the run with an error after too many empty pages', async () => {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync({ orders: 30, now: clock.time }, { clock, settings: { leaseMs: 60_000 } });
    simulator.faults.add({ fault: { kind: 'empty-page' } });
    expect(await runToEnd(engine)).toMatchObject({
      status: 'ERROR',
      errorCode: 'SP_API_UNAVAILABLE',
      error: expect.stringMatching(/100 empty pages of orders in a row/),
      pages: 99,
    });
  });

  it('#60 reports no marketplace as refused for an expired access token', async () => {
    const { simulator, engine } = await sync({ orders: 60 });
    simulator.faults.add({ operation: 'searchOrders', fault: { kind: 'expire-access-token' } });
    const run = await runToEnd(engine);
    expect(run).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_FORBIDDEN', refusedMarketplaceIds: [] });
    expect(run.legs).toHaveLength(1);
    // Two in a row during searches that are already split.
    simulator.faults.clear();
    const [, refused = ''] = simulator.marketplaceIds;
    simulator.faults.add({
      on: { from: 3, count: 2 },
      operation: 'searchOrders',
      fault: { kind: 'expire-access-token' },
    });
    simulator.faults.add({ operation: 'searchOrders', fault: { kind: 'forbid-marketplace', marketplaceId: refused } });
    const { refusedMarketplaceIds } = await runToEnd(engine);
    expect(refusedMarketplaceIds.filter((id) => id !== refused)).toEqual([]);
  });

  it.each([
    ['an hour', HOUR_MS],
    ['a year', 365 * DAY_MS],
  ])('#48 starts later runs after the clock was %s in the future for one tick of the schedule', async (_, ahead) => {
    const clock = createVirtualClock('stands');
    let amazonBehind = 0;
    const { simulator, engine } = await sync(
      { orders: 30, now: () => clock.time() - amazonBehind },
      { clock, cron: '* * * * * *' },
    );
    const until = new AbortController();
    const runs = engine.watch('ORDERS', until.signal)[Symbol.asyncIterator]();
    const nextEnd = async () => {
      for (;;) {
        const { value } = await runs.next();
        if (value && value.status !== 'RUNNING') return value;
      }
    };
    clock.advance(ahead);
    amazonBehind = ahead;
    expect(await nextEnd()).toMatchObject({ trigger: 'SCHEDULE', status: 'ERROR', startedAt: clock.now() });
    clock.advance(-ahead);
    amazonBehind = 0;
    expect(engine.nextSyncAt()).toEqual(new Date(clock.time() + 1_000));
    // The schedule reads the new time at its next check; a tick that is due after that starts a run.
    const ticking = setInterval(() => clock.advance(1_000), 50);
    try {
      const run = await nextEnd();
      expect(run).toMatchObject({ trigger: 'SCHEDULE', status: 'OK' });
      expect(clock.time() - (run?.startedAt.getTime() ?? 0)).toBeLessThan(60_000);
    } finally {
      clearInterval(ticking);
      until.abort();
    }
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('#48 ignores a sweep, a cursor and a time of reading in the future', async () => {
    const clock = createVirtualClock('jumps');
    const { simulator, engine } = await sync({ orders: 60, now: clock.time }, { clock, settings: { leaseMs: 60_000 } });
    const scheduled = { dryRun: false, includeItems: true, trigger: 'SCHEDULE' } as const;
    const order = recentShipped(simulator, clock);
    simulator.book.change(order.orderId, (now) => Object.assign(now, { orderItems: now.orderItems.map(unpriced) }), {
      at: clock.time() - HOUR_MS,
    });
    clock.advance(7 * DAY_MS);
    expect(await endOf(engine, (await engine.start(scheduled)).id)).toMatchObject({ status: 'OK', sweep: true });
    clock.advance(-7 * DAY_MS);
    restore(simulator, order, clock);
    const [other] = simulator.book.orders().filter(({ orderId }) => orderId !== order.orderId);
    simulator.book.ship(other?.orderId ?? '', { at: clock.time() + 1 });
    clock.advance(HOUR_MS);
    const run = await endOf(engine, (await engine.start(scheduled)).id);
    expect(run).toMatchObject({ status: 'OK', sweep: true });
    expect(await differences(database, simulator)).toEqual([]);
    const [coverage] = await readCoverage(database, simulator.marketplaceIds);
    expect(coverage?.provenUntil).toEqual(run.updatedBefore);
  });

  it('#48 reads an order again whose last reading lies in the future', async () => {
    const { clock, engine, ids } = await withUnpriced(2);
    await database.query('UPDATE amazon_order SET reread_at = $1 WHERE amazon_order_id = ANY ($2)', [
      new Date(clock.time() + 365 * DAY_MS),
      ids,
    ]);
    await runToEnd(engine);
    expect(await pricedOf(ids)).toEqual(ids);
  });

  it('#48 logs a skipped scheduled run with its reason', async () => {
    const simulator = await withSimulator({ orders: 1 });
    const line = await new Promise<string>((resolve) => {
      void withEngine(database, simulator, {
        cron: '* * * * * *',
        account: { mayRunOnSchedule: async () => false },
        onLog: (text) => text.includes('skipped') && resolve(text),
      });
    });
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      msg: 'A scheduled sync was skipped: the connection is missing, incomplete, switched off or in ERROR; fix it first.',
    });
  });

  it("#48 reports a clock that differs from Amazon's in the log, on the connection and in health", async () => {
    let behind = 61 * 60_000;
    const { owner, app, log } = await startTestApp({ orders: 5, now: () => Date.now() - behind });
    const problem = async () =>
      (await owner.request<{ connection: { clockProblem: string | null } }>('{ connection { clockProblem } }'))
        .connection.clockProblem;
    expect(await problem()).toBeNull();
    await owner.request('mutation { pingSpApi { ok } }');
    expect(await problem()).toMatch(/^This machine's clock is 61 minutes ahead of Amazon's: .*NTP/);
    expect(log().split('61 minutes ahead of Amazon').length).toBe(2);
    const ready = await fetch(`${app.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ checks: { clock: expect.stringMatching(/61 minutes ahead/) } });
    behind = 0;
    await owner.request('mutation { pingSpApi { ok } }');
    expect(await problem()).toBeNull();
  });

  async function totalOf(orderId: string): Promise<number | null> {
    const [row] = await database.query<{ total: number | null }>(
      'SELECT order_total_amount::float8 AS total FROM amazon_order WHERE amazon_order_id = $1',
      [orderId],
    );
    return row?.total ?? null;
  }
});

type Order = ReturnType<Simulator['book']['orders']>[number];

function unpriced({ proceeds: _, ...item }: Order['orderItems'][number]): Order['orderItems'][number] {
  return item;
}

function recentShipped(simulator: Simulator, clock: VirtualClock): Order {
  const order = simulator.book
    .orders()
    .find(
      ({ fulfillment, proceeds, createdTime }) =>
        fulfillment?.fulfillmentStatus === 'SHIPPED' &&
        Number(proceeds?.grandTotal?.amount ?? 0) > 0 &&
        Date.parse(createdTime) > clock.time() - 15 * DAY_MS,
    );
  if (!order) throw new Error('no shipped order');
  return order;
}

/** Makes Amazon return this version's amounts again, without listing the order. */
function restore(simulator: Simulator, order: Order, clock: VirtualClock): void {
  const { proceeds, orderItems } = order;
  simulator.book.change(order.orderId, (now) => Object.assign(now, { proceeds, orderItems }), {
    silent: true,
    at: clock.time(),
  });
}
