import type { Database } from '../database/database.js';
import { readItems, readItemsOfOrders, readOrders, readPayloads, readRejectedVersions } from '../orders/read-orders.js';
import { batch } from './batch.js';

/** Reads by key, gathered: all the keys of a step of the request go into one statement. Nothing is kept. */
export type Loaders = ReturnType<typeof createLoaders>;

export function createLoaders(database: Database) {
  return {
    order: batch((ids: readonly bigint[]) => readOrders(database, ids)),
    item: batch((ids: readonly bigint[]) => readItems(database, ids)),
    itemsOfOrder: batch((ids: readonly bigint[]) => readItemsOfOrders(database, ids)),
    orderPayload: batch((ids: readonly bigint[]) => readPayloads(database, 'amazon_order', ids)),
    rejectedVersion: batch((orderIds: readonly string[]) => readRejectedVersions(database, orderIds)),
    itemPayload: batch((ids: readonly bigint[]) => readPayloads(database, 'amazon_order_item', ids)),
    provenUntil: batch(async (marketplaceIds: readonly string[]) => {
      const cursors = await database.prisma.syncCursor.findMany({
        where: { marketplaceId: { in: [...marketplaceIds] } },
      });
      return new Map(cursors.map((cursor) => [cursor.marketplaceId, cursor.provenUntil]));
    }),
  };
}
