import { setTimeout as delay } from 'node:timers/promises';
import type { SyncConfig } from '../config/config.js';
import type { Connections, SavedConnection } from '../connection/types.js';
import type { Clock } from '../core/clock.js';
import { NotificationError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { noTracer, type Tracer } from '../core/tracer.js';
import type { Database } from '../database/database.js';
import type { Queue, QueueMessage } from './queue.js';
import { VISIBILITY_SECONDS } from './queue.js';
import { readMessage } from './read-event.js';
import { recordPoll, recordQueueError } from './state.js';
import { type EventCounts, type ReceivedBatch, type ReceivedEvent, storeEvents } from './store-events.js';

export interface ConsumerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly connections: Pick<Connections, 'read'>;
  readonly openQueue: () => Promise<Queue>;
  readonly queueUrl: string;
  readonly settings: Pick<SyncConfig, 'heartbeatMs'>;
  readonly tracer?: Tracer | undefined;
  readonly onBatch?: ((counts: EventCounts & Pick<ReceivedBatch, 'ignored' | 'unreadable'>) => void) | undefined;
}

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
const EXTEND_EVERY_MS = (VISIBILITY_SECONDS * 1_000) / 3;
const LOOK_EVERY_MS = 60_000;
const POLLED_EVERY_MS = 10_000;
/** Receipts after which an unreadable message is deleted where no dead-letter queue takes it. */
const MAX_RECEIVES = 10;

/** What a batch of messages is, and which of them may be deleted once it is stored. */
interface SortedBatch {
  readonly batch: ReceivedBatch;
  readonly done: readonly QueueMessage[];
}

/**
 * Reads the queue until it is stopped: receives, stores, deletes. A message is deleted only after its transaction has
 * committed. While the database can't be written the batch is kept, invisible for other readers; while the queue can't be
 * read the pauses grow to a minute.
 *
 * A message that can't be read is left for the dead-letter queue, where a person can look at it; without such a queue it is
 * deleted after ten receipts, since it would come back for days. Messages that can be read but aren't ours (another type,
 * seller or marketplace) are deleted: they are no fault.
 */
export async function consumeQueue(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, connections } = options;
  let queue: Queue | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  const look = createLook(options);
  try {
    while (!signal.aborted) {
      try {
        const connection = await connections.read();
        if (!connection || connection.status === 'DISCONNECTED') {
          // Messages stay in the queue, since it isn't known which of them are ours.
          await delay(options.settings.heartbeatMs, undefined, { signal });
          continue;
        }
        queue ??= await options.openQueue();
        const deadLetterArn = await look.at(queue);
        const messages = await queue.receive(signal);
        if (messages.length > 0) {
          const { tracer = noTracer } = options;
          const attributes = { 'messaging.batch.message_count': messages.length };
          // What was saved while the queue was waited for counts.
          const latest = (await connections.read()) ?? connection;
          const received = { queue, messages, connection: latest, deadLetterArn };
          await tracer.span('store notifications', { kind: 'CONSUMER', parent: null, attributes }, () =>
            handle(options, received, signal),
          );
        }
        await look.polled();
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        if (signal.aborted) break;
        logger.warn({ err: error, pauseMs }, 'The queue of notifications could not be read; trying again.');
        if (error instanceof NotificationError) await look.failed(error).catch(() => {});
        await clock.sleep(pauseMs, signal);
        pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    queue?.close();
  }
}

interface Received {
  readonly queue: Queue;
  readonly messages: readonly QueueMessage[];
  readonly connection: SavedConnection;
  readonly deadLetterArn: string | null | undefined;
}

async function handle(
  options: ConsumerOptions,
  { queue, messages, connection, deadLetterArn }: Received,
  signal: AbortSignal,
): Promise<void> {
  const { logger } = options;
  // A failure to extend only means that another reader may get the messages as well.
  const extension = setInterval(() => void queue.extend(messages).catch(() => {}), EXTEND_EVERY_MS).unref();
  try {
    const done = await storeUntilDone(options, messages, connection, deadLetterArn, signal);
    if (done.length === 0) return;
    // Not aborted by a shutdown: what is stored is deleted. Otherwise it comes again, and is recognised.
    await queue.delete(done);
  } catch (error) {
    if (signal.aborted) throw error;
    if (!(error instanceof NotificationError)) throw error;
    logger.warn({ err: error }, 'Messages that are done could not be deleted from the queue; they will come again.');
    throw error;
  } finally {
    clearInterval(extension);
  }
}

/** Stores a batch, again and again while the database can't be written. @returns the messages that may be deleted */
async function storeUntilDone(
  { database, clock, logger, onBatch }: ConsumerOptions,
  messages: readonly QueueMessage[],
  connection: SavedConnection,
  deadLetterArn: string | null | undefined,
  signal: AbortSignal,
): Promise<readonly QueueMessage[]> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      const { batch, done } = sortMessages(messages, connection, clock.now(), deadLetterArn);
      const counts = await storeEvents(database, batch);
      if (batch.lastUnreadable !== null)
        logger.warn({ reason: batch.lastUnreadable }, 'A message of the queue could not be read.');
      onBatch?.({ ...counts, ignored: batch.ignored, unreadable: batch.unreadable });
      return done;
    } catch (error) {
      logger.warn({ err: error, pauseMs }, 'Notifications could not be stored; trying again.');
      await clock.sleep(pauseMs, signal);
    }
  }
}

