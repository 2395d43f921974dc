import DataLoader from 'dataloader';
import type { Database } from '../database/database.js';
import type { ChangeFeed } from '../mirror/read/change-feed.js';
import { readChanges } from '../mirror/read/order-changes.js';
import { readItems, readOrders, readPayloads, readRejectedVersions } from '../mirror/read/read-orders.js';

interface LoaderParts {
  readonly database: Database;
  readonly changes: ChangeFeed;
}

/** Reads by key. All keys that are requested in the same tick go into one statement; nothing is cached. */
export type Loaders = ReturnType<typeof createLoaders>;

export function createLoaders({ database, changes }: LoaderParts) {
  return {
    order: loader((ids: readonly bigint[]) => readOrders(database.reader, ids)),
    /** The order of a change: an event of a subscription asks for one, as thousands of others do at the same time. */
    changedOrder: loader(async ([id, ...others]: readonly bigint[]) =>
      id === undefined || others.length > 0
        ? readOrders(database, id === undefined ? [] : [id, ...others])
        : new Map([[id, await changes.readOrder(id)]]),
    ),
    change: loader((ids: readonly bigint[]) => readChanges(database.reader, ids)),
    item: loader((ids: readonly bigint[]) => readItems(database.reader, ids)),
    orderPayload: loader((ids: readonly bigint[]) => readPayloads(database.reader, 'amazon_order', ids)),
    rejectedVersion: loader((orderIds: readonly string[]) => readRejectedVersions(database.reader, orderIds)),
    itemPayload: loader((ids: readonly bigint[]) => readPayloads(database.reader, 'amazon_order_item', ids)),
    provenUntil: loader(async (marketplaceIds: readonly string[]) => {
      const cursors = await database.prisma.syncCursor.findMany({
        where: { marketplaceId: { in: [...marketplaceIds] } },
      });
      return new Map(cursors.map((cursor) => [cursor.marketplaceId, cursor.provenUntil]));
    }),
  };
}

/** Returns a function that loads the value of a key; undefined if there is none. */
function loader<Key, Value>(read: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>) {
  const values = new DataLoader<Key, Value | undefined>(
    async (keys) => {
      const found = await read([...new Set(keys)]);
      return keys.map((key) => found.get(key));
    },
    { cache: false },
  );
  return (key: Key) => values.load(key);
}
