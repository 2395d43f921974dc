import type { NotificationError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';

/** A queue that was not read for this long is being read anew from then on. */
const GAP_MS = 10 * 60_000;

/** What is known of notifications: the row of `notification_state`, and the number of orders that wait. */
export interface NotificationsState {
  readonly queueUrl: string | null;
  readonly queueArn: string | null;
  readonly polledAt: Date | null;
  readonly listeningSince: Date | null;
  readonly queued: number | null;
  readonly deadLetters: number | null;
  readonly deadLetterArn: string | null;
  readonly queueErrorCode: string | null;
  readonly queueError: string | null;
  readonly queueErrorAt: Date | null;
  readonly readErrorCode: string | null;
  readonly readError: string | null;
  readonly readErrorAt: Date | null;
  readonly subscribedArn: string | null;
  readonly destinationId: string | null;
  readonly subscriptionId: string | null;
  readonly subscribedAt: Date | null;
  readonly lastMessageAt: Date | null;
  readonly lastEventAt: Date | null;
  readonly lastLagMs: bigint | null;
  readonly lastOrderAt: Date | null;
  readonly accepted: bigint;
  readonly duplicates: bigint;
  readonly outdated: bigint;
  readonly ignored: bigint;
  readonly unreadable: bigint;
  readonly lastUnreadable: string | null;
  readonly unresolved: bigint;
  readonly missedChanges: number | null;
  readonly missedNewOrders: number | null;
  readonly missedLagMs: bigint | null;
  readonly missedAt: Date | null;
  readonly waiting: number;
}

export async function readState(sql: Sql): Promise<NotificationsState> {
  const [state] = await sql.query<NotificationsState>(
    `SELECT queue_url AS "queueUrl", queue_arn AS "queueArn", polled_at AS "polledAt", listening_since AS "listeningSince",
            queued, dead_letters AS "deadLetters", dead_letter_arn AS "deadLetterArn",
            queue_error_code AS "queueErrorCode", queue_error AS "queueError", queue_error_at AS "queueErrorAt",
            read_error_code AS "readErrorCode", read_error AS "readError", read_error_at AS "readErrorAt",
            subscribed_arn AS "subscribedArn", destination_id AS "destinationId", subscription_id AS "subscriptionId",
            subscribed_at AS "subscribedAt", last_message_at AS "lastMessageAt", last_event_at AS "lastEventAt",
            last_lag_ms AS "lastLagMs", last_order_at AS "lastOrderAt", accepted, duplicates, outdated, ignored, unreadable,
            last_unreadable AS "lastUnreadable", unresolved, missed_changes AS "missedChanges",
            missed_new_orders AS "missedNewOrders", missed_lag_ms AS "missedLagMs", missed_at AS "missedAt",
            (SELECT count(*) FROM notified_order)::int AS waiting
       FROM notification_state`,
  );
  if (!state) throw new Error('The table notification_state has lost its row.');
  return state;
}

/** What a look at the queue found. */
interface QueueFacts {
  readonly arn: string | null;
  readonly messages: number | null;
  readonly deadLetterArn: string | null;
  readonly deadLetters: number | null;
}

/** Records that the queue was read, and what is in it. */
export async function recordPoll(
  sql: Pick<Database, 'query'>,
  at: Date,
  url: string,
  facts?: QueueFacts,
): Promise<void> {
  await sql.query(
    `UPDATE notification_state
        SET queue_url = $2::text, polled_at = greatest(polled_at, $1::timestamptz),
            listening_since = CASE
              WHEN queue_url = $2::text AND polled_at >= $1::timestamptz - $3 * interval '1 millisecond'
              THEN coalesce(listening_since, $1::timestamptz) ELSE $1::timestamptz END,
            queue_error_code = CASE WHEN $4::boolean THEN queue_error_code END,
            queue_error = CASE WHEN $4::boolean THEN queue_error END,
            queue_error_at = CASE WHEN $4::boolean THEN queue_error_at END,
            queue_arn = CASE WHEN $4::boolean THEN $5::text WHEN queue_url = $2::text THEN queue_arn END,
            queued = CASE WHEN $4::boolean THEN $6::int WHEN queue_url = $2::text THEN queued END,
            dead_letter_arn = CASE WHEN $4::boolean THEN $7::text WHEN queue_url = $2::text THEN dead_letter_arn END,
            dead_letters = CASE WHEN $4::boolean THEN $8::int WHEN queue_url = $2::text THEN dead_letters END`,
    [
      at,
      url,
      GAP_MS,
      facts !== undefined,
      facts?.arn ?? null,
      facts?.messages ?? null,
      facts?.deadLetterArn ?? null,
      facts?.deadLetters ?? null,
    ],
  );
}

export async function recordQueueError(
  sql: Pick<Database, 'query'>,
  { code, message }: NotificationError,
  at: Date,
  url: string,
): Promise<void> {
  await sql.query(
    `UPDATE notification_state
        SET queue_url = $4::text, queue_error_code = $1::text, queue_error = $2::text,
            queue_error_at = CASE WHEN queue_error_code = $1::text THEN queue_error_at ELSE $3::timestamptz END`,
    [code, message, at, url],
  );
}

/** Records why orders can't be read by their ids; null: they can. */
export async function recordReadError(
  sql: Pick<Database, 'query'>,
  error: { readonly code: string; readonly message: string } | null,
  at: Date,
): Promise<void> {
  await sql.query(
    `UPDATE notification_state
        SET read_error_code = $1::text, read_error = $2::text,
            read_error_at = CASE WHEN $1::text IS NULL THEN NULL WHEN read_error_code = $1::text THEN read_error_at
                                 ELSE $3::timestamptz END
      WHERE read_error_code IS NOT NULL OR $1::text IS NOT NULL`,
    [error?.code ?? null, error?.message ?? null, at],
  );
}
