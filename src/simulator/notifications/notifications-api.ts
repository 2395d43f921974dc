import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { apiError, ErrorReply, invalidInput, type Reply, readBody, unsupportedMediaType } from '../api/http.js';
import type { NotificationOperation, Route } from '../api/operations.js';
import { refuseUnknown } from '../api/search-query.js';
import type { Queues } from '../sqs/queues.js';
import { checkFilter, unparsable } from './event-filter.js';
import type { Notifications } from './notifications.js';
import type { Destination, Subscription } from './subscriptions.js';
import { testNotification } from './test-notification.js';

/** The data that the Notifications API serves. */
export interface NotificationsAccount {
  now: () => number;
  notifications: Notifications;
  queues: Queues;
}

type Json = Record<string, unknown>;

const TYPE = 'ORDER_CHANGE';
const PAYLOAD_VERSION = '1.0';
const APPLICATION = 'amzn1.sp.solution.simulated-0000-0000-0000';
const ARN = /^arn:aws:sqs:\S+:\S+:\S+/;

/** The Notifications API (model: notifications), with one notification type. */
export async function notificationsReply(
  account: NotificationsAccount,
  { operation, id, subId }: Route & { operation: NotificationOperation },
  query: URLSearchParams,
  request: IncomingMessage,
): Promise<Reply> {
  const { notifications } = account;
  notifications.catchUp();
  switch (operation) {
    case 'createDestination':
      return createDestination(account, await bodyOf(request));
    case 'getDestinations':
      return payload(notifications.subscriptions.destinations.map(destinationJson));
    case 'getDestination':
      return payload(destinationJson(destinationOf(notifications, id)));
    case 'deleteDestination':
      return deleteDestination(notifications, id);
    case 'createSubscription':
      return createSubscription(notifications, id, await bodyOf(request));
    case 'getSubscription':
      return getSubscription(notifications, id, query);
    case 'getSubscriptions':
      return getSubscriptions(notifications, query);
    case 'getSubscriptionById':
      return payload(subscriptionJson(subscriptionOf(notifications, id, subId)));
    case 'deleteSubscriptionById':
      subscriptionOf(notifications, id, subId);
      notifications.subscriptions.unsubscribe();
      return { status: 200, body: {} };
    case 'sendTestNotification':
      return sendTestNotification(account, id, await bodyOf(request));
  }
}

function payload(value: unknown): Reply {
  return { status: 200, body: { payload: value } };
}

function createDestination({ notifications, queues }: NotificationsAccount, body: Json): Reply {
  const { name, resourceSpecification } = body;
  if (typeof name !== 'string' || name === '' || name.length > 256)
    throw invalidInput('name must have 1 to 256 characters.');
  const arn = (resourceSpecification as { sqs?: { arn?: unknown } } | undefined)?.sqs?.arn;
  if (typeof arn !== 'string' || !ARN.test(arn))
    throw invalidInput('resourceSpecification.sqs.arn must be the ARN of a queue.');
  if (notifications.subscriptions.destinations.some((destination) => destination.arn === arn)) {
    const details = `A destination with arn ${arn} already exists for the application ${APPLICATION}`;
    throw conflict('Conflict', 'The requested resource conflict with a resource in the server.', details);
  }
  // The code is unverified; that Amazon looks follows from the right to GetQueueAttributes that it asks for.
  if (!queues.byArn(arn)?.admitsAmazon) throw forbidden(`Access to the SQS queue ${arn} is denied.`);
  return payload(destinationJson(notifications.subscriptions.addDestination(name, arn)));
}

function deleteDestination({ subscriptions }: Notifications, destinationId: string): Reply {
  const destination = destinationOf({ subscriptions }, destinationId);
  if (subscriptions.subscription?.destination === destination) throw forbidden('Destination has subscriptions');
  subscriptions.removeDestination(destination);
  return { status: 200, body: {} };
}

function createSubscription(notifications: Notifications, type: string, body: Json): Reply {
  checkType(type);
  checkVersion(body.payloadVersion);
  const destination = destinationOf(notifications, String(body.destinationId ?? ''));
  const directive = checkFilter(body.processingDirective, notifications.settings.filters);
  if (notifications.subscriptions.subscription !== undefined) {
    throw conflict(
      'StateConflict',
      'The resource specified conflicts with the current state.',
      `Subscription already exist for notification type ${type}`,
    );
  }
  return payload(subscriptionJson(notifications.subscribeTo(destination, directive)));
}

