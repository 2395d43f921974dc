import type { SellerAccount } from '../../connection/seller-account.js';
import { UserError } from '../../core/errors.js';
import { readOrderRetention } from '../../mirror/write/order-retention.js';
import { orderRows } from '../../mirror/write/order-rows.js';
import { rejectOrders } from '../../mirror/write/rejected-orders.js';
import { heldVersions, saveOrders, writeOrders } from '../../mirror/write/save-orders.js';
import { callWithin } from '../../spapi/http/call-within.js';
import { isUnreadable } from '../../spapi/orders/read-order.js';
import { DataSets, type DataSetsOptions } from './data-sets.js';

/** In milliseconds: a user waits for the answer. */
const MAX_WAIT_MS = 30_000;

/**
 * Reads one order from Amazon by its id and writes it with its items, even if its last update is older than the mirror's: lists
 * have been seen to miss orders (#3945). Needs no claim: if another process stored another version since the request, it is
 * overwritten by the same or a newer version only.
 * @throws {UserError} NO_CONNECTION, NO_CREDENTIAL; NOT_FOUND, also if it is too old to be kept; BAD_USER_INPUT for an order that can't be read
 * @throws {SyncError}
 */
export async function resyncOrder(
  options: DataSetsOptions & { readonly account: Pick<SellerAccount, 'openSource'> },
  amazonOrderId: string,
): Promise<void> {
  const { database, account, clock } = options;
  const id = amazonOrderId.trim();
  const source = await account.openSource();
  const dataSets = await DataSets.open(options, { records: false });
  const held = await heldVersions(database, [id]);
  const order = await callWithin({ ms: MAX_WAIT_MS, clock }, (watch) => dataSets.getOrder(source, id, watch));
  if (order === null)
    throw new UserError(
      'NOT_FOUND',
      `Amazon knows no order ${id} of this account in the connection's region. Amazon keeps orders for two years.`,
    );
  if (isUnreadable(order)) {
    await rejectOrders(database, null, [order]);
    throw new UserError(
      'BAD_USER_INPUT',
      `Order ${id} can't be read, so it was rejected (see rejectedOrders): ${order.reason}`,
    );
  }
  const retention = await readOrderRetention(database);
  if (retention?.keptFrom && order.createdTime < retention.keptFrom)
    throw new UserError(
      'NOT_FOUND',
      `Order ${id} was purchased at ${order.createdTime.toISOString()}. Orders older than ${retention.months} months are not kept (RETENTION_ORDERS_MONTHS).`,
    );
  const rows = await orderRows([order]);
  const how = { includeItems: true, at: clock.now(), changeSource: 'RESYNC', held, rewriteUnchanged: true } as const;
  await writeOrders(database, (sql) => saveOrders(sql, rows, how));
}
