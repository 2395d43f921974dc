import { beforeEach, describe, expect, it } from 'vitest';
import { queuePolicy } from '../../src/notifications/queue-policy.js';
import { sharedTestApp, startTestApp, withApp } from '../helpers/with-app.js';
import {
  changeStatus,
  notifiableOrders,
  readingQueueOf,
  untilState,
  untilStatus,
} from '../helpers/with-notifications.js';
import { withSimulator } from '../helpers/with-sync.js';

const STATE = 'status subscribedArn subscriptionId queueArn waiting error errorCode warnings';
const SET_UP = `mutation ($arn: String!, $replace: Boolean! = false) {
  setUpNotifications(queueArn: $arn, replace: $replace) { ${STATE} } }`;
const REMOVE = `mutation { removeNotifications { ${STATE} } }`;
const TEST = 'mutation { sendTestNotification { ok sentBy receivedAfterMs error } }';

interface State {
  readonly status: string;
  readonly subscribedArn: string | null;
  readonly subscriptionId: string | null;
  readonly warnings: readonly string[];
}

describe('notifications are set up', () => {
  const shared = sharedTestApp({ orders: 20 });
  const app = async () => {
    const test = await shared();
    const { owner, simulator } = test;
    const setUp = async (arn = simulator.queues.get().arn, replace = false) =>
      (await owner.request<{ setUpNotifications: State }>(SET_UP, { arn, replace })).setUpNotifications;
    return { ...test, setUp };
  };
  beforeEach(async () => {
    const { simulator, owner } = await shared();
    simulator.notifications.set({ scope: 'granted', filters: 'types' });
    await owner.request(REMOVE);
  });

  it('with a destination and a subscription at Amazon, as often as wanted', async () => {
    const { simulator, setUp, owner } = await app();
    const { subscriptions } = simulator.notifications;
    const state = await setUp();
    expect(state).toMatchObject({ subscribedArn: simulator.queues.get().arn, status: 'OFF' });
    expect(state.warnings).toEqual([expect.stringContaining('Set NOTIFICATIONS_QUEUE_URL')]);
    expect(subscriptions.subscription).toMatchObject({
      subscriptionId: state.subscriptionId,
      destination: { name: 'ordermirror' },
      processingDirective: undefined,
    });
    expect(await setUp()).toEqual(state);
    expect(subscriptions.destinations).toHaveLength(1);
    await owner.request(REMOVE);
    expect(subscriptions).toMatchObject({ subscription: undefined, destinations: [] });
    expect(
      (
        await owner.request<{ auditLog: { nodes: { action: string }[] } }>(
          '{ auditLog(first: 1) { nodes { action } } }',
        )
      ).auditLog.nodes,
    ).toEqual([{ action: 'removeNotifications' }]);
  });

  it('with what exists at Amazon already', async () => {
    const { simulator, setUp, owner } = await app();
    const { subscriptionId } = simulator.notifications.subscribe();
    expect(await setUp()).toMatchObject({ subscriptionId });
    await owner.request(REMOVE);
    expect(simulator.notifications.subscriptions).toMatchObject({
      subscription: undefined,
      destinations: [{ name: 'simulated' }],
    });
  });

  it('with a filter where Amazon asks for one', async () => {
    const { simulator, setUp } = await app();
    simulator.notifications.set({ filters: 'required' });
    await setUp();
    expect(simulator.notifications.subscriptions.subscription?.processingDirective).toMatchObject({
      eventFilter: { eventFilterType: 'ORDER_CHANGE' },
    });
  });

  it('in place of another queue only if that is asked for', async () => {
    const { simulator, setUp } = await app();
    const other = simulator.queues.create('other', { policy: queuePolicy('other') });
    const { subscriptionId } = simulator.notifications.subscribe(other.arn);
    await expect(setUp()).rejects.toThrow('SUBSCRIBED_ELSEWHERE');
    const state = await setUp(simulator.queues.get().arn, true);
    expect(state.subscribedArn).toBe(simulator.queues.get().arn);
    expect(state.subscriptionId).not.toBe(subscriptionId);
  });

  it('not where Amazon does not give the application the scope', async () => {
    const { simulator, setUp } = await app();
    // A login without the scope may be cached.
    simulator.notifications.set({ scope: 'refused' });
    simulator.advance(3_600_000);
    await expect(setUp()).rejects.toThrow(/sellingpartnerapi::notifications.*NOTIFICATIONS_REFUSED/);
  });

  it.each([
    ['a text that is none', 'https://sqs.eu-west-1.amazonaws.com/123456789012/x', 'BAD_USER_INPUT'],
    ['the ARN of a FIFO queue', 'arn:aws:sqs:eu-west-1:123456789012:orders.fifo', 'BAD_USER_INPUT'],
    ['a queue that does not exist', 'arn:aws:sqs:eu-west-1:123456789012:orders', 'QUEUE_REFUSED'],
  ])('not with %s', async (_name, arn, code) => {
    const { setUp } = await app();
    await expect(setUp(arn)).rejects.toThrow(code);
  });

  it('not with a queue that does not let Amazon send, until its policy is the one that is shown', async () => {
    const { simulator, setUp, owner } = await app();
    const queue = simulator.queues.create('locked', { policy: undefined });
    await expect(setUp(queue.arn)).rejects.toThrow('QUEUE_REFUSED');
    const { queuePolicies } = await owner.request<{ queuePolicies: { queue: string } }>(
      'query ($arn: String!) { queuePolicies(queueArn: $arn) { queue } }',
      { arn: queue.arn },
    );
    queue.settings.policy = queuePolicies.queue;
    expect(await setUp(queue.arn)).toMatchObject({ subscribedArn: queue.arn });
  });
});

describe('a test notification', () => {
  it('shows that Amazon sends and that the queue is read', async () => {
    const simulator = await withSimulator({ orders: 20 });
    const { owner, app } = await withApp(simulator, { change: readingQueueOf(simulator) });
    await untilState(app.database, { queueArn: simulator.queues.get().arn });
    const send = async () => (await owner.request<{ sendTestNotification: unknown }>(TEST)).sendTestNotification;
    expect(await send()).toMatchObject({
      ok: true,
      sentBy: 'SERVER',
      receivedAfterMs: expect.any(Number),
      error: expect.stringContaining('no subscription'),
    });
    await owner.request(SET_UP, { arn: simulator.queues.get().arn });
    expect(await send()).toMatchObject({ ok: true, sentBy: 'AMAZON', error: null });
    const [order] = notifiableOrders(simulator);
    changeStatus(simulator, order?.orderId ?? '', 'UNFULFILLABLE');
    await untilStatus(app.database, order?.orderId ?? '', 'UNFULFILLABLE');
    expect(await owner.request('{ notifications { status error warnings accepted unresolved } }')).toEqual({
      notifications: { status: 'READING', error: null, warnings: [], accepted: 1, unresolved: 0 },
    });
  });

  it('says what is missing', async () => {
    const { owner } = await startTestApp({ orders: 0 });
    expect((await owner.request<{ sendTestNotification: unknown }>(TEST)).sendTestNotification).toMatchObject({
      ok: false,
      error: expect.stringContaining('NOTIFICATIONS_QUEUE_URL'),
    });
  });
});
