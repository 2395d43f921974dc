import { type Active, activate, countAndMatch, type Timing } from './rules.js';

/** What happens to an event on its way to the queue. The order in the book is changed in any case. */
export type EventFault =
  /** It is never sent. */
  | { kind: 'lost' }
  /** It is sent `ms` milliseconds late (default: a minute). */
  | { kind: 'late'; ms?: number }
  /** It is sent after the next one, or after `ms` milliseconds (default: a minute) if there is none. */
  | { kind: 'out-of-order'; ms?: number }
  /** The same message is sent again after `ms` milliseconds (default 0), with the same NotificationId. */
  | { kind: 'twice'; ms?: number }
  /** Another message tells of the same change after `ms` milliseconds (default 0), with another NotificationId. */
  | { kind: 'repeated'; ms?: number }
  /** Members that may be null are null, and optional ones are absent. */
  | { kind: 'nulls' }
  /** In place of the event: text that isn't JSON. */
  | { kind: 'not-json' }
  /** In place of the event: JSON that isn't a notification. */
  | { kind: 'not-a-notification' }
  /** In place of the event: a notification of another type (default ANY_OFFER_CHANGED). */
  | { kind: 'other-type'; notificationType?: string }
  /** The event names another seller. */
  | { kind: 'other-seller' }
  /** The event names an order that doesn't exist. */
  | { kind: 'unknown-order' }
  /** Replaces the text of the message. */
  | { kind: 'rewrite'; rewrite: (body: string) => string };

export interface EventFaultRule extends Timing {
  fault: EventFault;
  /** Only for events of this order. */
  orderId?: string;
}

/** The rules that select the fault of each event. */
export class EventFaults {
  #rules: Active<EventFaultRule>[] = [];

  /** Adds a rule. The first matching rule applies, in the order of addition. */
  add(rule: EventFaultRule): void {
    this.#rules.push(activate(rule));
  }

  /** Removes all rules; what is late already stays late. */
  clear(): void {
    this.#rules = [];
  }

  /** Returns the fault of an event of this order. Every rule for it counts it, whether it applies or not. */
  next(orderId: string): EventFault | undefined {
    const concerns = (rule: EventFaultRule) => rule.orderId === undefined || rule.orderId === orderId;
    return this.#rules.filter(concerns).filter(countAndMatch)[0]?.fault;
  }
}
