import type { SyncConfig } from '../config/config.js';
import { runsOnSchedule } from '../connection/seller-account.js';
import type { Connections, SavedConnection } from '../connection/types.js';
import { LASTING_ERRORS, SyncError, UserError } from '../core/errors.js';
import { noTracer, type Tracer } from '../core/tracer.js';
import { Wakeup } from '../core/wakeup.js';
import type { CallWatch } from '../spapi/http/call-watch.js';
import { DataSets, type DataSetsOptions } from '../sync/read/data-sets.js';
import { type ReadContext, readNotifiedOrder } from './read-order.js';
import type { SearchRequests } from './search-requests.js';
import { recordReadError } from './state.js';
import { ORDER_NOTIFIED } from './store-events.js';
import {
  claimOrders,
  nextTryAt,
  releaseClaims,
  releaseOrder,
  renewClaims,
  type WaitingOrder,
} from './waiting-orders.js';
import { OrderWriter, type OrderWriterOptions } from './write-orders.js';

export interface OrderReaderOptions extends DataSetsOptions {
  readonly connections: Pick<Connections, 'read' | 'openSpApi' | 'recordCheck'>;
  /** Identifies this process. */
  readonly claim: string;
  readonly settings: Pick<SyncConfig, 'heartbeatMs' | 'leaseMs'>;
  readonly searches: Pick<SearchRequests, 'check' | 'isOverloaded'>;
  readonly onWritten?: OrderWriterOptions['onWritten'];
  readonly tracer?: Tracer | undefined;
}

/** Orders that are read at the same time; one while the quota is used up, so that runs get their share. */
const MAX_CONCURRENT = 10;
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 10 * 60_000;
/** Different orders that fail in a row and count as an outage. */
const MAX_FAILURES_IN_A_ROW = 5;
/** Between two looks at a connection that is off or in ERROR. */
const CONNECTION_PAUSE_MS = 60_000;

/** Reads notified orders by their ids, a few at a time. Every process with this loop takes a share of them. */
export class OrderReader {
  readonly #options: OrderReaderOptions;
  readonly #writer: OrderWriter;
  readonly #abort = new AbortController();
  readonly #wakeup = new Wakeup();
  /** What is being read, by the orders' ids. */
  readonly #reads = new Map<string, Promise<void>>();
  #wakes = 0;
  #waitsForQuota = 0;
  #failuresInARow = 0;
  #pauseMs = FIRST_PAUSE_MS;
  /** No order is read before this instant. */
  #pausedUntil = 0;
  #hasError = true;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => {};
  #loop: Promise<void> = Promise.resolve();

  private constructor(options: OrderReaderOptions) {
    this.#options = options;
    this.#writer = new OrderWriter(options);
  }

  static async open(options: OrderReaderOptions): Promise<OrderReader> {
    const reader = new OrderReader(options);
    const { database, settings } = options;
    reader.#stopListening = await database.notifications.listen(ORDER_NOTIFIED, () => reader.#wake());
    reader.#timer = setInterval(() => void reader.#beat(), settings.heartbeatMs).unref();
    reader.#loop = reader.#run();
    return reader;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopListening();
    this.#abort.abort(new Error('The server is stopping.'));
    await this.#loop;
    await Promise.all(this.#reads.values());
    await releaseClaims(this.#options.database, this.#options.claim).catch(() => {});
  }

  #wake(): void {
    this.#wakes += 1;
    this.#wakeup.signal();
  }

  /** Renews the leases, and looks for orders: of a process that died, or whose notification was lost. */
  async #beat(): Promise<void> {
    const { database, claim, logger, searches } = this.#options;
    try {
      if (this.#reads.size > 0) await renewClaims(database, claim, [...this.#reads.keys()]);
      await searches.check();
    } catch (err) {
      logger.warn({ err }, 'The heartbeat of the reader of notified orders failed; trying again.');
    }
    this.#wake();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const wakes = this.#wakes;
      let nextAt: number | null = null;
      try {
        nextAt = await this.#startReads();
      } catch (error) {
        this.#pause(error);
      }
      if (this.#wakes === wakes) await this.#wait(nextAt).catch(() => {});
    }
  }

  /** @param until epoch milliseconds; null: until the next wake-up */
  async #wait(until: number | null): Promise<void> {
    const { clock } = this.#options;
    const ms = until === null ? Number.POSITIVE_INFINITY : until - clock.now().getTime();
    await this.#wakeup.wait(clock, ms, this.#abort.signal);
  }

