import { randomUUID } from 'node:crypto';
import { SyncError } from '../core/errors.js';
import { callWithin } from '../spapi/http/call-within.js';
import type { Queue } from './queue.js';
import { AMAZONS_TEST_ID, TEST_TYPE } from './read-event.js';
import type { SetUpOptions } from './set-up.js';

export interface TestOptions extends SetUpOptions {
  /** Opens the queue in this process; null if it has no NOTIFICATIONS_QUEUE_URL. */
  readonly openQueue: (() => Promise<Queue>) | null;
  readonly maxWaitMs?: number;
}

/** What became of a test message. */
export interface NotificationsTest {
  /** Whether a process of ours received the message. */
  readonly ok: boolean;
  /** AMAZON: Amazon sent it, so that all works. SERVER: this server put it into the queue, since Amazon didn't. */
  readonly sentBy: 'AMAZON' | 'SERVER' | null;
  readonly receivedAfterMs: number | null;
  /** What is missing, and what to do next. */
  readonly error: string | null;
}

const MAX_WAIT_MS = 20_000;
const LOOK_EVERY_MS = 100;
const CALL_TIMEOUT_MS = 15_000;

/** Has Amazon send a test notification, or sends one to the queue if Amazon won't, and waits until a process has received it. */
export async function testNotifications(options: TestOptions): Promise<NotificationsTest> {
  const { database } = options;
  const [state] = await database.query<{ destinationId: string | null; polledAt: Date | null }>(
    'SELECT destination_id AS "destinationId", polled_at AS "polledAt" FROM notification_state',
  );
  const startedAt = performance.now();
  const failed = (error: string, sentBy: NotificationsTest['sentBy'] = null): NotificationsTest => ({
    ok: false,
    sentBy,
    receivedAfterMs: null,
    error,
  });
  if (!state?.polledAt)
    return failed('No process reads the queue. Set NOTIFICATIONS_QUEUE_URL, restart the server, and test again.');
  let refused: string | null = 'There is no subscription that was set up here';
  if (state.destinationId) {
    await expectTest(options, AMAZONS_TEST_ID);
    refused = await sendByAmazon(options, state.destinationId);
  }
  const sentBy = refused === null ? 'AMAZON' : 'SERVER';
  if (refused !== null) {
    const problem = await sendByUs(options);
    if (problem) return failed(`${refused}. ${problem}`);
  }
  const hasArrived = await arrival(options);
  const receivedAfterMs = Math.round(performance.now() - startedAt);
  if (!hasArrived)
    return failed(
      'The test message did not arrive. Check that NOTIFICATIONS_QUEUE_URL is the queue that was set up, that the server which reads it runs, and the error shown with the queue.',
      sentBy,
    );
  const error = refused && `The queue is read, but Amazon's part was not tested: ${refused}.`;
  return { ok: true, sentBy, receivedAfterMs, error };
}

async function expectTest({ database }: TestOptions, id: string): Promise<void> {
  await database.query('UPDATE notification_state SET test_id = $1, test_received_at = NULL', [id]);
}

/** @returns why Amazon did not send it; null: it did */
async function sendByAmazon({ connections, clock }: TestOptions, destinationId: string): Promise<string | null> {
  try {
    const { notifications: api } = await connections.openSpApi();
    await callWithin({ ms: CALL_TIMEOUT_MS, clock }, (watch) => api.sendTestNotification(destinationId, watch));
    return null;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return `Amazon sent no test notification (${error.code}), which it does for some applications only`;
  }
}

async function sendByUs(options: TestOptions): Promise<string | null> {
  if (!options.openQueue)
    return 'This process has no NOTIFICATIONS_QUEUE_URL to send a test message to: wait for the next change of an order, or set it here too.';
  const testId = randomUUID();
  await expectTest(options, testId);
  const queue = await options.openQueue();
  try {
    await queue.send(JSON.stringify({ NotificationType: TEST_TYPE, TestId: testId }));
    return null;
  } catch {
    return 'This server may not send a message to the queue (sqs:SendMessage), which it only needs for this test: wait for the next change of an order.';
  } finally {
    queue.close();
  }
}

async function arrival({ database, maxWaitMs = MAX_WAIT_MS }: TestOptions): Promise<boolean> {
  const until = performance.now() + maxWaitMs;
  for (;;) {
    const [state] = await database.query<{ at: Date | null }>('SELECT test_received_at AS at FROM notification_state');
    if (state?.at) return true;
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
