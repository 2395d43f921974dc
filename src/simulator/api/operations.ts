/** The operations of the simulator: the login, those of the SP-API, the download of a report's document, and those of SQS. */
export type Operation = 'token' | ApiOperation | 'downloadReport' | QueueAction;

/** The operations of the Notifications API. */
export const NOTIFICATION_OPERATIONS = [
  'createDestination',
  'getDestinations',
  'getDestination',
  'deleteDestination',
  'createSubscription',
  'getSubscription',
  'getSubscriptions',
  'getSubscriptionById',
  'deleteSubscriptionById',
  'sendTestNotification',
] as const;

export type NotificationOperation = (typeof NOTIFICATION_OPERATIONS)[number];

/** Operations of the application, not of a seller: they need a grantless token (model). */
export const GRANTLESS_OPERATIONS: readonly Operation[] = [
  'createDestination',
  'getDestinations',
  'getDestination',
  'deleteDestination',
  'getSubscriptionById',
  'deleteSubscriptionById',
  'sendTestNotification',
];

/** The operations of the SP-API, which have a usage plan. */
export const API_OPERATIONS = [
  'getMarketplaceParticipations',
  'searchOrders',
  'getOrder',
  'createReport',
  'getReport',
  'getReportDocument',
  ...NOTIFICATION_OPERATIONS,
] as const;

export type ApiOperation = (typeof API_OPERATIONS)[number];

/** The operations of the queue service. */
export const QUEUE_ACTIONS = [
  'SendMessage',
  'SendMessageBatch',
  'ReceiveMessage',
  'DeleteMessage',
  'DeleteMessageBatch',
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
  'GetQueueAttributes',
  'SetQueueAttributes',
  'GetQueueUrl',
  'PurgeQueue',
] as const;

export type QueueAction = (typeof QUEUE_ACTIONS)[number];

export function isQueueAction(operation: string): operation is QueueAction {
  return (QUEUE_ACTIONS as readonly string[]).includes(operation);
}

export function isApiOperation(operation: Operation): operation is ApiOperation {
  return (API_OPERATIONS as readonly string[]).includes(operation);
}

export function isNotificationOperation(operation: Operation): operation is NotificationOperation {
  return (NOTIFICATION_OPERATIONS as readonly string[]).includes(operation);
}

/** The operation of a request; `id` is the order's, report's, document's, destination's or the notification type. */
export interface Route {
  operation: Operation;
  id: string;
  /** The subscription's id, where the path has one. */
  subId: string;
}

const ROUTES: readonly [method: string, path: string, operation: Operation][] = [
  ['POST', '/auth/o2/token', 'token'],
  ['GET', '/sellers/v1/marketplaceParticipations', 'getMarketplaceParticipations'],
  ['GET', '/orders/2026-01-01/orders', 'searchOrders'],
  ['GET', '/orders/2026-01-01/orders/{id}', 'getOrder'],
  ['POST', '/reports/2021-06-30/reports', 'createReport'],
  ['GET', '/reports/2021-06-30/reports/{id}', 'getReport'],
  ['GET', '/reports/2021-06-30/documents/{id}', 'getReportDocument'],
  ['GET', '/report-documents/{id}', 'downloadReport'],
  ['GET', '/notifications/v1/destinations', 'getDestinations'],
  ['POST', '/notifications/v1/destinations', 'createDestination'],
  ['GET', '/notifications/v1/destinations/{id}', 'getDestination'],
  ['DELETE', '/notifications/v1/destinations/{id}', 'deleteDestination'],
  ['GET', '/notifications/v1/subscriptions', 'getSubscriptions'],
  ['GET', '/notifications/v1/subscriptions/{id}', 'getSubscription'],
  ['POST', '/notifications/v1/subscriptions/{id}', 'createSubscription'],
  ['POST', '/notifications/v1/subscriptions/{id}/testNotification', 'sendTestNotification'],
  ['GET', '/notifications/v1/subscriptions/{id}/{subId}', 'getSubscriptionById'],
  ['DELETE', '/notifications/v1/subscriptions/{id}/{subId}', 'deleteSubscriptionById'],
];

/** The paths as expressions; their groups are `id` and `subId`. */
const PATTERNS = ROUTES.map(([method, path, operation]) => ({
  method,
  path: new RegExp(`^${path.replace('{id}', '(?<id>[^/]+)').replace('{subId}', '(?<subId>[^/]+)')}$`),
  operation,
}));

/** Returns the route of a request; undefined for a path that Amazon doesn't serve. */
export function routeOf(method: string, path: string): Route | undefined {
  for (const pattern of PATTERNS) {
    const match = pattern.method === method ? pattern.path.exec(path) : null;
    if (match === null) continue;
    const id = decode(match.groups?.id ?? '');
    const subId = decode(match.groups?.subId ?? '');
    return id === undefined || subId === undefined ? undefined : { operation: pattern.operation, id, subId };
  }
  return undefined;
}

const SQS_TARGET = 'AmazonSQS.';

/** Returns the action of a request to SQS by its target header, 'unknown' for one that SQS doesn't have. */
export function queueActionOf(target: string | undefined): QueueAction | 'unknown' | undefined {
  if (!target?.startsWith(SQS_TARGET)) return undefined;
  const action = target.slice(SQS_TARGET.length);
  return isQueueAction(action) ? action : 'unknown';
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
