import type pg from 'pg';
import type { PostgresAddress } from '../../config/config.js';
import { parsePostgresAddresses } from '../../config/postgres-address.js';
import { StartError } from '../../core/errors.js';
import { isConnectionLoss, isServerFailure } from '../errors.js';
import type { QueryOptions, SnapshotQuery, StatementListener } from '../sql.js';
import { connectErrorOf } from '../start-errors.js';
import type { WalPosition } from '../wal-position.js';
import { statementNames, types } from './postgres.js';
import { placeOf } from './postgres-settings.js';
import { readPostgresSnapshot } from './postgres-snapshot.js';
import { ReplicaSessions, type ReplicaTarget } from './replica-sessions.js';

interface ReplicaOptions extends ReplicaTarget {
  /** Of one host or several: the first one that is a replica is used. */
  readonly address: PostgresAddress;
  /** The position of the primary by now. */
  readonly primaryPosition: () => Promise<WalPosition>;
  readonly onStatement?: StatementListener | undefined;
  readonly onTrouble?: ((message: string, error: unknown) => void) | undefined;
}

/** Why a read can't be made: the replica has not replayed all that was committed, or there are no sessions on it. */
type Unusable = 'behind' | 'unavailable';

export class ReplicaUnusableError extends Error {
  override readonly name = 'ReplicaUnusableError';
  readonly state: Unusable;

  constructor(state: Unusable) {
    super(`The replica is ${state}.`);
    this.state = state;
  }
}

const CHECK_EVERY_MS = 1_000;
/** Shorter lags are not reported: in a busy hour there are many. */
const REPORT_LAG_AFTER_MS = 5_000;
const REPORT_FAILURE_EVERY_MS = 60_000;

/**
 * A streaming replica of PostgreSQL. It is checked once a second: when it is lost or behind, its state tells so at once, and
 * changes back by itself.
 */