  /** Claims as many orders as may be read now, and starts to read them. @returns when to look again, or null */
  async #startReads(): Promise<number | null> {
    const { database, clock, claim, settings, connections, searches } = this.#options;
    const now = clock.now();
    if (now.getTime() < this.#pausedUntil) return this.#pausedUntil;
    const limit = (this.#waitsForQuota > 0 ? 1 : MAX_CONCURRENT) - this.#reads.size;
    if (limit <= 0) return null;
    const connection = await connections.read();
    if (!connection || !runsOnSchedule(connection)) return now.getTime() + CONNECTION_PAUSE_MS;
    const request = { claim, leaseMs: settings.leaseMs, now, limit, fromNewest: searches.isOverloaded() };
    const { orders, skipped } = await claimOrders(database, request);
    if (orders.length > 0) await this.#startAll(orders, connection);
    if (skipped > 0) return now.getTime();
    if (orders.length === limit) return null;
    return (await nextTryAt(database))?.getTime() ?? null;
  }

  async #startAll(orders: readonly WaitingOrder[], { marketplaceIds }: SavedConnection): Promise<void> {
    const { connections, logger } = this.#options;
    let context: ReadContext;
    try {
      const { orders: source } = await connections.openSpApi();
      const dataSets = await DataSets.open(this.#options, { records: false });
      context = { source, dataSets, marketplaceIds, logger };
    } catch (error) {
      for (const order of orders) await this.#release(order);
      throw error;
    }
    for (const order of orders) {
      const read = this.#traced(context, order)
        .catch((error: unknown) => this.#fail(order, error))
        .finally(() => {
          this.#reads.delete(order.amazonOrderId);
          this.#wake();
        });
      this.#reads.set(order.amazonOrderId, read);
    }
  }

  #traced(context: ReadContext, order: WaitingOrder): Promise<void> {
    const { tracer = noTracer } = this.#options;
    const attributes = { 'ordermirror.notification.attempt': order.attempts + 1 };
    return tracer.span('read notified order', { parent: null, attributes }, () => this.#read(context, order));
  }

  async #read(context: ReadContext, order: WaitingOrder): Promise<void> {
    const { database, clock, connections } = this.#options;
    const result = await readNotifiedOrder(context, order, this.#watch());
    if (result.outcome === 'OUTAGE') {
      const { code, message } = result.error;
      if (LASTING_ERRORS.has(code)) await connections.recordCheck({ ok: false, code, message }, context.source);
      throw result.error;
    }
    await this.#writer.write({ order, result });
    const failed = result.outcome === 'LATER' && result.failed;
    this.#failuresInARow = failed ? this.#failuresInARow + 1 : 0;
    if (!failed) {
      this.#pauseMs = FIRST_PAUSE_MS;
      if (this.#hasError) await recordReadError(database, null, clock.now());
      this.#hasError = false;
    }
    if (this.#failuresInARow >= MAX_FAILURES_IN_A_ROW) {
      this.#failuresInARow = 0;
      this.#pauseReads();
    }
  }

  async #fail(order: WaitingOrder, error: unknown): Promise<void> {
    this.#pause(error);
    await this.#release(order);
  }

  /** If the database can't be written, the claim lapses. */
  async #release(order: WaitingOrder): Promise<void> {
    await releaseOrder(this.#options.database, order, this.#options.claim).catch(() => {});
  }

  /** Reads no order for a while, longer after each error. The orders wait on. */
  #pause(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const { database, clock, logger } = this.#options;
    logger.warn({ err: error, pauseMs: this.#pauseMs }, 'Notified orders can not be read for now; trying again.');
    this.#pauseReads();
    this.#hasError = true;
    const shown =
      error instanceof SyncError || error instanceof UserError
        ? error
        : {
            code: 'INTERNAL',
            message: 'Notified orders were not read because of an error in Ordermirror; see its log.',
          };
    recordReadError(database, shown, clock.now()).catch(() => {});
  }

  #pauseReads(): void {
    this.#pausedUntil = this.#options.clock.now().getTime() + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS);
  }

  #watch(): CallWatch {
    let waits = false;
    return {
      signal: this.#abort.signal,
      onRequest: () => {},
      onWait: (until, reason) => {
        const waitsNow = until !== null && reason === 'QUOTA';
        if (waitsNow !== waits) this.#waitsForQuota += waitsNow ? 1 : -1;
        waits = waitsNow;
      },
    };
  }
}
