import type { Operation } from '../api/operations.js';

/** Requests of one operation that wait at the door. */
export interface Hold {
  /** Resolves when the first request has arrived at the door. */
  readonly arrived: Promise<void>;
  /** Lets the waiting requests in; later ones are not held. */
  release(): void;
}

/** Holds requests, so that a test can act in the middle of a run without sleeping. */
export class Gates {
  readonly #doors = new Map<Operation, { hold: Hold; opened: Promise<void>; ring: () => void }>();

  /** Holds all requests of this operation from now on, until released. */
  hold(operation: Operation): Hold {
    this.#doors.get(operation)?.hold.release();
    const bell = signal();
    const door = signal();
    const release = () => {
      if (this.#doors.get(operation)?.hold === hold) this.#doors.delete(operation);
      door.give();
    };
    const hold: Hold = { arrived: bell.given, release };
    this.#doors.set(operation, { hold, opened: door.given, ring: bell.give });
    return hold;
  }

  /** Waits here while the operation is held. */
  async pass(operation: Operation): Promise<void> {
    const door = this.#doors.get(operation);
    door?.ring();
    await door?.opened;
  }

  releaseAll(): void {
    for (const { hold } of [...this.#doors.values()]) hold.release();
  }
}

function signal(): { given: Promise<void>; give: () => void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
