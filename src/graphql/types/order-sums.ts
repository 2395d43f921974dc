import type { OrderTotals, StatusCount } from '../../mirror/read/order-totals.js';
import type { Builder } from '../builder.js';
import { padAmount } from './money.js';

/** Registers what `orders` returns about all orders that match its filter. */
export function addOrderSums(builder: Builder) {
  const Totals = builder.objectRef<OrderTotals>('OrderTotals').implement({
    description: 'Sums of orders in one currency.',
    fields: (t) => ({
      currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217; XXX if unknown.' }),
      orders: t.exposeInt('orders', { description: 'All orders, also cancelled ones.' }),
      orderTotal: t.field({
        type: 'Decimal',
        description: 'The sum of `orderTotal` of these orders; unknown ones add nothing.',
        resolve: ({ orderTotal, currencyCode }) => padAmount(orderTotal, currencyCode),
      }),
      soldOrders: t.exposeInt('soldOrders', {
        description: 'The orders that `sales` has: with items, not cancelled, sold on Amazon.',
      }),
      exactUnits: t.field({
        type: 'Decimal',
        description: 'Units of `soldOrders`.',
        resolve: ({ units }) => String(units),
      }),
      revenue: t.field({
        type: 'Decimal',
        description: 'The item subtotals of `soldOrders`, as `sales` has them; unknown ones add nothing.',
        resolve: ({ revenue, currencyCode }) => padAmount(revenue, currencyCode),
      }),
      unknownPriceOrders: t.exposeInt('unknownPriceOrders', {
        description: 'Orders that `hasUnknownPrice: true` matches: they add nothing, or not all, to the sums.',
      }),
    }),
  });
  const Count = builder.objectRef<StatusCount>('OrderStatusCount').implement({
    description: 'How many orders have a status.',
    fields: (t) => ({ status: t.exposeString('status'), count: t.exposeInt('count') }),
  });
  return { OrderTotals: Totals, StatusCount: Count };
}
