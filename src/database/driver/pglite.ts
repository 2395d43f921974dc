import { join } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { StartError } from '../../core/errors.js';
import { COLUMN_TYPES, rowsOf } from '../binary-columns.js';
import { checkDiskSpace } from '../disk-space.js';
import type { Driver, DriverSession, StatementListener } from '../sql.js';
import { lockDataFolder } from './data-folder-lock.js';
import { makeEmptyDatabase } from './empty-database.js';
import type { Changes } from './notifications.js';
import { checkpointWhenDue, WAL_SETTINGS } from './wal.js';

interface PgliteOptions {
  readonly onStatement?: StatementListener;
  /** A dump to start from in place of an empty database (PGlite's own `dumpDataDir`). */
  readonly loadDataDir?: Blob;
}

const FEW_ROWS = 10;
const asText = (value: string): string => value;
const parsers = { [types.INT8]: BigInt, [types.NUMERIC]: asText, [types.DATE]: asText };

/**
 * PostgreSQL in this process, in `dataDir/pgdata` or in memory.
 * @throws {StartError} when another process holds the folder, or it can't be read.
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
    if (folder !== null && !loadDataDir) makeEmptyDatabase(folder);
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
  return {
    kind: 'pglite',
    prismaAdapter: new PrismaPGlite(pglite),
    changes: changesOf(pglite),
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      onStatement(text);
      return (await pglite.query<Row>(text, [...values], options)).rows;
    },
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
    close: async () => {
      await pglite.close();
      unlock();
    },
  };
}

/** Columns are as PostgreSQL takes them; other arrays PGlite turns into text. */
function serializersOf(pglite: PGlite): PGlite['serializers'] {
  return Object.fromEntries(
    Object.values(COLUMN_TYPES).map((type) => [
      type,
      (value: unknown) => (Buffer.isBuffer(value) ? value : pglite.serializers[type]?.(value)) as string,
    ]),
  );
}

/** Whether values are columns of many rows, as of a page of orders; little writes pass, to say how a run ended. */
function areManyRows(values: readonly unknown[]): boolean {
  return values.some((value) => (Array.isArray(value) ? value.length : rowsOf(value)) > FEW_ROWS);
}

function changesOf(pglite: PGlite): Changes {
  return {
    listen: async (channel, onChange) => {
      const stop = await pglite.listen(channel, onChange);
      return () => {
        if (!pglite.closed) void stop().catch(() => {});
      };
    },
    areDelivered: async () => true,
  };
}
