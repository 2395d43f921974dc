import type { Sql } from '../database/database.js';
import type { Webhook } from '../generated/prisma/client.js';

const MAX_COUNT = 10_000;

/** Counts the deliveries of a webhook that are not done: those with a row, and changes after its cursor; up to 10,000. */
export async function countPending(
  sql: Sql,
  { id, events, cursorId }: Pick<Webhook, 'id' | 'events' | 'cursorId'>,
): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (
       (SELECT 1 AS one FROM webhook_delivery WHERE webhook_id = $1 AND state = 'PENDING' LIMIT ${MAX_COUNT})
       UNION ALL
       (SELECT 1 FROM order_change c WHERE $2 AND c.id > $3
           AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = $1 AND d.change_id = c.id)
         LIMIT ${MAX_COUNT})
     ) AS pending`,
    [id, events.includes('order.changed'), cursorId ?? 0n],
  );
  return Math.min(row?.count ?? 0, MAX_COUNT);
}
