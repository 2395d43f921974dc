import { seedMarketplaces } from '../../src/connection/marketplaces.js';
import type { Database } from '../../src/database/database.js';
import { orderRows } from '../../src/mirror/write/order-rows.js';
import { saveOrders, writeOrders } from '../../src/mirror/write/save-orders.js';
import { isUnreadable, readOrder } from '../../src/spapi/orders/read-order.js';
import { DE, US } from './seed-orders.js';

const HOUR = 3_600_000;
const euro = (amount: string) => ({ amount, currencyCode: 'EUR' });
const price = (amount: string) => ({ proceeds: { breakdowns: [{ type: 'ITEM', subtotal: euro(amount) }] } });
const germany = { channelName: 'AMAZON', marketplaceId: DE, marketplaceName: 'Amazon.de' };

/** The order of `seedReport` with a value in each member that the v0 views read. */
export const FULL_ORDER = '028-0000001-0000001';
/** Its windows and the delivery of its first item. */
export const FULL_ORDER_TIMES = { earliest: new Date(Date.now() - HOUR), latest: new Date(Date.now() + HOUR) };

/**
 * Saves five recent orders as Amazon sends them: two that are sales of 30.00 EUR each, one cancelled, one pending without a
 * price, and one placed outside of Amazon.
 */
export async function seedReport(database: Database): Promise<void> {
  const createdTime = new Date(Date.now() - 48 * HOUR).toISOString();
  const window = {
    earliestDateTime: FULL_ORDER_TIMES.earliest.toISOString(),
    latestDateTime: FULL_ORDER_TIMES.latest.toISOString(),
  };
  const dated = (number: number) => ({
    orderId: `028-000000${number}-000000${number}`,
    createdTime,
    lastUpdatedTime: createdTime,
  });
  const item = (orderItemId: string, more: object = {}) => ({
    orderItemId,
    quantityOrdered: 1,
    product: { sellerSku: 'MUG-1', asin: 'B00000MUG1', title: 'A mug' },
    ...more,
  });
  const orders = [
    {
      ...dated(1),
      orderAliases: [{ aliasType: 'SELLER_ORDER_ID', aliasId: 'my-1' }],
      programs: ['PRIME', 'AMAZON_BUSINESS'],
      associatedOrders: [{ orderId: '028-0000009-0000009', associationType: 'REPLACEMENT_ORIGINAL_ID' }],
      salesChannel: germany,
      fulfillment: {
        fulfillmentStatus: 'PARTIALLY_SHIPPED',
        fulfilledBy: 'MERCHANT',
        fulfillmentServiceLevel: 'SECOND_DAY',
        shipByWindow: window,
        deliverByWindow: window,
      },
      proceeds: { grandTotal: euro('33.80') },
      orderItems: [
        item('1-1', {
          quantityOrdered: 2,
          programs: ['TRANSPARENCY'],
          product: {
            sellerSku: 'MUG-1',
            asin: 'B00000MUG1',
            title: 'A mug',
            serialNumbers: ['S1'],
            price: { unitPrice: euro('10.00'), priceDesignation: 'BUSINESS_PRICE' },
            condition: { conditionType: 'USED', conditionSubtype: 'VERY_GOOD', conditionNote: 'as new' },
          },
          proceeds: {
            breakdowns: [
              { type: 'ITEM', subtotal: euro('20.00') },
              { type: 'SHIPPING', subtotal: euro('3.00') },
              { type: 'GIFT_WRAP', subtotal: euro('2.00') },
              {
                type: 'TAX',
                subtotal: euro('4.40'),
                detailedBreakdowns: [
                  { subtype: 'ITEM', value: euro('3.80') },
                  { subtype: 'SHIPPING', value: euro('0.50') },
                  { subtype: 'GIFT_WRAP', value: euro('0.10') },
                ],
              },
              {
                type: 'DISCOUNT',
                subtotal: euro('-2.50'),
                detailedBreakdowns: [
                  { subtype: 'ITEM', value: euro('-1.50') },
                  { subtype: 'SHIPPING', value: euro('-1.00') },
                ],
              },
            ],
          },
          promotion: { breakdowns: [{ promotionId: 'SUMMER' }] },
          cancellation: { cancellationRequest: { requester: 'BUYER' } },
          fulfillment: {
            quantityFulfilled: 1,
            quantityUnfulfilled: 1,
            packing: {
              giftOption: { giftWrapLevel: 'PREMIUM' },
              serialNumberRequirement: { requirementType: 'REQUIRED' },
            },
            shipping: { scheduledDeliveryWindow: window },
          },
        }),
        item('1-2', { ...price('10.00'), fulfillment: { quantityFulfilled: 1, quantityUnfulfilled: 0 } }),
      ],
    },
    {
      ...dated(2),
      salesChannel: germany,
      fulfillment: { fulfillmentStatus: 'SHIPPED', fulfilledBy: 'AMAZON' },
      proceeds: { grandTotal: euro('30.00') },
      orderItems: [item('2-1', { quantityOrdered: 3, ...price('30.00') })],
    },
    {
      ...dated(3),
      programs: ['PREORDER'],
      salesChannel: germany,
      fulfillment: { fulfillmentStatus: 'CANCELLED', fulfilledBy: 'MERCHANT' },
      orderItems: [item('3-1', price('99.00'))],
    },
    {
      ...dated(4),
      salesChannel: { channelName: 'AMAZON', marketplaceId: US, marketplaceName: 'Amazon.com' },
      fulfillment: { fulfillmentStatus: 'PENDING', fulfilledBy: 'AMAZON' },
      orderItems: [item('4-1')],
    },
    {
      ...dated(5),
      salesChannel: { channelName: 'NON_AMAZON' },
      fulfillment: { fulfillmentStatus: 'UNFULFILLABLE', fulfilledBy: 'AMAZON' },
      orderItems: [item('5-1', price('7.00'))],
    },
  ];
  await seedMarketplaces(database);
  const rows = await orderRows(
    orders.map((order) => {
      const read = readOrder(order);
      if (isUnreadable(read)) throw new Error(read.reason);
      return read;
    }),
  );
  await writeOrders(database, (sql) =>
    saveOrders(sql, rows, { includeItems: true, at: new Date(), changeSource: 'SYNC' }),
  );
}
