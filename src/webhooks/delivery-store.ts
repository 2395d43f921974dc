import type { Sql } from '../database/database.js';
import { deleteInSteps } from '../database/delete-in-steps.js';
import type { OrderChange, Webhook, WebhookDelivery, WebhookDeliveryState } from '../generated/prisma/client.js';
import { type ChangePosition, readChanges } from '../mirror/read/order-changes.js';
import type { QueuedDelivery } from './delivery-queue.js';
import { messageIdOf, payloadOf } from './events.js';

/**
 * Channels of `pg_notify`. WEBHOOK_CHANGED: a webhook was created, changed or removed. WEBHOOK_DUE: rows of webhook_delivery
 * were added or made due, with the id of their webhook, or without one for any. `WebhookSender` listens on both.
 */
export const WEBHOOK_CHANGED = 'WEBHOOK_CHANGED';
export const WEBHOOK_DUE = 'WEBHOOK_DUE';

/** The members of a webhook that its sender needs. */
export type ClaimedWebhook = Pick<
  Webhook,
  | 'id'
  | 'url'
  | 'events'
  | 'secretSealed'
  | 'previousSecretSealed'
  | 'previousSecretUntil'
  | 'cursorId'
  | 'cursorAt'
  | 'failures'
  | 'failingSince'
  | 'pauseLevel'
  | 'pausedUntil'
>;

const CLAIMED_COLUMNS = `id, url, events, secret_sealed AS "secretSealed", previous_secret_sealed AS "previousSecretSealed",
  previous_secret_until AS "previousSecretUntil", cursor_id AS "cursorId", cursor_at AS "cursorAt", failures,
  failing_since AS "failingSince", pause_level AS "pauseLevel", paused_until AS "pausedUntil"`;

/** Renews the claims of this process, and takes webhooks that no process sends to. Returns all that it has. */
export function claimWebhooks(sql: Sql, claim: string, leaseMs: number): Promise<ClaimedWebhook[]> {
  return sql.query<ClaimedWebhook>(
    `UPDATE webhook SET claim = $1::uuid, claimed_until = now() + $2 * interval '1 millisecond'
      WHERE status = 'ENABLED' AND (claim = $1::uuid OR claim IS NULL OR claimed_until < now())
      RETURNING ${CLAIMED_COLUMNS}`,
    [claim, leaseMs],
    { prepare: true },
  );
}

/** Shows on a webhook why nothing is sent to it. */
export async function recordProblem(sql: Sql, id: bigint, problem: string, now: Date): Promise<void> {
  await sql.query(
    'UPDATE webhook SET last_error = $2, failing_since = coalesce(failing_since, $3::timestamptz) WHERE id = $1',
    [id, problem, now],
  );
}

/** Lets another process send to these webhooks at once, and notifies it. */
export async function releaseWebhooks(sql: Sql, claim: string, ids: readonly bigint[]): Promise<void> {
  await sql.query(
    `WITH released AS (
       UPDATE webhook SET claim = NULL, claimed_until = NULL WHERE claim = $1::uuid AND id = ANY ($2::bigint[]) RETURNING id
     ) SELECT pg_notify('${WEBHOOK_CHANGED}', id::text) FROM released`,
    [claim, ids.map(String)],
  );
}

/** Releases every claim. Correct only while no other process uses the database: the embedded one, at its start. */
export async function releaseAllWebhooks(sql: Sql): Promise<void> {
  await sql.query('UPDATE webhook SET claim = NULL, claimed_until = NULL WHERE claim IS NOT NULL');
}

/** What an attempt, or the lack of one, left of a delivery. */
export interface DeliveryRecord {
  readonly delivery: QueuedDelivery;
  readonly state: WebhookDeliveryState;
  /** Null: none was made. */
  readonly attempt: { readonly at: Date; readonly status: number | null; readonly durationMs: number } | null;
  readonly error: string | null;
}

/** The state of an endpoint that is stored with its deliveries. */
export interface EndpointHealth {
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly pauseLevel: number;
  readonly pausedUntil: Date | null;
  readonly lastError: string | null;
  readonly lastSuccessAt: Date | null;
  /** Switches the endpoint off. */
  readonly disabledReason: string | null;
}

interface Progress {
  readonly webhookId: bigint;
  readonly claim: string;
  readonly leaseMs: number;
  readonly cursor: ChangePosition | null;
  readonly health: EndpointHealth;
  readonly records: readonly DeliveryRecord[];
  readonly now: Date;
}

