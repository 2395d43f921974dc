import pg from 'pg';
import type { Host } from '../../config/postgres-address.js';
import { isConnectionLoss } from '../errors.js';
import { timelineOfFile } from '../wal-position.js';
import type { QueryWithTimeout } from './postgres-settings.js';

/** For the connection, and for each statement that asks for the state of a server. */
const ANSWER_TIMEOUT_MS = 3_000;
/** SQLSTATE of a write on a server that only reads. */
export const READ_ONLY = '25006';

interface PrimaryOptions {
  readonly hosts: readonly Host[];
  /** What connects to any of them but `host` and `port`. */
  readonly settings: pg.ClientConfig;
  /** Whether a primary is enough that is read-only by default (`target_session_attrs=primary`). */
  readonly mayBeReadOnly: boolean;
  readonly onTrouble?: ((message: string, error: unknown) => void) | undefined;
}

/** None of the hosts is a primary: for the length of a fail-over, or because the address names standbys only. */
export class NoPrimaryError extends Error {
  override readonly name = 'NoPrimaryError';
  readonly code = 'NO_PRIMARY';
}

/**
 * Returns what connects to the only host, or to the primary of several: a session on another server is never returned. Clients
 * of one class share what they know; make one for each address.
 * @param Client the class to extend
 */
export function clientFor(options: PrimaryOptions, Client: typeof pg.Client = pg.Client): typeof pg.Client {
  return options.hosts.length > 1 ? clientOf(new Primary(options), Client) : Client;
}

/**
 * Finds the primary among several hosts. It is asked for again when a session on it is lost or refuses to write; when it is
 * another one then, the sessions on the others end.
 */
class Primary {
  readonly #options: PrimaryOptions;
  readonly #sessions = new Map<pg.Client, Host>();
  #host: Host | undefined;
  /** The last one found. */
  #last: Host | undefined;
  #timeline = 0;
  #search: Promise<Host> | undefined;

  constructor(options: PrimaryOptions) {
    this.#options = options;
  }

  /** @throws {NoPrimaryError}, or what the first server that refuses to be asked answers (a password, a certificate) */
  async find(): Promise<Host> {
    if (this.#host) return this.#host;
    this.#search ??= this.#ask().finally(() => {
      this.#search = undefined;
    });
    return this.#search;
  }

  /** Searches again, since a session on this host was lost or refused to write. */
  doubt(host: Host): void {
    if (this.#host !== host) return;
    this.#host = undefined;
    this.find().catch(() => {}); // The next session searches again.
  }

  /** Checks a new session, and ends it when another host becomes the primary. @throws {NoPrimaryError} */
  async admit(client: pg.Client, host: Host): Promise<void> {
    await this.#assertPrimary(client, host);
    if (this.#last !== host) throw new NoPrimaryError(`${nameOf(host)} was replaced as the primary`);
    this.#sessions.set(client, host);
    client.on('error', () => this.doubt(host));
    client.once('end', () => this.#sessions.delete(client));
    client.connection.on('errorMessage', ({ code }: { code?: unknown }) => {
      if (code === READ_ONLY) this.doubt(host);
    });
  }

  async #ask(): Promise<Host> {
    const { hosts, onTrouble } = this.#options;
    const answers = await Promise.all(hosts.map((host) => this.#timelineOf(host)));
    // A primary that was replaced and started again is on an older timeline.
    const timeline = Math.max(this.#timeline, ...answers.map((answer) => (typeof answer === 'number' ? answer : 0)));
    const found = hosts.filter((_, index) => answers[index] === timeline);
    const host = found.find((each) => each === this.#last) ?? found[0];
    if (!host) throw this.#refusal(answers, timeline);
    if (this.#last && this.#last !== host) onTrouble?.(`The primary of PostgreSQL is now ${nameOf(host)}.`, undefined);
    this.#host = this.#last = host;
    this.#timeline = timeline;
    for (const [client, at] of this.#sessions)
      if (at !== host)
        client.connection.stream.destroy(new Error('Connection terminated: another host is the primary.'));
    return host;
  }

  #refusal(answers: readonly (number | Error)[], timeline: number): Error {
    const lasting = answers.find((answer) => answer instanceof Error && !isConnectionLoss(answer));
    if (lasting instanceof Error) return lasting;
    const states = answers.map((answer, index) => {
      const name = nameOf(this.#options.hosts[index] as Host);
      if (typeof answer === 'number') return `${name} is on timeline ${answer}, the last primary was on ${timeline}`;
      return answer instanceof NoPrimaryError ? answer.message : `${name}: ${answer.message}`;
    });
    return new NoPrimaryError(`none of the hosts is a primary (${states.join('; ')})`);
  }

  /** Returns the timeline of a primary (0 if it can't be had), or why the host can't be used. */
  async #timelineOf(host: Host): Promise<number | Error> {
    const client = new pg.Client({ ...this.#options.settings, connectionTimeoutMillis: ANSWER_TIMEOUT_MS });
    setHost(client, host);
    client.on('error', () => {}); // The statement fails.
    try {
      await client.connect();
      await this.#assertPrimary(client, host);
      return await timelineOf(client);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      client.end().catch(() => {});
    }
  }

  async #assertPrimary(client: pg.Client, host: Host): Promise<void> {
    const { rows } = await client.query<{ isStandby: boolean; isReadOnly: boolean }>(
      withTimeout(
        `SELECT pg_is_in_recovery() AS "isStandby", current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
      ),
    );
    if (rows[0]?.isStandby) throw new NoPrimaryError(`${nameOf(host)} is a standby`);
    if (rows[0]?.isReadOnly && !this.#options.mayBeReadOnly) throw new NoPrimaryError(`${nameOf(host)} is read-only`);
  }
}

/** Some services don't show it: 0 then. */
async function timelineOf(client: pg.Client): Promise<number> {
  try {
    const { rows } = await client.query<{ file: string }>(
      withTimeout('SELECT pg_walfile_name(pg_current_wal_lsn()) AS file'),
    );
    return timelineOfFile(rows[0]?.file ?? '0');
  } catch (error) {
    if (isConnectionLoss(error)) throw error;
    return 0;
  }
}

function withTimeout(text: string): QueryWithTimeout {
  return { text, query_timeout: ANSWER_TIMEOUT_MS };
}

function clientOf(primary: Primary, Client: typeof pg.Client): typeof pg.Client {
  return class extends Client {
    override connect(): Promise<pg.Client>;
    override connect(callback: (error: Error | null, client?: pg.Client) => void): void;
    override connect(callback?: (error: Error | null, client?: pg.Client) => void): Promise<pg.Client> | undefined {
      const connected = this.#connect();
      if (!callback) return connected;
      connected.then((client) => callback(null, client), callback);
      return undefined;
    }

    async #connect(): Promise<pg.Client> {
      const host = await primary.find();
      if (this.connection.stream.destroyed) throw new Error('Connection terminated due to connection timeout.');
      setHost(this, host);
      try {
        await super.connect();
        await primary.admit(this, host);
        return this;
      } catch (error) {
        primary.doubt(host);
        this.end().catch(() => {});
        throw error;
      }
    }
  };
}

/** Replaces the one of the settings. */
function setHost(client: pg.Client, { host, port }: Host): void {
  client.host = host.replace(/^\[(.*)\]$/, '$1');
  client.port = port;
}

function nameOf({ host, port }: Host): string {
  return `${host}:${port}`;
}
