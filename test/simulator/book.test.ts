import { describe, expect, it } from 'vitest';
import type { SimulatedOrder } from '../../src/simulator/simulator.js';
import { clientOf, DAY, EVERYTHING, MINUTE, START, simulate } from './ask.js';

const statusOf = (order: SimulatedOrder | undefined) => order?.fulfillment?.fulfillmentStatus;
const countBy = <T>(list: readonly T[], key: (value: T) => string | undefined) =>
  list.reduce((counts, value) => counts.set(key(value), (counts.get(key(value)) ?? 0) + 1), new Map());

describe('the book', () => {
  it('is the same for the same seed', async () => {
    const [one, same, other] = [await simulate(), await simulate(), await simulate({ seed: 2 })];
    expect(one.book.orders()).toEqual(same.book.orders());
    expect(one.book.orders()).not.toEqual(other.book.orders());
  });

  it('has the requested number of orders within two years, most of them updated in the last 30 days', async () => {
    const { book } = await simulate({ orders: 1234 });
    const orders = book.orders();
    expect(new Set(orders.map((order) => order.orderId)).size).toBe(1234);
    const itemIds = orders.flatMap((order) => order.orderItems.map((item) => item.orderItemId));
    expect(new Set(itemIds).size).toBe(itemIds.length);
    const created = orders.map((order) => Date.parse(order.createdTime));
    expect(Math.min(...created)).toBeGreaterThan(START - 730 * DAY);
    expect(Math.max(...created)).toBeLessThan(START - 5 * MINUTE);
    const recent = orders.filter((order) => Date.parse(order.lastUpdatedTime) > START - 30 * DAY);
    expect(recent.length).toBeGreaterThan(617);
    expect(recent.length).toBeLessThan(1234);
  });

  it('keeps all updates within the given days, and older than five minutes', async () => {
    for (const days of [1, 29]) {
      const simulator = await simulate({ orders: 1500, settled: true, updatedWithinDays: days });
      const times = simulator.book.orders().map((order) => Date.parse(order.lastUpdatedTime));
      expect(times).toHaveLength(1500);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(START - days * DAY);
      expect(Math.max(...times)).toBeLessThanOrEqual(START - 5 * MINUTE);
    }
  });

  it('spreads purchases evenly over the given days, each with its updates', async () => {
    const simulator = await simulate({ orders: 2500, settled: true, createdWithinDays: 729 });
    const orders = simulator.book.orders();
    const perWindow = countBy(orders, ({ createdTime }) =>
      String(Math.floor((START - Date.parse(createdTime)) / (30 * DAY))),
    );
    expect(perWindow.size).toBe(25);
    expect(Math.min(...perWindow.values())).toBeGreaterThan(15);
    const lives = orders.map((order) => Date.parse(order.lastUpdatedTime) - Date.parse(order.createdTime));
    expect(Math.min(...lives)).toBe(0);
    expect(Math.max(...lives)).toBeGreaterThan(30 * DAY);
    for (const status of ['PENDING', 'UNSHIPPED', 'CANCELLED']) {
      expect(orders.filter((order) => statusOf(order) === status).length, status).toBeGreaterThan(25);
    }
    await expect(simulate({ createdWithinDays: 9, updatedWithinDays: 9 })).rejects.toThrow('not both');
  });

  it('does not change if settled', async () => {
    const simulator = await simulate({ settled: true });
    const before = simulator.book.orders();
    simulator.advance(100 * DAY);
    expect(simulator.book.orders()).toEqual(before);
  });

  it('ships and prices pending orders in the end', async () => {
    const simulator = await simulate({ orders: 100 });
    const before = simulator.book.orders();
    const pending = before.filter((order) => statusOf(order) === 'PENDING');
    expect(pending.length).toBeGreaterThanOrEqual(5);
    expect(pending.some((order) => Number(order.proceeds?.grandTotal?.amount ?? 0) === 0)).toBe(true);
    simulator.advance(40 * DAY);
    for (const { orderId, lastUpdatedTime } of pending) {
      const after = simulator.book.get(orderId);
      expect(statusOf(after)).toBe('SHIPPED');
      expect(Number(after?.proceeds?.grandTotal?.amount)).toBeGreaterThan(0);
      expect(after?.lastUpdatedTime.localeCompare(lastUpdatedTime)).toBe(1);
    }
    const client = await clientOf(simulator);
    const moved = await client.searchAll({ lastUpdatedAfter: new Date(START).toISOString() });
    const expected = before.filter(
      ({ orderId, lastUpdatedTime }) => simulator.book.get(orderId)?.lastUpdatedTime !== lastUpdatedTime,
    );
    expect(
      moved
        .flat()
        .map((order) => order.orderId)
        .sort(),
    ).toEqual(expected.map((order) => order.orderId).sort());
  });

  it('can add late prices without a new lastUpdatedTime', async () => {
    const simulator = await simulate({ orders: 300, silentPricing: true });
    const before = new Map(simulator.book.orders().map((order) => [order.orderId, order]));
    let silent = 0;
    for (let hour = 0; hour < 100; hour += 1) {
      simulator.advance(60 * MINUTE);
      for (const order of simulator.book.orders()) {
        const old = before.get(order.orderId);
        const isPriced = JSON.stringify(order.proceeds) !== JSON.stringify(old?.proceeds);
        if (isPriced && order.lastUpdatedTime === old?.lastUpdatedTime) silent += 1;
        before.set(order.orderId, order);
      }
    }
    expect(silent).toBeGreaterThan(0);
  });
});

