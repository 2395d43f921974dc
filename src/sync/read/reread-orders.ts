import { SyncError } from '../../core/errors.js';
import type { Sql } from '../../database/sql.js';
import type { HeldVersions } from '../../mirror/write/merge-orders.js';
import { orderRows } from '../../mirror/write/order-rows.js';
import { heldVersions, writeOrders } from '../../mirror/write/save-orders.js';
import { CancelRequested } from '../../runs/interruptions.js';
import type { ClaimedRun } from '../../runs/run-row.js';
import { failureBehind } from '../../spapi/http/errors.js';
import type { UnreadableOrder } from '../../spapi/orders/order-source.js';
import { isUnreadable, READER_VERSION } from '../../spapi/orders/read-order.js';
import type { Order } from '../../spapi/orders/wire.js';
import type { SyncParts } from '../sync-parts.js';
import { findOrdersToRead } from './orders-to-read.js';
import { saveArrival } from './save-page.js';

const ORDERS_A_TRANSACTION = 20;
/** So many different orders that fail one after the other are an outage, not bad orders. */
const MAX_FAILURES_IN_A_ROW = 3;
/** How many of the orders that Amazon did not return a run names. */
const MAX_NAMED = 20;
const DAY_MS = 86_400_000;
/** After an outage, the orders that met it are read again sooner than a day later. */
const AFTER_OUTAGE_MS = 3_600_000;

/**
 * Reads orders again by their id (see findOrdersToRead) and writes them. An order that Amazon does not
 * return, whatever it answers, is counted and named on the run, and its turn comes again a day later. The reading stops early, and the run
 * still ends OK, when Amazon fails as a whole: for several orders in a row, or for want of quota or of an access token.
 * @throws {SyncError} that only the owner can mend, after writing what was read; {CancelRequested}, {ClaimLost}
 */
export async function readUnpriced(
  run: ClaimedRun,
  parts: SyncParts,
  marketplaceIds: readonly string[],
): Promise<void> {
  const ids = await findOrdersToRead(run, parts, marketplaceIds);
  const held = await heldVersions(parts.database, ids);
  let batch: Read[] = [];
  let outage: SyncError | undefined;
  for (const id of ids) {
    const { error, ...read } = await readOne(parts, id);
    if (error && isOutage(error)) {
      outage = error;
      break;
    }
    batch.push({ id, failed: error !== undefined, ...read });
    if (batch.slice(-MAX_FAILURES_IN_A_ROW).filter(({ failed }) => failed).length === MAX_FAILURES_IN_A_ROW) {
      outage = error;
      break;
    }
    // A row of failures is not cut in two.
    if (batch.length >= ORDERS_A_TRANSACTION && error === undefined) {
      await save(run, parts, batch, { held, outage: false });
      batch = [];
    }
  }
  await save(run, parts, batch, { held, outage: outage !== undefined });
  if (outage && failureBehind(outage)?.operation === 'token' && outage.code !== 'SP_API_UNAVAILABLE') throw outage;
  if (outage)
    parts.logger.warn(
      { runId: String(run.id), code: outage.code },
      'Reading orders again by their id stopped, since Amazon failed as a whole. Later runs read the rest.',
    );
}

/** What came of one id. */
interface Read {
  readonly id: string;
  /** Null: Amazon did not return it. */
  readonly order: Order | UnreadableOrder | null;
  /** Whether Amazon answered with an error: this order's, or an outage's. */
  readonly failed: boolean;
}

/** What may be one order's alone. */
const OF_ONE_ORDER: ReadonlySet<string> = new Set(['SP_API_UNAVAILABLE', 'SP_API_FORBIDDEN', 'SP_API_INVALID_INPUT']);

async function readOne(
  { source, calls, logger }: SyncParts,
  id: string,
): Promise<Pick<Read, 'order'> & { readonly error?: SyncError }> {
  try {
    const order = await source.getOrder(id, calls);
    if (order === null) logger.warn({ amazonOrderId: id }, 'Amazon does not know an order that was to be read again.');
    return { order };
  } catch (error) {
    const isAnswer = error instanceof SyncError && (OF_ONE_ORDER.has(error.code) || isOutage(error));
    if (!isAnswer || calls.signal.aborted) throw error;
    logger.warn({ amazonOrderId: id, code: error.code, err: error }, 'An order could not be read again by its id.');
    return { order: null, error };
  }
}

/** Whether no order at all can be read for now. */
function isOutage(error: SyncError): boolean {
  const failure = failureBehind(error);
  return failure !== null && (failure.operation === 'token' || failure.isThrottle);
}

interface SaveOptions {
  /** What the mirror held when the orders were asked for. */
  readonly held: HeldVersions;
  /** Whether the last failures are an outage's: then these orders are read again an hour later. */
  readonly outage: boolean;
}

async function save(
  run: ClaimedRun,
  parts: SyncParts,
  batch: readonly Read[],
  { held, outage }: SaveOptions,
): Promise<void> {
  if (batch.length === 0) return;
  const { database, calls, clock } = parts;
  const { requests } = calls;
  const at = clock.now();
  const ids = batch.map(({ id }) => id);
  const orders = batch.flatMap(({ order }) => (order && !isUnreadable(order) ? [order] : []));
  const rejected = batch.flatMap(({ order }) => (order && isUnreadable(order) ? [order] : []));
  const missing = batch.filter(({ order }) => order === null).map(({ id }) => id);
  const early = outage ? batch.slice(-MAX_FAILURES_IN_A_ROW).filter(({ failed }) => failed) : [];
  const readAt = [ids, at, early.map(({ id }) => id), new Date(at.getTime() - DAY_MS + AFTER_OUTAGE_MS)];
  const rows = await orderRows(orders);
  const checkpoint = { leg: null, next: null, progress: 1, estimatedFinishAt: null };
  const { cancelRequested } = await writeOrders(database, async (sql) => {
    await sql.query(
      `UPDATE rejected_order
          SET reread_at = ${READ_AT}, reader_version = CASE WHEN amazon_order_id = ANY ($5) THEN reader_version ELSE $6 END
        WHERE amazon_order_id = ANY ($1)`,
      [...readAt, missing, READER_VERSION],
    );
    await nameMissing(sql, run, missing);
    const saved = await saveArrival(sql, run, { rows, rejected, pages: 0, checkpoint, requests, at, held });
    await sql.query(`UPDATE amazon_order SET reread_at = ${READ_AT} WHERE amazon_order_id = ANY ($1)`, readAt);
    return saved;
  });
  if (cancelRequested) throw new CancelRequested();
  calls.signal.throwIfAborted();
}

const READ_AT = 'CASE WHEN amazon_order_id = ANY ($3::text[]) THEN $4::timestamptz ELSE $2::timestamptz END';

async function nameMissing(sql: Sql, run: ClaimedRun, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.query(
    `UPDATE sync_run
        SET orders_unreadable = orders_unreadable + $3::int,
            unreadable_order_ids = (coalesce(unreadable_order_ids, '{}') || $4::text[])[:${MAX_NAMED}]
      WHERE id = $1 AND claim = $2 AND status = 'RUNNING'`,
    [run.id, run.claim, ids.length, ids],
  );
}
