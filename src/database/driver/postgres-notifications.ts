import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type Changes, Listeners } from './notifications.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
/** Who only listens doesn't notice that the network swallows all: it asks now and then. */
const PULSE_MS = 5_000;
const ANSWER_TIMEOUT_MS = 5_000;
const TRIAL_CHANNEL = 'ordermirror_trial';
const TRIAL_TIMEOUT_MS = 1_500;
/** A trial is a transaction: its result counts for so long. */
const TRIAL_INTERVAL_MS = 5_000;

/** Sends a notification from another session. */
export type Notify = (channel: string, payload: string) => Promise<unknown>;

/** LISTEN on a session of its own, made at the first listener, made again when it is cut. */
export class PostgresChanges implements Changes {
  readonly #settings: pg.ClientConfig;
  readonly #onTrouble: (message: string, error: unknown) => void;
  readonly #listeners = new Listeners();
  #client: Promise<pg.Client> | null = null;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #notify: Notify;
  #trial: { readonly at: number; readonly result: Promise<boolean> } | undefined;

  constructor(
    settings: pg.ClientConfig,
    notify: Notify,
    onTrouble: (message: string, error: unknown) => void = () => {},
  ) {
    this.#notify = notify;
    this.#settings = { ...settings, query_timeout: ANSWER_TIMEOUT_MS };
    this.#onTrouble = onTrouble;
  }

  async listen(channel: string, onChange: (payload: string | null) => void): Promise<() => void> {
    const isNew = this.#listeners.add(channel, onChange);
    const stop = () => this.#listeners.remove(channel, onChange);
    if (this.#retry) return stop; // The next session listens to all channels.
    try {
      this.#client ??= this.#connect();
      const client = await this.#client;
      if (isNew) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      this.#reconnectLater(error, FIRST_RETRY_MS);
    }
    return stop;
  }

  /** Connects and runs a statement there: for the check at the start. @throws what pg throws */
  async query(statement: pg.QueryConfig): Promise<void> {
    this.#client ??= this.#connect();
    const client = await this.#client.catch((error) => {
      this.#client = null;
      throw error;
    });
    await client.query(statement);
  }

  areDelivered(): Promise<boolean> {
    const now = performance.now();
    if (!this.#trial || now - this.#trial.at > TRIAL_INTERVAL_MS) {
      const result = this.#try();
      this.#trial = { at: now, result };
      // A failure is tried again at once.
      void result.then((isDelivered) => {
        if (!isDelivered && this.#trial?.result === result) this.#trial = undefined;
      });
    }
    return this.#trial.result;
  }

  async #try(): Promise<boolean> {
    const payload = randomUUID();
    let report: (isDelivered: boolean) => void = () => {};
    const result = new Promise<boolean>((resolve) => {
      report = resolve;
    });
    const timer = setTimeout(() => report(false), TRIAL_TIMEOUT_MS);
    const stop = await this.listen(TRIAL_CHANNEL, (arrived) => arrived === payload && report(true));
    this.#notify(TRIAL_CHANNEL, payload).catch(() => report(false));
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
    const client = new pg.Client(this.#settings);
    client.on('notification', ({ channel, payload }) => this.#listeners.tell(channel, payload ?? ''));
    client.on('error', () => {}); // 'end' follows
    await client.connect();
    try {
      for (const channel of this.#listeners.channels()) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      void client.end();
      throw error;
    }
    const pulse = setInterval(() => void client.query('SELECT 1').catch(() => client.end()), PULSE_MS).unref();
    client.once('end', () => {
      clearInterval(pulse);
      this.#reconnectLater(new Error('The session was cut.'), FIRST_RETRY_MS);
    });
    return client;
  }

  #reconnectLater(error: unknown, delay: number): void {
    if (this.#closed || this.#retry) return;
    this.#onTrouble('The PostgreSQL session that listens for changes was lost; connecting again.', error);
    this.#client = null;
    this.#retry = setTimeout(() => void this.#reconnect(delay), delay);
  }

  async #reconnect(delay: number): Promise<void> {
    this.#retry = undefined;
    this.#client = this.#connect();
    try {
      await this.#client;
      this.#listeners.tellAll();
    } catch (error) {
      this.#reconnectLater(error, Math.min(delay * 2, LONGEST_RETRY_MS));
    }
  }
}
