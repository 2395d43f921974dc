import { Webhook } from 'standardwebhooks';
import { expect, vi } from 'vitest';
import type { ApiClient } from '../../src/cli/demo/api-client.js';
import type { Config } from '../../src/config/config.js';
import type { Received } from './webhook-receiver.js';

/** Sends to this machine, and retries after milliseconds. */
export const quickWebhooks = (config: Config): Config => ({
  ...config,
  webhooks: { allowPrivate: true, timeoutMs: 500, plan: { pauses: [20], endpointPauses: [30] } },
});

export interface TestWebhook {
  readonly id: string;
  readonly secret: string;
}

/** Creates a webhook through the API. */
export async function createWebhook(api: ApiClient, url: string, events = ['order.changed']): Promise<TestWebhook> {
  const { createWebhook: created } = await api.request<{
    createWebhook: { secret: string; webhook: { id: string } };
  }>(
    'mutation ($url: String!, $events: [String!]!) { createWebhook(url: $url, events: $events) { secret webhook { id } } }',
    {
      url,
      events,
    },
  );
  return { id: created.webhook.id, secret: created.secret };
}

export interface ShownDelivery {
  readonly id: string;
  readonly messageId: string;
  readonly event: string;
  readonly amazonOrderId: string | null;
  readonly state: 'PENDING' | 'DELIVERED' | 'FAILED';
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly deliveredAt: string | null;
  readonly body: Record<string, unknown> | null;
}

/** Reads the newest deliveries, newest first. */
export async function deliveriesOf(api: ApiClient, webhookId: string): Promise<ShownDelivery[]> {
  const { webhookDeliveries } = await api.request<{ webhookDeliveries: { nodes: ShownDelivery[] } }>(
    `query ($id: ID!) { webhookDeliveries(webhookId: $id, first: 100) { nodes {
       id messageId event amazonOrderId state attempts nextAttemptAt lastStatus lastError deliveredAt body } } }`,
    { id: webhookId },
  );
  return webhookDeliveries.nodes;
}

/** Waits until the deliveries of a webhook pass; returns them. */
export function untilDeliveries(
  api: ApiClient,
  webhookId: string,
  passes: (deliveries: ShownDelivery[]) => boolean,
): Promise<ShownDelivery[]> {
  return vi.waitFor(
    async () => {
      const deliveries = await deliveriesOf(api, webhookId);
      if (!passes(deliveries)) throw new Error(`The deliveries are ${JSON.stringify(deliveries)}`);
      return deliveries;
    },
    { interval: 20, timeout: 60_000 },
  );
}

/** Checks the signature of a request with the official package. */
export function verify({ secret }: Pick<TestWebhook, 'secret'>, { text, headers }: Received): void {
  expect(() => new Webhook(secret).verify(text, headers as Record<string, string>)).not.toThrow();
}

/** Checks that each change arrived at least once, and the first arrivals of each order in their order. */
export function expectAllInOrder(
  requests: readonly Received[],
  changes: readonly { id: string; amazonOrderId: string }[],
) {
  const byOrder = (list: readonly { id: unknown; amazonOrderId: unknown }[]) => {
    const orders = new Map<unknown, unknown[]>();
    for (const { id, amazonOrderId } of list) {
      const ids = orders.get(amazonOrderId) ?? [];
      if (!ids.includes(id)) orders.set(amazonOrderId, [...ids, id]);
    }
    return Object.fromEntries(orders);
  };
  const arrived = requests.map(({ body }) => body.data as { id: string; amazonOrderId: string });
  expect(byOrder(arrived)).toEqual(byOrder(changes));
}
