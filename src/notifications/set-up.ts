import type { Connections } from '../connection/types.js';
import type { Clock } from '../core/clock.js';
import { NotificationError, UserError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import { callWithin } from '../spapi/http/call-within.js';
import { failureBehind } from '../spapi/http/errors.js';
import type { Destination, NotificationsApi, Subscription } from '../spapi/notifications/notifications-api.js';
import { STOPPED_AFTER_MS } from './status.js';

export interface SetUpOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly connections: Pick<Connections, 'openSpApi'>;
}

/** In milliseconds: a user waits for the answer. */
const MAX_WAIT_MS = 30_000;
/** docs: of the Seller Partner API, in AWS. */
const ARN = /^arn:aws(-[a-z]+)*:sqs:[a-z\d-]+:\d{12}:[\w-]{1,80}(\.fifo)?$/;
const DESTINATION_NAME = 'ordermirror';

/** @throws {UserError} BAD_USER_INPUT */
export function checkQueueArn(text: string): string {
  const arn = text.trim();
  const example = 'arn:aws:sqs:eu-west-1:123456789012:ordermirror';
  if (!ARN.test(arn))
    throw new UserError(
      'BAD_USER_INPUT',
      `This is no ARN of a queue. Copy it from the queue's page in the AWS console: ${example}`,
    );
  if (arn.endsWith('.fifo'))
    throw new UserError(
      'BAD_USER_INPUT',
      'Amazon sends to standard queues only, and this is a FIFO queue. Create a standard queue.',
    );
  return arn;
}

/**
 * Has Amazon send notifications of changed orders to a queue: creates the destination and the subscription, or finds those that
 * exist. No filter is set: what isn't mirrored is ignored when it arrives.
 * @param options.replace whether a subscription that sends to another queue may be deleted
 * @throws {UserError} BAD_USER_INPUT, NO_CONNECTION, NO_CREDENTIAL; {NotificationError}; {SyncError}
 */
export async function setUp(
  { database, clock, connections }: SetUpOptions,
  queueArn: string,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  const arn = checkQueueArn(queueArn);
  const { notifications: api } = await connections.openSpApi();
  const { destination, subscription } = await callWithin({ ms: MAX_WAIT_MS, clock }, async (watch) => {
    const destination = await destinationFor(api, arn, watch);
    const subscription = await subscriptionTo(api, destination, replace, watch);
    return { destination, subscription };
  });
  await database.query(
    `UPDATE notification_state
        SET subscribed_arn = $1, destination_id = $2, subscription_id = $3, subscribed_at = $4,
            missed_changes = NULL, missed_new_orders = NULL, missed_lag_ms = NULL, missed_at = NULL`,
    [arn, destination.destinationId, subscription.subscriptionId, clock.now()],
  );
}

type Watch = Parameters<NotificationsApi['getSubscription']>[0];

async function destinationFor(api: NotificationsApi, arn: string, watch: Watch): Promise<Destination> {
  const find = async () => (await refusedAs(api.getDestinations(watch))).find((each) => each.arn === arn);
  const known = await find();
  if (known) return known;
  try {
    return await api.createDestination(DESTINATION_NAME, arn, watch);
  } catch (error) {
    const status = failureBehind(error)?.status;
    // Another process created it meanwhile.
    const created = status === 409 ? await find() : undefined;
    if (created) return created;
    if (failureBehind(error)?.operation === 'token' || (status !== 400 && status !== 403)) throw refusal(error);
    throw new NotificationError(
      'QUEUE_REFUSED',
      `Amazon does not accept the queue ${arn} (${failureBehind(error)?.summary}). Check that it exists and is a standard queue, paste the access policy that the admin page shows into it, and set up again.${requestIdIn(error)}`,
      { cause: error },
    );
  }
}

