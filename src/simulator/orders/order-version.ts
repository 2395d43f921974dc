import { type Account, draftOrder, isNowhere, isOffAmazon } from './draft-order.js';
import { historyOf, type Period, type Step } from './order-history.js';
import { orderJson } from './order-json.js';
import type { SimulatedOrder } from './order-shape.js';

/** A version of an order: the members that searches need, and the whole order on demand. */
export interface OrderVersion {
  /** Milliseconds: the start of this version. */
  from: number;
  /** Milliseconds: `createdTime`. */
  created: number;
  /** Milliseconds: `lastUpdatedTime`. */
  updated: number;
  marketplaceId: string | undefined;
  status: string | undefined;
  fulfilledBy: string | undefined;
  /** A fresh copy of the order, with all data sets. */
  toJson(): SimulatedOrder;
}

/** A generated order. */
export interface GeneratedOrder {
  id: string;
  versions: OrderVersion[];
  /** Returns the order with its price (if it has one), shown or not. */
  priced(): SimulatedOrder;
}

/** Generates an order and its history. Its JSON isn't kept, since 200,000 orders would fill the memory. */
export function generatedOrder(account: Account, period: Period, number: number): GeneratedOrder {
  const { steps, ...fixed } = outline(account, period, number);
  const [first] = steps;
  const json = (step: Step) => orderJson(draftOrder(account, number), first.at, step);
  const versions = steps.map((step) => ({
    from: step.at,
    created: first.at,
    updated: step.updated,
    status: step.status,
    marketplaceId: fixed.marketplaceId,
    fulfilledBy: fixed.fulfilledBy,
    toJson: () => json(step),
  }));
  return { id: fixed.id, versions, priced: () => json({ ...first, price: fixed.bestPrice }) };
}

/** The part of a draft that is kept in memory. */
function outline(account: Account, period: Period, number: number) {
  const draft = draftOrder(account, number);
  return {
    id: draft.id,
    steps: historyOf(draft, account.seed, period),
    marketplaceId: isNowhere(draft.oddities) ? undefined : draft.marketplace.id,
    fulfilledBy: draft.fulfilledBy,
    bestPrice: isOffAmazon(draft.oddities) ? ('nothing' as const) : ('full' as const),
  };
}

/** A version from any JSON; `at` replaces unreadable times. */
export function givenVersion(order: SimulatedOrder, from: number, at: number): OrderVersion {
  const json = JSON.stringify(order);
  return {
    from,
    created: instant(order.createdTime) ?? at,
    updated: at,
    marketplaceId: order.salesChannel?.marketplaceId,
    status: order.fulfillment?.fulfillmentStatus,
    fulfilledBy: order.fulfillment?.fulfilledBy,
    toJson: () => JSON.parse(json) as SimulatedOrder,
  };
}

/** Parses an ISO 8601 instant to epoch milliseconds; undefined if invalid. */
export function instant(time: unknown): number | undefined {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** Copies missing prices from `full`. */
export function fillInPrice(order: SimulatedOrder, full: SimulatedOrder): void {
  if (isPriced(order) || full.proceeds === undefined) return;
  order.proceeds = full.proceeds;
  for (const item of order.orderItems) {
    const priced = full.orderItems.find(({ orderItemId }) => orderItemId === item.orderItemId);
    if (priced?.proceeds !== undefined) item.proceeds = priced.proceeds;
    if (priced?.product.price !== undefined) item.product.price = priced.product.price;
  }
}

/** Ships all units. */
export function markShipped(order: SimulatedOrder): void {
  order.fulfillment = { ...order.fulfillment, fulfillmentStatus: 'SHIPPED' };
  for (const item of order.orderItems) {
    item.fulfillment = { ...item.fulfillment, quantityFulfilled: item.quantityOrdered, quantityUnfulfilled: 0 };
  }
}

/** Cancels the order; its price stays as shown. */
export function markCancelled(order: SimulatedOrder): void {
  order.fulfillment = { ...order.fulfillment, fulfillmentStatus: 'CANCELLED' };
  for (const item of order.orderItems) {
    item.fulfillment = { ...item.fulfillment, quantityUnfulfilled: 0 };
    item.cancellation = { cancellationExecution: { cancelledBy: 'MERCHANT' } };
  }
}

/** A missing total and a total of 0 both mean unknown (seen in the field). */
function isPriced(order: SimulatedOrder): boolean {
  return Number(order.proceeds?.grandTotal?.amount ?? 0) !== 0;
}
