import type { ChangePosition } from '../mirror/read/order-changes.js';

/** A delivery to one endpoint, from when it is known until it is done. Instants are epoch milliseconds. */
export interface QueuedDelivery {
  readonly messageId: string;
  readonly type: string;
  /** Deliveries with the same key are sent one after the other, by their place. */
  readonly key: string | null;
  readonly place: bigint;
  /** Of order.changed. */
  readonly change: ChangePosition | null;
  readonly at: Date;
  readonly retryFrom: Date;
  readonly body: string;
  /** The row's id; null if there is none yet. */
  rowId: bigint | null;
  attempts: number;
  dueAt: number;
}

interface Lane {
  readonly waiting: QueuedDelivery[];
  inFlight: QueuedDelivery | null;
}

/**
 * The deliveries of an endpoint that are not done: in order for each key, while other keys go on. A delivery that failed
 * holds back the later ones of its key until it is due again and has been delivered or given up.
 */
export class DeliveryQueue {
  readonly #lanes = new Map<string | QueuedDelivery, Lane>();
  /** Heads of lanes: those that are due, oldest first, and those that are not. */
  readonly #ready = new Set<QueuedDelivery>();
  readonly #delayed = new Set<QueuedDelivery>();
  #earliest = Number.POSITIVE_INFINITY;
  #size = 0;
  #inFlight = 0;

  /** Deliveries that are not done. */
  get size(): number {
    return this.#size;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Deliveries that could be sent now. */
  get ready(): number {
    return this.#ready.size;
  }

  /** When the next one that waits for its time is due; null if none does. */
  get nextDueAt(): number | null {
    return this.#delayed.size === 0 ? null : this.#earliest;
  }

  /** Adds a delivery at its place. @returns whether an earlier one that has failed before holds it back */
  add(delivery: QueuedDelivery, now: number): boolean {
    this.#size += 1;
    const lane = this.#laneOf(delivery);
    const [head] = lane.waiting;
    const after = lane.waiting.findLastIndex((other) => other.place <= delivery.place);
    lane.waiting.splice(after + 1, 0, delivery);
    if (after < 0) {
      if (head) this.#unlist(head);
      if (!lane.inFlight) this.#list(delivery, now);
      return lane.inFlight !== null && lane.inFlight.attempts > 0;
    }
    return (lane.inFlight ?? head)?.attempts !== 0;
  }

  /** Takes the next delivery that is due; null if there is none. `settle` must follow. */
  take(now: number): QueuedDelivery | null {
    this.#promote(now);
    const [next] = this.#ready;
    if (!next) return null;
    this.#ready.delete(next);
    const lane = this.#laneOf(next);
    lane.waiting.shift();
    lane.inFlight = next;
    this.#inFlight += 1;
    return next;
  }

  /**
   * Ends an attempt of a delivery that `take` returned.
   * @param retryAt when it is due again; null: it is done
   * @returns those that it holds back now
   */
  settle(delivery: QueuedDelivery, retryAt: number | null, now: number): readonly QueuedDelivery[] {
    const lane = this.#laneOf(delivery);
    lane.inFlight = null;
    this.#inFlight -= 1;
    if (retryAt === null) this.#size -= 1;
    else {
      delivery.dueAt = retryAt;
      lane.waiting.unshift(delivery);
    }
    const [head] = lane.waiting;
    if (head) this.#list(head, now);
    else this.#lanes.delete(delivery.key ?? delivery);
    return retryAt === null ? [] : lane.waiting.slice(1);
  }

  /** Makes all deliveries due. */
  makeAllDue(now: number): void {
    for (const delivery of this.#delayed) delivery.dueAt = now;
    this.#earliest = Math.min(this.#earliest, now);
    this.#promote(now);
  }

  #laneOf(delivery: QueuedDelivery): Lane {
    const key = delivery.key ?? delivery;
    const lane = this.#lanes.get(key) ?? { waiting: [], inFlight: null };
    this.#lanes.set(key, lane);
    return lane;
  }

  #list(delivery: QueuedDelivery, now: number): void {
    if (delivery.dueAt <= now) {
      this.#ready.add(delivery);
      return;
    }
    this.#delayed.add(delivery);
    this.#earliest = Math.min(this.#earliest, delivery.dueAt);
  }

  #unlist(delivery: QueuedDelivery): void {
    this.#ready.delete(delivery);
    this.#delayed.delete(delivery);
  }

  #promote(now: number): void {
    if (now < this.#earliest) return;
    this.#earliest = Number.POSITIVE_INFINITY;
    for (const delivery of this.#delayed) {
      if (delivery.dueAt > now) this.#earliest = Math.min(this.#earliest, delivery.dueAt);
      else {
        this.#delayed.delete(delivery);
        this.#ready.add(delivery);
      }
    }
  }
}
