import type { Clock } from '../core/clock.js';
import type { Database } from '../database/database.js';
import type { ChangePosition } from '../mirror/read/order-changes.js';
import type { QueuedDelivery } from './delivery-queue.js';
import { type DeliveryRecord, type EndpointHealth, storeProgress } from './delivery-store.js';
import { FeedPosition } from './feed-position.js';

/** Changes that were sent out of order; from here on those that hold the cursor back get a row before they are done. */
const MAX_OUT_OF_ORDER = 1_000;

/** Another process has the webhook, or it was removed. */
export class WebhookLostError extends Error {
  override readonly name = 'WebhookLostError';
}

export interface DeliveryLogOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly webhookId: bigint;
  readonly claim: string;
  readonly leaseMs: number;
  /** Whether the cursor moves. */
  readonly followsChanges: boolean;
  readonly cursor: ChangePosition | null;
}

/**
 * What happened to deliveries and is not stored yet, and which of them have a row. A change gets a row when it is done or has
 * failed once, or waits for one that has; the cursor follows the changes that are stored.
 */
export class DeliveryLog {
  readonly #options: DeliveryLogOptions;
  readonly #position: FeedPosition;
  /** Deliveries of changes that have no row and are not done. */
  readonly #unstored = new Set<QueuedDelivery>();
  /** Rows in the queue, or to be stored as done. */
  readonly #rows = new Set<bigint>();
  #records = new Map<QueuedDelivery, DeliveryRecord>();

  constructor(options: DeliveryLogOptions) {
    this.#options = options;
    this.#position = new FeedPosition(options.cursor);
  }

  /** Whether more changes may be read. */
  get hasRoom(): boolean {
    return this.#records.size < MAX_OUT_OF_ORDER && this.#position.length < 2 * MAX_OUT_OF_ORDER;
  }

  /** Notes a change that was read and has a row already. */
  readStored(change: ChangePosition): void {
    this.#position.read(change);
    this.#position.stored([change.id]);
  }

  /** Notes the delivery of a change that was read. */
  read(delivery: QueuedDelivery, change: ChangePosition): void {
    this.#position.read(change);
    this.#unstored.add(delivery);
    if (this.#position.length < MAX_OUT_OF_ORDER) return;
    for (const open of this.#unstored) this.waits(open);
  }

  /** Whether a row was read before. Notes it. */
  isKnownRow(id: bigint): boolean {
    if (this.#rows.has(id)) return true;
    this.#rows.add(id);
    return false;
  }

  /** Notes that a delivery without a row waits for an earlier one. */
  waits(delivery: QueuedDelivery): void {
    if (delivery.rowId === null) this.add({ delivery, state: 'PENDING', attempt: null, error: null });
  }

  /** Notes what happened to a delivery; replaces what was noted of it before and is not stored yet. */
  add(record: DeliveryRecord): void {
    this.#records.set(record.delivery, record);
    if (record.state !== 'PENDING') this.#unstored.delete(record.delivery);
  }

  /** Stores what was noted, and renews the claim. @returns false if there was nothing @throws {WebhookLostError} */
  async store(health: EndpointHealth): Promise<boolean> {
    const { database, webhookId, claim, leaseMs, clock, followsChanges } = this.#options;
    if (this.#records.size === 0) return false;
    const records = [...this.#records.values()];
    this.#records = new Map();
    const changes = records.flatMap(({ delivery }) => delivery.change?.id ?? []);
    const cursor = followsChanges ? this.#position.after(changes) : null;
    const progress = { webhookId, claim, leaseMs, health, records, cursor, now: clock.now() };
    const rows = await storeProgress(database, progress);
    if (!rows) throw new WebhookLostError();
    this.#position.stored(changes);
    for (const { delivery, state } of records) {
      delivery.rowId ??= (delivery.change && rows.get(delivery.change.id)) ?? null;
      this.#unstored.delete(delivery);
      if (delivery.rowId === null) continue;
      if (state === 'PENDING') this.#rows.add(delivery.rowId);
      else if (!this.#records.has(delivery)) this.#rows.delete(delivery.rowId);
    }
    return true;
  }
}
