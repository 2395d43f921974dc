import { describe, expect, it } from 'vitest';
import { askForToken, clientOf, errorOf, simulate } from './ask.js';
import {
  changesIn,
  type DestinationAnswer,
  GRANTLESS,
  notificationsClientOf,
  type SubscriptionAnswer,
} from './ask-notifications.js';

const DENIED = '403 Unauthorized: ';
const FILTER = { eventFilterType: 'ORDER_CHANGE' };

async function subscribed() {
  const simulator = await simulate();
  const client = await notificationsClientOf(simulator);
  const { destinationId } = await client.payload<DestinationAnswer>(client.createDestination());
  const { subscriptionId } = await client.payload<SubscriptionAnswer>(
    client.createSubscription({ payloadVersion: '1.0', destinationId }),
  );
  return { simulator, ...client, destinationId, subscriptionId };
}

describe('the grantless token', () => {
  it('is issued for the scope of notifications, without a refresh token', async () => {
    const answer = await askForToken(await simulate(), GRANTLESS);
    expect(await answer.json()).toEqual({
      access_token: expect.stringMatching(/^Atc\|/),
      scope: 'sellingpartnerapi::notifications',
      token_type: 'bearer',
      expires_in: 3600,
    });
  });

  it.each([
    [{ ...GRANTLESS, scope: 'profile' }, 400, 'invalid_scope'],
    [{ ...GRANTLESS, scope: '' }, 400, 'invalid_request'],
    [{ ...GRANTLESS, client_id: 'expired' }, 401, 'invalid_client'],
  ])('is refused to %j', async (fields, status, error) => {
    const answer = await askForToken(await simulate(), fields);
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([status, error]);
  });

  it('is refused to accounts that don’t get the scope', async () => {
    const simulator = await simulate({ notifications: { scope: 'refused' } });
    const answer = await askForToken(simulator, GRANTLESS);
    expect(await answer.json()).toEqual({
      error: 'invalid_scope',
      error_description: 'The request has an invalid parameter : scope',
    });
    expect((await askForToken(simulator)).status).toBe(200);
  });

  it('is needed for the application’s operations, and good for no seller’s', async () => {
    const { simulator, ask, seller, grantless, destinationId, subscriptionId } = await subscribed();
    const test = { destinationId, testNotification: { payloadVersion: '1.0', testScenario: 'any' } };
    for (const [method, path, body] of [
      ['GET', '/destinations'],
      ['POST', '/destinations', { name: 'a', resourceSpecification: { sqs: { arn: simulator.queues.get().arn } } }],
      ['GET', `/destinations/${destinationId}`],
      ['DELETE', `/destinations/${destinationId}`],
      ['GET', `/subscriptions/ORDER_CHANGE/${subscriptionId}`],
      ['DELETE', `/subscriptions/ORDER_CHANGE/${subscriptionId}`],
      ['POST', '/subscriptions/ORDER_CHANGE/testNotification', test],
    ] as const) {
      expect(await errorOf(ask(method, path, body, seller)), path).toBe(DENIED);
    }
    expect(await errorOf(ask('GET', '/subscriptions/ORDER_CHANGE', undefined, grantless))).toBe(DENIED);
    const order = simulator.book.orders()[0]?.orderId;
    const { url } = simulator;
    const headers = { 'x-amz-access-token': grantless };
    expect(await errorOf(fetch(`${url}/orders/2026-01-01/orders/${order}`, { headers }))).toBe(DENIED);
    expect((await (await clientOf(simulator)).getOrder(order ?? '')).status).toBe(200);
  });
});

describe('destinations', () => {
  it('are created once for a queue, listed and deleted', async () => {
    const simulator = await simulate();
    const { ask, payload, grantless, createDestination } = await notificationsClientOf(simulator);
    const { arn } = simulator.queues.get();
    const created = await payload<DestinationAnswer>(createDestination());
    expect(created).toMatchObject({ name: 'orders', resource: { sqs: { arn }, eventBridge: null } });
    expect(await errorOf(createDestination())).toMatch(
      `409 Conflict: A destination with arn ${arn} already exists for`,
    );
    const { destinationId } = created;
    expect(await payload(ask('GET', '/destinations', undefined, grantless))).toEqual([created]);
    expect(await payload(ask('GET', `/destinations/${destinationId}`, undefined, grantless))).toEqual(created);
    expect((await ask('DELETE', `/destinations/${destinationId}`, undefined, grantless)).status).toBe(200);
    expect(await errorOf(ask('GET', `/destinations/${destinationId}`, undefined, grantless))).toMatch(/^404 NotFound/);
    expect(await payload(ask('GET', '/destinations', undefined, grantless))).toEqual([]);
  });

  it('need a queue that lets Amazon send', async () => {
    const simulator = await simulate();
    const { createDestination } = await notificationsClientOf(simulator);
    expect(await errorOf(createDestination('arn:aws:sqs:us-east-1:000000000000:none'))).toMatch(/^403 .*denied/);
    simulator.queues.get().settings.policy = JSON.stringify({
      Statement: { Effect: 'Allow', Principal: { AWS: '437568002678' }, Action: 'sqs:SendMessage' },
    });
    expect(await errorOf(createDestination())).toMatch(/^403 .*denied/);
    expect(await errorOf(createDestination('my queue'))).toMatch(/^400 InvalidInput/);
  });

  it('stay while they have a subscription', async () => {
    const { ask, grantless, destinationId } = await subscribed();
    const answer = ask('DELETE', `/destinations/${destinationId}`, undefined, grantless);
    expect(await errorOf(answer)).toBe('403 Unauthorized: Destination has subscriptions');
  });
});

