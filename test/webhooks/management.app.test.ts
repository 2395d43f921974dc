import { describe, expect, it, vi } from 'vitest';
import { addChanges, noContent, webhookReceiver } from '../helpers/webhook-receiver.js';
import { sharedTestApp, startTestApp } from '../helpers/with-app.js';
import {
  createWebhook,
  deliveriesOf,
  quickWebhooks,
  type ShownDelivery,
  untilDeliveries,
  verify,
} from '../helpers/with-webhooks.js';

interface Shown {
  readonly id: string;
  readonly url: string;
  readonly events: string[];
  readonly description: string | null;
  readonly status: string;
  readonly disabledReason: string | null;
  readonly failingSince: string | null;
  readonly pausedUntil: string | null;
  readonly pendingDeliveries: number;
  readonly previousSecretUntil: string | null;
}
const WEBHOOK =
  'id url events description status disabledReason failingSince pausedUntil pendingDeliveries previousSecretUntil';
const UPDATE = `mutation ($id: ID!, $url: String, $events: [String!], $description: String, $enabled: Boolean) {
  updateWebhook(id: $id, url: $url, events: $events, description: $description, enabled: $enabled) { ${WEBHOOK} } }`;

type Owner = Awaited<ReturnType<typeof startTestApp>>['owner'];
const update = async (owner: Owner, variables: Record<string, unknown>) =>
  (await owner.request<{ updateWebhook: Shown }>(UPDATE, variables)).updateWebhook;
const listOf = async (owner: Owner) =>
  (await owner.request<{ webhooks: Shown[] }>(`{ webhooks { ${WEBHOOK} } }`)).webhooks;
const remove = (owner: Owner, id: string) =>
  owner.request('mutation ($id: ID!) { removeWebhook(id: $id) { id url } }', { id });
const find = async (owner: Owner, id: string) => (await listOf(owner)).find((webhook) => webhook.id === id);

