interface Entry {
  /** Milliseconds on the simulator's clock. */
  at: number;
  run: () => void;
}

/** Work that is due at instants of the simulator's clock, done in the order of time when someone looks. */
export class Schedule {
  /** Sorted by time, the latest first, so that the next one is cheap to remove. */
  #entries: Entry[] = [];

  /** Adds one entry; among those of the same instant it is the last. */
  add(at: number, run: () => void): void {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle] as Entry).at > at) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, { at, run });
  }

  /** Adds many entries. */
  addAll(entries: Iterable<Entry>): void {
    this.#entries = [...this.#entries.toReversed(), ...entries].sort((a, b) => a.at - b.at).reverse();
  }

  /** Does what is due, what becomes due by that included. */
  runDue(now: number): void {
    for (let entry = this.#entries.at(-1); entry !== undefined && entry.at <= now; entry = this.#entries.at(-1)) {
      this.#entries.pop();
      entry.run();
    }
  }
}
