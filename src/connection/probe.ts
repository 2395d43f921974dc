import { MAX_CLOCK_SKEW_MS } from '../core/clock.js';
import type { Sql } from '../database/sql.js';

const PROBE_EVERY_MS = 60 * 60_000;

/** When a connection that is in ERROR as of `at` is tested next. */
export function nextProbeAfter(at: Date): Date {
  return new Date(at.getTime() + PROBE_EVERY_MS);
}

/**
 * Whether the connection is in ERROR with a test due, which is then the caller's to make: of several processes one gets
 * it. The next one is due an hour later, whatever becomes of this one. One that lies further ahead than that, by more than
 * the processes' clocks may differ, was written under a wrong clock, and is due now.
 */
export async function claimProbe(sql: Sql, now: Date): Promise<boolean> {
  const next = nextProbeAfter(now);
  const rows = await sql.query(
    `UPDATE amazon_connection AS c SET next_probe_at = $2::timestamptz
      WHERE status = 'ERROR' AND EXISTS (SELECT FROM amazon_credential WHERE connection_id = c.id)
        AND (next_probe_at IS NULL OR next_probe_at <= $1::timestamptz OR next_probe_at > $3::timestamptz)
      RETURNING id`,
    [now, next, new Date(next.getTime() + MAX_CLOCK_SKEW_MS)],
  );
  return rows.length > 0;
}
