import { Replica, ReplicaUnusableError } from './driver/replica.js';
import { ORIGIN, type Origin } from './driver/replica-sessions.js';
import { isServerFailure } from './errors.js';
import { shareReads } from './shared-reads.js';
import type { QueryOptions, SnapshotQuery, Snapshots, Sql, StatementListener } from './sql.js';
import { readPrimaryPosition, type WalPosition } from './wal-position.js';

/** What lists, sales and files are read with: statements that only read. */
export type Reader = Sql & Snapshots;

/** Where a read was made: on the replica, or on the primary and why. `failed`: the replica did not answer it. */
export type ReadOutcome = 'replica' | 'behind' | 'unavailable' | 'failed';

/** What the metrics show of a replica. */
export interface ReplicaStatus {
  /** Reads since the start. */
  readonly reads: Readonly<Record<ReadOutcome, number>>;
  /** For how long the replica has not had all of the primary; 0 while it has. */
  readonly lagSeconds: number;
}

interface ReaderOptions {
  readonly onStatement?: StatementListener;
  readonly onTrouble?: (message: string, error: unknown) => void;
}

/**
 * Reads on a replica what it has. Each read sees all that was committed before it began, on whichever server: it asks the
 * primary for its position first, and is made on the primary if the replica has not replayed that much, is lost or fails.
 */
export class ReplicaReader implements Reader, ReplicaStatus {
  readonly reads: Record<ReadOutcome, number> = { replica: 0, behind: 0, unavailable: 0, failed: 0 };
  readonly #primary: Reader;
  readonly #replica: Replica;
  readonly #position: () => Promise<WalPosition>;

  /** @throws {StartError} for a server that is no replica of the primary, or that refuses the address */
  static async open(primary: Reader, url: string, options: ReaderOptions): Promise<ReplicaReader> {
    const [found] = await primary.query<Origin & { schema: string }>(
      `SELECT origin.*, current_schema()::text AS schema FROM (${ORIGIN}) AS origin`,
    );
    if (!found) throw new Error('The primary did not return which database it is.');
    const { schema, ...origin } = found;
    const sharedPosition = shareReads((_of: 'primary') => readPrimaryPosition(primary));
    const position = () => sharedPosition('primary');
    const address = { url, variable: 'DATABASE_READ_URL' } as const;
    const replica = await Replica.open({ ...options, address, schema, origin, primaryPosition: position });
    return new ReplicaReader(primary, replica, position);
  }

  private constructor(primary: Reader, replica: Replica, position: () => Promise<WalPosition>) {
    this.#primary = primary;
    this.#replica = replica;
    this.#position = position;
  }

  get lagSeconds(): number {
    return this.#replica.lagSeconds;
  }

  query<Row extends object>(text: string, values: readonly unknown[] = [], options: QueryOptions = {}): Promise<Row[]> {
    return this.#route(
      (wanted) => this.#replica.query<Row>(wanted, text, values, options),
      () => this.#primary.query<Row>(text, values, options),
    );
  }

  readSnapshot<T>(query: SnapshotQuery, read: (chunks: AsyncIterable<Buffer>) => Promise<T>): Promise<T> {
    let hasBegun = false;
    const begin: typeof read = (chunks) => {
      hasBegun = true;
      return read(chunks);
    };
    return this.#route(
      (wanted) => this.#replica.readSnapshot(wanted, query, begin),
      () => this.#primary.readSnapshot(query, read),
      // `read` has rows of one snapshot.
      () => !hasBegun,
    );
  }

  close(): Promise<void> {
    return this.#replica.close();
  }

  async #route<T>(
    onReplica: (wanted: WalPosition) => Promise<T>,
    onPrimary: () => Promise<T>,
    mayRepeat: () => boolean = () => true,
  ): Promise<T> {
    let outcome: ReadOutcome = 'replica';
    try {
      this.#replica.assertUsable();
      return await onReplica(await this.#position());
    } catch (error) {
      if (error instanceof ReplicaUnusableError) outcome = error.state;
      else if (isServerFailure(error) && mayRepeat()) outcome = 'failed';
      else throw error;
    } finally {
      this.reads[outcome] += 1;
    }
    return onPrimary();
  }
}
