import { describe, expect, it } from 'vitest';
import { changeRegularly } from '../../src/simulator/live-changes.js';
import type { EventFault, SimulatedOrder, Simulator } from '../../src/simulator/simulator.js';
import { clientOf, DAY, MINUTE, START, simulate } from './ask.js';
import { changesIn, eventsIn, queueClientOf } from './ask-notifications.js';

/** A simulator with a subscription, and an order of it that is not shipped. */
async function subscribed(options: Parameters<typeof simulate>[0] = {}) {
  const simulator = await simulate({ settled: true, ...options });
  const subscription = simulator.notifications.subscribe();
  const open = simulator.book
    .orders()
    .filter(
      ({ fulfillment, salesChannel }) => fulfillment?.fulfillmentStatus === 'UNSHIPPED' && salesChannel.marketplaceId,
    );
  const ids = open.map(({ orderId }) => orderId);
  return { simulator, subscription, ids, id: ids[0] ?? '' };
}

const bodies = (simulator: Simulator): string[] => {
  simulator.notifications.catchUp();
  return simulator.queues.get().bodies;
};

describe('an event', () => {
  it('is sent when an order changes its status', async () => {
    const { simulator, subscription, id } = await subscribed();
    simulator.book.ship(id);
    const [event] = eventsIn(simulator);
    expect(event).toMatchObject({
      NotificationType: 'ORDER_CHANGE',
      EventTime: new Date(START).toISOString(),
      Payload: {
        OrderChangeNotification: {
          NotificationLevel: 'OrderLevel',
          SellerId: 'A3SIMULATED00',
          AmazonOrderId: id,
          OrderChangeType: 'OrderStatusChange',
          OrderChangeTrigger: { TimeOfOrderChange: new Date(START).toISOString() },
          Summary: { OrderStatus: 'Shipped' },
        },
      },
      NotificationMetadata: { SubscriptionId: subscription.subscriptionId },
    });
    simulator.book.cancel(id);
    expect(changesIn(simulator).at(-1)).toBe(`${id} OrderStatusChange Canceled`);
    expect(simulator.notifications.published.map(({ orderId }) => orderId)).toEqual([id, id]);
  });

  it('wakes a client that waits at the queue', async () => {
    const { simulator, id } = await subscribed();
    const { receive } = queueClientOf(simulator);
    const waiting = receive({ wait: 20 });
    await expect.poll(() => simulator.queues.log.count('ReceiveMessage')).toBe(1);
    simulator.book.ship(id);
    expect((await waiting)[0]?.Body).toContain(id);
  });

  it('is sent for what the book’s orders do by themselves as time passes', async () => {
    const simulator = await simulate({ orders: 100 });
    simulator.notifications.subscribe();
    const before = new Map(
      simulator.book.orders().map((order) => [order.orderId, order.fulfillment?.fulfillmentStatus]),
    );
    simulator.advance(3 * DAY);
    const events = eventsIn(simulator);
    const after = simulator.book.orders().filter(({ orderId, fulfillment, salesChannel }) => {
      return salesChannel.marketplaceId && fulfillment?.fulfillmentStatus !== before.get(orderId);
    });
    expect(after.length).toBeGreaterThan(5);
    const told = new Set(events.map(({ Payload }) => Payload.OrderChangeNotification.AmazonOrderId));
    expect(after.filter(({ orderId }) => !told.has(orderId))).toEqual([]);
    const times = events.map(({ NotificationMetadata }) => NotificationMetadata.PublishTime);
    expect(times.toSorted()).toEqual(times);
    expect(Date.parse(times[0] ?? '')).toBeGreaterThan(START);
    expect(Date.parse(times[0] ?? '')).toBeLessThan(START + DAY);
  });

  it('is not sent for what an order would have done by itself, had a test not changed it', async () => {
    const simulator = await simulate({ orders: 100 });
    simulator.notifications.subscribe();
    const ids = simulator.book.orders().map(({ orderId }) => orderId);
    for (const id of ids) simulator.book.change(id, (order) => Object.assign(order, { touched: 1 }));
    simulator.advance(3 * DAY);
    const known = new Set(ids);
    const told = eventsIn(simulator).map(({ Payload }) => Payload.OrderChangeNotification.AmazonOrderId);
    expect(told.filter((id) => known.has(id))).toEqual([]);
  });

  it('is sent for a change to come only when its time has come', async () => {
    const { simulator, id } = await subscribed();
    simulator.book.ship(id, { at: START + MINUTE });
    expect(changesIn(simulator)).toEqual([]);
    simulator.advance(MINUTE);
    expect(changesIn(simulator)).toEqual([`${id} OrderStatusChange Shipped`]);
  });

  it('is sent for a new order and for a buyer’s request, but not for a price', async () => {
    const { simulator, id, ids } = await subscribed();
    const order = simulator.book.get(id);
    simulator.book.add({ ...order, orderId: '111-1111111-1111111' });
    simulator.book.change(id, ({ orderItems: [item] }) => {
      if (item) item.cancellation = { cancellationRequest: { requester: 'BUYER' } };
    });
    simulator.book.change(ids[1] ?? '', ({ proceeds }) => {
      if (proceeds?.grandTotal) proceeds.grandTotal.amount = '7.00';
    });
    simulator.book.change(ids[1] ?? '', ({ proceeds }) => {
      const subtotal = { amount: '2.00', currencyCode: 'USD' };
      proceeds?.breakdowns?.push({ type: 'TIP', subtotal });
    });
    expect(changesIn(simulator)).toEqual([
      '111-1111111-1111111 OrderStatusChange Unshipped',
      `${id} BuyerRequestedChange Unshipped`,
      `${ids[1]} DeliveryTipChange Unshipped`,
    ]);
    simulator.notifications.set({ newOrders: false });
    simulator.book.add({ ...order, orderId: '111-1111111-1111112' });
    expect(changesIn(simulator)).toHaveLength(3);
  });

  it('is not sent without a subscription, or beside its filter', async () => {
    const simulator = await simulate({ settled: true });
    const { notifications, book } = simulator;
    const [first, second] = book.orders().filter(({ fulfillment }) => fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    book.ship(first?.orderId ?? '');
    const { destination } = notifications.subscribe();
    notifications.subscribeTo(destination, {
      eventFilter: { eventFilterType: 'ORDER_CHANGE', orderChangeTypes: ['BuyerRequestedChange'] },
    });
    book.ship(second?.orderId ?? '');
    expect(changesIn(simulator)).toEqual([]);
    notifications.publish(second?.orderId ?? '', 'BuyerRequestedChange');
    expect(changesIn(simulator)).toEqual([`${second?.orderId} BuyerRequestedChange Shipped`]);
    notifications.subscriptions.unsubscribe();
    book.cancel(second?.orderId ?? '');
    expect(changesIn(simulator)).toHaveLength(1);
  });

  it('does not reach a queue that no longer lets Amazon send', async () => {
    const { simulator, id } = await subscribed();
    simulator.queues.get().settings.policy = undefined;
    simulator.book.ship(id);
    expect(changesIn(simulator)).toEqual([]);
    expect(simulator.notifications.published).toHaveLength(1);
  });
});

it('the book changes regularly if asked to, each time with an event', async () => {
  const { simulator } = await subscribed({ orders: 300 });
  const size = simulator.book.size;
  const lines: string[] = [];
  // A clock of its own, so that each new order has an id of its own.
  changeRegularly(simulator, 1, (line) => {
    lines.push(line);
    simulator.advance(1);
  });
  await expect.poll(() => ['shipped', 'cancelled', 'placed'].every((word) => lines.join().includes(word))).toBe(true);
  expect(changesIn(simulator)).toHaveLength(lines.length);
  expect(simulator.book.size).toBe(size + lines.filter((line) => line.endsWith('placed')).length);
});

describe('getOrder', () => {
  it('may show a change after its event', async () => {
    const { simulator, id } = await subscribed();
    const client = await clientOf(simulator);
    const status = async () => {
      const answer = await client.getOrder(id, { includedData: 'FULFILLMENT' });
      const { order } = (await answer.json()) as { order: SimulatedOrder };
      return order.fulfillment?.fulfillmentStatus;
    };
    simulator.book.lagGetOrder(MINUTE);
    simulator.book.ship(id);
    expect([changesIn(simulator).length, await status()]).toEqual([1, 'UNSHIPPED']);
    simulator.advance(MINUTE);
    expect(await status()).toBe('SHIPPED');
  });
});

describe('faults of events', () => {
  const withFault = async (fault: EventFault) => {
    const context = await subscribed();
    context.simulator.notifications.add({ on: { from: 1 }, fault });
    context.simulator.book.ship(context.id);
    return context;
  };
  const ids = (simulator: Simulator) =>
    eventsIn(simulator).map(({ NotificationMetadata }) => NotificationMetadata.NotificationId);

  it('lost', async () => {
    const { simulator, id } = await withFault({ kind: 'lost' });
    expect(bodies(simulator)).toEqual([]);
    simulator.book.cancel(id);
    expect(changesIn(simulator)).toEqual([`${id} OrderStatusChange Canceled`]);
  });

  it('late, as published before', async () => {
    const { simulator } = await withFault({ kind: 'late', ms: MINUTE });
    simulator.advance(MINUTE - 1);
    expect(bodies(simulator)).toEqual([]);
    simulator.advance(1);
    expect(eventsIn(simulator)[0]?.NotificationMetadata.PublishTime).toBe(new Date(START).toISOString());
  });

  it('twice with the same id, or repeated with another one', async () => {
    const { simulator, id } = await withFault({ kind: 'twice' });
    expect(ids(simulator)).toHaveLength(2);
    expect(new Set(ids(simulator)).size).toBe(1);
    simulator.queues.get().purge();
    simulator.notifications.add({ orderId: id, fault: { kind: 'repeated', ms: MINUTE } });
    simulator.book.cancel(id);
    expect(ids(simulator)).toHaveLength(1);
    simulator.advance(MINUTE);
    expect(new Set(ids(simulator)).size).toBe(2);
    expect(new Set(changesIn(simulator)).size).toBe(1);
  });

  it('out of order, or in the end by itself', async () => {
    const { simulator, id, ids: open } = await withFault({ kind: 'out-of-order' });
    simulator.book.ship(open[1] ?? '');
    const shipped = (orderId = '') => `${orderId} OrderStatusChange Shipped`;
    expect(changesIn(simulator)).toEqual([shipped(open[1]), shipped(id)]);
    simulator.notifications.add({ on: { from: 1 }, fault: { kind: 'out-of-order' } });
    simulator.book.ship(open[2] ?? '');
    expect(changesIn(simulator)).toHaveLength(2);
    simulator.advance(MINUTE);
    expect(changesIn(simulator).at(-1)).toBe(shipped(open[2]));
    simulator.book.ship(open[3] ?? '');
    expect(changesIn(simulator)).toHaveLength(4);
  });

  it.each([
    [{ kind: 'not-json' }, /^<Notification>/],
    [{ kind: 'not-a-notification' }, /"Records"/],
    [{ kind: 'other-type' }, /"NotificationType":"ANY_OFFER_CHANGED".*"NotificationId"/],
    [{ kind: 'other-seller' }, /"SellerId":"A3SOMEONEELSE"/],
    [{ kind: 'unknown-order' }, /"AmazonOrderId":"999-0000000-0000000"/],
    [{ kind: 'nulls' }, /"TimeOfOrderChange":null.*"PurchaseDate":null,"DestinationPostalCode":null/],
    [{ kind: 'rewrite', rewrite: () => 'anything' }, /^anything$/],
  ] as const)('%j', async (fault, text) => {
    const { simulator, ids: open } = await withFault(fault as EventFault);
    expect(bodies(simulator)).toEqual([expect.stringMatching(text)]);
    simulator.queues.get().purge();
    simulator.book.ship(open[1] ?? '');
    expect(changesIn(simulator)).toEqual([`${open[1]} OrderStatusChange Shipped`]);
  });
});
