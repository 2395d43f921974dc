import { SyncError } from '../../core/errors.js';
import { type Bind, bindings, type Sql } from '../../database/database.js';
import type { HeldVersions } from '../../mirror/write/merge-orders.js';
import { type OrderRow, orderRows } from '../../mirror/write/order-rows.js';
import { heldVersions, writeOrders } from '../../mirror/write/save-orders.js';
import { CancelRequestedError, type ClaimedRun, updateClaimedRun } from '../../runs/run-store.js';
import { failureBehind } from '../../spapi/http/errors.js';
import type { Order } from '../../spapi/orders/order.js';
import type { UnreadableOrder } from '../../spapi/orders/order-source.js';
import { isUnreadable, READER_VERSION } from '../../spapi/orders/read-order.js';
import { findOrdersToReread } from './orders-to-reread.js';
import type { RunContext } from './run-context.js';
import { saveArrival } from './save-page.js';

const BATCH_SIZE = 20;
/** Different orders that fail in a row and count as an outage, not as bad orders. */
const MAX_FAILURES_IN_A_ROW = 3;
/** Maximum of ids in `unreadable_order_ids`, the orders that Amazon did not return. */
const MAX_NAMED = 20;
const DAY_MS = 86_400_000;
/** After an outage, the orders that failed are read again an hour later, not a day. */
const AFTER_OUTAGE_MS = 3_600_000;

/**
 * Reads orders again by their id (see findOrdersToReread) and saves them. An outage at Amazon ends it early; the run still
 * ends OK.
 * @throws as `readOrdersById` does
 */
export async function rereadOrders(
  run: ClaimedRun,
  context: RunContext,
  marketplaceIds: readonly string[],
): Promise<void> {
  const ids = await findOrdersToReread(run, context, marketplaceIds);
  const outage = await readOrdersById(run, context, ids);
  if (outage)
    context.logger.warn(
      { runId: String(run.id), code: outage.code },
      'Reading orders again by their id stopped because of an outage at Amazon. Later runs read the rest.',
    );
}

/** What became of an order that was requested by its id. */
export interface OrderById {
  readonly id: string;
  /** MISSING: Amazon did not return it. UNREADABLE: it was rejected. */
  readonly outcome: 'CHANGED' | 'UNCHANGED' | 'MISSING' | 'UNREADABLE';
}

interface ReadByIdOptions {
  readonly rewriteUnchanged?: boolean;
  readonly onSaved?: (sql: Sql, orders: readonly OrderById[]) => Promise<void>;
}

/**
 * Reads orders by their ids and saves them, whichever version the mirror has. An order that Amazon does not return, whatever
 * it answers, is counted and named on the run, and read again a day later.
 * @param options.rewriteUnchanged writes orders whose content is unchanged, too: their rows may have been changed by hand
 * @param options.onSaved called in each transaction that saves orders, with these
 * @returns the error of an outage that ended it early: several orders fail in a row, or there is no quota
 * @throws {SyncError} that only the owner can fix, after saving what was read; {CancelRequestedError}, {LeaseLostError}
 */
export async function readOrdersById(
  run: ClaimedRun,
  context: RunContext,
  ids: readonly string[],
  options: ReadByIdOptions = {},
): Promise<SyncError | null> {
  const held = await heldVersions(context.database, ids);
  let batch: Read[] = [];
  let outage: SyncError | undefined;
  for (const id of ids) {
    const { error, ...read } = await readOne(context, id);
    if (error && isOutage(error)) {
      outage = error;
      break;
    }
    batch.push({ id, failed: error !== undefined, ...read });
    if (batch.slice(-MAX_FAILURES_IN_A_ROW).filter(({ failed }) => failed).length === MAX_FAILURES_IN_A_ROW) {
      outage = error;
      break;
    }
    // Failures in a row stay in one batch.
    if (batch.length >= BATCH_SIZE && error === undefined) {
      await save(run, context, batch, { ...options, held, outage: false });
      batch = [];
    }
  }
  await save(run, context, batch, { ...options, held, outage: outage !== undefined });
  if (outage && failureBehind(outage)?.operation === 'token' && outage.code !== 'SP_API_UNAVAILABLE') throw outage;
  return outage ?? null;
}

/** The result of reading one id. */
interface Read {
  readonly id: string;
  /** Null: Amazon did not return it. */
  readonly order: Order | UnreadableOrder | null;
  /** Whether Amazon answered with an error. */
  readonly failed: boolean;
}

/** Errors that may concern one order only. */
const ONE_ORDER_ERRORS: ReadonlySet<string> = new Set([
  'SP_API_UNAVAILABLE',
  'SP_API_FORBIDDEN',
  'SP_API_INVALID_INPUT',
]);

