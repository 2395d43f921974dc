import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { StartError } from '../../core/errors.js';
import { ARRAY_OIDS, countRows } from '../binary-columns.js';
import { DiskFullError } from '../errors.js';
import type { Driver, DriverSession, Notifications, StatementListener } from '../sql.js';
import { readByCursor } from './cursor.js';
import { lockDataFolder } from './data-folder-lock.js';
import { createEmptyDatabase } from './empty-database.js';

interface PgliteOptions {
  readonly onStatement?: StatementListener;
  /** A dump to start from in place of an empty database (PGlite's own `dumpDataDir`). */
  readonly loadDataDir?: Blob;
}

/** Statements with more rows check the disk space before, and the write-ahead log after their transaction. */
const MAX_SMALL_WRITE_ROWS = 10;
/** Two of PostgreSQL's log segments and a page of orders. */
const MIN_DISK_BYTES = 48 * 1024 * 1024;
const MAX_WAL_BYTES = 32 * 1024 * 1024;
/** Keeps two to four log segments of 16 MB for reuse, in place of 1 GB. */
const WAL_SETTINGS = ['-c', 'min_wal_size=32MB', '-c', 'max_wal_size=64MB'];
const asText = (value: string): string => value;
const parsers = { [types.INT8]: BigInt, [types.NUMERIC]: asText, [types.DATE]: asText };

/**
 * PostgreSQL in this process, in `dataDir/pgdata` or in memory.
 * @throws {StartError} if another process holds the folder, or it can't be read
 */
export async function openPglite(config: { dataDir: string | null }, options: PgliteOptions = {}): Promise<Driver> {
  const unlock = config.dataDir === null ? () => {} : await lockDataFolder(config.dataDir);
  try {
    return driverOf(await start(config.dataDir, options), config.dataDir, unlock, options.onStatement);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function start(dataDir: string | null, { loadDataDir }: PgliteOptions): Promise<PGlite> {
  const folder = dataDir === null ? null : join(dataDir, 'pgdata');
  try {
    if (folder !== null && !loadDataDir) createEmptyDatabase(folder);
    return await PGlite.create({
      startParams: [...PGlite.defaultStartParams, ...WAL_SETTINGS],
      ...(folder === null ? {} : { dataDir: folder }),
      ...(loadDataDir ? { loadDataDir } : {}),
    });
  } catch (error) {
    throw new StartError(
      `The embedded database in ${folder ?? 'memory'} can't be opened: ${error instanceof Error ? error.message : error}. ` +
        'Restore the folder from a backup, or move it away to start with an empty one (the orders are read from Amazon again).',
      { cause: error },
    );
  }
}

function driverOf(
  pglite: PGlite,
  dataDir: string | null,
  unlock: () => void,
  onStatement: StatementListener = () => {},
): Driver {
  const options = { parsers, serializers: serializersOf(pglite) };
  const query = async <Row extends object>(text: string, values: readonly unknown[] = []) => {
    onStatement(text);
    return (await pglite.query<Row>(text, [...values], options)).rows;
  };
  return {
    kind: 'pglite',
    prismaAdapter: new PrismaPGlite(pglite),
    notifications: notificationsOf(pglite),
    query,
    outsideTransactions: (work) => work({ query }),
    transaction: async (work, first) => {
      let wroteMany = false;
      const result = await pglite.transaction(async (transaction) => {
        const session: DriverSession = {
          query: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
            onStatement(text);
            const many = areManyRows(values);
            wroteMany ||= many;
            if (dataDir !== null && many) await checkDiskSpace(dataDir);
            return (await transaction.query<Row>(text, [...values], options)).rows;
          },
          exec: async (script) => {
            await transaction.exec(script);
          },
        };
        if (first !== undefined) {
          onStatement(first);
          await transaction.exec(first);
        }
        return work(session);
      });
      if (wroteMany) await checkpointWhenDue(pglite);
      return result;
    },
    readSnapshot: (snapshot, read) =>
      pglite.transaction((transaction) => {
        const query = async (text: string, values: readonly unknown[] = []) => {
          snapshot.signal.throwIfAborted();
          onStatement(text);
          return (await transaction.query<unknown[]>(text, [...values], { ...options, rowMode: 'array' })).rows;
        };
        return read(readByCursor(query, snapshot));
      }),
    close: async () => {
      await pglite.close();
      unlock();
    },
  };
}

/** Sends binary columns as they are; PGlite turns other arrays into text. */
function serializersOf(pglite: PGlite): PGlite['serializers'] {
  return Object.fromEntries(
    ARRAY_OIDS.map((type) => [
      type,
      (value: unknown) => (Buffer.isBuffer(value) ? value : pglite.serializers[type]?.(value)) as string,
    ]),
  );
}

/** Whether a value is a column of many rows. On a full disk small writes still pass, to record the end of a run. */
function areManyRows(values: readonly unknown[]): boolean {
  return values.some((value) => (Array.isArray(value) ? value.length : countRows(value)) > MAX_SMALL_WRITE_ROWS);
}

function notificationsOf(pglite: PGlite): Notifications {
  return {
    listen: async (channel, listener) => {
      // Unquoted, PGlite makes it lower case.
      const stop = await pglite.listen(`"${channel}"`, listener);
      return () => {
        if (!pglite.closed) void stop().catch(() => {});
      };
    },
    areDelivered: async () => true,
  };
}

/** @throws {DiskFullError} if little space is left: once PGlite can't write its log, it can't even answer queries */
async function checkDiskSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < MIN_DISK_BYTES)
    throw new DiskFullError(`The disk that holds ${folder} is full: No space left on device.`);
}

/**
 * Makes a checkpoint after 32 MB of write-ahead log, so that older log is removed. A server has a background process for
 * that; PGlite has none, and its log grew by 2.6 MB for each page of orders. It also bounds what a start after `kill -9`
 * has to replay. Not for use within a transaction.
 */
async function checkpointWhenDue(pglite: PGlite): Promise<void> {
  const { rows } = await pglite.query<{ due: boolean }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) > ${MAX_WAL_BYTES} AS due FROM pg_control_checkpoint()`,
  );
  // The transaction is committed even if this fails; the next one tries again.
  if (rows[0]?.due) await pglite.exec('CHECKPOINT').catch(() => {});
}