describe('the subscription', () => {
  it('exists once, is found by type and by id, and is deleted', async () => {
    const { ask, payload, grantless, createSubscription, destinationId, subscriptionId } = await subscribed();
    const subscription = { subscriptionId, payloadVersion: '1.0', destinationId };
    expect(await errorOf(createSubscription({ payloadVersion: '1.0', destinationId }))).toBe(
      '409 StateConflict: Subscription already exist for notification type ORDER_CHANGE',
    );
    const path = `/subscriptions/ORDER_CHANGE/${subscriptionId}`;
    expect(await payload(ask('GET', '/subscriptions/ORDER_CHANGE'))).toEqual(subscription);
    expect(await payload(ask('GET', path, undefined, grantless))).toEqual(subscription);
    expect(await payload(ask('GET', '/subscriptions?notificationTypes=ORDER_CHANGE'))).toEqual({
      subscriptions: [subscription],
    });
    expect(await errorOf(ask('GET', '/subscriptions'))).toMatch(/^400 InvalidInput/);
    expect((await ask('DELETE', path, undefined, grantless)).status).toBe(200);
    expect(await errorOf(ask('GET', '/subscriptions/ORDER_CHANGE'))).toMatch(/^404 NotFound/);
    expect(await errorOf(ask('DELETE', path, undefined, grantless))).toMatch(/^404 NotFound/);
  });

  it.each([
    ['types', { ...FILTER, orderChangeTypes: ['OrderStatusChange'] }, 200],
    ['types', { ...FILTER, marketplaceIds: ['ATVPDKIKX0DER'] }, 400],
    ['types', undefined, 200],
    ['types', { eventFilterType: 'ANY_OFFER_CHANGED' }, 400],
    ['any', { ...FILTER, marketplaceIds: ['ATVPDKIKX0DER'] }, 200],
    ['refused', { ...FILTER, orderChangeTypes: ['OrderStatusChange'] }, 400],
    ['refused', undefined, 200],
    ['required', undefined, 400],
    ['required', { ...FILTER, orderChangeTypes: ['OrderStatusChange'] }, 200],
  ] as const)('where filters are "%s", answers %j with %i', async (filters, eventFilter, status) => {
    const simulator = await simulate({ orders: 0, notifications: { filters } });
    const { payload, createDestination, createSubscription } = await notificationsClientOf(simulator);
    const { destinationId } = await payload<DestinationAnswer>(createDestination());
    const processingDirective = eventFilter && { eventFilter };
    const answer = await createSubscription({ payloadVersion: '1.0', destinationId, processingDirective });
    expect(answer.status).toBe(status);
    if (status === 200) expect(await payload(Promise.resolve(answer))).toMatchObject({ destinationId });
    else expect(await errorOf(answer)).toMatch(/failed to validate for notification type|must not be empty/);
  });

  it.each([
    [{}, 'ORDER_CHANGE', /^400 InvalidInput: Payload version undefined is not supported/],
    [{ payloadVersion: '2.0' }, 'ORDER_CHANGE', /^400 InvalidInput: Payload version 2.0/],
    [{ payloadVersion: '1.0', destinationId: 'none' }, 'ORDER_CHANGE', /^404 NotFound: There is no destination none/],
    [{ payloadVersion: '1.0' }, 'ORDER_STATUS_CHANGE', /^400 InvalidInput: Invalid value "ORDER_STATUS_CHANGE"/],
    [{ payloadVersion: '1.0', processingDirective: {} }, 'ORDER_CHANGE', /^404|eventFilter must not be empty/],
  ])('refuses %j of %s', async (body, type, error) => {
    const { createSubscription } = await notificationsClientOf(await simulate({ orders: 0 }));
    expect(await errorOf(createSubscription(body, type))).toMatch(error);
  });

  it('sends a test notification, for which there need not be a subscription', async () => {
    const simulator = await simulate();
    const { ask, payload, grantless, createDestination } = await notificationsClientOf(simulator);
    const { destinationId } = await payload<DestinationAnswer>(createDestination());
    const send = (testNotification: object) =>
      ask('POST', '/subscriptions/ORDER_CHANGE/testNotification', { destinationId, testNotification }, grantless);
    expect((await send({ payloadVersion: '1.0', testScenario: 'any' })).status).toBe(200);
    expect(changesIn(simulator)).toEqual(['903-8868176-2219830 BuyerRequestedChange Unshipped']);
    expect(await errorOf(send({ payloadVersion: '1.0', testScenario: '' }))).toMatch(/^400 .*testScenario/);
  });

  it('has a usage plan for each operation', async () => {
    const simulator = await simulate({ orders: 0, usagePlans: {} });
    const { ask } = await notificationsClientOf(simulator);
    for (let request = 0; request < 5; request += 1) {
      const answer = await ask('GET', '/subscriptions/ORDER_CHANGE');
      expect([answer.status, answer.headers.get('x-amzn-RateLimit-Limit')]).toEqual([404, '1']);
    }
    expect(await errorOf(ask('GET', '/subscriptions/ORDER_CHANGE'))).toBe('429 QuotaExceeded: ');
    expect((await ask('GET', '/subscriptions?notificationTypes=ORDER_CHANGE')).status).toBe(200);
    simulator.advance(1000);
    expect((await ask('GET', '/subscriptions/ORDER_CHANGE')).status).toBe(404);
  });
});