async function readOne(
  { source, dataSets, calls, logger }: RunContext,
  id: string,
): Promise<Pick<Read, 'order'> & { readonly error?: SyncError }> {
  try {
    const order = await dataSets.getOrder(source, id, calls);
    if (order === null)
      logger.warn({ amazonOrderId: id }, 'Amazon does not know this order; it is read again in a day.');
    return { order };
  } catch (error) {
    const isAnswer = error instanceof SyncError && (ONE_ORDER_ERRORS.has(error.code) || isOutage(error));
    if (!isAnswer || calls.signal.aborted) throw error;
    logger.warn(
      { amazonOrderId: id, code: error.code, err: error },
      'This order could not be read again by its id; a later run tries again.',
    );
    return { order: null, error };
  }
}

/** Whether no order can be read for now. */
function isOutage(error: SyncError): boolean {
  const failure = failureBehind(error);
  return failure !== null && (failure.operation === 'token' || failure.isThrottle);
}

interface SaveOptions extends ReadByIdOptions {
  /** The versions that were stored when the orders were requested. */
  readonly held: HeldVersions;
  /** Whether the last failures are an outage: those orders are read again an hour later. */
  readonly outage: boolean;
}

async function save(
  run: ClaimedRun,
  { database, calls, clock, tracer }: RunContext,
  batch: readonly Read[],
  { held, outage, rewriteUnchanged = false, onSaved }: SaveOptions,
): Promise<void> {
  if (batch.length === 0) return;
  const { requests } = calls;
  const at = clock.now();
  const ids = batch.map(({ id }) => id);
  const rejected = batch.flatMap(({ order }) => (order && isUnreadable(order) ? [order] : []));
  const missing = batch.filter(({ order }) => order === null).map(({ id }) => id);
  const early = outage ? batch.slice(-MAX_FAILURES_IN_A_ROW).filter(({ failed }) => failed) : [];
  const earlyIds = early.map(({ id }) => id);
  const earlier = new Date(at.getTime() - DAY_MS + AFTER_OUTAGE_MS);
  const setRereadAt = (bind: Bind) => `reread_at = CASE WHEN amazon_order_id = ANY (${bind(earlyIds)}::text[])
            THEN ${bind(earlier)}::timestamptz ELSE ${bind(at)}::timestamptz END`;
  const rows = await orderRows(batch.flatMap(({ order }) => (order && !isUnreadable(order) ? [order] : [])));
  const checkpoint = { searchIndex: null, next: null, progress: 1, estimatedFinishAt: null };
  const write = async (sql: Sql) => {
    const rejections = bindings();
    await sql.query(
      `UPDATE rejected_order
          SET ${setRereadAt(rejections.bind)},
              reader_version = CASE WHEN amazon_order_id = ANY (${rejections.bind(missing)}::text[])
                               THEN reader_version ELSE ${rejections.bind(READER_VERSION)}::int END
        WHERE amazon_order_id = ANY (${rejections.bind(ids)}::text[])`,
      rejections.values,
    );
    if (missing.length > 0)
      await updateClaimedRun(
        sql,
        run,
        (bind) => `
          orders_unreadable = orders_unreadable + ${bind(missing.length)}::int,
          unreadable_order_ids = (coalesce(unreadable_order_ids, '{}') || ${bind(missing)}::text[])[:${MAX_NAMED}]`,
      );
    const saved = await saveArrival(sql, run, {
      rows,
      rejected,
      pages: 0,
      checkpoint,
      requests,
      at,
      held,
      rewriteUnchanged,
    });
    const { bind, values } = bindings();
    await sql.query(
      `UPDATE amazon_order SET ${setRereadAt(bind)} WHERE amazon_order_id = ANY (${bind(ids)}::text[])`,
      values,
    );
    await onSaved?.(
      sql,
      batch.map(({ id, order }) => ({ id, outcome: outcomeOf(order, held.get(id), rows) })),
    );
    return saved;
  };
  const attributes = { 'ordermirror.orders': rows.length };
  const { cancelRequested } = await tracer.span('save orders', { attributes }, () => writeOrders(database, write));
  if (cancelRequested) throw new CancelRequestedError();
  calls.signal.throwIfAborted();
}

function outcomeOf(order: Read['order'], held: string | undefined, rows: readonly OrderRow[]): OrderById['outcome'] {
  if (order === null) return 'MISSING';
  if (isUnreadable(order)) return 'UNREADABLE';
  const row = rows.find(({ amazonOrderId }) => amazonOrderId === order.orderId);
  return row?.contentHash === held ? 'UNCHANGED' : 'CHANGED';
}