describe('the owner of a webhook', () => {
  const start = sharedTestApp({ orders: 1 }, { change: quickWebhooks });

  it('changes it, and what it did is in the audit log without secrets', async () => {
    const { owner } = await start();
    const receiver = await webhookReceiver();
    const { id, secret } = await createWebhook(owner, `${receiver.url}?token=hush`, ['sync.failed', 'sync.failed']);
    expect(await find(owner, id)).toMatchObject({ url: `${receiver.url}?token=hush`, events: ['sync.failed'] });
    const changed = {
      url: `${receiver.url}/new`,
      events: ['sync.failed', 'order.changed'],
      description: ' Warehouse ',
    };
    expect(await update(owner, { id, ...changed })).toMatchObject({
      ...{ url: changed.url, events: ['order.changed', 'sync.failed'], description: 'Warehouse', status: 'ENABLED' },
    });
    expect(await update(owner, { id, description: '' })).toMatchObject({ url: changed.url, description: null });
    await remove(owner, id);
    expect(await find(owner, id)).toBeUndefined();
    const { auditLog } = await owner.request<{ auditLog: { nodes: { action: string; detail: object }[] } }>(
      '{ auditLog(first: 4) { nodes { action detail } } }',
    );
    expect(auditLog.nodes.map(({ action }) => action)).toEqual([
      ...['removeWebhook', 'updateWebhook', 'updateWebhook', 'createWebhook'],
    ]);
    expect(JSON.stringify(auditLog)).not.toMatch(/hush|whsec_/);
    expect(JSON.stringify(auditLog)).not.toContain(secret);
    await expect(remove(owner, id)).rejects.toThrow('NOT_FOUND');
    await expect(update(owner, { id, enabled: false })).rejects.toThrow('NOT_FOUND');
  });

  it.each([
    [{ url: 'ftp://example.com' }, '`url` must be an address that starts with https://'],
    [{ url: 'https://user:pass@example.com' }, '`url` must not have a user or a password'],
    [{ events: [] }, '`events` is empty. Choose one or more of: order.changed, sync.failed'],
    [{ events: ['order.deleted'] }, 'There is no event \\"order.deleted\\"'.replaceAll('\\', '')],
    [{ description: 'a\nb' }, '`description` must have at most 200 characters and no line breaks.'],
  ])('is refused %j', async (wrong, message) => {
    const { owner } = await start();
    const receiver = await webhookReceiver();
    const { id } = await createWebhook(owner, receiver.url);
    await expect(update(owner, { id, ...wrong })).rejects.toThrow(message);
    await remove(owner, id);
  });

  it('may have 20', async () => {
    const { owner } = await start();
    const before = (await listOf(owner)).length;
    const created = [];
    for (let count = before; count < 20; count += 1) created.push(await createWebhook(owner, 'http://127.0.0.1:9/'));
    await expect(createWebhook(owner, 'http://127.0.0.1:9/')).rejects.toThrow('There are 20 webhooks already.');
    for (const { id } of created) await remove(owner, id);
  });

  it('rotates the secret: both sign for a day', async () => {
    const { app, owner } = await start();
    const receiver = await webhookReceiver();
    const before = await createWebhook(owner, receiver.url);
    const { rotateWebhookSecret: after } = await owner.request<{
      rotateWebhookSecret: { secret: string; webhook: Shown };
    }>(`mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret webhook { ${WEBHOOK} } } }`, { id: before.id });
    const until = Date.parse(after.webhook.previousSecretUntil ?? '');
    expect(Math.abs(until - Date.now() - 24 * 3_600_000)).toBeLessThan(60_000);
    const received = async (count: number) => {
      await addChanges(app.database, [1]);
      return receiver.received(count);
    };
    await vi.waitFor(async () => {
      const [last] = (await received(receiver.requests.length + 1)).slice(-1);
      if (last?.headers['webhook-signature']?.toString().includes(' ') !== true) throw new Error('Not yet.');
      verify(before, last);
      verify(after, last);
    }, 60_000);
    await app.database.query(`UPDATE webhook SET previous_secret_until = now() - interval '1 s'`);
    await app.database.query(`SELECT pg_notify('WEBHOOK_CHANGED', '')`);
    await vi.waitFor(async () => {
      const [last] = (await received(receiver.requests.length + 1)).slice(-1);
      if (last?.headers['webhook-signature']?.toString().includes(' ') !== false) throw new Error('Not yet.');
      verify(after, last);
    }, 60_000);
    await remove(owner, before.id);
  });

  it('tests it at once, also while it is switched off', async () => {
    const { owner } = await start();
    const receiver = await webhookReceiver();
    const webhook = await createWebhook(owner, receiver.url, ['sync.failed']);
    await update(owner, { id: webhook.id, enabled: false });
    const sendTest = async () =>
      (
        await owner.request<{ sendTestWebhook: object }>(
          'mutation ($id: ID!) { sendTestWebhook(id: $id) { event state lastStatus lastError attempts } }',
          { id: webhook.id },
        )
      ).sendTestWebhook;
    expect(await sendTest()).toEqual({
      ...{ event: 'webhook.test', state: 'DELIVERED', lastStatus: 204, lastError: null, attempts: 1 },
    });
    const [request] = receiver.requests;
    if (request) verify(webhook, request);
    expect(request?.body).toMatchObject({ type: 'webhook.test', data: { message: expect.any(String) } });
    receiver.answer((_request, response) => response.writeHead(404).end('No such page'));
    expect(await sendTest()).toMatchObject({
      ...{ state: 'FAILED', lastStatus: 404, lastError: 'The response was 404. No such page' },
    });
    await remove(owner, webhook.id);
  });

  it('stops it at once by switching it off or removing it, and goes on where it stopped', async () => {
    const { app, owner } = await start();
    const receiver = await webhookReceiver();
    const { id } = await createWebhook(owner, receiver.url);
    await addChanges(app.database, [1]);
    await untilDeliveries(owner, id, (all) => all.length === 1);
    expect(await update(owner, { id, enabled: false })).toMatchObject({
      ...{ status: 'DISABLED', disabledReason: 'Switched off by an owner.' },
    });
    const other = await webhookReceiver();
    await createWebhook(owner, other.url);
    await addChanges(app.database, [2, 3]);
    await other.received(2);
    expect(receiver.requests).toHaveLength(1);
    expect(await find(owner, id)).toMatchObject({ pendingDeliveries: 2 });
    // A change of before three days is not sent any more.
    await app.database.query(
      `UPDATE order_change SET at = at - interval '73 hours' WHERE id = (SELECT max(id) - 1 FROM order_change)`,
    );
    expect(await update(owner, { id, enabled: true })).toMatchObject({ status: 'ENABLED', disabledReason: null });
    const requests = await receiver.received(2);
    expect(requests.map(({ body }) => body.data.amazonOrderId)).toEqual(['902-0000000-0000001', '902-0000000-0000003']);

    const deliveries = await untilDeliveries(owner, id, (all) => all.length === 2);
    expect(deliveries.map(({ state }) => state)).toEqual(['DELIVERED', 'DELIVERED']);

    receiver.answer(() => {});
    await addChanges(app.database, [1]);
    await receiver.received(3);
    await remove(owner, id);
    await addChanges(app.database, [1, 2]);
    await other.received(5);
    expect(receiver.requests).toHaveLength(3);
  });

  it('sends a delivery again: with the same id, before later ones of its order', async () => {
    const { app, owner } = await start();
    const receiver = await webhookReceiver();
    const { id } = await createWebhook(owner, receiver.url);
    await addChanges(app.database, [1]);
    const [delivery] = await untilDeliveries(owner, id, (all) => all[0]?.state === 'DELIVERED');
    const { redeliver } = await owner.request<{ redeliver: object }>(
      'mutation ($id: ID!) { redeliver(deliveryId: $id) { state attempts deliveredAt } }',
      { id: delivery?.id },
    );
    expect(redeliver).toEqual({ state: 'PENDING', attempts: 0, deliveredAt: null });
    const requests = await receiver.received(2);
    expect(requests[1]?.headers['webhook-id']).toBe(requests[0]?.headers['webhook-id']);
    expect(requests[1]?.text).toBe(requests[0]?.text);
    await untilDeliveries(owner, id, (all) => all.length === 1 && all[0]?.state === 'DELIVERED');
    await update(owner, { id, enabled: false });
    await expect(
      owner.request('mutation ($id: ID!) { redeliver(deliveryId: $id) { id } }', { id: delivery?.id }),
    ).rejects.toThrow('The webhook is switched off. Enable it first (updateWebhook).');
  });

  it('sees that it was switched off by 410, and gets what was not delivered once it is enabled', async () => {
    const { app, owner } = await start();
    const receiver = await webhookReceiver();
    const { id } = await createWebhook(owner, receiver.url);
    receiver.answer((_request, response) => response.writeHead(410).end());
    await addChanges(app.database, [1]);
    await vi.waitFor(async () => expect(await find(owner, id)).toMatchObject({ status: 'DISABLED' }), {
      timeout: 60_000,
    });
    expect(await find(owner, id)).toMatchObject({ disabledReason: 'The receiver answered 410 (Gone).' });
    await addChanges(app.database, [2, 2]);
    expect(await deliveriesOf(owner, id)).toMatchObject([{ state: 'PENDING', lastStatus: 410, attempts: 1 }]);
    receiver.answer(noContent);
    await update(owner, { id, enabled: true });
    await untilDeliveries(owner, id, (all) => all.length === 3 && all.every(({ state }) => state === 'DELIVERED'));
    expect(await find(owner, id)).toMatchObject({ failingSince: null, pendingDeliveries: 0 });
  });

  it('sees that it pauses; a successful test ends the pause', async () => {
    const { app, owner } = await start();
    const receiver = await webhookReceiver();
    receiver.answer((_request, response) => response.writeHead(503, { 'retry-after': '3000' }).end());
    const { id } = await createWebhook(owner, receiver.url);
    await addChanges(app.database, [1]);
    await untilDeliveries(owner, id, (all) => all[0]?.attempts === 1);
    const { pausedUntil } = (await find(owner, id)) ?? {};
    expect(Date.parse(pausedUntil ?? '') - Date.now()).toBeGreaterThan(2_900_000);
    receiver.answer(noContent);
    await owner.request('mutation ($id: ID!) { sendTestWebhook(id: $id) { id } }', { id });
    await untilDeliveries(owner, id, (all) => all.length === 2 && all.every(({ state }) => state === 'DELIVERED'));
    expect(await find(owner, id)).toMatchObject({ pausedUntil: null, failingSince: null });
  });

  it('ends a pause by rotating the secret, and sends what waits by switching the webhook on again', async () => {
    const slow = { pauses: [3_600_000], endpointPauses: [3_600_000] };
    const { app, owner } = await startTestApp(
      { orders: 1 },
      { change: (config) => ({ ...config, webhooks: { ...quickWebhooks(config).webhooks, plan: slow } }) },
    );
    const receiver = await webhookReceiver();
    const fail = () => receiver.answer((_request, response) => response.writeHead(401).end());
    const { id } = await createWebhook(owner, receiver.url);
    const isDone = (count: number) => (all: ShownDelivery[]) =>
      all.length === count && all.every(({ state }) => state === 'DELIVERED');
    fail();
    await addChanges(app.database, [1, 2, 3, 4, 5]);
    await vi.waitFor(async () => expect((await find(owner, id))?.pausedUntil).toEqual(expect.any(String)), {
      timeout: 60_000,
    });
    receiver.answer(noContent);
    await owner.request('mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret } }', { id });
    await untilDeliveries(owner, id, isDone(5));
    expect(await find(owner, id)).toMatchObject({ pausedUntil: null, failingSince: null });

    fail();
    await addChanges(app.database, [6]);
    await untilDeliveries(owner, id, (all) => all[0]?.attempts === 1);
    await update(owner, { id, enabled: false });
    receiver.answer(noContent);
    await update(owner, { id, enabled: true });
    await untilDeliveries(owner, id, isDone(6));
  });
});

it('refuses addresses that are not public unless WEBHOOK_ALLOW_PRIVATE is set', async () => {
  const { owner } = await startTestApp({ orders: 1 });
  await expect(createWebhook(owner, 'http://localhost:8080/')).rejects.toThrow('is not a public address');
  await expect(createWebhook(owner, 'http://169.254.169.254/')).rejects.toThrow('is not a public address');
});
