import type { Connections } from '../connection/types.js';
import { SyncError } from '../core/errors.js';
import type { ChangeCounts } from '../mirror/write/merge-orders.js';
import { orderRows } from '../mirror/write/order-rows.js';
import { rejectOrders } from '../mirror/write/rejected-orders.js';
import { saveOrders, writeOrders } from '../mirror/write/save-orders.js';
import type { CallWatch } from '../spapi/http/call-watch.js';
import { failureBehind } from '../spapi/http/errors.js';
import type { Order } from '../spapi/orders/order.js';
import type { OrderSource, UnreadableOrder } from '../spapi/orders/order-source.js';
import { isUnreadable } from '../spapi/orders/read-order.js';
import { DataSets, type DataSetsOptions } from '../sync/read/data-sets.js';
import { finishOrder, postponeOrder, recordLag, type WaitingOrder } from './waiting-orders.js';

export interface ReadOrderOptions extends DataSetsOptions {
  readonly connections: Pick<Connections, 'read' | 'openSpApi' | 'recordCheck'>;
  /** Identifies this process. */
  readonly claim: string;
}

/** An order that was read and written. */
export interface OrderRead {
  readonly counts: ChangeCounts & { readonly rejected: number };
  /** From the notification's event to the commit, in milliseconds. */
  readonly lagMs: number;
}

/** What became of a notified order. OUTAGE: no order can be read for now. */
export type ReadResult =
  | ({ readonly outcome: 'SAVED' } & OrderRead)
  | {
      readonly outcome: 'POSTPONED' | 'GIVEN_UP' /** Whether Amazon answered with an error. */;
      readonly failed?: boolean;
    }
  | { readonly outcome: 'OUTAGE'; readonly error: SyncError };

const SECOND_MS = 1_000;
/**
 * Pauses before an order is read again whose change Amazon doesn't show yet, whose id it doesn't know yet, or whose read it
 * refuses. After the last one the next run's search is left to find it.
 */
const PAUSES_MS = [5 * SECOND_MS, 60 * SECOND_MS, 600 * SECOND_MS];

/**
 * Reads a claimed order by its id and writes it: only the same or a newer version overwrites the mirror's. Until Amazon shows
 * the change that the notification told of, the order is read again a little later, three times at most.
 * @throws any error of the database; the signal's reason when aborted. The claim stays then, until it is released or lapses.
 */
export async function readNotifiedOrder(
  options: ReadOrderOptions,
  source: OrderSource,
  order: WaitingOrder,
  watch: CallWatch,
): Promise<ReadResult> {
  const { logger } = options;
  let read: Order | UnreadableOrder | null;
  try {
    const dataSets = await DataSets.open(options, { records: false });
    read = await dataSets.getOrder(source, order.amazonOrderId, watch);
  } catch (error) {
    if (!(error instanceof SyncError) || watch.signal.aborted) throw error;
    if (isOutage(error)) return { outcome: 'OUTAGE', error };
    logger.warn({ amazonOrderId: order.amazonOrderId, code: error.code, err: error }, 'A notified order was not read.');
    return { ...(await tryLater(options, order)), failed: true };
  }
  if (read === null) return tryLater(options, order);
  if (isUnreadable(read)) return save(options, order, [], [read]);
  const updatedAt = read.lastUpdatedTime;
  const isOld = order.mirroredUntil !== null && updatedAt < order.mirroredUntil;
  const isOther = read.marketplaceId !== null && !(await isMirrored(options, read.marketplaceId));
  const shows = !order.hasChangeTime || wholeSeconds(updatedAt) >= wholeSeconds(order.eventAt);
  if (isOther) return drop(options, order);
  if (isOld) return tryLater(options, order);
  return save(options, order, [read], [], !shows);
}

/** Whether no order can be read for now: without a token, or without quota. */
function isOutage(error: SyncError): boolean {
  const failure = failureBehind(error);
  if (failure === null) return error.code !== 'SP_API_UNAVAILABLE' && error.code !== 'INTERRUPTED';
  return failure.operation === 'token' || failure.isThrottle;
}

/** Amazon's times have milliseconds in some answers and not in others. */
function wholeSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / SECOND_MS);
}

async function isMirrored({ connections }: ReadOrderOptions, marketplaceId: string): Promise<boolean> {
  const connection = await connections.read();
  return connection?.marketplaceIds.includes(marketplaceId) ?? false;
}

async function save(
  { database, clock, claim }: ReadOrderOptions,
  order: WaitingOrder,
  orders: readonly Order[],
  rejected: readonly UnreadableOrder[],
  readAgain = false,
): Promise<ReadResult> {
  const rows = await orderRows(orders);
  const again = readAgain ? PAUSES_MS[order.attempts] : undefined;
  return writeOrders(database, async (sql) => {
    const at = clock.now();
    const lagMs = at.getTime() - order.eventAt.getTime();
    const how = { includeItems: true, at, changeSource: 'NOTIFICATION' } as const;
    const counts = await saveOrders(sql, rows, how);
    await rejectOrders(sql, null, rejected);
    if (again !== undefined) await postponeOrder(sql, order, claim, new Date(at.getTime() + again));
    else await finishOrder(sql, order, claim);
    const isNews = counts.inserted + counts.updated > 0;
    if (isNews) await recordLag(sql, lagMs, at);
    if (again !== undefined && !isNews) return { outcome: 'POSTPONED' };
    return { outcome: 'SAVED', counts: { ...counts, rejected: rejected.length }, lagMs };
  });
}

async function tryLater(
  { database, clock, claim }: ReadOrderOptions,
  order: WaitingOrder,
): Promise<{ readonly outcome: 'POSTPONED' | 'GIVEN_UP' }> {
  const pauseMs = PAUSES_MS[order.attempts];
  if (pauseMs !== undefined) {
    await postponeOrder(database, order, claim, new Date(clock.now().getTime() + pauseMs));
    return { outcome: 'POSTPONED' };
  }
  return database.transaction(async (sql) => {
    const isFinished = await finishOrder(sql, order, claim);
    if (!isFinished) return { outcome: 'POSTPONED' };
    await sql.query('UPDATE notification_state SET unresolved = unresolved + 1');
    return { outcome: 'GIVEN_UP' };
  });
}

/** Another marketplace than those that are mirrored. */
async function drop({ database, claim }: ReadOrderOptions, order: WaitingOrder): Promise<ReadResult> {
  await database.transaction(async (sql) => {
    await finishOrder(sql, order, claim);
    await sql.query('UPDATE notification_state SET ignored = ignored + 1');
  });
  return { outcome: 'GIVEN_UP' };
}
