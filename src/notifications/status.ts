import type { NotificationsState } from './state.js';

/** OFF: no queue. READING. FAILING: queue or orders can't be read for now. STOPPED: no process reads the queue. */
export type NotificationsStatus = 'OFF' | 'READING' | 'FAILING' | 'STOPPED';

/** A process that reads the queue asks it at least every 20 s, and after an error every minute. */
export const STOPPED_AFTER_MS = 3 * 60_000;

export function statusOf(state: NotificationsState, now: Date): NotificationsStatus {
  if (state.queueUrl === null) return 'OFF';
  if (state.queueErrorCode !== null) return 'FAILING';
  const isPolled = state.polledAt !== null && now.getTime() - state.polledAt.getTime() < STOPPED_AFTER_MS;
  if (!isPolled) return 'STOPPED';
  return state.readErrorCode === null ? 'READING' : 'FAILING';
}

/** Returns what the owner should look at, each with the next step. */
export function warningsOf(state: NotificationsState, now: Date): string[] {
  const { subscribedArn, queueArn, deadLetterArn, deadLetters, missedChanges, missedLagMs } = state;
  const status = statusOf(state, now);
  const warnings: string[] = [];
  if (status === 'OFF') {
    if (subscribedArn !== null)
      warnings.push(
        `Amazon sends notifications to ${subscribedArn}, and no process reads that queue. Set NOTIFICATIONS_QUEUE_URL and restart the server, or remove the notifications.`,
      );
    return warnings;
  }
  if (status === 'STOPPED')
    warnings.push(
      'No process has read the queue for minutes. Start a server with NOTIFICATIONS_QUEUE_URL and ROLE=all or worker, and with a connection; messages stay in the queue meanwhile.',
    );
  if (subscribedArn !== null && queueArn !== null && subscribedArn !== queueArn)
    warnings.push(
      `Amazon sends to ${subscribedArn}, but ${queueArn} is read. Set NOTIFICATIONS_QUEUE_URL to the first, or set up the second with \`replace: true\`.`,
    );
  if (queueArn !== null && deadLetterArn === null)
    warnings.push(
      'The queue has no dead-letter queue: a message that can not be read is deleted after ten attempts. Add one to keep such messages.',
    );
  if (deadLetters !== null && deadLetters > 0)
    warnings.push(
      `The dead-letter queue ${deadLetterArn} has ${deadLetters} messages that could not be read or stored. Look at them in the AWS console, report what is wrong with them, and move them back or delete them.`,
    );
  if (missedChanges !== null && missedChanges > 0)
    warnings.push(
      `The last sync found ${missedChanges} changes of an order's status that no notification told of, the oldest ${minutes(missedLagMs)} before. They are in the mirror. If it happens again, send a test notification; Amazon loses some at times.`,
    );
  return warnings;
}

function minutes(ms: bigint | null): string {
  return `${Math.round(Number(ms ?? 0n) / 60_000)} minutes`;
}