/**
 * Stores what happened since the last call with one statement: deliveries, the cursor, the endpoint's state; renews the claim.
 * @returns row ids of new rows by their change; null if another process has the webhook, or it was removed: nothing is stored
 */
export async function storeProgress(sql: Sql, progress: Progress): Promise<Map<bigint, bigint> | null> {
  const { cursor, health, records } = progress;
  const rows = await sql.query<{ id: bigint; changeId: bigint | null }>(
    `WITH held AS (
       UPDATE webhook SET
         cursor_id = coalesce($4::bigint, cursor_id), cursor_at = coalesce($5::timestamptz, cursor_at),
         failures = $6, failing_since = $7, pause_level = $8, paused_until = $9, last_error = $10,
         last_success_at = coalesce($11::timestamptz, last_success_at),
         status = CASE WHEN $12::text IS NULL THEN status ELSE 'DISABLED' END,
         disabled_reason = coalesce($12::text, disabled_reason),
         disabled_at = CASE WHEN $12::text IS NULL THEN disabled_at ELSE $13::timestamptz END,
         claimed_until = now() + $3 * interval '1 millisecond'
        WHERE id = $1 AND claim = $2::uuid RETURNING id
     ), records AS (
       SELECT * FROM json_to_recordset($14::json) AS r (
         id bigint, message_id text, type text, change_id bigint, ordering_key text, at timestamptz, retry_from timestamptz,
         state text, attempts int, next_attempt_at timestamptz, last_attempt_at timestamptz, last_status int,
         last_duration_ms int, last_error text, delivered_at timestamptz)
     ), added AS (
       INSERT INTO webhook_delivery (webhook_id, message_id, type, change_id, ordering_key, at, retry_from, state, attempts,
                                     next_attempt_at, last_attempt_at, last_status, last_duration_ms, last_error, delivered_at)
       SELECT held.id, message_id, type, change_id, ordering_key, at, retry_from, state::webhook_delivery_state, attempts,
              next_attempt_at, last_attempt_at, last_status, last_duration_ms, last_error, delivered_at
         FROM held, records WHERE records.id IS NULL
       ON CONFLICT (webhook_id, change_id) DO UPDATE SET
         state = excluded.state, attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at,
         last_attempt_at = excluded.last_attempt_at, last_status = excluded.last_status,
         last_duration_ms = excluded.last_duration_ms, last_error = excluded.last_error,
         delivered_at = excluded.delivered_at
       RETURNING id, change_id
     ), changed AS (
       UPDATE webhook_delivery AS d SET
         state = r.state::webhook_delivery_state, attempts = r.attempts, next_attempt_at = r.next_attempt_at,
         last_attempt_at = coalesce(r.last_attempt_at, d.last_attempt_at),
         last_status = CASE WHEN r.last_attempt_at IS NULL THEN d.last_status ELSE r.last_status END,
         last_duration_ms = coalesce(r.last_duration_ms, d.last_duration_ms),
         last_error = CASE WHEN r.last_error IS NULL AND r.last_attempt_at IS NULL THEN d.last_error ELSE r.last_error END,
         delivered_at = r.delivered_at
        FROM held, records AS r WHERE d.id = r.id AND d.webhook_id = held.id
     )
     SELECT id, NULL::bigint AS "changeId" FROM held UNION ALL SELECT id, change_id FROM added`,
    [
      progress.webhookId,
      progress.claim,
      progress.leaseMs,
      cursor?.id ?? null,
      cursor?.at ?? null,
      health.failures,
      health.failingSince,
      health.pauseLevel,
      health.pausedUntil,
      health.lastError,
      health.lastSuccessAt,
      health.disabledReason,
      progress.now,
      JSON.stringify(records.map(rowOf)),
    ],
    { prepare: true },
  );
  if (rows.length === 0) return null;
  return new Map(rows.flatMap(({ id, changeId }) => (changeId === null ? [] : [[changeId, id]])));
}

