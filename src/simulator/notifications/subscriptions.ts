import { randomUUID } from 'node:crypto';
import type { OrderChangeType } from './order-change.js';

/** A queue that notifications can be sent to; of the application, not of the seller. */
export interface Destination {
  destinationId: string;
  name: string;
  arn: string;
}

/** The filter of a subscription (model: EventFilter), as far as ORDER_CHANGE has one. */
export interface EventFilter {
  eventFilterType: string;
  marketplaceIds?: string[];
  orderChangeTypes?: OrderChangeType[];
}

/** The seller's subscription to ORDER_CHANGE. */
export interface Subscription {
  subscriptionId: string;
  destination: Destination;
  processingDirective: { eventFilter: EventFilter } | undefined;
}

/** The application's destinations, and the seller's one subscription. */
export class Subscriptions {
  destinations: Destination[] = [];
  subscription: Subscription | undefined;

  addDestination(name: string, arn: string): Destination {
    const destination = { destinationId: randomUUID(), name, arn };
    this.destinations.push(destination);
    return destination;
  }

  destination(destinationId: string): Destination | undefined {
    return this.destinations.find((each) => each.destinationId === destinationId);
  }

  removeDestination(destination: Destination): void {
    this.destinations = this.destinations.filter((each) => each !== destination);
  }

  subscribe(destination: Destination, processingDirective: Subscription['processingDirective']): Subscription {
    this.subscription = { subscriptionId: randomUUID(), destination, processingDirective };
    return this.subscription;
  }

  unsubscribe(): void {
    this.subscription = undefined;
  }

  /** Whether the subscription's filter lets this event pass. */
  admits(marketplaceId: string | undefined, type: OrderChangeType): boolean {
    const { marketplaceIds, orderChangeTypes } = this.subscription?.processingDirective?.eventFilter ?? {};
    const isAsked =
      marketplaceIds === undefined || (marketplaceId !== undefined && marketplaceIds.includes(marketplaceId));
    return isAsked && (orderChangeTypes === undefined || orderChangeTypes.includes(type));
  }
}
