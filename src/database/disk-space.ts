import { statfs } from 'node:fs/promises';

/** Two of PostgreSQL's log segments and a page of orders. */
const LEAST_BYTES = 48 * 1024 * 1024;
/** SQLSTATE disk_full. */
const DISK_FULL = '53100';

/** The disk that holds the database has no room for what is to be written. */
class DiskFull extends Error {
  override readonly name = 'DiskFull';
  readonly code = DISK_FULL;
}

/** @throws {DiskFull} when little is left: PGlite can't go on, not even answer, once its log can't be written. */
export async function checkDiskSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < LEAST_BYTES)
    throw new DiskFull(`The disk that holds ${folder} is full: No space left on device.`);
}

/** Whether a write found the disk full, of the embedded database or of PostgreSQL: nothing of its transaction is kept. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === DISK_FULL) || isDiskFull(error.cause);
}
