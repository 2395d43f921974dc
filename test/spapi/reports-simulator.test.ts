import { describe, expect, it } from 'vitest';
import type { FaultKind, Operation, SimulatorOptions } from '../../src/simulator/simulator.js';
import type { Order, OrderItem } from '../../src/spapi/orders/order.js';
import type { ReadOrdersOptions, ReportedOrders } from '../../src/spapi/reports/report-source.js';
import { allPages, createWatch, lastMonth, type SetUp, setUp } from './set-up.js';

const MONTH = 29 * 24 * 3_600_000;

/** Creates a report of the last month by last update, lets it be generated, and reads it. */
async function readReport(test: SetUp, options: Partial<ReadOrdersOptions> = {}): Promise<ReportedOrders[]> {
  const { amazon, api, clock } = test;
  const { watch } = createWatch();
  const id = await api.reports.createReport(
    {
      reportType: 'GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL',
      marketplaceIds: amazon.marketplaceIds,
      from: new Date(clock.time() - MONTH),
      until: new Date(clock.time()),
    },
    watch,
  );
  clock.advance(60_000);
  const report = await api.reports.getReport(id, watch);
  const batches: ReportedOrders[] = [];
  const asked = { marketplaceIds: amazon.marketplaceIds, batchOrders: 100, ...options };
  for await (const batch of api.reports.readOrders(report?.documentId ?? '', asked, watch)) batches.push(batch);
  return batches;
}

const EVERYWHERE = ['ATVPDKIKX0DER', 'A1VC38T7YXB528', 'A1PA6795UKMFR9', 'A21TJRUUN4KGV', 'A2Q3Y263D00KWC'];

/** What a report and the API both say of an order, in one form. */
function comparable(order: Order) {
  const { channelName, fulfillmentStatus, fulfilledBy, fulfillmentServiceLevel, sellerOrderId } = order;
  const isHidden = fulfilledBy === 'MERCHANT' && fulfillmentStatus?.startsWith('PENDING') === true;
  return {
    orderId: order.orderId,
    createdTime: seconds(order.createdTime),
    lastUpdatedTime: seconds(order.lastUpdatedTime),
    channelName,
    // Reports don't have that of orders from outside of Amazon.
    marketplaceId: channelName === 'NON_AMAZON' ? null : order.marketplaceId,
    fulfillmentStatus,
    fulfilledBy,
    fulfillmentServiceLevel,
    sellerOrderId,
    programs: order.programs?.filter((program) => program === 'AMAZON_BUSINESS') ?? [],
    associatedOrders: order.raw.associatedOrders ?? null,
    // A tip belongs to no item; reports show no price of pending orders that the merchant ships.
    grandTotal: isHidden || hasTip(order) ? null : order.grandTotal,
    items: order.items.map((item) => comparableItem(item, isHidden)),
  };
}

function comparableItem(item: OrderItem, isHidden: boolean) {
  const { orderItemId, quantityOrdered, sellerSku, asin, title, itemPrice, promotionIds, amounts } = item;
  const { currencyCode, proceedsTotal, tax, shippingPrice, giftWrapPrice, codFee, discount } = amounts;
  return {
    orderItemId,
    quantityOrdered,
    sellerSku,
    asin,
    title,
    promotionIds,
    programs: item.programs?.filter((program) => program === 'TRANSPARENCY') ?? [],
    cancellationRequester: item.cancellationRequester,
    ...(!isHidden && {
      itemPrice,
      amounts: { currencyCode, proceedsTotal, tax, shippingPrice, giftWrapPrice, codFee, discount },
    }),
  };
}

function hasTip({ raw }: Order): boolean {
  return JSON.stringify(raw.proceeds ?? {}).includes('DELIVERY_TIP');
}

function seconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

async function readBothWays(options: SimulatorOptions) {
  const test = await setUp({ orders: 600, unknownWords: true, ...options });
  const reports = await readReport(test);
  const query = { ...lastMonth(test), dataSets: ['CANCELLATION', 'PROMOTION', 'TAX'] as const };
  const pages = await allPages(test.api.orders.searchOrders(query, createWatch().watch));
  const fromApi = new Map(pages.flatMap(({ orders }) => orders).map((order) => [order.orderId, order]));
  const fromReport = new Map(reports.flatMap(({ orders }) => orders).map((order) => [order.orderId, order]));
  return { reports, fromApi, fromReport };
}