/**
 * Sorts messages into events to store and others.
 * @param deadLetterArn null: the queue has no dead-letter queue; undefined: not known
 */
export function sortMessages(
  messages: readonly QueueMessage[],
  connection: Pick<SavedConnection, 'sellerIdentifier' | 'marketplaceIds'>,
  at: Date,
  deadLetterArn: string | null | undefined,
): SortedBatch {
  const events: ReceivedEvent[] = [];
  const done: QueueMessage[] = [];
  let ignored = 0;
  let unreadable = 0;
  let lastUnreadable: string | null = null;
  let testId: string | null = null;
  for (const message of messages) {
    const read = readMessage(message.body, message.sentAt);
    if (read.kind === 'UNREADABLE') {
      if (message.receives <= 1) {
        unreadable += 1;
        lastUnreadable = read.reason;
      }
      if (!deadLetterArn && message.receives >= MAX_RECEIVES) done.push(message);
      continue;
    }
    done.push(message);
    if (read.kind === 'TEST') testId = read.testId;
    else if (read.kind === 'OTHER' || !isOurs(read.event, connection)) ignored += 1;
    else events.push({ ...read.event, key: read.event.notificationId ?? `message:${message.id}` });
  }
  return { batch: { events, ignored, unreadable, lastUnreadable, testId, at }, done };
}

/** Amazon's merchant tokens. The connection's seller identifier is whatever its owner typed. */
const MERCHANT_TOKEN = /^A[A-Z\d]{9,24}$/;

function isOurs(
  { sellerId, marketplaceId }: { readonly sellerId: string | null; readonly marketplaceId: string | null },
  connection: Pick<SavedConnection, 'sellerIdentifier' | 'marketplaceIds'>,
): boolean {
  const seller = connection.sellerIdentifier?.trim() ?? '';
  if (sellerId !== null && MERCHANT_TOKEN.test(seller) && seller !== sellerId) return false;
  return marketplaceId === null || connection.marketplaceIds.includes(marketplaceId);
}

/** Records the state of the queue: what is in it once a minute, and at most every ten seconds that it was read. */
function createLook({ database, clock, logger, queueUrl }: ConsumerOptions) {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let polledAt = Number.NEGATIVE_INFINITY;
  let deadLetterArn: string | null | undefined;
  return {
    /** Looks at the queue if it is time, and returns the ARN of its dead-letter queue; undefined: not known. */
    at: async (queue: Queue): Promise<string | null | undefined> => {
      if (performance.now() - lookedAt < LOOK_EVERY_MS) return deadLetterArn;
      lookedAt = performance.now();
      try {
        const attributes = await queue.attributes();
        deadLetterArn = attributes.deadLetterArn;
        // Another permission, on another queue.
        const deadLetters = deadLetterArn ? await queue.countDeadLetters(deadLetterArn).catch(() => null) : null;
        const { arn, messages } = attributes;
        await recordPoll(database, clock.now(), queueUrl, { arn, messages, deadLetterArn, deadLetters });
      } catch (error) {
        // Receiving needs another permission; if it fails too, that is reported.
        logger.debug({ err: error }, 'The attributes of the queue could not be read.');
      }
      return deadLetterArn;
    },
    polled: async (): Promise<void> => {
      if (performance.now() - polledAt < POLLED_EVERY_MS) return;
      await recordPoll(database, clock.now(), queueUrl);
      polledAt = performance.now();
    },
    failed: async (error: NotificationError): Promise<void> => {
      polledAt = Number.NEGATIVE_INFINITY;
      await recordQueueError(database, error, clock.now(), queueUrl);
    },
  };
}
