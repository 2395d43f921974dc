import type { OrdersPage } from '../spapi/order-source.js';
import type { Leg } from './window.js';

/**
 * How far a run is, from 0 to 1. Amazon tells no total; while pages come in order of update, the newest update seen is
 * where the run is in its window. When they don't, nobody can tell: null.
 */
export class Progress {
  readonly #legs: readonly Leg[];
  readonly #updatedBefore: Date;
  #newest = Number.NEGATIVE_INFINITY;
  #inOrder = true;

  constructor(legs: readonly Leg[], updatedBefore: Date) {
    this.#legs = legs;
    this.#updatedBefore = updatedBefore;
  }

  /** Takes a page of the leg in; returns the progress after it. */
  after(page: OrdersPage, legIndex: number): number | null {
    if (page.next === null) return this.#legDone(legIndex);
    const updates = page.orders.map((order) => order.lastUpdatedTime.getTime());
    if (Math.min(...updates) < this.#newest) this.#inOrder = false;
    this.#newest = Math.max(this.#newest, ...updates);
    const leg = this.#legs[legIndex];
    if (!this.#inOrder || !leg || this.#newest === Number.NEGATIVE_INFINITY) return null;
    const from = leg.updatedAfter.getTime();
    const part = (this.#newest - from) / Math.max(1, this.#updatedBefore.getTime() - from);
    return (legIndex + Math.min(1, Math.max(0, part))) / this.#legs.length;
  }

  #legDone(legIndex: number): number {
    this.#newest = Number.NEGATIVE_INFINITY;
    this.#inOrder = true;
    return (legIndex + 1) / this.#legs.length;
  }
}
