import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresAddress } from '../../config/config.js';
import { StartError } from '../../core/errors.js';
import { covers, REPLAY_POSITION, type WalPosition } from '../wal-position.js';
import { types } from './postgres.js';
import { findSessions, type Sessions } from './postgres-sessions.js';
import { parseAddress, placeOf, type QueryWithTimeout } from './postgres-settings.js';

/** Where the replica is, and what it has to be a copy of. */
export interface ReplicaTarget {
  /** Of one host. */
  readonly address: PostgresAddress;
  /** Of the tables. */
  readonly schema: string;
  readonly origin: Origin;
}

/** The database of the primary. */
export interface Origin {
  /** What `initdb` gave the server; its replicas have the same. */
  readonly system: string;
  /** Its number on that server. */
  readonly database: string;
}

/** SQL for any server. */
export const ORIGIN = `
  SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
         (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database`;

interface State extends Origin {
  readonly isStandby: boolean;
  readonly isReplaying: boolean;
  /** Null while the replica has not replayed its creation. */
  readonly mayUseSchema: boolean | null;
  readonly unreadable: readonly string[];
}

const MAX_SESSIONS = 10;
/** Also for the wait for one of the pool. */
const CONNECT_TIMEOUT_MS = 3_000;
/** A replica that does not answer for this long counts as lost. */
const ANSWER_TIMEOUT_MS = 2_000;
/** A read waits up to twice this time for the replica: 1 ms, 2 ms … */
const MAX_PAUSE_MS = 64;
/** What lists, sales and files are read from. */
const TABLES = [
  ...['amazon_order', 'amazon_order_item', 'marketplaces', 'mirrored_product', 'order_change', 'order_count'],
  ...['order_items', 'rejected_order', 'sales_asin', 'sales_channel', 'sales_day', 'sales_day_stale'],
  ...['sales_product_day', 'sales_product_month', 'sales_sku'],
];

const STATE = `
  SELECT origin.*, pg_is_in_recovery() AS "isStandby", pg_last_wal_replay_lsn() IS NOT NULL AS "isReplaying",
         has_schema_privilege(s.schema::oid, 'USAGE') AS "mayUseSchema",
         ARRAY(SELECT relname::text FROM pg_class
                WHERE relnamespace = s.schema AND relname = ANY ($2::text[]) AND NOT has_table_privilege(oid, 'SELECT')
                ORDER BY 1) AS unreadable
    FROM (${ORIGIN}) AS origin, (SELECT to_regnamespace(quote_ident($1)) AS schema) AS s`;

/** Sessions on a replica: a pool, and one that watches. They are lost together. */
export class ReplicaSessions {
  readonly pool: pg.Pool;
  /**
   * Whether each transaction may get another session, and another server: what is read must then be in the transaction that
   * has asked for the position.
   */
  readonly areShared: boolean;
  /** Whether a statement that was prepared can be used again. */
  readonly keepStatements: boolean;
  readonly #sessions: Sessions;
  readonly #target: ReplicaTarget;
  readonly #watcher: pg.Client;
  readonly #clients = new Set<pg.ClientBase>();
  /** A session stays on its server, whose position only grows. */
  readonly #positions = new WeakMap<pg.ClientBase, WalPosition>();

  /** @throws {StartError} for a server that is no replica of the primary, or a role that can't read it */
  static async open(target: ReplicaTarget): Promise<ReplicaSessions> {
    const { address } = target;
    const { connectionString, session, queryTimeoutMs, schema } = parseAddress(address);
    if (schema !== null && schema !== target.schema)
      throw new StartError(
        `DATABASE_READ_URL names the schema ${schema}, and the tables are in ${target.schema}. Remove ?schema= from DATABASE_READ_URL.`,
      );
    const settings: pg.ClientConfig = {
      connectionString,
      application_name: 'ordermirror',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    };
    const found = await findSessions({
      address,
      connector: { Client: pg.Client, settings, connectTimeoutMs: CONNECT_TIMEOUT_MS },
      // A replica that was promoted must not be written to.
      settings: { ...session, default_transaction_read_only: 'on' },
      schemaOf: () => target.schema,
      mayBeShared: true,
    });
    const sessions = new ReplicaSessions(target, found, { ...settings, query_timeout: queryTimeoutMs });
    try {
      await sessions.#watcher.connect();
      await sessions.#prepare(sessions.#watcher);
      return sessions;
    } catch (error) {
      sessions.destroy();
      throw error;
    }
  }