describe('an order of a report', () => {
  it.each([
    ['of a settled book', { settled: true }],
    ['of a book with pending and cancelled orders', { settled: false }],
    ['in ISO-8859-1, without compression', { reports: { charset: 'ISO-8859-1', gzip: false } }],
  ] as const)('has the values that the API has: %s', async (_name, options) => {
    const { reports, fromApi, fromReport } = await readBothWays({ marketplaceIds: EVERYWHERE, ...options });
    expect(reports.flatMap(({ rejected }) => rejected)).toEqual([]);
    expect([...fromReport.keys()].sort()).toEqual([...fromApi.keys()].sort());
    expect(fromReport.size).toBeGreaterThan(400);
    for (const [id, order] of fromReport) {
      const other = fromApi.get(id);
      const withTip = other !== undefined && hasTip(other) ? { grandTotal: null } : {};
      expect({ ...comparable(order), ...withTip }).toEqual(other && comparable(other));
    }
  });
});

describe('a report of the simulator', () => {
  const kind = (kind: string) => expect.objectContaining({ kind });

  it.each([
    ['EMPTY', { kind: 'empty' }],
    ['NO_ORDERS', { kind: 'no-orders' }],
    ['NOT_XML', { kind: 'sentence' }],
    ['NOT_XML', { kind: 'fatal', reason: 'The report could not be generated.' }],
    ['CUT_OFF', { kind: 'cut-off' }],
  ] as const)('is %s after the fault %o', async (problem, fault) => {
    const test = await setUp({ orders: 20 });
    test.amazon.reports.add({ fault });
    await expect(readReport(test)).rejects.toEqual(kind(problem));
  });

  it('loses one order to malformed XML, and no character to a wrong charset', async () => {
    const test = await setUp({ orders: 20 });
    const titles = (batches: readonly ReportedOrders[]) =>
      batches.flatMap(({ orders }) => orders.flatMap(({ items }) => items.map(({ title }) => title)));
    const truth = titles(await readReport(test));
    expect(truth.join('')).toMatch(/[^\0-\x7f]/);
    test.amazon.reports.add({ fault: { kind: 'wrong-charset' }, on: { from: 1, count: 1 } });
    test.amazon.reports.add({ fault: { kind: 'malformed-order', index: 7 }, on: { from: 2, count: 1 } });
    expect(titles(await readReport(test))).toEqual(truth);
    const [batch] = await readReport(test);
    expect(batch?.rejected).toEqual([expect.objectContaining({ reason: 'The order is malformed XML.' })]);
    expect(batch?.orders).toHaveLength(19);
  });

  it('may contain the whole region', async () => {
    const test = await setUp({ orders: 60, reports: { wholeRegion: true } });
    const [one = ''] = test.amazon.marketplaceIds;
    const batches = await readReport(test, { marketplaceIds: [one] });
    const read = batches.flatMap(({ orders }) => orders);
    expect(new Set(read.map(({ marketplaceId }) => marketplaceId ?? one))).toEqual(new Set([one]));
    expect(batches.reduce((sum, { others }) => sum + others, read.length)).toBe(60);
  });

  it('has no personal data in payloads', async () => {
    const test = await setUp({ orders: 200, marketplaceIds: EVERYWHERE });
    expect(JSON.stringify(await readReport(test))).not.toContain('SECRET');
  });

  const API = ['createReport', 'getReport', 'getReportDocument'] as const;
  const struck = (kind: FaultKind, operations: readonly Operation[]) =>
    operations.map((operation) => ({ operation, fault: { kind } as { kind: '500' }, on: { from: 1, count: 1 } }));

  it.each(['500', '503-html', 'reset', 'hang', '429'] as const)('is read after %s of each request', async (fault) => {
    const test = await setUp(
      { orders: 20, faults: struck(fault, [...API, 'downloadReport']) },
      { limits: { requestMs: 500 } },
    );
    expect((await readReport(test))[0]?.orders).toHaveLength(20);
  });

  it('is read after answers that end early, unless it is the download', async () => {
    const test = await setUp({ orders: 200, faults: struck('truncate', API) });
    expect((await readReport(test))[0]?.orders).toHaveLength(100);
    for (const rule of struck('truncate', ['downloadReport'])) test.amazon.faults.add(rule);
    await expect(readReport(test)).rejects.toEqual(kind('CUT_OFF'));
  });
});
