import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { NotificationListener, Notifications } from '../sql.js';
import type { Connector } from './connector.js';
import type { Place } from './postgres-settings.js';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
/** A session that only listens doesn't notice a broken network: it sends a statement this often. */
const HEARTBEAT_MS = 5_000;
const HEARTBEAT_TIMEOUT_MS = 5_000;
const TEST_CHANNEL = 'ordermirror_trial';
const TEST_TIMEOUT_MS = 1_500;
/** A test is a transaction, so its result is kept for this long. */
const TEST_INTERVAL_MS = 5_000;

/** Sends a notification from another session. */
export type Notify = (channel: string, payload: string) => Promise<unknown>;

/** LISTEN on a separate session, opened for the first listener and reopened after a connection loss. */
export class PostgresNotifications implements Notifications {
  readonly #connector: Connector;
  readonly #address: string;
  readonly #onTrouble: (message: string, error: unknown) => void;
  readonly #notify: Notify;
  readonly #listeners = new Map<string, Set<NotificationListener>>();
  #client: Promise<pg.Client> | null = null;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #test: { readonly at: number; readonly result: Promise<boolean> } | undefined;

  /**
   * @param connector what the session is opened with
   * @param place its address, for log lines
   */
  constructor(
    connector: Connector,
    { variable, server }: Place,
    notify: Notify,
    onTrouble: (message: string, error: unknown) => void = () => {},
  ) {
    this.#connector = connector;
    this.#address = `${variable}, ${server}`;
    this.#notify = notify;
    this.#onTrouble = onTrouble;
  }

  async listen(channel: string, listener: NotificationListener): Promise<() => void> {
    const known = this.#listeners.get(channel);
    const listeners = (known ?? new Set()).add(listener);
    this.#listeners.set(channel, listeners);
    const stop = () => listeners.delete(listener);
    if (this.#retry) return stop; // The next session listens to all channels.
    try {
      this.#client ??= this.#connect();
      const client = await this.#client;
      if (!known) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      this.#reconnectLater(error, FIRST_RETRY_MS);
    }
    return stop;
  }

  areDelivered(): Promise<boolean> {
    const now = performance.now();
    if (!this.#test || now - this.#test.at > TEST_INTERVAL_MS) {
      const result = this.#testDelivery();
      this.#test = { at: now, result };
      // After a failure the next call tests again.
      void result.then((isDelivered) => {
        if (!isDelivered && this.#test?.result === result) this.#test = undefined;
      });
    }
    return this.#test.result;
  }

  async #testDelivery(): Promise<boolean> {
    const sent = randomUUID();
    let report: (isDelivered: boolean) => void = () => {};
    const result = new Promise<boolean>((resolve) => {
      report = resolve;
    });
    const timer = setTimeout(() => report(false), TEST_TIMEOUT_MS);
    const stop = await this.listen(TEST_CHANNEL, (payload) => payload === sent && report(true));
    this.#notify(TEST_CHANNEL, sent).catch(() => report(false));
    return result.finally(() => {
      clearTimeout(timer);
      stop();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const client = await this.#client?.catch(() => null);
    await client?.end();
  }

  async #connect(): Promise<pg.Client> {
    const client = new this.#connector.Client({ ...this.#connector.settings, query_timeout: HEARTBEAT_TIMEOUT_MS });
    client.on('notification', ({ channel, payload }) => {
      for (const listener of [...(this.#listeners.get(channel) ?? [])]) listener(payload ?? '');
    });
    client.on('error', () => {}); // 'end' follows
    await client.connect();
    try {
      for (const channel of this.#listeners.keys()) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      void client.end();
      throw error;
    }
    const beat = () => client.query('SELECT 1').catch((error) => client.connection.stream.destroy(error));
    const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS).unref();
    client.once('end', () => {
      clearInterval(heartbeat);
      this.#reconnectLater(new Error('The session was cut.'), FIRST_RETRY_MS);
    });
    return client;
  }

  #reconnectLater(error: unknown, delay: number): void {
    if (this.#closed || this.#retry) return;
    this.#onTrouble(
      `The PostgreSQL session that listens for notifications (${this.#address}) was lost; reconnecting.`,
      error,
    );
    this.#client = null;
    this.#retry = setTimeout(() => void this.#reconnect(delay), delay);
  }

  async #reconnect(delay: number): Promise<void> {
    this.#retry = undefined;
    this.#client = this.#connect();
    try {
      await this.#client;
      for (const listeners of [...this.#listeners.values()]) for (const listener of [...listeners]) listener(null);
    } catch (error) {
      this.#reconnectLater(error, Math.min(delay * 2, MAX_RETRY_MS));
    }
  }
}
