import type { OrdersPage } from '../../spapi/orders/order-source.js';
import type { Leg } from '../plan/window.js';

/**
 * How far a run is, from 0 to 1. Amazon tells no total; while pages come in order of update, the newest update seen is
 * where the run is in its window. When they don't, nobody can tell: null.
 */
export class Progress {
  readonly #updatedBefore: Date;
  #newest = Number.NEGATIVE_INFINITY;
  #inOrder = true;

  constructor(updatedBefore: Date) {
    this.#updatedBefore = updatedBefore;
  }

  /** Takes in a page of the leg at this index, of so many legs; returns the progress after it. */
  after(page: OrdersPage, leg: Leg, index: number, legs: number): number | null {
    if (page.next === null) return this.#legDone(index, legs);
    const updates = page.orders.map((order) => order.lastUpdatedTime.getTime());
    if (Math.min(...updates) < this.#newest) this.#inOrder = false;
    this.#newest = Math.max(this.#newest, ...updates);
    if (!this.#inOrder || this.#newest === Number.NEGATIVE_INFINITY) return null;
    const from = leg.updatedAfter.getTime();
    const part = (this.#newest - from) / Math.max(1, this.#updatedBefore.getTime() - from);
    return (index + Math.min(1, Math.max(0, part))) / legs;
  }

  #legDone(index: number, legs: number): number {
    this.#newest = Number.NEGATIVE_INFINITY;
    this.#inOrder = true;
    return (index + 1) / legs;
  }
}
