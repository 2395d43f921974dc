import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { storeProgress } from '../../src/webhooks/delivery-store.js';
import { addChanges, noContent, webhookReceiver } from '../helpers/webhook-receiver.js';
import { sharedTestApp } from '../helpers/with-app.js';
import {
  createWebhook,
  deliveriesOf,
  expectAllInOrder,
  quickWebhooks,
  untilDeliveries,
  verify,
} from '../helpers/with-webhooks.js';

const CHANGES = `{ orderChanges(last: 100) { edges { cursor node {
  id cursor at kinds source amazonOrderId marketplaceId fromStatus toStatus changedFields } } } }`;

interface Changes {
  readonly orderChanges: { readonly edges: { cursor: string; node: { id: string; amazonOrderId: string } }[] };
}

describe('a webhook', () => {
  const start = sharedTestApp({ orders: 1 }, { change: quickWebhooks });

  it('gets each change from its creation on, signed, in the words of the API, and is shown its deliveries', async () => {
    const { app, owner } = await start();
    await addChanges(app.database, [9]);
    const receiver = await webhookReceiver();
    const webhook = await createWebhook(owner, receiver.url);
    await addChanges(app.database, [1, 2, 1]);
    const requests = await receiver.received(3);
    for (const request of requests) verify(webhook, request);
    const { orderChanges } = await owner.request<Changes>(CHANGES);
    const changes = orderChanges.edges.slice(-3).map(({ node }) => node);
    expect(requests.map(({ body }) => body.data).toSorted(byId)).toEqual(changes.toSorted(byId));
    expect(requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Ordermirror\/\d/),
    });
    expect(requests[0]?.body).toMatchObject({ type: 'order.changed', timestamp: requests[0]?.body.data.at });
    const deliveries = await untilDeliveries(owner, webhook.id, (all) => all.length === 3);
    expect(deliveries).toMatchObject(
      Array(3).fill({ state: 'DELIVERED', attempts: 1, lastStatus: 204, lastError: null }),
    );
    expect(deliveries.map(({ body }) => body)).toEqual(expect.arrayContaining(requests.map(({ body }) => body)));
  });

  it('stores nothing for a process that lost it to another one', async () => {
    const { app, owner } = await start();
    const receiver = await webhookReceiver();
    const webhook = await createWebhook(owner, receiver.url, ['sync.failed']);
    const id = BigInt(Buffer.from(webhook.id, 'base64').toString().split(':')[1] ?? '');
    const health = {
      ...{ failures: 3, failingSince: null, pauseLevel: 1, pausedUntil: null, lastError: 'late' },
      ...{ lastSuccessAt: null, disabledReason: 'late' },
    };
    const progress = { webhookId: id, leaseMs: 60_000, cursor: null, health, records: [], now: new Date() };
    expect(await storeProgress(app.database, { ...progress, claim: randomUUID() })).toBeNull();
    expect(
      await app.database.query('SELECT status::text, failures, last_error FROM webhook WHERE id = $1', [id]),
    ).toEqual([{ status: 'ENABLED', failures: 0, last_error: null }]);
  });

  it('gets changes again that it failed to take, with the same id, in order for each order while others go on', async () => {
    const { app, owner } = await start();
    const receiver = await webhookReceiver();
    const webhook = await createWebhook(owner, receiver.url);
    let failures = 0;
    receiver.answer((request, response, raw) => {
      const isFirst = request.body.data.amazonOrderId === '902-0000000-0000001';
      if (!isFirst || failures === 3) return noContent(request, response, raw);
      failures += 1;
      return response.writeHead(500).end('not now');
    });
    await addChanges(app.database, [1, 2, 1, 3, 1, 2]);
    const requests = await receiver.received(9);
    const { orderChanges } = await owner.request<Changes>(CHANGES);
    expectAllInOrder(
      requests,
      orderChanges.edges.slice(-6).map(({ node }) => node),
    );
    const [first] = requests.filter(({ body }) => body.data.amazonOrderId === '902-0000000-0000001');
    const attempts = requests.filter(({ body }) => body.data.id === first?.body.data.id);
    expect(new Set(attempts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(attempts).toHaveLength(4);
    const deliveries = await untilDeliveries(owner, webhook.id, (all) => all.filter(isDelivered).length === 6);
    expect(deliveries.map(({ attempts }) => attempts).toSorted()).toEqual([1, 1, 1, 1, 1, 4]);
  });

  it('gets its events in the order in which they happen to it', async () => {
    const { app, owner } = await start();
    const receiver = await webhookReceiver();
    const webhook = await createWebhook(owner, receiver.url, ['sync.failed', 'sync.recovered', 'connection.error']);
    const run = async (status: string, code: string | null = null) => {
      const [row] = await app.database.query<{ id: bigint }>(
        `INSERT INTO sync_run (trigger, dry_run, include_items, updated_after, updated_before, legs)
         VALUES ('MANUAL', false, false, now(), now(), '[]') RETURNING id`,
      );
      await app.database.query(
        `UPDATE sync_run SET status = $2::sync_run_status, error_code = $3, error = 'why', finished_at = now() WHERE id = $1`,
        [row?.id, status, code],
      );
    };
    await run('OK');
    await run('ERROR', 'SP_API_UNAVAILABLE');
    await run('ERROR', 'SP_API_UNAVAILABLE');
    await run('CANCELLED');
    await run('ERROR', 'SP_API_FORBIDDEN');
    await run('OK');
    await run('OK');
    const [failed, other, recovered] = await receiver.received(3);
    expect([failed, other, recovered].map((request) => [request?.body.type, request?.body.data.errorCode])).toEqual([
      ['sync.failed', 'SP_API_UNAVAILABLE'],
      ['sync.failed', 'SP_API_FORBIDDEN'],
      ['sync.recovered', undefined],
    ]);
    expect(failed?.body.data).toEqual({
      ...{ runId: expect.any(String), errorCode: 'SP_API_UNAVAILABLE', error: 'why' },
      ...{ startedAt: expect.stringMatching(/Z$/), finishedAt: expect.stringMatching(/Z$/) },
    });
    const { syncRun } = await owner.request<{ syncRun: object }>(
      'query ($id: ID!) { syncRun(id: $id) { errorCode } }',
      {
        id: failed?.body.data.runId,
      },
    );
    expect(syncRun).toEqual({ errorCode: 'SP_API_UNAVAILABLE' });

    for (const status of ['ERROR', 'ERROR', 'ACTIVE', 'ERROR']) {
      await app.database.query(
        `UPDATE amazon_connection SET status = $1::connection_status, last_check_error_code = 'LWA_INVALID_GRANT'`,
        [status],
      );
    }
    const requests = await receiver.received(5);
    expect(requests.slice(3).map(({ body }) => [body.type, body.data.errorCode])).toEqual(
      Array(2).fill(['connection.error', 'LWA_INVALID_GRANT']),
    );
    for (const request of requests) verify(webhook, request);
    await untilDeliveries(owner, webhook.id, (all) => all.length === 5 && all.every(isDelivered));
  });

  it('does not hold up the others while it does not answer', async () => {
    const { app, owner } = await start();
    const [silent, quick] = [await webhookReceiver(), await webhookReceiver()];
    silent.answer(() => {});
    const dead = await createWebhook(owner, silent.url);
    await createWebhook(owner, quick.url);
    await addChanges(
      app.database,
      Array.from({ length: 40 }, (_, index) => index),
    );
    await quick.received(40);
    const failed = await untilDeliveries(owner, dead.id, (all) => all.length >= 16);
    expect(failed[0]).toMatchObject({
      state: 'PENDING',
      lastStatus: null,
      lastError: expect.stringContaining('0.5 seconds'),
    });
    // It is tried with one at a time until it answers; then all come at once.
    silent.answer(noContent);
    await untilDeliveries(owner, dead.id, (all) => all.length === 40 && all.every(isDelivered));
    expect(await deliveriesOf(owner, dead.id)).toHaveLength(40);
  });
});

const byId = (a: unknown, b: unknown) => ((a as { id: string }).id < (b as { id: string }).id ? -1 : 1);
const isDelivered = ({ state }: { state: string }) => state === 'DELIVERED';
