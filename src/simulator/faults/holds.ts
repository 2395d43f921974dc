import type { Operation } from '../api/operations.js';

/** Held requests of one operation. */
export interface Hold {
  /** Resolves when the first request has arrived. */
  readonly arrived: Promise<void>;
  /** Continues the held requests; later ones are not held. */
  release(): void;
}

/** Holds requests, so that a test can act during a run without sleeping. */
export class Holds {
  readonly #held = new Map<Operation, { hold: Hold; released: Promise<void>; arrive: () => void }>();

  /** Holds all requests of this operation from now on, until released. */
  hold(operation: Operation): Hold {
    this.#held.get(operation)?.hold.release();
    const arrival = signal();
    const released = signal();
    const release = () => {
      if (this.#held.get(operation)?.hold === hold) this.#held.delete(operation);
      released.resolve();
    };
    const hold: Hold = { arrived: arrival.promise, release };
    this.#held.set(operation, { hold, released: released.promise, arrive: arrival.resolve });
    return hold;
  }

  /** Waits while the operation is held. */
  async pass(operation: Operation): Promise<void> {
    const held = this.#held.get(operation);
    held?.arrive();
    await held?.released;
  }

  releaseAll(): void {
    for (const { hold } of [...this.#held.values()]) hold.release();
  }
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
