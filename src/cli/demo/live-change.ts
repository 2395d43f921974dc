import type { Simulator } from '../../simulator/simulator.js';
import * as screen from '../terminal.js';
import type { ApiClient } from './api-client.js';

/** What the demo's process gives AWS's client for the simulated queue, in place of a real credential. */
export const QUEUE_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'demo',
  AWS_SECRET_ACCESS_KEY: 'demo',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

const MAX_WAIT_MS = 10_000;

interface Change {
  readonly amazonOrderId: string;
  readonly fromStatus: string | null;
  readonly toStatus: string | null;
}

/** Has the simulated Amazon notify changes of orders to its queue, as the owner does on the admin page. */
export async function setUpNotifications(api: ApiClient, simulator: Simulator): Promise<void> {
  const { arn, name } = simulator.queues.get();
  await api.request('mutation ($arn: String!) { setUpNotifications(queueArn: $arn) { status } }', { arn });
  screen.done('Set up notifications', `to the queue ${name}`);
}

/**
 * Ships an order at the simulated Amazon, and waits until the subscription reports it; no run is involved.
 * @throws {Error} if it isn't reported within ten seconds
 */
export async function followChange(api: ApiClient, { book }: Simulator): Promise<void> {
  const order = book
    .orders()
    .findLast(
      ({ fulfillment, salesChannel }) => fulfillment?.fulfillmentStatus === 'UNSHIPPED' && salesChannel.marketplaceId,
    );
  if (!order) throw new Error('No order is left to be shipped.');
  const { orderId } = order;
  const changes = await followedChanges(api);
  screen.title('Following an order that changes at Amazon');
  const changedAt = performance.now();
  book.ship(orderId);
  screen.done('Shipped an order at the simulated Amazon', orderId);
  const change = await withinLimit(changeOf(changes, orderId), orderId);
  const status = `${change.fromStatus ?? 'new'} → ${change.toStatus}`;
  screen.done('The subscription orderChanged reported it', `${status}, ${since(changedAt)} later`);
}

type Changes = AsyncIterator<{ orderChanged: Change }>;

/** Subscribes to changes. The one before the last position is replayed first, which shows that the subscription has begun. */
async function followedChanges(api: ApiClient): Promise<Changes> {
  const { orderChanges } = await api.request<{ orderChanges: { edges: { cursor: string }[] } }>(
    '{ orderChanges(last: 2) { edges { cursor } } }',
  );
  const changes = api
    .subscribe<{ orderChanged: Change }>(
      'subscription ($after: String) { orderChanged(after: $after) { amazonOrderId fromStatus toStatus } }',
      { after: orderChanges.edges[0]?.cursor ?? null },
    )
    [Symbol.asyncIterator]();
  await changes.next();
  return changes;
}

/** Resolves to the next change of this order, and ends the subscription. */
async function changeOf(changes: Changes, orderId: string): Promise<Change> {
  for (let next = await changes.next(); !next.done; next = await changes.next()) {
    if (next.value.orderChanged.amazonOrderId !== orderId) continue;
    await changes.return?.();
    return next.value.orderChanged;
  }
  throw new Error('The subscription orderChanged ended.');
}

async function withinLimit(change: Promise<Change>, orderId: string): Promise<Change> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const seconds = MAX_WAIT_MS / 1000;
    const error = new Error(`The change of the order ${orderId} was not reported within ${seconds} seconds.`);
    timer = setTimeout(() => reject(error), MAX_WAIT_MS);
  });
  return Promise.race([change, limit]).finally(() => clearTimeout(timer));
}

function since(start: number): string {
  const ms = performance.now() - start;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
