import { randomUUID } from 'node:crypto';
import type { Sealer } from '../connection/sealing.js';
import type { Clock } from '../core/clock.js';
import type { Database } from '../database/database.js';
import type { Webhook } from '../generated/prisma/client.js';
import type { AddressRules } from './address.js';
import { WEBHOOK_DUE } from './delivery-store.js';
import { payloadOf, TEST_EVENT } from './events.js';
import { post } from './post.js';
import { openKeys } from './secrets.js';
import { signedHeaders } from './signature.js';

export interface TestOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly rules: AddressRules;
  readonly userAgent: string;
  readonly timeoutMs: number;
}

/** Sends a `webhook.test` event, once, and stores it as a delivery. @returns its row id */
export async function sendTest(options: TestOptions, webhook: Webhook): Promise<bigint> {
  const { database, clock, sealer, rules, timeoutMs, userAgent } = options;
  const at = clock.now();
  const data = { message: 'This is a test of Ordermirror.' };
  const body = JSON.stringify(payloadOf({ type: TEST_EVENT, at, change: null, data }));
  const id = `evt_${randomUUID().replaceAll('-', '')}`;
  const signed = signedHeaders({ id, at, body }, openKeys(sealer, webhook, at));
  const { ok, status, error, durationMs } = await post({
    ...{ url: new URL(webhook.url), body, rules, timeoutMs, signal: new AbortController().signal },
    headers: { ...signed, 'user-agent': userAgent },
  });
  return database.transaction(async (sql) => {
    const [row] = await sql.query<{ id: bigint }>(
      `INSERT INTO webhook_delivery (webhook_id, message_id, type, data, at, retry_from, state, attempts, last_attempt_at,
                                     last_status, last_duration_ms, last_error, delivered_at)
       SELECT id, $2, '${TEST_EVENT}', $3::jsonb, $4, $4, $5::webhook_delivery_state, 1, $4, $6, $7, $8, $9
         FROM webhook WHERE id = $1 RETURNING id`,
      [
        ...[webhook.id, id, JSON.stringify(data), at, ok ? 'DELIVERED' : 'FAILED'],
        ...[status, durationMs, error, ok ? clock.now() : null],
      ],
    );
    if (!row) throw new Error('The webhook was removed during its test.');
    if (ok) await sql.query('SELECT pg_notify($1, $2)', [WEBHOOK_DUE, `${webhook.id} resume`]);
    return row.id;
  });
}
