import type { DeliveryFragment, WebhookFragment } from '../generated/operations.js';
import type { Tone } from '../ui/badge.js';

/** The events that a webhook may be for, in words. */
export const EVENTS: readonly (readonly [event: string, words: string])[] = [
  ['order.changed', 'Each change of an order'],
  ['sync.failed', 'A sync failed'],
  ['sync.recovered', 'A sync worked again'],
  ['connection.error', 'The connection to Amazon has an error'],
  ['credential.expiring', 'The client secret or authorisation expires soon'],
];

/** The state of a webhook in a word. */
export function stateOf({ status, pausedUntil, failingSince }: WebhookFragment, now: number): [Tone, string] {
  if (status === 'DISABLED') return ['plain', 'Disabled'];
  if (pausedUntil && Date.parse(pausedUntil) > now) return ['bad', 'Paused'];
  return failingSince ? ['warn', 'Failing'] : ['good', 'Enabled'];
}

export const DELIVERY_STATES: Readonly<Record<DeliveryFragment['state'], readonly [Tone, string]>> = {
  PENDING: ['warn', 'Waiting'],
  DELIVERED: ['good', 'Delivered'],
  FAILED: ['bad', 'Given up'],
};

/** The result of the last attempt: "204 in 35 ms", or why it failed. */
export function resultOf({ lastStatus, lastDurationMs, lastError, lastAttemptAt }: DeliveryFragment): string {
  if (lastError) return lastError;
  return lastAttemptAt && lastStatus !== null ? `${lastStatus} in ${lastDurationMs ?? 0} ms` : 'Not sent yet';
}
