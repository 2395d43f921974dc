import pg from 'pg';
import { type Changes, Listeners } from './changes.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/** LISTEN on a session of its own, made at the first listener, made again when it is cut. */
export class PostgresChanges implements Changes {
  readonly #settings: pg.ClientConfig;
  readonly #onTrouble: (message: string, error: unknown) => void;
  readonly #listeners = new Listeners();
  #client: Promise<pg.Client> | null = null;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(settings: pg.ClientConfig, onTrouble: (message: string, error: unknown) => void = () => {}) {
    this.#settings = settings;
    this.#onTrouble = onTrouble;
  }

  async listen(channel: string, onChange: (payload: string | null) => void): Promise<() => void> {
    const isNew = this.#listeners.add(channel, onChange);
    try {
      if (!this.#client) this.#client = this.#connect();
      const client = await this.#client;
      if (isNew) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      this.#reconnectLater(error, FIRST_RETRY_MS);
    }
    return () => this.#listeners.remove(channel, onChange);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const client = await this.#client?.catch(() => null);
    client?.removeAllListeners('end');
    await client?.end();
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.#settings);
    client.on('notification', ({ channel, payload }) => this.#listeners.tell(channel, payload ?? ''));
    client.on('error', () => {}); // 'end' follows
    await client.connect();
    client.once('end', () => this.#reconnectLater(new Error('The session was cut.'), FIRST_RETRY_MS));
    for (const channel of this.#listeners.channels()) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
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
