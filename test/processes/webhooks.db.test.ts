import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDatabase } from '../../src/database/database.js';
import { random } from '../../src/simulator/random.js';
import { addChanges, noContent, type WebhookReceiver, webhookReceiver } from '../helpers/webhook-receiver.js';
import { databaseKind } from '../helpers/with-database.js';
import { type ServerProcess, sharedDatabase, startProcess } from '../helpers/with-process.js';
import { createWebhook, expectAllInOrder } from '../helpers/with-webhooks.js';

const CHANGES = 240;
const ORDERS = 25;

/** Fails at random: an error, no answer, a cut connection, a late answer, too many requests. */
function failAtRandom(receiver: WebhookReceiver, seed: number): void {
  const numbers = random(seed);
  receiver.answer((request, response, raw) => {
    const dice = numbers.fraction();
    if (dice < 0.08) response.writeHead(500).end();
    else if (dice < 0.1) return;
    else if (dice < 0.15) raw.socket.destroy();
    else if (dice < 0.2) response.writeHead(429, { 'retry-after': '0' }).end();
    else if (dice < 0.3) setTimeout(() => noContent(request, response, raw), numbers.fraction() * 60);
    else noContent(request, response, raw);
  });
}

describe.runIf(databaseKind === 'postgres')('webhooks of several processes', () => {
  it('arrive at least once and in order for each order, whatever fails: receiver, kill -9, a normal stop', async () => {
    const { DATABASE_URL = '', ...shared } = await sharedDatabase();
    const env = { ...shared, DATABASE_URL, SYNC_CRON: 'off', HISTORY: 'off', WEBHOOK_ALLOW_PRIVATE: 'true' };
    const start = () => startProcess(env, { shortLease: true });
    const receiver = await webhookReceiver();
    failAtRandom(receiver, 7);
    const processes: ServerProcess[] = [await start()];
    const [first] = processes;
    const { register } = (await first?.api.request<{ register: { token: string } }>(
      'mutation { register(email: "owner@example.com", password: "a long enough password") { token } }',
    )) ?? { register: { token: '' } };
    first?.api.signIn(register.token);
    if (first) await createWebhook(first.api, receiver.url);
    processes.push(await start());

    const database = await openDatabase({ kind: 'postgres', url: DATABASE_URL });
    onTestFinished(() => database.close());
    const numbers = random(11);
    const ends: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGKILL', 'SIGTERM'];
    const ids: bigint[] = [];
    for (let part = 1; ids.length < CHANGES; part += 1) {
      const orders = Array.from({ length: numbers.int(1, 8) }, () => numbers.int(1, ORDERS));
      ids.push(...(await addChanges(database, orders)));
      if (part % 15 !== 0) continue;
      // The process that sends ends in the middle; another one waits.
      await receiver.received(Math.floor(ids.length / 2));
      const [claimed] = await database.query<{ claim: string | null }>('SELECT claim::text FROM webhook');
      const victim = processes.shift();
      victim?.kill(ends[(part / 15) % ends.length] ?? 'SIGKILL');
      await victim?.ended;
      processes.push(await start());
      expect(claimed?.claim).not.toBeNull();
    }
    await vi.waitFor(
      async () => {
        const rows = await database.query(
          `SELECT change_id FROM webhook_delivery WHERE state = 'DELIVERED' AND change_id = ANY ($1::bigint[])`,
          [ids.map(String)],
        );
        if (rows.length < ids.length) throw new Error(`${rows.length} of ${ids.length} are delivered.`);
      },
      { interval: 50, timeout: 60_000 },
    );
    const changes = await database.query<{ id: string; amazonOrderId: string }>(
      `SELECT rtrim(translate(encode(convert_to('OrderChange:' || id, 'UTF8'), 'base64'), '+/', '-_'), '=') AS id,
              amazon_order_id AS "amazonOrderId" FROM order_change ORDER BY order_change.id`,
    );
    expectAllInOrder(receiver.requests, changes);
    for (const { kill, ended } of processes) {
      kill('SIGTERM');
      expect(await ended).toBe(0);
    }
  });
});
