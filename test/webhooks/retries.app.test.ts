import { describe, expect, onTestFinished } from 'vitest';
import { createSealer } from '../../src/connection/sealing.js';
import { createLogger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import { ChangeFeed } from '../../src/mirror/read/change-feed.js';
import { reportExpiry } from '../../src/webhooks/credential-expiring.js';
import { deleteOldDeliveries } from '../../src/webhooks/delivery-store.js';
import { defaultRetryPlan, type RetryPlan } from '../../src/webhooks/retry.js';
import { sealSecret } from '../../src/webhooks/secrets.js';
import { newSecret } from '../../src/webhooks/signature.js';
import { WebhookSender } from '../../src/webhooks/webhook-sender.js';
import { it } from '../helpers/fixtures.js';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.js';
import { noContent, webhookReceiver } from '../helpers/webhook-receiver.js';

const DAY = 24 * 60 * 60_000;
const sealer = createSealer([Buffer.alloc(32, 7)]);

async function addWebhook(database: Database, url: string, events = ['order.changed']): Promise<bigint> {
  const [row] = await database.query<{ id: bigint }>(
    `INSERT INTO webhook (url, events, secret_sealed, cursor_id, cursor_at)
     SELECT $1, $2, '', last.id, last.at
       FROM (SELECT) AS one LEFT JOIN (SELECT id, at FROM order_change ORDER BY id DESC LIMIT 1) AS last ON true
     RETURNING id`,
    [url, events],
  );
  const id = row?.id ?? 0n;
  await database.query('UPDATE webhook SET secret_sealed = $2 WHERE id = $1', [
    id,
    sealSecret(sealer, id, newSecret()),
  ]);
  onTestFinished(async () => {
    await database.query('DELETE FROM webhook WHERE id = $1', [id]);
  });
  return id;
}

async function addChange(
  database: Database,
  clock: VirtualClock,
  order = 1,
  at = clock.now().getTime(),
): Promise<void> {
  await database.query(
    `INSERT INTO order_change (at, kinds, source, order_id, amazon_order_id, marketplace_id, changed_fields)
     VALUES ($1, '{OTHER}', 'SYNC', $2::int, ($2::int)::text, 'ATVPDKIKX0DER', '{}')`,
    [new Date(at), order],
  );
}

async function openSender(
  database: Database,
  clock: VirtualClock,
  log: string[] = [],
  plan: Partial<RetryPlan> = {},
): Promise<WebhookSender> {
  const logger = createLogger({ level: 'info', destination: { write: (line) => void log.push(line) } });
  const feed = await ChangeFeed.open(database);
  const sender = await WebhookSender.open({
    ...{ database, feed, clock, logger, sealer, plan: { ...defaultRetryPlan, ...plan }, rules: { allowPrivate: true } },
    ...{ timeoutMs: 5_000, userAgent: 'Ordermirror/test', heartbeatMs: 100, leaseMs: 10_000 },
  });
  onTestFinished(async () => {
    await sender.stop();
    feed.close();
  });
  return sender;
}

const rowsOf = (database: Database, id: bigint) =>
  database.query<{ state: string; attempts: number; error: string | null }>(
    'SELECT state::text AS state, attempts, last_error AS error FROM webhook_delivery WHERE webhook_id = $1 ORDER BY id',
    [id],
  );

describe('with the clock of a test', () => {
  it('tries for three days with growing pauses, gives up by name, and goes on with the next change of the order', async ({
    database,
  }) => {
    const clock = createVirtualClock('jumps');
    const receiver = await webhookReceiver();
    const id = await addWebhook(database, receiver.url);
    const times: number[] = [];
    let first: unknown;
    receiver.answer((request, response, raw) => {
      first ??= request.body.data.id;
      if (request.body.data.id !== first) return noContent(request, response, raw);
      times.push(clock.now().getTime());
      return response.writeHead(500).end();
    });
    const start = clock.now().getTime();
    const log: string[] = [];
    await addChange(database, clock);
    await addChange(database, clock);
    await openSender(database, clock, log);
    await expect.poll(() => rowsOf(database, id)).toMatchObject([{ state: 'FAILED' }, {}]);
    // The second one is as old: it was given up too if the pause of the endpoint ended after three days.
    await addChange(database, clock);
    await expect
      .poll(() => rowsOf(database, id))
      .toMatchObject([{}, { state: expect.not.stringMatching('PENDING') }, { state: 'DELIVERED', attempts: 1 }]);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(times.length).toBeGreaterThan(14);
    expect(Math.max(...times) - start).toBeLessThan(3 * DAY);
    expect(Math.max(...times) - start).toBeGreaterThan(2.5 * DAY);
    expect(pauses[0]).toBeLessThan(6_001);
    expect(Math.max(...pauses)).toBeGreaterThan(4 * 3_600_000);
    const givenUp = log.filter((line) => line.includes('A webhook delivery was given up.'));
    expect(givenUp.length).toBeGreaterThan(0);
  });

  it('gives up what was not sent within three days, without a request', async ({ database }) => {
    const clock = createVirtualClock('jumps');
    const receiver = await webhookReceiver();
    const id = await addWebhook(database, receiver.url);
    for (const days of [4, 3, 2]) await addChange(database, clock, days, clock.now().getTime() - days * DAY);
    await openSender(database, clock);
    const error = 'Not delivered within three days.';
    await expect
      .poll(() => rowsOf(database, id))
      .toEqual([
        { state: 'FAILED', attempts: 0, error },
        { state: 'FAILED', attempts: 0, error },
        { state: 'DELIVERED', attempts: 1, error: null },
      ]);
    expect(receiver.requests).toHaveLength(1);
  });

  it('sends all that waits when an endpoint works again, without waiting for the time of each', async ({
    database,
  }) => {
    const clock = createVirtualClock('stands');
    const receiver = await webhookReceiver();
    receiver.answer((_request, response) => response.writeHead(500).end());
    const id = await addWebhook(database, receiver.url);
    for (const order of [1, 2, 3, 4, 5]) await addChange(database, clock, order);
    await openSender(database, clock, [], { pauses: [DAY], endpointPauses: [10_000] });
    await expect.poll(() => rowsOf(database, id)).toMatchObject(Array(5).fill({ state: 'PENDING', attempts: 1 }));
    receiver.answer(noContent);
    await addChange(database, clock, 6);
    // It waits for the end of the pause.
    expect(receiver.requests).toHaveLength(5);
    clock.advance(13_000);
    await expect.poll(() => rowsOf(database, id)).toMatchObject(Array(6).fill({ state: 'DELIVERED' }));
  });

  it('switches off an endpoint that fails for five days', async ({ database }) => {
    const clock = createVirtualClock('jumps');
    const receiver = await webhookReceiver();
    receiver.answer((_request, response) => response.writeHead(500).end());
    const id = await addWebhook(database, receiver.url);
    await openSender(database, clock);
    await expect
      .poll(async () => {
        await addChange(database, clock);
        const [webhook] = await database.query<{ status: string }>(
          'SELECT status::text AS status FROM webhook WHERE id = $1',
          [id],
        );
        return webhook?.status;
      })
      .toBe('DISABLED');
  });

  it('reports once that a credential expires at each threshold, over restarts', async ({ database }) => {
    const clock = createVirtualClock('stands');
    const id = await addWebhook(database, 'http://127.0.0.1:9/', ['credential.expiring']);
    const [connection] = await database.query<{ id: bigint }>(
      `INSERT INTO amazon_connection (region, status) VALUES ('EU', 'ACTIVE') RETURNING id`,
    );
    await database.query(
      `INSERT INTO amazon_credential (connection_id, refresh_token_sealed, secret_saved_at, token_saved_at) VALUES ($1, '', $2, $2)`,
      [connection?.id, clock.now()],
    );
    const reported: unknown[] = [];
    for (let day = 0; day <= 366; day += 1) {
      // Twice a day, as if by two processes.
      await Promise.all([reportExpiry(database, clock.now()), reportExpiry(database, clock.now())]);
      const rows = await database.query<{ data: { credential: string; daysLeft: number } }>(
        'DELETE FROM webhook_delivery WHERE webhook_id = $1 RETURNING data',
        [id],
      );
      for (const { data } of rows) reported.push([day, data.credential, data.daysLeft]);
      if (day === 200) await database.query('UPDATE amazon_credential SET public_application = true');
      clock.advance(DAY);
    }
    expect(reported).toEqual([
      ...[120, 150, 166, 177].map((day) => [day, 'CLIENT_SECRET', 180 - day]),
      ...[305, 335, 351, 362].map((day) => [day, 'AUTHORIZATION', 365 - day]),
    ]);
    await database.query('DELETE FROM amazon_connection');
  });

  it('keeps deliveries for seven days, and those that are to be sent until they are given up', async ({ database }) => {
    const clock = createVirtualClock('stands');
    const id = await addWebhook(database, 'http://127.0.0.1:9/', ['sync.failed']);
    const now = clock.now().getTime();
    for (const [days, state] of [
      [9, 'PENDING'],
      [9, 'DELIVERED'],
      [8, 'FAILED'],
      [6.9, 'DELIVERED'],
      [0, 'PENDING'],
    ] as const)
      await database.query(
        `INSERT INTO webhook_delivery (webhook_id, message_id, type, at, retry_from, state)
         VALUES ($1, $2, 'sync.failed', $3, $3, $4::text::webhook_delivery_state)`,
        [id, `${state} ${days}`, new Date(now - days * DAY), state],
      );
    await deleteOldDeliveries(database, clock.now());
    const kept = async () =>
      (await database.query<{ kept: string }>('SELECT message_id AS kept FROM webhook_delivery ORDER BY id')).map(
        (row) => row.kept,
      );
    expect(await kept()).toEqual(['PENDING 9', 'DELIVERED 6.9', 'PENDING 0']);
    await database.query(`UPDATE webhook SET status = 'DISABLED'`);
    await deleteOldDeliveries(database, clock.now());
    expect(await kept()).toEqual(['DELIVERED 6.9', 'PENDING 0']);
  });
});
