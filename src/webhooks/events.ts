import { encodeGlobalId } from '../core/global-id.js';
import type { OrderChange } from '../generated/prisma/client.js';
import { encodeChangeCursor } from '../mirror/read/order-changes.js';

/** The events that a webhook may be for; docs/webhooks.md has an example of each. */
export const webhookEvents = [
  'order.changed',
  'sync.failed',
  'sync.recovered',
  'connection.error',
  'credential.expiring',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** What `sendTestWebhook` sends, to any webhook. */
export const TEST_EVENT = 'webhook.test';

/** What a delivery is about: a change, or the data that the database has stored of another event. */
export interface EventOf {
  readonly type: string;
  readonly at: Date;
  readonly change: OrderChange | null;
  readonly data: unknown;
}

/** Returns the JSON object that is sent: the same for each attempt. */
export function payloadOf({ type, at, change, data }: EventOf): Record<string, unknown> {
  return { type, timestamp: at.toISOString(), data: change ? changeData(change) : storedData(data) };
}

/** Returns the header webhook-id of a change. The instant tells changes apart that have the same id after a restore. */
export function messageIdOf({ id, at }: Pick<OrderChange, 'id' | 'at'>): string {
  return `chg_${id}_${at.getTime().toString(36)}`;
}

/** The members of `OrderChange` as the API returns them. */
function changeData(change: OrderChange): Record<string, unknown> {
  return {
    id: encodeGlobalId('OrderChange', change.id),
    cursor: encodeChangeCursor(change),
    at: change.at.toISOString(),
    kinds: change.kinds,
    source: change.source,
    amazonOrderId: change.amazonOrderId,
    marketplaceId: change.marketplaceId,
    fromStatus: change.fromStatus,
    toStatus: change.toStatus,
    changedFields: change.changedFields,
  };
}

/** Instants that PostgreSQL wrote (`2026-11-29T09:30:00.12+00:00`) become those of the API, a run's row id its global id. */
function storedData(data: unknown): Record<string, unknown> {
  const stored = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => {
      if (name === 'run') return ['runId', encodeGlobalId('SyncRun', String(value))];
      return name.endsWith('At') && typeof value === 'string' ? [name, new Date(value).toISOString()] : [name, value];
    }),
  );
}
