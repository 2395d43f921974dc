import { isUnreadable, readOrder, startSimulator } from './ordermirror.js';

/** @typedef {import('../../src/simulator/simulator.js').SimulatedOrder} SimulatedOrder */
/** @typedef {import('../../src/spapi/orders/wire.js').Order} Order */

const HOUR_MS = 3_600_000;
const FIRST_CREATED = Date.parse('2026-01-01T00:00:00Z');

/**
 * Real shapes: the simulated Amazon's shipped orders of two items each, with all their data sets.
 * @returns {Promise<SimulatedOrder[]>}
 */
export async function sampleOrders() {
  const simulator = await startSimulator({ orders: 2_000, settled: true, unknownWords: false });
  const samples = simulator.book
    .orders()
    .filter(
      ({ orderItems, salesChannel, fulfillment }) =>
        orderItems.length === 2 &&
        salesChannel.channelName === 'AMAZON' &&
        salesChannel.marketplaceId !== undefined &&
        fulfillment?.fulfillmentStatus === 'SHIPPED',
    );
  await simulator.close();
  if (samples.length === 0) throw new Error('The simulator has no shipped orders of two items.');
  return samples;
}

/**
 * Pages of orders as the SP-API client hands them over, with ids of their own.
 * @param {readonly SimulatedOrder[]} samples
 * @param {{ pages: number, perPage: number, changed: boolean }} options changed: as they are an hour later
 * @returns {Order[][]}
 */
export function pagesOfOrders(samples, { pages, perPage, changed }) {
  return Array.from({ length: pages }, (_, page) =>
    Array.from({ length: perPage }, (_, place) => orderNumber(samples, page * perPage + place, changed)),
  );
}

/** @param {readonly SimulatedOrder[]} samples @param {number} number @param {boolean} changed @returns {Order} */
function orderNumber(samples, number, changed) {
  const sample = samples[number % samples.length];
  if (!sample) throw new Error('There are no samples.');
  const digits = String(number).padStart(7, '0');
  const created = FIRST_CREATED + number * 60_000;
  const order = readOrder({
    ...sample,
    orderId: `701-${digits}-0000001`,
    createdTime: new Date(created).toISOString(),
    lastUpdatedTime: new Date(created + (changed ? 2 : 1) * HOUR_MS).toISOString(),
    fulfillment: { ...sample.fulfillment, fulfillmentStatus: changed ? 'SHIPPED' : 'UNSHIPPED' },
    orderItems: sample.orderItems.map((item, line) => ({
      ...item,
      orderItemId: `7${digits}${line}`,
      fulfillment: { quantityFulfilled: changed ? item.quantityOrdered : 0 },
    })),
  });
  if (isUnreadable(order)) throw new Error(`A sample order can't be read: ${order.reason}`);
  return order;
}