export class Replica {
  readonly #options: ReplicaOptions;
  readonly #nameOf = statementNames();
  #sessions: ReplicaSessions | null = null;
  #isBehind = false;
  /** When it last had all of the primary; by `performance.now()`. */
  #currentAt = performance.now();
  /** The reason that was reported for reading from the primary. */
  #reported: 'behind' | 'lost' | 'refused' | null = null;
  #failureReportedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * Opens a replica. One that can't be reached is reported, and tried again.
   * @throws {StartError} for a server that is no replica of the primary, or that refuses the address
   */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const replica = new Replica(options);
    try {
      replica.#sessions = await replica.#connect();
      await replica.#check();
    } catch (error) {
      if (!isConnectionLoss(error)) throw connectErrorOf(error, options.address);
      replica.#lose(null, error);
      replica.#checkLater();
    }
    return replica;
  }

  private constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  /** @throws {ReplicaUnusableError} if a read could not be made now */
  assertUsable(): ReplicaSessions {
    if (this.#sessions && !this.#isBehind) return this.#sessions;
    throw new ReplicaUnusableError(this.#sessions ? 'behind' : 'unavailable');
  }

  /** For how long the replica has not had all of the primary, in seconds; 0 while it has. */
  get lagSeconds(): number {
    return this.#sessions && !this.#isBehind ? 0 : (performance.now() - this.#currentAt) / 1000;
  }

  /** Runs a statement that only reads. @throws {ReplicaUnusableError} if it could miss what is before the position */
  query<Row extends object>(
    wanted: WalPosition,
    text: string,
    values: readonly unknown[],
    { prepare = false }: QueryOptions = {},
  ): Promise<Row[]> {
    return this.#use(async (sessions) => {
      const client = await sessions.pool.connect();
      const { areShared } = sessions;
      let isLost = false;
      try {
        if (areShared) await client.query('BEGIN READ ONLY');
        await this.#assertReached(sessions, client, wanted);
        this.#options.onStatement?.(text);
        const name = sessions.keepStatements ? this.#nameOf(text, prepare) : undefined;
        const { rows } = await client.query<Row>({ ...(name && { name }), text, values: [...values], types });
        if (areShared) await client.query('COMMIT');
        return rows;
      } catch (error) {
        isLost = areShared || isConnectionLoss(error);
        throw error;
      } finally {
        client.release(isLost);
      }
    });
  }

  /** Reads a statement as a file; see `Snapshots`. @throws {ReplicaUnusableError} before it calls `read` */
  readSnapshot<T>(
    wanted: WalPosition,
    query: SnapshotQuery,
    read: (chunks: AsyncIterable<Buffer>) => Promise<T>,
  ): Promise<T> {
    return this.#use((sessions) => {
      const connect = () => sessions.connect();
      const check = (client: pg.Client) => this.#assertReached(sessions, client, wanted);
      const onStatement = this.#options.onStatement ?? (() => {});
      const cancel = (backend: number) => sessions.pool.query('SELECT pg_cancel_backend($1)', [backend]);
      return readPostgresSnapshot({ connect, check, onStatement, cancel }, query, read);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#sessions?.close();
    this.#sessions = null;
  }

  async #use<T>(work: (sessions: ReplicaSessions) => Promise<T>): Promise<T> {
    const sessions = this.assertUsable();
    try {
      return await work(sessions);
    } catch (error) {
      if (error instanceof StartError) {
        // A session found that the server is no replica any more.
        this.#lose(sessions, error);
        throw new ReplicaUnusableError('unavailable');
      }
      if (isServerFailure(error) && !isConnectionLoss(error)) this.#reportFailure(sessions, error);
      throw error;
    }
  }

  async #assertReached(sessions: ReplicaSessions, client: pg.ClientBase, wanted: WalPosition): Promise<void> {
    // Those that waited for a session need not wait for the replica, too.
    if (!this.#isBehind && (await sessions.reaches(client, wanted))) return;
    this.#isBehind = true;
    throw new ReplicaUnusableError('behind');
  }

  /** Compares the replica with the primary, connects again if it was lost, and does so again later. */
  async #check(): Promise<void> {
    await this.#compare();
    this.#checkLater();
  }

  #checkLater(): void {
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#check(), CHECK_EVERY_MS).unref();
  }

  async #compare(): Promise<void> {
    // Without the primary there is nothing to compare with, and nothing is read.
    const wanted = await this.#options.primaryPosition().catch(() => null);
    if (!wanted || this.#isClosed) return;
    try {
      const sessions = this.#sessions ?? (await this.#connect());
      if (this.#isClosed) return sessions.destroy();
      this.#sessions = sessions;
      this.#isBehind = !(await sessions.watch(wanted));
      this.#report();
    } catch (error) {
      this.#lose(this.#sessions, error);
    }
  }

  /** Connects to the first host of the address that is a replica. */
  async #connect(): Promise<ReplicaSessions> {
    const errors: unknown[] = [];
    for (const address of hostAddresses(this.#options.address))
      try {
        const sessions = await ReplicaSessions.open({ ...this.#options, address });
        sessions.onLost((error) => this.#lose(sessions, error));
        return sessions;
      } catch (error) {
        errors.push(error);
      }
    // One that is down may be the replica.
    throw errors.find(isConnectionLoss) ?? errors[0];
  }

  #report(): void {
    const now = performance.now();
    if (!this.#isBehind) {
      this.#currentAt = now;
      if (this.#reported) this.#tell('is read from again');
      this.#reported = null;
    } else if (!this.#reported && now - this.#currentAt > REPORT_LAG_AFTER_MS) {
      this.#reported = 'behind';
      this.#tell('is behind the primary, from which lists are read until it has caught up');
    }
  }

  /** Cuts the sessions, unless others have replaced them. */
  #lose(sessions: ReplicaSessions | null, error: unknown): void {
    if (sessions !== this.#sessions || this.#isClosed) return;
    sessions?.destroy();
    this.#sessions = null;
    const reason = error instanceof StartError ? 'refused' : 'lost';
    if (this.#reported !== reason) this.#tell("can't be used: lists are read from the primary until it can", error);
    this.#reported = reason;
  }

  /** Of single sessions: a conflict with recovery, too many connections. When the whole replica is lost, the check reports it. */
  #reportFailure(sessions: ReplicaSessions, error: unknown): void {
    const now = performance.now();
    if (sessions !== this.#sessions || now - this.#failureReportedAt < REPORT_FAILURE_EVERY_MS) return;
    this.#failureReportedAt = now;
    this.#tell('failed to answer a read', error);
  }

  #tell(what: string, error?: unknown): void {
    this.#options.onTrouble?.(`The replica ${placeOf(this.#options.address).server} ${what}.`, error);
  }
}

/** Returns the address of each host, without a wish for a kind of server: it must be a replica. */
function hostAddresses({ url, ...rest }: PostgresAddress): readonly PostgresAddress[] {
  const addresses = parsePostgresAddresses(url) ?? [];
  for (const { searchParams } of addresses) searchParams.delete('target_session_attrs');
  return addresses.map(({ href }) => ({ ...rest, url: href }));
}
