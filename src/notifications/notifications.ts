import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { RetentionConfig, SyncConfig } from '../config/config.js';
import type { SellerAccount } from '../connection/seller-account.js';
import type { Connections } from '../connection/types.js';
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { Tracer } from '../core/tracer.js';
import type { Database } from '../database/database.js';
import type { SyncRun } from '../generated/prisma/client.js';
import { tidyDatabase } from '../runs/tidy.js';
import type { AdditionalData } from '../spapi/orders/data-sets.js';
import type { SyncEngine } from '../sync/engine.js';
import { type ConsumerOptions, consumeQueue } from './consumer.js';
import { recordMissedChanges } from './missed-changes.js';
import { OrderReader, type OrderReaderOptions } from './order-reader.js';
import type { Queue } from './queue.js';
import { createSearchRequests, dropCovered } from './search-requests.js';
import { remove, setUp } from './set-up.js';
import { openSqsQueue } from './sqs-queue.js';
import { deleteOldNotifications } from './store-events.js';
import { type NotificationsTest, testNotifications } from './test-notification.js';
import { deleteOldWaits, releaseAllClaims } from './waiting-orders.js';

export interface NotificationsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly connections: Connections;
  readonly account: Pick<SellerAccount, 'mayRunOnSchedule'>;
  readonly engine: Pick<SyncEngine, 'start' | 'nextSyncAt'>;
  readonly settings: SyncConfig;
  readonly additionalDataSets?: readonly AdditionalData[];
  readonly retention?: RetentionConfig;
  /** Whether the runs of the schedule read items. */
  readonly includeItems: boolean;
  /** Null: there is no queue, and AWS's client isn't loaded. */
  readonly queueUrl: string | null;
  /** Whether this process reads the queue, and orders, or only shows their state. */
  readonly works: boolean;
  readonly tracer?: Tracer;
  readonly onBatch?: ConsumerOptions['onBatch'];
  readonly onWritten?: OrderReaderOptions['onWritten'];
  /** Opens the queue; replaced by tests. */
  readonly openQueue?: (url: string) => Promise<Queue>;
}

/** Reads Amazon's notifications of changed orders from the owner's queue, and then these orders. */
export interface Notifications {
  /**
   * Has Amazon send notifications to a queue.
   * @param replace whether a subscription that sends to another queue may be deleted
   * @throws {UserError} BAD_USER_INPUT, NO_CONNECTION, NO_CREDENTIAL; {NotificationError}; {SyncError}
   */
  setUp(queueArn: string, replace: boolean): Promise<void>;
  /** Ends the subscription. @throws as `setUp` does */
  remove(): Promise<void>;
  /** Sends a test message and waits for it. @throws {UserError} NO_CONNECTION, NO_CREDENTIAL; {NotificationError} */
  test(): Promise<NotificationsTest>;
  /** Clears what a run of kind ORDERS has made unnecessary, and compares what it found with what was notified. */
  runEnded(run: SyncRun): Promise<void>;
  /** Stops within a second. What was received and not stored comes again, here or in another process. */
  stop(): Promise<void>;
}

const TIDY_EVERY_MS = 60 * 60_000;

export async function createNotifications(options: NotificationsOptions): Promise<Notifications> {
  const { database, clock, logger, queueUrl, works, openQueue = openSqsQueue } = options;
  const closers: (() => Promise<void> | void)[] = [];
  if (works && queueUrl !== null) {
    // Only this process can use an embedded database: claims in it are those of a process that died.
    if (database.kind === 'pglite') await releaseAllClaims(database);
    const searches = createSearchRequests(options);
    const claim = `${hostname()}:${process.pid}:${randomUUID()}`;
    const reader = await OrderReader.open({ ...options, searches, claim });
    closers.push(() => reader.stop());
    const stopping = new AbortController();
    const consumed = consumeQueue(
      { ...options, queueUrl, openQueue: () => openQueue(queueUrl) },
      stopping.signal,
    ).catch((err: unknown) => logger.error({ err }, 'The consumer of notifications stopped with an unexpected error.'));
    closers.push(() => {
      stopping.abort(new Error('The server is stopping.'));
      return consumed;
    });
    const timer = setInterval(() => void tidy(options), TIDY_EVERY_MS).unref();
    closers.push(() => clearInterval(timer));
  }
  return {
    setUp: (queueArn, replace) => setUp(options, queueArn, { replace }),
    remove: () => remove(options),
    test: () => testNotifications({ ...options, openQueue: queueUrl === null ? null : () => openQueue(queueUrl) }),
    runEnded: async (run) => {
      if (run.kind !== 'ORDERS' || run.status !== 'OK' || run.dryRun) return;
      try {
        if (run.includeItems || !options.includeItems) await dropCovered(database, run);
        const missed = await recordMissedChanges(database, clock.now());
        if (missed && missed.changes > 0)
          logger.warn(missed, 'A sync found changes of orders that no notification told of.');
      } catch (err) {
        logger.warn({ err }, 'What a sync found could not be compared with the notifications.');
      }
    },
    stop: async () => {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
}

/** Runs do the same when they end; with SYNC_CRON=off and notifications there may be none. */
async function tidy({ database, clock, logger, retention }: NotificationsOptions): Promise<void> {
  const now = clock.now();
  try {
    await deleteOldNotifications(database, now);
    await deleteOldWaits(database, now);
    await tidyDatabase(database, { now, retention, logger });
  } catch (err) {
    logger.warn({ err }, 'The database could not be tidied up; trying again in an hour.');
  }
}
