import { expect, vi } from 'vitest';
import { createSealer } from '../../src/connection/sealing.js';
import { createLogger } from '../../src/core/logger.js';
import { openKeys, resealSecrets, sealSecret } from '../../src/webhooks/secrets.js';
import { keyOf, newSecret } from '../../src/webhooks/signature.js';
import { it } from '../helpers/fixtures.js';
import { addChanges, webhookReceiver } from '../helpers/webhook-receiver.js';
import { startTestApp } from '../helpers/with-app.js';
import { createWebhook, quickWebhooks, verify } from '../helpers/with-webhooks.js';

const [older, newer, lost] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
const logger = createLogger({ level: 'silent' });

it('seals secrets of older keys again with the newest one, and keeps those whose key is gone', async ({ database }) => {
  const secrets = [newSecret(), newSecret(), newSecret()];
  const [first = '', previous = '', other = ''] = secrets;
  const old = createSealer([older]);
  await database.query(
    `INSERT INTO webhook (id, url, events, secret_sealed, previous_secret_sealed, previous_secret_until)
     VALUES (1, '', '{sync.failed}', $1, $2, now() + interval '1 h'), (2, '', '{sync.failed}', $3, NULL, NULL)`,
    [sealSecret(old, 1n, first), sealSecret(old, 1n, previous), sealSecret(createSealer([lost]), 2n, other)],
  );
  await resealSecrets({ sql: database, sealer: createSealer([newer, older]), logger });
  const now = new Date();
  const read = () => database.prisma.webhook.findMany({ orderBy: { id: 'asc' } });
  const [one, two] = await read();
  if (!one || !two) throw new Error('A webhook is gone.');
  expect(openKeys(createSealer([newer]), one, now)).toEqual([keyOf(first), keyOf(previous)]);
  expect(() => openKeys(createSealer([newer]), two, now)).toThrow(/not in ENCRYPTION_KEY/);
  expect(openKeys(createSealer([lost]), two, now)).toEqual([keyOf(other)]);
  // Bound to its row.
  expect(() => openKeys(createSealer([newer]), { ...one, id: 2n }, now)).toThrow();
});

it('shows on a webhook that its secret can not be opened, until it has a new one', async () => {
  const { app, owner } = await startTestApp({ orders: 1 }, { change: quickWebhooks });
  const receiver = await webhookReceiver();
  const { id } = await createWebhook(owner, receiver.url);
  await app.database.query(
    `WITH changed AS (UPDATE webhook SET secret_sealed = $1 RETURNING id)
     SELECT pg_notify('WEBHOOK_CHANGED', id::text) FROM changed`,
    [sealSecret(createSealer([lost]), 1n, newSecret())],
  );
  const lastError = async () =>
    (await owner.request<{ webhooks: { lastError: string | null }[] }>('{ webhooks { lastError } }')).webhooks[0]
      ?.lastError;
  await vi.waitFor(async () => expect(await lastError()).toMatch(/rotateWebhookSecret/), { timeout: 60_000 });
  await addChanges(app.database, [1]);
  const { rotateWebhookSecret } = await owner.request<{ rotateWebhookSecret: { secret: string } }>(
    'mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret } }',
    { id },
  );
  const [request] = await receiver.received(1);
  if (request) verify(rotateWebhookSecret, request);
  expect(await lastError()).toBeNull();
});
