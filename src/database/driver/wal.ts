import type { PGlite } from '@electric-sql/pglite';

const MAX_WAL_BYTES = 32 * 1024 * 1024;

/** How much of the write-ahead log is kept for reuse: two to four of its segments of 16 MB, in place of 1 GB. */
export const WAL_SETTINGS: readonly string[] = ['-c', 'min_wal_size=32MB', '-c', 'max_wal_size=64MB'];

/**
 * Makes a checkpoint once more than 32 MB of write-ahead log came after the last one; older log is removed then. A server
 * has a background process for that; PGlite has none, and its log grew to 2.6 MB for each page of orders, for ever.
 * It also bounds what a start after `kill -9` has to replay. Not within a transaction.
 */
export async function checkpointWhenDue(pglite: PGlite): Promise<void> {
  const { rows } = await pglite.query<{ due: boolean }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) > ${MAX_WAL_BYTES} AS due FROM pg_control_checkpoint()`,
  );
  // What was committed stands, whatever becomes of the checkpoint; the next commit tries again.
  if (rows[0]?.due) await pglite.exec('CHECKPOINT').catch(() => {});
}
