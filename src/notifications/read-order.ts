import { SyncError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { type OrderRow, orderRows } from '../mirror/write/order-rows.js';
import type { CallWatch } from '../spapi/http/call-watch.js';
import { failureBehind } from '../spapi/http/errors.js';
import type { Order } from '../spapi/orders/order.js';
import type { OrderSource, UnreadableOrder } from '../spapi/orders/order-source.js';
import { isUnreadable } from '../spapi/orders/read-order.js';
import type { DataSets } from '../sync/read/data-sets.js';
import type { WaitingOrder } from './waiting-orders.js';

/** What orders are read with; the same for those that are claimed together. */
export interface ReadContext {
  readonly source: OrderSource;
  readonly dataSets: DataSets;
  readonly marketplaceIds: readonly string[];
  readonly logger: Logger;
}

/**
 * The result of reading a notified order.
 * SAVE: to be written; `isStale`: Amazon does not show the change yet, so that it is to be read again.
 * LATER: nothing to write, to be read again. OTHER: of a marketplace that is not mirrored. OUTAGE: no order can be read for now.
 */
export type ReadResult =
  | { readonly outcome: 'SAVE'; readonly row: OrderRow; readonly isStale: boolean }
  | { readonly outcome: 'REJECT'; readonly order: UnreadableOrder }
  | { readonly outcome: 'LATER' /** Whether Amazon answered with an error. */; readonly failed: boolean }
  | { readonly outcome: 'OTHER' }
  | { readonly outcome: 'OUTAGE'; readonly error: SyncError };

/** Reads a claimed order by its id. @throws the signal's reason when aborted, and errors that are no SyncError */
export async function readNotifiedOrder(
  { source, dataSets, marketplaceIds, logger }: ReadContext,
  { amazonOrderId, eventAt, hasChangeTime, mirroredUntil }: WaitingOrder,
  watch: CallWatch,
): Promise<ReadResult> {
  let read: Order | UnreadableOrder | null;
  try {
    read = await dataSets.getOrder(source, amazonOrderId, watch);
  } catch (error) {
    if (!(error instanceof SyncError) || watch.signal.aborted) throw error;
    if (isOutage(error)) return { outcome: 'OUTAGE', error };
    logger.warn({ amazonOrderId, code: error.code, err: error }, 'A notified order was not read.');
    return { outcome: 'LATER', failed: true };
  }
  if (read === null) return { outcome: 'LATER', failed: false };
  if (isUnreadable(read)) return { outcome: 'REJECT', order: read };
  if (read.marketplaceId !== null && !marketplaceIds.includes(read.marketplaceId)) return { outcome: 'OTHER' };
  const updatedAt = read.lastUpdatedTime;
  // Older than what the mirror has: Amazon's answer comes from a copy that lags behind.
  if (mirroredUntil !== null && updatedAt < mirroredUntil) return { outcome: 'LATER', failed: false };
  const [row] = await orderRows([read]);
  if (!row) return { outcome: 'LATER', failed: false };
  return { outcome: 'SAVE', row, isStale: hasChangeTime && wholeSeconds(updatedAt) < wholeSeconds(eventAt) };
}

/** Whether no order can be read for now: without a token, or without quota. */
function isOutage(error: SyncError): boolean {
  const failure = failureBehind(error);
  if (failure === null) return error.code !== 'SP_API_UNAVAILABLE' && error.code !== 'INTERRUPTED';
  return failure.operation === 'token' || failure.isThrottle;
}

/** Amazon's times have milliseconds in some answers and not in others. */
function wholeSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1_000);
}
