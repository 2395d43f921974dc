import { randomUUID } from 'node:crypto';
import { type EventFault, type EventFaultRule, EventFaults } from '../faults/event-faults.js';
import type { OrderBook, OrderTransition } from '../orders/order-book.js';
import type { SimulatedOrder } from '../orders/order-shape.js';
import type { Queues } from '../sqs/queues.js';
import { changeType, type OrderChangeType, orderChangeJson, withNulls } from './order-change.js';
import { Schedule } from './schedule.js';
import type { Destination, Subscription } from './subscriptions.js';
import { Subscriptions } from './subscriptions.js';

/** How the Notifications API answers and events are sent; a change applies from then on. */
export interface NotificationSettings {
  /** `refused`: the login answers `invalid_scope` to the scope of notifications, as for some accounts. */
  scope: 'granted' | 'refused';
  /**
   * The event filters that createSubscription takes: by change types (default; one by marketplaces alone is refused,
   * models#4135), any, none, or one is required ("must not be empty", seen in the field).
   */
  filters: 'types' | 'any' | 'refused' | 'required';
  /** New orders make an event too (default true; unproven for Amazon). */
  newOrders: boolean;
  /** The seller id in events. */
  sellerId: string;
  /** Milliseconds between a change and its event (default 0). */
  delayMs: number;
}

/** An event that was sent, or would have been but for its fault. */
export interface PublishedEvent {
  orderId: string;
  type: OrderChangeType;
  notificationId: string;
  /** Milliseconds: when the order changed. */
  changedAt: number;
  fault: EventFault | undefined;
}

/** The seller of the simulated account. */
export const SELLER_ID = 'A3SIMULATED00';
export const OTHER_SELLER_ID = 'A3SOMEONEELSE';
const UNKNOWN_ORDER_ID = '999-0000000-0000000';
const MINUTE = 60_000;

const DEFAULTS: NotificationSettings = {
  scope: 'granted',
  filters: 'types',
  newOrders: true,
  sellerId: SELLER_ID,
  delayMs: 0,
};

/** Sends an ORDER_CHANGE event to the subscription's queue for each change of the book that Amazon sends one for. */
export class Notifications {
  readonly subscriptions = new Subscriptions();
  /** The events since the start, oldest first, lost ones included. */
  readonly published: PublishedEvent[] = [];
  readonly #now: () => number;
  readonly #book: OrderBook;
  readonly #queues: Queues;
  readonly #faults = new EventFaults();
  readonly #schedule = new Schedule();
  /** Messages that wait for the next event, to be sent after it. */
  #heldBack: ((at: number) => void)[] = [];
  #settings: NotificationSettings;
  #isWatching = false;

  constructor(now: () => number, book: OrderBook, queues: Queues, settings: Partial<NotificationSettings> = {}) {
    this.#now = now;
    this.#book = book;
    this.#queues = queues;
    this.#settings = { ...DEFAULTS, ...settings };
  }

  get settings(): Readonly<NotificationSettings> {
    return this.#settings;
  }

