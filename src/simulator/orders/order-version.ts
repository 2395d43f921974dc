import { type Account, draftOrder, isNowhere, isOffAmazon } from './draft-order.js';
import { historyOf, type Period, type Step } from './order-history.js';
import { orderJson } from './order-json.js';
import type { SimulatedOrder } from './order-shape.js';

/** An order as it is from an instant on, until its next version: what searches need to know, and the rest on demand. */
export interface OrderVersion {
  /** Milliseconds: when it comes to be. */
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

/** An order that the book makes up. */
export interface GeneratedOrder {
  id: string;
  versions: OrderVersion[];
  /** The order with its price (if it has one), whatever Amazon tells of it. */
  priced(): SimulatedOrder;
}

/** The order with this number and its life. Its JSON is made anew each time: 200,000 orders would fill the memory. */
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

/** What is kept of a draft: little, so that the drafts themselves can be forgotten. */
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

/** A version given as JSON, however wrong; `at` stands in for times that can't be read. */
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

/** Milliseconds, or undefined if that isn't a time. */
export function instant(time: unknown): number | undefined {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
