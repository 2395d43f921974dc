import { boolean, instant, text, unnestRows } from '../database/binary-columns.js';
import { bindings, type Database } from '../database/database.js';
import { deleteInSteps } from '../database/delete-in-steps.js';
import type { OrderEvent } from './read-event.js';

/** Channel of `pg_notify`: orders wait to be read. `OrderReader` listens. */
export const ORDER_NOTIFIED = 'ORDER_NOTIFIED';

/** What a batch of messages contained. */
export interface ReceivedBatch {
  readonly events: readonly ReceivedEvent[];
  /** Messages that need nothing: of another type, seller or marketplace. */
  readonly ignored: number;
  /** Messages that could not be read, counted when they come first. */
  readonly unreadable: number;
  /** Why the last of these could not be read. */
  readonly lastUnreadable: string | null;
  readonly testId: string | null;
  readonly at: Date;
}

export interface ReceivedEvent extends Pick<OrderEvent, 'amazonOrderId' | 'marketplaceId' | 'changedAt' | 'sentAt'> {
  /** Identifies the notification: it is stored once. */
  readonly key: string;
}

export interface EventCounts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly outdated: number;
}

/**
 * Stores a batch in one transaction, so that its messages may be deleted: the orders wait to be read. A notification that was
 * received before does nothing, nor one of a change that the mirror has already.
 */
export async function storeEvents(database: Database, batch: ReceivedBatch): Promise<EventCounts> {
  return database.transaction(async (sql) => {
    const { bind, values } = bindings();
    const at = `${bind(batch.at)}::timestamptz`;
    const events = unnestRows(bind, 'e', batch.events, {
      notification_id: text(({ key }: ReceivedEvent) => key),
      amazon_order_id: text(({ amazonOrderId }: ReceivedEvent) => amazonOrderId),
      marketplace_id: text(({ marketplaceId }: ReceivedEvent) => marketplaceId),
      event_at: instant(({ changedAt, sentAt }: ReceivedEvent) => changedAt ?? sentAt),
      sent_at: instant(({ sentAt }: ReceivedEvent) => sentAt),
      has_change_time: boolean(({ changedAt }: ReceivedEvent) => changedAt !== null),
    });
    const [counts] = await sql.query<EventCounts>(
      `WITH incoming AS MATERIALIZED (
         SELECT DISTINCT ON (notification_id) * FROM ${events} ORDER BY notification_id
       ), fresh AS (
         INSERT INTO received_notification (notification_id, amazon_order_id, event_at, received_at)
         SELECT notification_id, amazon_order_id, event_at, ${at} FROM incoming ORDER BY notification_id
         ON CONFLICT (notification_id) DO NOTHING RETURNING notification_id
       ), news AS MATERIALIZED (
         SELECT i.*, EXISTS (
                  SELECT FROM amazon_order o
                   WHERE o.amazon_order_id = i.amazon_order_id AND o.last_update_date >= i.event_at AND o.source = 'API'
                ) AS is_outdated
           FROM incoming i JOIN fresh USING (notification_id)
       ), waiting AS (
         INSERT INTO notified_order AS w
                (amazon_order_id, marketplace_id, event_at, has_change_time, received_at, events)
         SELECT DISTINCT ON (amazon_order_id) amazon_order_id, marketplace_id, event_at, has_change_time, ${at},
                count(*) OVER (PARTITION BY amazon_order_id)::int
           FROM news WHERE NOT is_outdated ORDER BY amazon_order_id, event_at DESC
         ON CONFLICT (amazon_order_id) DO UPDATE
            SET marketplace_id = coalesce(excluded.marketplace_id, w.marketplace_id),
                has_change_time = CASE WHEN excluded.event_at > w.event_at THEN excluded.has_change_time ELSE w.has_change_time END,
                attempts = CASE WHEN excluded.event_at > w.event_at THEN 0 ELSE w.attempts END,
                next_try_at = CASE WHEN excluded.event_at > w.event_at THEN NULL ELSE w.next_try_at END,
                event_at = greatest(excluded.event_at, w.event_at),
                events = w.events + excluded.events
         RETURNING pg_notify('${ORDER_NOTIFIED}', '')
       ), counted AS (
         SELECT (SELECT count(*) FROM news WHERE NOT is_outdated)::int AS accepted,
                ${bind(batch.events.length)}::int - (SELECT count(*) FROM news)::int AS duplicates,
                (SELECT count(*) FROM news WHERE is_outdated)::int AS outdated,
                (SELECT count(*) FROM waiting) AS waiting
       ), updated AS (
         UPDATE notification_state s
            SET accepted = s.accepted + c.accepted, duplicates = s.duplicates + c.duplicates,
                outdated = s.outdated + c.outdated, ignored = s.ignored + ${bind(batch.ignored)}::int,
                unreadable = s.unreadable + ${bind(batch.unreadable)}::int,
                last_unreadable = coalesce(${bind(batch.lastUnreadable)}::text, s.last_unreadable),
                last_message_at = greatest(s.last_message_at, ${at}),
                last_event_at = greatest(s.last_event_at, (SELECT max(sent_at) FROM incoming)),
                test_received_at = CASE WHEN s.test_id = ${bind(batch.testId)}::text THEN ${at} ELSE s.test_received_at END
           FROM counted c
       )
       SELECT accepted, duplicates, outdated FROM counted`,
      values,
    );
    return counts ?? { accepted: 0, duplicates: 0, outdated: 0 };
  });
}

/** SQS keeps messages for 14 days at most; later none is delivered again. */
const KEEP_IDS_DAYS = 15;
const DELETE_STEP = 5_000;

/** Deletes what is known of old notifications, in small steps. A clock that is ahead for a moment deletes nothing. */
export function deleteOldNotifications(sql: Pick<Database, 'query'>, now: Date): Promise<void> {
  return deleteInSteps(
    sql,
    DELETE_STEP,
    `DELETE FROM received_notification WHERE notification_id IN (
       SELECT notification_id FROM received_notification
        WHERE received_at < least($1::timestamptz, (SELECT max(received_at) FROM received_notification))
                            - interval '${KEEP_IDS_DAYS} days'
        ORDER BY received_at LIMIT ${DELETE_STEP})`,
    [now],
  );
}