  /** Changes settings. */
  set(settings: Partial<NotificationSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  /** Adds a fault of events. */
  add(rule: EventFaultRule): void {
    this.#faults.add(rule);
  }

  /** Removes all faults; events that are late already stay late. */
  clear(): void {
    this.#faults.clear();
  }

  /** Creates destination and subscription as the API does, and returns the subscription; for tests of what comes after. */
  subscribe(queueArn: string = this.#queues.get().arn): Subscription {
    const destination =
      this.subscriptions.destinations.find(({ arn }) => arn === queueArn) ??
      this.subscriptions.addDestination('simulated', queueArn);
    return this.subscribeTo(destination, undefined);
  }

  /** Creates the subscription: events are sent for changes from now on. */
  subscribeTo(destination: Destination, directive: Subscription['processingDirective']): Subscription {
    this.catchUp();
    const subscription = this.subscriptions.subscribe(destination, directive);
    if (!this.#isWatching) this.#watch();
    return subscription;
  }

  /** Sends an event of an order as it is now, changed or not. @throws {Error} if there is no such order */
  publish(orderId: string, type: OrderChangeType = 'OrderStatusChange'): void {
    const order = this.#book.get(orderId);
    if (order === undefined) throw new Error(`no order ${orderId} in the book`);
    this.#publish(order, type, this.#now(), this.#now());
  }

  /** Sends what is due by the clock. Nothing runs by itself: it is called whenever a queue is looked at. */
  catchUp(): void {
    this.#schedule.runDue(this.#now());
  }

  /** Sends a message to a destination; nothing if its queue is gone or doesn't let Amazon send. */
  deliver({ arn }: Destination, body: string, at = this.#now()): void {
    const queue = this.#queues.byArn(arn);
    if (queue?.admitsAmazon) queue.send(body, { at });
  }

  #watch(): void {
    this.#isWatching = true;
    // What a test changes in the past becomes known now.
    const toEntry = (transition: OrderTransition, at = transition.at) => ({
      at,
      run: () => this.#happen(transition, at),
    });
    this.#schedule.addAll([...this.#book.transitionsAfter(this.#now())].map((each) => toEntry(each)));
    this.#book.onChange((transition) => {
      const { at, run } = toEntry(transition, Math.max(transition.at, this.#now()));
      this.#schedule.add(at, run);
      this.catchUp();
    });
  }

  #happen({ orderId, at, before, after }: OrderTransition, knownAt: number): void {
    if (!this.#book.hasVersion(orderId, after) || this.subscriptions.subscription === undefined) return;
    if (before === undefined && !this.#settings.newOrders) return;
    const order = after.toJson();
    const type = changeType(before?.toJson(), order);
    // Orders from elsewhere, and those that no id or marketplace can be read of, make no event.
    if (type === undefined || order.orderId !== orderId || order.salesChannel?.marketplaceId === undefined) return;
    this.#publish(order, type, at, knownAt);
  }

  /** @param knownAt milliseconds: may lie before now, where nobody has looked since */
  #publish(order: SimulatedOrder, type: OrderChangeType, changedAt: number, knownAt: number): void {
    const { subscription } = this.subscriptions;
    if (subscription === undefined || !this.subscriptions.admits(order.salesChannel.marketplaceId, type)) return;
    const fault = this.#faults.next(order.orderId);
    const notificationId = randomUUID();
    this.published.push({ orderId: order.orderId, type, notificationId, changedAt, fault });
    const { sellerId, delayMs } = this.#settings;
    const { subscriptionId, destination } = subscription;
    const publishedAt = knownAt + delayMs;
    const bodyOf = (id: string) => {
      const event = { type, changedAt, sellerId, subscriptionId, notificationId: id, publishedAt };
      return messageOf(orderChangeJson({ ...event, order }), fault);
    };
    const send = (text: string, ms = 0) => {
      const at = publishedAt + ms;
      this.#schedule.add(at, () => this.deliver(destination, text, at));
    };
    const body = bodyOf(notificationId);
    switch (fault?.kind) {
      case 'lost':
        return;
      case 'out-of-order':
        this.#holdBack(destination, body, publishedAt + (fault.ms ?? MINUTE));
        return;
      case 'late':
        send(body, fault.ms ?? MINUTE);
        break;
      case 'twice':
      case 'repeated':
        send(body);
        send(fault.kind === 'twice' ? body : bodyOf(randomUUID()), fault.ms);
        break;
      default:
        send(body);
    }
    for (const release of this.#heldBack.splice(0)) this.#schedule.add(publishedAt, () => release(publishedAt));
    this.catchUp();
  }

  #holdBack(destination: Destination, body: string, until: number): void {
    let isSent = false;
    const release = (at: number) => {
      if (!isSent) this.deliver(destination, body, at);
      isSent = true;
    };
    this.#heldBack.push(release);
    this.#schedule.add(until, () => release(until));
  }
}

/** The text of the message under a fault. */
function messageOf(notification: Record<string, unknown>, fault: EventFault | undefined): string {
  const text = JSON.stringify(notification);
  switch (fault?.kind) {
    case 'nulls':
      return JSON.stringify(withNulls(notification));
    case 'not-json':
      return `<Notification>${text.slice(0, 100)}`;
    case 'not-a-notification':
      return JSON.stringify({ Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }] });
    case 'other-type':
      return JSON.stringify({
        ...notification,
        NotificationType: fault.notificationType ?? 'ANY_OFFER_CHANGED',
        Payload: { AnyOfferChangedNotification: { SellerId: SELLER_ID, OfferChangeTrigger: {} } },
      });
    case 'other-seller':
      return withMember(notification, 'SellerId', OTHER_SELLER_ID);
    case 'unknown-order':
      return withMember(notification, 'AmazonOrderId', UNKNOWN_ORDER_ID);
    case 'rewrite':
      return fault.rewrite(text);
    default:
      return text;
  }
}

function withMember(notification: Record<string, unknown>, name: string, value: string): string {
  const copy = structuredClone(notification) as { Payload: { OrderChangeNotification: Record<string, unknown> } };
  copy.Payload.OrderChangeNotification[name] = value;
  return JSON.stringify(copy);
}