async function subscriptionTo(
  api: NotificationsApi,
  { destinationId }: Destination,
  replace: boolean,
  watch: Watch,
): Promise<Subscription> {
  let known = await refusedAs(api.getSubscription(watch));
  if (known && known.destinationId !== destinationId) {
    if (!replace)
      throw new NotificationError(
        'SUBSCRIBED_ELSEWHERE',
        'Amazon sends the notifications of this account to another queue already, for this application. Use that queue, or set up again with `replace: true`, which ends the other subscription.',
      );
    await refusedAs(api.deleteSubscription(known.subscriptionId, watch));
    known = null;
  }
  if (known) return known;
  try {
    return await api.createSubscription(destinationId, watch);
  } catch (error) {
    const created = failureBehind(error)?.status === 409 ? await api.getSubscription(watch) : null;
    if (created?.destinationId === destinationId) return created;
    throw refusal(error);
  }
}

/**
 * Ends the subscription, and forgets the queue. The queue itself, and messages in it, stay.
 * @throws as `setUp` does
 */
export async function remove({ database, clock, connections }: SetUpOptions): Promise<void> {
  const [state] = await database.query<{ destinationId: string | null }>(
    'SELECT destination_id AS "destinationId" FROM notification_state',
  );
  const { notifications: api } = await connections.openSpApi();
  await callWithin({ ms: MAX_WAIT_MS, clock }, async (watch) => {
    const subscription = await refusedAs(api.getSubscription(watch));
    if (subscription) await refusedAs(api.deleteSubscription(subscription.subscriptionId, watch));
    const destinationId = state?.destinationId ?? subscription?.destinationId;
    if (destinationId) await deleteOwnDestination(api, destinationId, watch);
  });
  await database.query(
    `UPDATE notification_state
        SET subscribed_arn = NULL, destination_id = NULL, subscription_id = NULL, subscribed_at = NULL,
            missed_changes = NULL, missed_new_orders = NULL, missed_lag_ms = NULL, missed_at = NULL`,
  );
  // A queue that is still read stays; one that no process reads any more is forgotten.
  await database.query(
    `UPDATE notification_state
        SET queue_url = NULL, queue_arn = NULL, queued = NULL, dead_letters = NULL, dead_letter_arn = NULL,
            queue_error_code = NULL, queue_error = NULL, queue_error_at = NULL, polled_at = NULL, listening_since = NULL
      WHERE polled_at IS NULL OR polled_at < $1`,
    [new Date(clock.now().getTime() - STOPPED_AFTER_MS)],
  );
}

/** Deletes a destination that was created here, unless subscriptions to other notifications use it. */
async function deleteOwnDestination(api: NotificationsApi, destinationId: string, watch: Watch): Promise<void> {
  const destinations = await refusedAs(api.getDestinations(watch));
  const own = destinations.find((each) => each.destinationId === destinationId && each.name === DESTINATION_NAME);
  if (!own) return;
  try {
    await api.deleteDestination(destinationId, watch);
  } catch (error) {
    const status = failureBehind(error)?.status;
    if (status !== 400 && status !== 403 && status !== 409) throw refusal(error);
  }
}

async function refusedAs<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw refusal(error);
  }
}

const REFUSED_SCOPE = new Set(['invalid_scope', 'unauthorized_client', 'access_denied']);

/** Returns what a refusal means for notifications; any other error as it is. */
export function refusal(error: unknown): unknown {
  const failure = failureBehind(error);
  if (failure === null) return error;
  const isScope = failure.operation === 'token' && REFUSED_SCOPE.has(failure.code ?? '');
  const isRefused = failure.operation !== 'token' && (failure.status === 401 || failure.status === 403);
  if (!isScope && !isRefused) return error;
  const what = isScope
    ? 'Amazon does not give this application the scope sellingpartnerapi::notifications'
    : `Amazon refused ${failure.operation}`;
  return new NotificationError(
    'NOTIFICATIONS_REFUSED',
    `${what} (${failure.summary}). Check in the Solution Provider Portal that the application is in production and has a role that may read orders, or ask Amazon's support. Scheduled syncs read all changes meanwhile.${requestIdIn(error)}`,
    { cause: error },
  );
}

function requestIdIn(error: unknown): string {
  const requestId = failureBehind(error)?.requestId;
  return requestId ? ` Amazon's request id: ${requestId}.` : '';
}