function getSubscription(notifications: Notifications, type: string, query: URLSearchParams): Reply {
  checkType(type);
  refuseUnknown(query, ['payloadVersion']);
  const { subscription } = notifications.subscriptions;
  if (subscription === undefined || !isVersion(query)) throw noSuch(`subscription for notification type ${type}`);
  return payload(subscriptionJson(subscription));
}

function getSubscriptions({ subscriptions: { subscription } }: Notifications, query: URLSearchParams): Reply {
  refuseUnknown(query, ['notificationTypes', 'payloadVersion', 'pageSize', 'nextToken']);
  const types = query.get('notificationTypes')?.split(',') ?? [];
  if (types.length !== 1) throw invalidInput('notificationTypes must name one notification type.');
  const pageSize = Number(query.get('pageSize') ?? 30);
  if (!(pageSize >= 30 && pageSize <= 100)) throw invalidInput('pageSize must be from 30 to 100.');
  const isAsked = types[0] === TYPE && subscription !== undefined && isVersion(query);
  return payload({ subscriptions: isAsked ? [subscriptionJson(subscription)] : [] });
}

/** The event of Amazon's schema, in place of one of the seller's; which scenarios there are isn't documented. */
function sendTestNotification({ notifications, now }: NotificationsAccount, type: string, body: Json): Reply {
  checkType(type);
  const test = (body.testNotification ?? {}) as Json;
  checkVersion(test.payloadVersion);
  if (typeof test.testScenario !== 'string' || test.testScenario === '')
    throw invalidInput('testScenario must not be empty.');
  const destination = destinationOf(notifications, String(body.destinationId ?? ''));
  const subscriptionId = notifications.subscriptions.subscription?.subscriptionId ?? randomUUID();
  notifications.deliver(destination, JSON.stringify(testNotification(subscriptionId, now())));
  return { status: 200, body: {} };
}

/** Amazon also sends the kinds of resources that a destination isn't, as null (seen in the field). */
function destinationJson({ destinationId, name, arn }: Destination): Json {
  return { resource: { sqs: { arn }, eventBridge: null }, destinationId, name };
}

function subscriptionJson({ subscriptionId, destination, processingDirective }: Subscription): Json {
  return {
    subscriptionId,
    payloadVersion: PAYLOAD_VERSION,
    destinationId: destination.destinationId,
    ...(processingDirective !== undefined && { processingDirective }),
  };
}

function destinationOf({ subscriptions }: Pick<Notifications, 'subscriptions'>, destinationId: string): Destination {
  const destination = subscriptions.destination(destinationId);
  if (destination === undefined) throw noSuch(`destination ${destinationId}`);
  return destination;
}

function subscriptionOf({ subscriptions }: Notifications, type: string, subscriptionId: string): Subscription {
  checkType(type);
  const { subscription } = subscriptions;
  if (subscription?.subscriptionId !== subscriptionId) throw noSuch(`subscription ${subscriptionId}`);
  return subscription as Subscription;
}

function checkType(type: string): void {
  if (type !== TYPE) throw invalidInput(`Invalid value "${type}" for path parameter notificationType`);
}

function checkVersion(version: unknown): void {
  if (version !== PAYLOAD_VERSION) throw unparsable(`Payload version ${String(version)} is not supported for ${TYPE}`);
}

function isVersion(query: URLSearchParams): boolean {
  return (query.get('payloadVersion') ?? PAYLOAD_VERSION) === PAYLOAD_VERSION;
}

/** 409 in the words of both APIs behind it (docs#2072, docs#3448). */
function conflict(code: 'Conflict' | 'StateConflict', message: string, details: string): ErrorReply {
  return new ErrorReply(apiError(409, code, message, details));
}

/** 403 (docs#1800). */
function forbidden(details: string): ErrorReply {
  return new ErrorReply(apiError(403, 'Unauthorized', 'The requested action is forbidden.', details));
}

function noSuch(what: string): ErrorReply {
  return new ErrorReply(apiError(404, 'NotFound', 'The requested resource was not found.', `There is no ${what}.`));
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) throw unsupportedMediaType();
  const text = await readBody(request);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  } catch {
    // The same error as for JSON that is no object.
  }
  throw unparsable('The body is not a JSON object.');
}
