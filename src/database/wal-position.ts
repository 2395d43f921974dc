import type { Sql } from './sql.js';

/** A position in PostgreSQL's write-ahead log. */
export interface WalPosition {
  /** A fail-over begins a new one. Positions on different timelines can't be compared. */
  readonly timeline: number;
  /** In bytes. */
  readonly at: bigint;
}

/**
 * A commit becomes visible after its record is on the disk, and only that part of the log is sent to replicas. Without the
 * wait for the disk it is visible once its record is inserted.
 */
const PRIMARY_POSITION = `
  SELECT (CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
          ELSE pg_current_wal_flush_lsn() END - '0/0')::bigint AS at,
         pg_walfile_name(pg_current_wal_flush_lsn()) AS file`;

/** Of the log. */
const PAGE_BYTES = 8_192n;
/** The longer one, of the first page of a file. */
const MAX_PAGE_HEADER_BYTES = 40n;

/** Returns a position of the primary that has all commits before it which a statement can see by now. */
export async function readPrimaryPosition(primary: Sql): Promise<WalPosition> {
  const [row] = await primary.query<{ at: bigint; file: string }>(PRIMARY_POSITION, [], { prepare: true });
  if (!row) throw new Error('The primary did not return its position in the log.');
  return { timeline: timelineOfFile(row.file), at: withoutPageHeader(row.at) };
}

/** Reads the timeline from the name of a file of the log, as `pg_walfile_name` returns it. */
export function timelineOfFile(name: string): number {
  return Number.parseInt(name.slice(0, 8), 16);
}

/** After a record that fills its page, the next one is inserted behind the header of another: a replica never gets there. */
function withoutPageHeader(at: bigint): bigint {
  const inPage = at % PAGE_BYTES;
  return inPage <= MAX_PAGE_HEADER_BYTES ? at - inPage : at;
}

/** SQL for a server: whether it is a standby, and what it has replayed (`at` null: it doesn't report that). */
export const REPLAY_POSITION = `
  SELECT pg_is_in_recovery() AS "isStandby", (pg_last_wal_replay_lsn() - '0/0')::bigint AS at, timeline_id AS timeline
    FROM pg_control_checkpoint()`;

/** Whether a replica at a position has all that is before another one. */
export function covers(replayed: WalPosition, wanted: WalPosition): boolean {
  return replayed.timeline === wanted.timeline && replayed.at >= wanted.at;
}
