import type { SimulatedOrder } from './order-shape.js';

/** Tells the price that was not told before, as it stands in `full`; known prices stay as they are. */
export function fillInPrice(order: SimulatedOrder, full: SimulatedOrder): void {
  if (isPriced(order) || full.proceeds === undefined) return;
  order.proceeds = full.proceeds;
  for (const item of order.orderItems) {
    const priced = full.orderItems.find(({ orderItemId }) => orderItemId === item.orderItemId);
    if (priced?.proceeds !== undefined) item.proceeds = priced.proceeds;
    if (priced?.product.price !== undefined) item.product.price = priced.product.price;
  }
}

/** All units are on their way. */
export function markShipped(order: SimulatedOrder): void {
  order.fulfillment = { ...order.fulfillment, fulfillmentStatus: 'SHIPPED' };
  for (const item of order.orderItems) {
    item.fulfillment = { ...item.fulfillment, quantityFulfilled: item.quantityOrdered, quantityUnfulfilled: 0 };
  }
}

/** Nothing more will be sent; the price stays as it was told. */
export function markCancelled(order: SimulatedOrder): void {
  order.fulfillment = { ...order.fulfillment, fulfillmentStatus: 'CANCELLED' };
  for (const item of order.orderItems) {
    item.fulfillment = { ...item.fulfillment, quantityUnfulfilled: 0 };
    item.cancellation = { cancellationExecution: { cancelledBy: 'MERCHANT' } };
  }
}

/** A missing total and a total of 0 both mean "not known yet" (seen in the field). */
function isPriced(order: SimulatedOrder): boolean {
  return Number(order.proceeds?.grandTotal?.amount ?? 0) !== 0;
}