describe('a book of a hundred orders', () => {
  it.each([1, 7])('has every status and oddity (seed %i)', async (seed) => {
    const { book } = await simulate({ seed, settled: true, updatedWithinDays: 29 });
    const orders = book.orders();
    const items = orders.flatMap((order) => order.orderItems);
    const counts = countBy(orders, statusOf);
    for (const status of ['PENDING_AVAILABILITY', 'PENDING', 'UNSHIPPED', 'PARTIALLY_SHIPPED', 'SHIPPED']) {
      expect(counts.get(status), status).toBeGreaterThan(0);
    }
    for (const status of ['CANCELLED', 'UNFULFILLABLE', 'INVOICE_UNCONFIRMED']) {
      expect(counts.get(status), status).toBeGreaterThan(0);
    }
    const some = (test: (order: SimulatedOrder) => unknown) => expect(orders.filter(test).length).toBeGreaterThan(0);
    some((order) => order.fulfillment?.fulfilledBy === 'PARTNER_NETWORK');
    some((order) => order.programs?.includes('QUANTUM_DELIVERY'));
    some(
      (order) =>
        order.associatedOrders && order.proceeds?.grandTotal?.amount === '0.00' && statusOf(order) === 'SHIPPED',
    );
    some((order) => order.salesChannel.channelName === 'NON_AMAZON' && order.salesChannel.marketplaceId);
    some((order) => order.salesChannel.channelName === 'NON_AMAZON' && !order.salesChannel.marketplaceId);
    some((order) => new Set(order.orderItems.map((item) => item.product.sellerSku)).size < order.orderItems.length);
    some((order) => order.orderAliases);
    some((order) => order.futureField);
    for (const type of ['ITEM', 'SHIPPING', 'TAX', 'DISCOUNT', 'GIFT_WRAP', 'DELIVERY_TIP']) {
      some((order) => order.proceeds?.breakdowns?.some((row) => row.type === type));
    }
    expect(items.some((item) => item.product.sellerSku === undefined)).toBe(true);
    expect(items.some((item) => item.product.asin === undefined)).toBe(true);
    expect(items.some((item) => (item.product.title?.length ?? 0) > 1000)).toBe(true);
    expect(items.some((item) => BigInt(item.orderItemId) > Number.MAX_SAFE_INTEGER)).toBe(true);
    for (const secret of ['GIFT-MESSAGE-SECRET', 'CUSTOMIZED-URL-SECRET'])
      expect(JSON.stringify(items)).toContain(secret);
  });

  it('has consistent amounts: ITEM is unit × quantity, totals are sums of their rows', async () => {
    const { book } = await simulate({ orders: 500, marketplaceIds: ['ATVPDKIKX0DER', 'A1VC38T7YXB528'] });
    const minor = (amount = '') => BigInt(amount.replace('.', ''));
    for (const order of book.orders()) {
      for (const { product, proceeds, quantityOrdered } of order.orderItems) {
        const row = (type: string) => proceeds?.breakdowns?.find((found) => found.type === type)?.subtotal.amount;
        if (proceeds === undefined) continue;
        expect(minor(row('ITEM'))).toBe(minor(product.price?.unitPrice?.amount) * BigInt(quantityOrdered));
        const rows = proceeds.breakdowns?.map(({ type, subtotal }) => {
          const value = minor(subtotal.amount);
          return type === 'DISCOUNT' && value > 0n ? -value : value;
        });
        expect(rows?.reduce((sum, value) => sum + value, 0n)).toBe(minor(proceeds.proceedsTotal?.amount));
      }
      if (order.proceeds?.grandTotal === undefined) continue;
      const { amount, currencyCode } = order.proceeds.grandTotal;
      expect(amount).toMatch(currencyCode === 'JPY' ? /^\d+$/ : /^\d+\.\d\d$/);
      const tip = order.proceeds.breakdowns?.find(({ type }) => type === 'DELIVERY_TIP')?.subtotal.amount;
      const lines = order.orderItems.map((item) => minor(item.proceeds?.proceedsTotal?.amount));
      expect(lines.reduce((sum, value) => sum + value, tip ? minor(tip) : 0n)).toBe(minor(amount));
    }
  });
});

