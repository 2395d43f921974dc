import { describe, expect, it } from 'vitest';
import { MARKETPLACES } from '../../src/simulator/api/marketplaces.js';
import type { SimulatedItem, SimulatedOrder } from '../../src/simulator/simulator.js';
import { DAY, START, simulate } from './ask.js';
import { isWellFormed, lastMonth, ordersIn, reportsClientOf, valuesOf } from './ask-reports.js';

/** A report of all orders of a book: the XML, and each order's with the book's order. */
async function reported(marketplaceIds?: string[]) {
  const simulator = await simulate({
    orders: 600,
    settled: true,
    updatedWithinDays: 29,
    ...(marketplaceIds && { marketplaceIds }),
  });
  const xml = await (await reportsClientOf(simulator)).text();
  const orders = ordersIn(xml).map((text): [string, SimulatedOrder] => {
    const [orderId = ''] = valuesOf(text, 'AmazonOrderID');
    return [text, simulator.book.get(orderId) as SimulatedOrder];
  });
  return { simulator, xml, orders };
}

const statusOf = (order: SimulatedOrder) => order.fulfillment?.fulfillmentStatus ?? '';
const isHidden = (order: SimulatedOrder) =>
  order.fulfillment?.fulfilledBy === 'MERCHANT' && ['PENDING', 'PENDING_AVAILABILITY'].includes(statusOf(order));
const minor = (amount = '') => Number(amount.replace('.', ''));
const itemsIn = (order: string) => order.split('<OrderItem>').slice(1);

