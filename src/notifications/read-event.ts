import { isJsonObject, type JsonObject, type JsonValue } from '../spapi/http/answer.js';

/** What is kept of an ORDER_CHANGE notification. Everything else, such as the postal code, is dropped here. */
export interface OrderEvent {
  /** Amazon's id of the notification; null if it has none. */
  readonly notificationId: string | null;
  readonly sellerId: string | null;
  readonly amazonOrderId: string;
  readonly marketplaceId: string | null;
  /** When the order changed; null if Amazon doesn't say so. */
  readonly changedAt: Date | null;
  /** When Amazon sent the notification. */
  readonly sentAt: Date;
}

/** A message of the queue. */
export type ReadMessage =
  | { readonly kind: 'ORDER'; readonly event: OrderEvent }
  /** A message that `sendTestNotification` put into the queue. */
  | { readonly kind: 'TEST'; readonly testId: string }
  /** A notification of another type. */
  | { readonly kind: 'OTHER' }
  /** @property reason one sentence, without the message's values */
  | { readonly kind: 'UNREADABLE'; readonly reason: string };

/** `NotificationType` of test messages. */
export const TEST_TYPE = 'ORDERMIRROR_TEST';

/** The id of the test that Amazon sends: the example of its schema. */
export const AMAZONS_TEST_ID = 'amazon';
const AMAZONS_EXAMPLE = '903-8868176-2219830';

const ORDER_CHANGE = 'ORDER_CHANGE';
/** Envelopes within envelopes. */
const MAX_DEPTH = 3;

/**
 * Reads the body of a message. Members may be absent or null, and be written in Pascal case (as ORDER_CHANGE is documented) or
 * camel case (as newer types are). A notification may come in the envelope of SNS or EventBridge, if the owner forwards it.
 * @param sentAt when the message was sent to the queue, by its clock: later times in it are wrong
 */
export function readMessage(body: string, sentAt: Date): ReadMessage {
  const root = unwrap(parse(body));
  if (root === null) return unreadable('it is no JSON object');
  const type = textIn(root, 'notificationType');
  if (type === TEST_TYPE) {
    const testId = idIn(root, 'testId');
    return testId === null ? { kind: 'OTHER' } : { kind: 'TEST', testId };
  }
  const change = objectIn(objectIn(root, 'payload'), 'orderChangeNotification');
  if (type !== null && type !== ORDER_CHANGE) return { kind: 'OTHER' };
  if (change === null)
    return unreadable(type === null ? 'it has no NotificationType' : 'it has no Payload.OrderChangeNotification');
  const amazonOrderId = idIn(change, 'amazonOrderId');
  if (amazonOrderId === null) return unreadable('it has no AmazonOrderId');
  if (amazonOrderId === AMAZONS_EXAMPLE) return { kind: 'TEST', testId: AMAZONS_TEST_ID };
  const metadata = objectIn(root, 'notificationMetadata');
  const published = timeIn(root, 'eventTime') ?? timeIn(metadata, 'publishTime');
  return {
    kind: 'ORDER',
    event: {
      notificationId: idIn(metadata, 'notificationId'),
      sellerId: idIn(change, 'sellerId'),
      amazonOrderId,
      marketplaceId: idIn(objectIn(change, 'summary'), 'marketplaceId'),
      changedAt: notAfter(timeIn(objectIn(change, 'orderChangeTrigger'), 'timeOfOrderChange'), sentAt),
      sentAt: notAfter(published, sentAt) ?? sentAt,
    },
  };
}

function unreadable(what: string): ReadMessage {
  return { kind: 'UNREADABLE', reason: `The message is no ORDER_CHANGE notification: ${what}.` };
}

function parse(body: string): JsonValue | undefined {
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Returns the notification in the envelope of SNS (`Message`, a text) or EventBridge (`detail`), or itself. */
function unwrap(value: JsonValue | undefined, depth = 0): JsonObject | null {
  if (!isJsonObject(value)) return null;
  const inner = memberIn(value, 'message') ?? memberIn(value, 'detail');
  const isEnvelope = memberIn(value, 'payload') === undefined && inner !== undefined && depth < MAX_DEPTH;
  return isEnvelope ? unwrap(typeof inner === 'string' ? parse(inner) : inner, depth + 1) : value;
}

/** @param name in camel case */
function memberIn(object: JsonObject | null, name: string): JsonValue | undefined {
  if (object === null) return undefined;
  return object[`${name[0]?.toUpperCase()}${name.slice(1)}`] ?? object[name] ?? undefined;
}

function objectIn(object: JsonObject | null, name: string): JsonObject | null {
  const value = memberIn(object, name);
  return isJsonObject(value) ? value : null;
}

function textIn(object: JsonObject | null, name: string): string | null {
  const value = memberIn(object, name);
  return typeof value === 'string' ? value.trim() : null;
}

/** Ids of orders, marketplaces, sellers and notifications. Any other text is no id. */
function idIn(object: JsonObject | null, name: string): string | null {
  const text = textIn(object, name);
  return text !== null && /^[\w.-]{1,100}$/.test(text) ? text : null;
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;

function timeIn(object: JsonObject | null, name: string): Date | null {
  const text = textIn(object, name);
  const time = text !== null && ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? null : new Date(time);
}

function notAfter(time: Date | null, limit: Date): Date | null {
  return time !== null && time > limit ? limit : time;
}