  private constructor(target: ReplicaTarget, sessions: Sessions, settings: pg.ClientConfig) {
    const { Client, areShared, keepStatements } = sessions;
    this.areShared = areShared;
    this.keepStatements = keepStatements;
    this.#sessions = sessions;
    this.#target = target;
    this.#watcher = new Client({ ...settings, query_timeout: ANSWER_TIMEOUT_MS });
    this.pool = new pg.Pool({ ...settings, max: MAX_SESSIONS, Client, onConnect: (client) => this.#prepare(client) });
    // What runs on a lost session fails.
    this.#watcher.on('error', () => {});
    this.pool.on('connect', (client) => client.on('error', () => {}));
    this.pool.on('error', () => {});
  }

  /** Makes a session beside the pool, without a time-out of its queries. */
  async connect(): Promise<pg.Client> {
    const client = await this.#sessions.connect();
    try {
      await this.#check(client);
      return client;
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
  }

  /** Sets the settings of a new session, and checks its server. @throws {StartError} */
  async #prepare(client: pg.ClientBase): Promise<void> {
    this.#keep(client);
    await this.#sessions.prepare(client);
    await this.#check(client);
  }

  /** @throws {StartError} */
  async #check(client: pg.ClientBase): Promise<void> {
    this.#keep(client);
    const { schema } = this.#target;
    const state: QueryWithTimeout = { text: STATE, values: [schema, TABLES], query_timeout: CONNECT_TIMEOUT_MS };
    const { rows } = await client.query<State>(state);
    assertReplica(rows[0] as State, this.#target);
  }

  #keep(client: pg.ClientBase): void {
    if (this.#clients.has(client)) return;
    this.#clients.add(client);
    client.once('end', () => this.#clients.delete(client));
  }

  /** Whether the server of a session has replayed all that is before a position, or has shortly. */
  async reaches(client: pg.ClientBase, wanted: WalPosition): Promise<boolean> {
    const known = this.#positions.get(client);
    if (known && covers(known, wanted)) return true;
    for (let pauseMs = 1; ; pauseMs *= 2) {
      const replayed = await this.#positionOf(client);
      if (covers(replayed, wanted)) return true;
      if (replayed.timeline !== wanted.timeline || pauseMs > MAX_PAUSE_MS) return false;
      await sleep(pauseMs);
    }
  }

  /** The same for the replica as a whole. Rejects if it doesn't answer in time. */
  watch(wanted: WalPosition): Promise<boolean> {
    this.#positions.delete(this.#watcher);
    return this.reaches(this.#watcher, wanted);
  }

  /** Calls `listener`, once, when the session that watches has ended. */
  onLost(listener: (error: Error) => void): void {
    let reason = new Error('Connection terminated by the replica.');
    this.#watcher.on('error', (error) => {
      reason = error;
    });
    this.#watcher.once('end', () => listener(reason));
  }

  /** Cuts all sessions: what runs on them fails at once. */
  destroy(): void {
    for (const client of this.#clients)
      (client as pg.Client).connection.stream.destroy(new Error('Connection terminated: the replica is lost.'));
    this.pool.end().catch(() => {});
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.#watcher.end()]);
  }

  /** @throws {StartError} if the server is no standby any more */
  async #positionOf(client: pg.ClientBase): Promise<WalPosition> {
    const name = this.keepStatements ? 'ordermirror_position' : undefined;
    const query = { ...(name && { name }), text: REPLAY_POSITION, types, query_timeout: ANSWER_TIMEOUT_MS };
    const { rows } = await client.query<WalPosition & { isStandby: boolean }>(query);
    const position = rows[0];
    if (!position?.isStandby) throw noStandby(placeOf(this.#target.address).server);
    if (!this.areShared) this.#positions.set(client, position);
    return position;
  }
}

function assertReplica(state: State, { address, schema, origin }: ReplicaTarget): void {
  const { server, database, role } = placeOf(address);
  if (state.system !== origin.system)
    throw new StartError(
      `PostgreSQL at ${server}, which DATABASE_READ_URL names, is no replica of the one of DATABASE_URL: they were initialized separately. Use the address of a streaming replica.`,
    );
  if (state.database !== origin.database)
    throw new StartError(
      `DATABASE_READ_URL names the database ${database}, which is another one than that of DATABASE_URL. Use the same database on the replica.`,
    );
  if (!state.isStandby) throw noStandby(server);
  if (!state.isReplaying)
    throw new StartError(
      `PostgreSQL at ${server} does not report what it has replayed (readers of Amazon Aurora don't), so that reads on it could be stale. Remove DATABASE_READ_URL, or use a streaming replica.`,
    );
  const name = pg.escapeIdentifier(schema);
  if (state.mayUseSchema === false || state.unreadable.length > 0)
    throw new StartError(
      `The role ${role} of DATABASE_READ_URL may not read Ordermirror's tables. On the primary: GRANT USAGE ON SCHEMA ${name} TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA ${name} TO ${role}.`,
    );
}

function noStandby(server: string): StartError {
  return new StartError(
    `PostgreSQL at ${server}, which DATABASE_READ_URL names, is not a standby: use the address of a streaming replica.`,
  );
}