describe('the XML of a report', () => {
  it('is well-formed, with all orders of the window', async () => {
    const { simulator, xml, orders } = await reported();
    expect(isWellFormed(xml)).toBe(true);
    expect(orders).toHaveLength(simulator.book.size);
    expect(xml).toContain('<MessageType>AllOrdersReport</MessageType>');
  });

  it('has amounts that add up to the proceeds of the book', async () => {
    const { orders } = await reported();
    let priced = 0;
    for (const [text, order] of orders) {
      for (const [index, item] of itemsIn(text).entries()) {
        const { proceeds } = order.orderItems[index] as SimulatedItem;
        const amounts = valuesOf(item, 'Amount').map(minor);
        if (proceeds === undefined || isHidden(order)) {
          expect(amounts, order.orderId).toEqual([]);
          continue;
        }
        const discounts = [...valuesOf(item, 'ItemPromotionDiscount'), ...valuesOf(item, 'ShipPromotionDiscount')];
        const sum = amounts.reduce((total, amount) => total + amount, 0);
        const discount = discounts.reduce((total, amount) => total + Math.abs(minor(amount)), 0);
        expect(sum - discount, order.orderId).toBe(minor(proceeds.proceedsTotal?.amount));
        priced += 1;
      }
    }
    expect(priced).toBeGreaterThan(400);
  });

  it('repeats amounts without VAT in Europe', async () => {
    const { xml } = await reported(['A1PA6795UKMFR9']);
    expect(xml).toContain('<Type>VatExclusivePrincipal</Type><Amount currency="EUR">');
    expect(new Set(valuesOf(xml, 'SalesChannel'))).toEqual(new Set(['Amazon.de', 'Non-Amazon', 'Non-Amazon DE']));
  });

  it('has times in seconds and the words of reports', async () => {
    const { xml } = await reported();
    for (const name of ['PurchaseDate', 'LastUpdatedDate']) {
      const times = valuesOf(xml, name);
      expect(times.every((time) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/.test(time))).toBe(true);
    }
    const words = (name: string) => [...new Set(valuesOf(xml, name))].sort();
    expect(words('OrderStatus')).toEqual([
      'Canceled',
      'Cancelled',
      'InvoiceUnconfirmed',
      'PartiallyShipped',
      'Pending',
      'Pending Availability',
      'PendingAvailability',
      'Shipped',
      'Shipping',
      'Unfulfillable',
      'Unshipped',
    ]);
    expect(words('FulfillmentChannel')).toEqual(['Amazon', 'Merchant', 'PartnerNetwork']);
    expect(words('SalesChannel')).toEqual([
      'Amazon.ca',
      'Amazon.com',
      'Amazon.com.mx',
      'Non-Amazon',
      ...['CA', 'MX', 'US'].map((country) => `Non-Amazon ${country}`),
    ]);
    expect(words('ShipServiceLevel')).toEqual(['Expedited', 'Standard']);
  });

  it('has the seen oddities', async () => {
    const { orders } = await reported();
    const some = (test: (text: string, order: SimulatedOrder) => unknown) =>
      expect(orders.filter(([text, order]) => test(text, order)).length).toBeGreaterThan(0);
    // A shipped order with a cancelled line that has its price.
    some((text) => /<OrderStatus>Shipped<.*<ItemStatus>Cancell?ed<.*<Quantity>[1-9].*<Type>Principal</s.test(text));
    // Two lines that differ in their codes only.
    some((text) => {
      const lines = itemsIn(text).map((line) => line.replace(/<AmazonOrderItemCode>\d+</, ''));
      return new Set(lines).size < lines.length;
    });
    some((text) => text.includes('<FutureField'));
    some((text) => text.includes('<IsReplacementOrder>true<') && valuesOf(text, 'OriginalOrderID').length === 1);
    some((text) => text.includes('<IsExchangeOrder>true<'));
    some((text) => text.includes('<IsBusinessOrder>true<'));
    some((text) => text.includes('<IsTransparency>true<'));
    some((text) => text.includes('<IsBuyerRequestedCancellation>true<'));
    some((text) => text.includes('<TaxCollectionModel>MarketplaceFacilitator<'));
    some((text, order) => valuesOf(text, 'MerchantOrderID')[0] !== order.orderId);
    some((text) => valuesOf(text, 'PromotionIDs')[0]?.includes(','));
    some((text) => valuesOf(text, 'NumberOfItems').includes('3'));
    for (const type of ['Principal', 'Tax', 'Shipping', 'ShippingTax', 'GiftWrap', 'COD', 'Other']) {
      some((text) => text.includes(`<Type>${type}</Type>`));
    }
  });

  it('has the statuses of Easy Ship in India', async () => {
    const { xml } = await reported(['A21TJRUUN4KGV']);
    expect(valuesOf(xml, 'OrderStatus')).toContain('Shipped - Delivered to Buyer');
  });

  it('has personal data that is recognisable', async () => {
    const { xml } = await reported(['A2Q3Y263D00KWC']);
    for (const part of ['POSTAL', 'CITY', 'STATE', 'PURCHASE-ORDER', 'CPF']) expect(xml).toContain(`${part}-SECRET-`);
  });

  it('holds any order that a test stores', async () => {
    const simulator = await simulate({ orders: 0 });
    const at = START - DAY;
    simulator.book.add({ orderId: '123-1234567-1234567', createdTime: 'yesterday', orderItems: 'none' }, at);
    simulator.book.add({ orderId: '123-1234567-1234568', orderItems: [null, { product: null, proceeds: {} }] }, at);
    simulator.book.add({ orderId: 'A\u0000<&">B', programs: ['X'], salesChannel: null }, at);
    const xml = await (await reportsClientOf(simulator)).text(lastMonth(simulator));
    expect(isWellFormed(xml)).toBe(true);
    expect(valuesOf(xml, 'AmazonOrderID')).toEqual(['123-1234567-1234567', '123-1234567-1234568', 'A<&">B']);
    expect(valuesOf(xml, 'PurchaseDate')).toEqual(['yesterday']);
  });

  it('has the sales channel of every marketplace', async () => {
    const { xml } = await reported(MARKETPLACES.map(({ id }) => id));
    const channels = new Set(valuesOf(xml, 'SalesChannel'));
    for (const { name } of MARKETPLACES) expect(channels).toContain(name);
  });
});