describe('changes by a test', () => {
  const find = (orders: SimulatedOrder[], status: string) =>
    orders.find((order) => statusOf(order) === status)?.orderId ?? '';

  it('ship, cancel and price an order', async () => {
    const { book } = await simulate();
    const unpriced = book.orders().find((order) => statusOf(order) === 'PENDING' && !order.proceeds)?.orderId ?? '';
    book.price(unpriced, { silent: true });
    expect(Number(book.get(unpriced)?.proceeds?.grandTotal?.amount)).toBeGreaterThan(0);
    expect(book.get(unpriced)?.lastUpdatedTime).not.toBe(new Date(START).toISOString());
    book.ship(unpriced);
    expect(statusOf(book.get(unpriced))).toBe('SHIPPED');
    expect(book.get(unpriced)?.lastUpdatedTime).toBe(new Date(START).toISOString());
    const unshipped = find(book.orders(), 'UNSHIPPED');
    book.cancel(unshipped, { at: START - 10 * MINUTE });
    expect(statusOf(book.get(unshipped))).toBe('CANCELLED');
    expect(book.orders()).toHaveLength(100);
  });

  it('may lie in the future', async () => {
    const simulator = await simulate();
    const id = find(simulator.book.orders(), 'UNSHIPPED');
    simulator.book.cancel(id, { at: START + MINUTE });
    expect(statusOf(simulator.book.get(id))).toBe('UNSHIPPED');
    simulator.advance(MINUTE);
    expect(statusOf(simulator.book.get(id))).toBe('CANCELLED');
    simulator.advance(100 * DAY);
    expect(statusOf(simulator.book.get(id))).toBe('CANCELLED');
  });

  it('add any JSON to the lists', async () => {
    const { book, ...simulator } = await simulate({ orders: 3 });
    book.add({ orderId: '123-1234567-1234567', createdTime: 'yesterday' }, START - DAY);
    book.add({ nonsense: true, orderItems: 'none' }, START - DAY);
    const client = await clientOf({ book, ...simulator });
    const { orders } = await client.search({ lastUpdatedAfter: new Date(START - DAY).toISOString() });
    expect(orders).toContainEqual({ orderId: '123-1234567-1234567', createdTime: 'yesterday' });
    expect(orders).toContainEqual({ nonsense: true, orderItems: 'none' });
    expect(book.size).toBe(5);
    book.add({ orderId: '123-1234567-1234567', createdTime: 'today' }, START - DAY);
    expect(book.size).toBe(5);
  });

  it('hide an order from lists for a while', async () => {
    const simulator = await simulate({ orders: 10, settled: true });
    const id = simulator.book.orders()[4]?.orderId ?? '';
    simulator.book.hide(id, START + MINUTE);
    const client = await clientOf(simulator);
    expect((await client.search(EVERYTHING)).orders).toHaveLength(9);
    expect((await client.getOrder(id)).status).toBe(200);
    simulator.advance(MINUTE);
    expect((await client.search(EVERYTHING)).orders).toHaveLength(10);
  });

  it('fail for an unknown order', async () => {
    const { book } = await simulate({ orders: 0 });
    expect(() => book.ship('111-1111111-1111111')).toThrow('no order 111-1111111-1111111 in the book');
  });
});
