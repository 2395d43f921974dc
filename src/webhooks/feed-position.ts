import type { ChangePosition } from '../mirror/read/order-changes.js';

/** Finds up to which change all are stored, where they are stored out of order. */
export class FeedPosition {
  readonly #open: ChangePosition[] = [];
  readonly #stored = new Set<bigint>();
  #last: ChangePosition | null;

  constructor(start: ChangePosition | null) {
    this.#last = start;
  }

  /** Changes that were read and are not stored, or come after one that is not. */
  get length(): number {
    return this.#open.length;
  }

  /** Adds the next change that was read. */
  read({ id, at }: ChangePosition): void {
    this.#open.push({ id, at });
  }

  /** Returns the last change up to which all are stored, once these are. */
  after(storing: Iterable<bigint>): ChangePosition | null {
    const ids = new Set(storing);
    let last = this.#last;
    for (const position of this.#open) {
      if (!this.#stored.has(position.id) && !ids.has(position.id)) break;
      last = position;
    }
    return last;
  }

  /** Records that changes are stored: with a row, or delivered. */
  stored(ids: Iterable<bigint>): void {
    for (const id of ids) this.#stored.add(id);
    let done = 0;
    for (const position of this.#open) {
      if (!this.#stored.delete(position.id)) break;
      this.#last = position;
      done += 1;
    }
    this.#open.splice(0, done);
  }
}
