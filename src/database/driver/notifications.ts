/** Nudges from `pg_notify`: they say that something changed, never what it is now. Read the row to know. */
export interface Changes {
  /**
   * Calls `onChange` after each commit that notified the channel, with its payload; with null when notifications
   * may have been lost (the session was cut and is back): then anything may have changed.
   * Resolves, once listening, with a function that stops it.
   */
  listen(channel: string, onChange: (payload: string | null) => void): Promise<() => void>;
  /** Whether a notification of another session arrives here, tried at most every few seconds. */
  areDelivered(): Promise<boolean>;
}

type Listener = (payload: string | null) => void;

/** Who listens to which channel; the drivers feed it. */
export class Listeners {
  readonly #byChannel = new Map<string, Set<Listener>>();

  channels(): string[] {
    return [...this.#byChannel.keys()];
  }

  /** Returns whether the channel is new. */
  add(channel: string, listener: Listener): boolean {
    const listeners = this.#byChannel.get(channel);
    if (listeners) {
      listeners.add(listener);
      return false;
    }
    this.#byChannel.set(channel, new Set([listener]));
    return true;
  }

  remove(channel: string, listener: Listener): void {
    this.#byChannel.get(channel)?.delete(listener);
  }

  tell(channel: string, payload: string): void {
    for (const listener of [...(this.#byChannel.get(channel) ?? [])]) listener(payload);
  }

  /** Something may have been missed on every channel. */
  tellAll(): void {
    for (const listeners of this.#byChannel.values()) for (const listener of [...listeners]) listener(null);
  }
}
