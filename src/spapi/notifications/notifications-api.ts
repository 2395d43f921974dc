import { z } from 'zod';
import type { CallWatch } from '../http/call-watch.js';
import type { SpApiClient } from '../http/client.js';
import type { Operation } from '../http/endpoints.js';
import { failureBehind, unexpectedAnswer } from '../http/errors.js';

const PATH = '/notifications/v1';
const TYPE = 'ORDER_CHANGE';
const PAYLOAD_VERSION = '1.0';
/** model: all change types of ORDER_CHANGE, the newest last. */
const CHANGE_TYPES = ['OrderStatusChange', 'BuyerRequestedChange', 'DeliveryTipChange'];

/** A queue that Amazon can send to; it belongs to the application, not to the seller. */
export interface Destination {
  readonly destinationId: string;
  readonly name: string | null;
  /** Null for one that is no queue. */
  readonly arn: string | null;
}

/** The seller's subscription to ORDER_CHANGE. */
export interface Subscription {
  readonly subscriptionId: string;
  readonly destinationId: string;
}

/**
 * The Notifications API, for ORDER_CHANGE. Operations on destinations, and the deletion of a subscription, use a token without
 * a seller's grant; Amazon refuses some applications its scope. Methods throw a SyncError.
 */
export interface NotificationsApi {
  getDestinations(watch: CallWatch): Promise<Destination[]>;
  /** A 409 means that the application has a destination with this ARN. */
  createDestination(name: string, arn: string, watch: CallWatch): Promise<Destination>;
  /** Deletes it if it exists. */
  deleteDestination(destinationId: string, watch: CallWatch): Promise<void>;
  getSubscription(watch: CallWatch): Promise<Subscription | null>;
  /** A 409 means that there is a subscription, to this destination or another. */
  createSubscription(destinationId: string, watch: CallWatch): Promise<Subscription>;
  /** Deletes it if it exists. */
  deleteSubscription(subscriptionId: string, watch: CallWatch): Promise<void>;
  /** Has Amazon send its example of an ORDER_CHANGE notification. */
  sendTestNotification(destinationId: string, watch: CallWatch): Promise<void>;
}

/** An id that is sent in the path of a URL. */
const id = z.string().regex(/^(?=.*\w)[^\p{C}\s]{1,500}$/u);

/** model: Destination. Seen in the field: null for the kind of resource that it isn't. */
const wireDestination = z.object({
  destinationId: id,
  name: z.string().nullish().catch(null),
  resource: z
    .object({ sqs: z.object({ arn: z.string() }).nullish().catch(null) })
    .nullish()
    .catch(null),
});
const wireSubscription = z.object({ subscriptionId: id, destinationId: id });

export function createNotificationsApi(client: SpApiClient): NotificationsApi {
  return {
    async getDestinations(watch) {
      const operation = 'getDestinations';
      const answer = await client.grantless(operation, { path: `${PATH}/destinations` }, watch);
      const rows = payloadIn(operation, answer, z.array(z.unknown()).nullish()) ?? [];
      return rows.flatMap((row) => {
        const { data } = wireDestination.safeParse(row);
        return data ? [destinationOf(data)] : [];
      });
    },

    async createDestination(name, arn, watch) {
      const operation = 'createDestination';
      const request = { path: `${PATH}/destinations`, json: { name, resourceSpecification: { sqs: { arn } } } };
      const answer = await client.grantless(operation, request, watch);
      return destinationOf(payloadIn(operation, answer, wireDestination));
    },

    async deleteDestination(destinationId, watch) {
      const path = `${PATH}/destinations/${encodeURIComponent(destinationId)}`;
      await unlessUnknown(client.grantless('deleteDestination', { path, method: 'DELETE' }, watch));
    },

    async getSubscription(watch) {
      const operation = 'getSubscription';
      const query = `payloadVersion=${PAYLOAD_VERSION}`;
      const answer = await unlessUnknown(client.get(operation, `${PATH}/subscriptions/${TYPE}`, query, watch));
      return answer === null ? null : payloadIn(operation, answer, wireSubscription);
    },

    async createSubscription(destinationId, watch) {
      const operation = 'createSubscription';
      const create = (more: object) => {
        const body = { payloadVersion: PAYLOAD_VERSION, destinationId, ...more };
        return client.post(operation, `${PATH}/subscriptions/${TYPE}`, body, watch);
      };
      // A filter by marketplaces alone is refused (models#4135), and no filter is refused to some (seen in the field).
      const filtered = (types: readonly string[]) => ({
        processingDirective: { eventFilter: { eventFilterType: TYPE, orderChangeTypes: types } },
      });
      const answer = await create({})
        .catch(unlessInvalid(() => create(filtered(CHANGE_TYPES))))
        .catch(unlessInvalid(() => create(filtered(CHANGE_TYPES.slice(0, 2)))));
      return payloadIn(operation, answer, wireSubscription);
    },

    async deleteSubscription(subscriptionId, watch) {
      const path = `${PATH}/subscriptions/${TYPE}/${encodeURIComponent(subscriptionId)}`;
      await unlessUnknown(client.grantless('deleteSubscriptionById', { path, method: 'DELETE' }, watch));
    },

    async sendTestNotification(destinationId, watch) {
      const json = { destinationId, testNotification: { payloadVersion: PAYLOAD_VERSION, testScenario: 'Default' } };
      const path = `${PATH}/subscriptions/${TYPE}/testNotification`;
      await client.grantless('sendTestNotification', { path, json }, watch);
    },
  };
}

function destinationOf({ destinationId, name, resource }: z.output<typeof wireDestination>): Destination {
  return { destinationId, name: name ?? null, arn: resource?.sqs?.arn ?? null };
}

/** model: unlike in the Orders API, answers are wrapped in `payload`. */
function payloadIn<Payload>(operation: Operation, answer: unknown, payload: z.ZodType<Payload>): Payload {
  const { data } = z.object({ payload }).safeParse(answer);
  if (data === undefined) throw unexpectedAnswer(operation);
  return data.payload;
}

async function unlessUnknown<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (failureBehind(error)?.status === 404) return null;
    throw error;
  }
}

/** Returns a handler that makes another call if the first was refused as invalid. */
function unlessInvalid<T>(other: () => Promise<T>): (error: unknown) => Promise<T> {
  return (error) => {
    if (failureBehind(error)?.status !== 400) throw error;
    return other();
  };
}