function rowOf({ delivery, state, attempt, error }: DeliveryRecord): object {
  const { rowId, messageId, type, change, key, at, retryFrom, attempts, dueAt } = delivery;
  return {
    id: rowId === null ? null : String(rowId),
    message_id: messageId,
    type,
    change_id: change === null ? null : String(change.id),
    ordering_key: key,
    at,
    retry_from: retryFrom,
    state,
    attempts,
    next_attempt_at: state === 'PENDING' && attempts > 0 ? new Date(dueAt) : null,
    last_attempt_at: attempt?.at ?? null,
    last_status: attempt?.status ?? null,
    last_duration_ms: attempt?.durationMs ?? null,
    last_error: error,
    delivered_at: state === 'DELIVERED' ? (attempt?.at ?? null) : null,
  };
}

type PendingRow = Pick<
  WebhookDelivery,
  'id' | 'messageId' | 'type' | 'changeId' | 'data' | 'orderingKey' | 'at' | 'retryFrom' | 'attempts' | 'nextAttemptAt'
>;

/** A row that is to be sent; without what it is about if that is not kept any more. */
export type PendingDelivery = QueuedDelivery | { readonly lost: QueuedDelivery };

/** Reads the deliveries of a webhook that are not done, in the order of their rows. */
export async function readPending(sql: Sql, webhookId: bigint): Promise<PendingDelivery[]> {
  const rows = await sql.query<PendingRow>(
    `SELECT id, message_id AS "messageId", type, change_id AS "changeId", data, ordering_key AS "orderingKey", at,
            retry_from AS "retryFrom", attempts, next_attempt_at AS "nextAttemptAt"
       FROM webhook_delivery WHERE webhook_id = $1 AND state = 'PENDING' ORDER BY id`,
    [webhookId],
  );
  const changes = await readChanges(
    sql,
    rows.flatMap(({ changeId }) => changeId ?? []),
  );
  return rows.map((row) => {
    const change = row.changeId === null ? null : (changes.get(row.changeId) ?? null);
    const delivery = pendingDelivery(row, change);
    // The same id with another instant is another change, of a database that was restored.
    const isLost = row.changeId !== null && change?.at.getTime() !== row.at.getTime();
    return isLost ? { lost: delivery } : delivery;
  });
}

function pendingDelivery(row: PendingRow, change: OrderChange | null): QueuedDelivery {
  return {
    messageId: row.messageId,
    type: row.type,
    key: row.orderingKey,
    place: row.changeId ?? row.id,
    change: row.changeId === null ? null : { id: row.changeId, at: row.at },
    at: row.at,
    retryFrom: row.retryFrom,
    body: JSON.stringify(payloadOf({ type: row.type, at: row.at, change, data: row.data })),
    rowId: row.id,
    attempts: row.attempts,
    dueAt: row.nextAttemptAt?.getTime() ?? 0,
  };
}

/** Returns the delivery of a change that has no row yet. */
export function deliveryOf(change: OrderChange): QueuedDelivery {
  const { id, at, amazonOrderId } = change;
  return {
    messageId: messageIdOf(change),
    type: 'order.changed',
    key: amazonOrderId,
    place: id,
    change: { id, at },
    at,
    retryFrom: at,
    body: JSON.stringify(payloadOf({ type: 'order.changed', at, change, data: null })),
    rowId: null,
    attempts: 0,
    dueAt: 0,
  };
}

/** Returns the changes after a webhook's cursor that have rows already: they were stored out of order. */
export async function readStoredAfter(sql: Sql, webhookId: bigint, cursor: bigint): Promise<Set<bigint>> {
  const rows = await sql.query<{ changeId: bigint }>(
    'SELECT change_id AS "changeId" FROM webhook_delivery WHERE webhook_id = $1 AND change_id > $2',
    [webhookId, cursor],
  );
  return new Set(rows.map(({ changeId }) => changeId));
}

/** Deliveries are kept for this long. */
const KEEP_MS = 7 * 24 * 60 * 60_000;
const DELETE_STEP = 2_000;

/** Deletes old deliveries, oldest first, in small steps; not those that are still to be sent, or to be given up. */
export function deleteOldDeliveries(sql: Sql, now: Date): Promise<void> {
  return deleteInSteps(
    sql,
    DELETE_STEP,
    `WITH oldest AS (
       SELECT d.id, retry_from FROM webhook_delivery d JOIN webhook w ON w.id = webhook_id
        WHERE state <> 'PENDING' OR w.status <> 'ENABLED' ORDER BY d.id LIMIT ${DELETE_STEP}
     )
     DELETE FROM webhook_delivery WHERE id IN (SELECT id FROM oldest WHERE retry_from < $1)`,
    [new Date(now.getTime() - KEEP_MS)],
  );
}
