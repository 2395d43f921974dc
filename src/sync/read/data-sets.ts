import { type Clock, MAX_CLOCK_SKEW_MS } from '../../core/clock.js';
import type { Logger } from '../../core/logger.js';
import type { Database, Sql } from '../../database/database.js';
import type { CallWatch } from '../../spapi/http/call-watch.js';
import { refusesRequest } from '../../spapi/http/errors.js';
import { type AdditionalData, type OptionalData, wantedData } from '../../spapi/orders/data-sets.js';
import type { OrderSource, OrdersPage, OrdersQuery } from '../../spapi/orders/order-source.js';

const RETRY_EVERY_MS = 7 * 24 * 60 * 60_000;

export interface DataSetsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Data sets of the settings. */
  readonly additionalDataSets?: readonly AdditionalData[];
}

/** A search that Amazon answered, with its first page. */
interface Started {
  readonly asked: readonly OptionalData[];
  readonly first: OrdersPage;
  readonly rest: AsyncGenerator<OrdersPage, void, undefined>;
}

/**
 * The optional data sets that the calls of a run ask for. Amazon doesn't say what it refuses with a 400 or 403: a data set
 * counts as refused only if the same search without it is answered. It is recorded in `refused_data_set`, and asked for again
 * a week later.
 */
export class DataSets {
  readonly #options: DataSetsOptions;
  readonly #records: boolean;
  /** In the order of `wantedData`. */
  #asked: readonly OptionalData[];
  /** Of these, the ones that Amazon refused a week ago. */
  #retried: readonly OptionalData[];

  private constructor(
    options: DataSetsOptions,
    records: boolean,
    asked: readonly OptionalData[],
    retried: readonly OptionalData[],
  ) {
    this.#options = options;
    this.#records = records;
    this.#asked = asked;
    this.#retried = retried;
  }

  /** @param records whether to record what Amazon refuses; a dry run doesn't */
  static async open(options: DataSetsOptions, { records }: { readonly records: boolean }): Promise<DataSets> {
    const now = options.clock.now().getTime();
    const rows = await options.database.query<{ dataSet: string; nextTryAt: Date }>(
      'SELECT data_set AS "dataSet", next_try_at AS "nextTryAt" FROM refused_data_set',
    );
    const refused = new Map(rows.map(({ dataSet, nextTryAt }) => [dataSet, nextTryAt.getTime()]));
    // A time further ahead was written by a wrong clock.
    const isDue = (at: number) => at <= now || at > now + RETRY_EVERY_MS + MAX_CLOCK_SKEW_MS;
    const asked = wantedData(options.additionalDataSets ?? []).filter((dataSet) => isDue(refused.get(dataSet) ?? 0));
    const retried = asked.filter((dataSet) => refused.has(dataSet));
    return new DataSets(options, records, asked, retried);
  }

  /**
   * Searches from the first page on. If Amazon refuses the search, finds the data sets that it refuses by searches for less,
   * each of which costs a call, and continues without them.
   * @param isSuspect whether Amazon refused one of the search's marketplaces before: then a search without data sets goes
   *   first, so that a marketplace that is still refused costs one call
   * @throws {SyncError} if Amazon refuses the search without optional data sets too
   */
  async *search(
    source: OrderSource,
    query: Omit<OrdersQuery, 'dataSets'>,
    watch: CallWatch,
    isSuspect: boolean,
  ): AsyncGenerator<OrdersPage, void, undefined> {
    const start = async (asked: readonly OptionalData[]): Promise<Started> => {
      const rest = source.searchOrders({ ...query, dataSets: asked }, watch);
      const { value: first } = await rest.next();
      if (!first) throw new Error('A search ended without a page.');
      return { asked, first, rest };
    };
    if (isSuspect) await stop(await start([]));
    const { first, rest } = await this.#start(start);
    yield first;
    yield* rest;
  }

  /**
   * Reads one order. If Amazon refuses the call, reads it without optional data sets; the next search finds out which one is
   * refused. Returns and throws as `OrderSource.getOrder`.
   */
  async getOrder(source: OrderSource, orderId: string, watch: CallWatch): ReturnType<OrderSource['getOrder']> {
    try {
      return await source.getOrder(orderId, watch, this.#asked);
    } catch (error) {
      if (this.#asked.length === 0 || !refusesRequest(error)) throw error;
      return source.getOrder(orderId, watch, []);
    }
  }

  async #start(start: (asked: readonly OptionalData[]) => Promise<Started>): Promise<Started> {
    const all = this.#asked;
    let started: Started;
    try {
      started = await start(all);
    } catch (error) {
      if (all.length === 0 || !refusesRequest(error)) throw error;
      started = await this.#findRefused(start);
    }
    await this.#record(all.filter((dataSet) => !started.asked.includes(dataSet)));
    this.#asked = started.asked;
    this.#retried = [];
    return started;
  }

  /**
   * Starts the search with as many data sets as Amazon takes. First without those refused a week ago, then without any; then
   * with all once more, since Amazon has refused valid requests for a while (models#5365); then adds one after the other.
   * With four data sets these are at most six searches, one of which continues.
   */
  async #findRefused(start: (asked: readonly OptionalData[]) => Promise<Started>): Promise<Started> {
    const all = this.#asked;
    const known = all.filter((dataSet) => !this.#retried.includes(dataSet));
    const isWorthTrying = known.length > 0 && known.length < all.length;
    let started = (isWorthTrying ? await unlessRefused(start(known)) : null) ?? (await start([]));
    const again = await unlessRefused(start(all));
    if (again) {
      await stop(started);
      return again;
    }
    for (const dataSet of all) {
      if (started.asked.includes(dataSet)) continue;
      const more = all.filter((each) => each === dataSet || started.asked.includes(each));
      // All of them were refused twice.
      const larger = more.length < all.length ? await unlessRefused(start(more)) : null;
      if (!larger) continue;
      await stop(started);
      started = larger;
    }
    return started;
  }

  async #record(refused: readonly OptionalData[]): Promise<void> {
    const { database, clock, logger } = this.#options;
    const answered = this.#retried.filter((dataSet) => !refused.includes(dataSet));
    if (refused.length > 0)
      logger.warn({ dataSets: refused }, 'Amazon refuses these data sets: orders are read without them for a week.');
    if (answered.length > 0) logger.info({ dataSets: answered }, 'Amazon no longer refuses these data sets.');
    if (!this.#records || refused.length + answered.length === 0) return;
    const now = clock.now();
    await database.transaction((sql) => recordRefusals(sql, { refused, answered, now }));
  }
}

async function recordRefusals(
  sql: Sql,
  { refused, answered, now }: { refused: readonly string[]; answered: readonly string[]; now: Date },
): Promise<void> {
  await sql.query('DELETE FROM refused_data_set WHERE data_set = ANY ($1::text[])', [answered]);
  await sql.query(
    `INSERT INTO refused_data_set (data_set, refused_at, next_try_at)
     SELECT data_set, $2::timestamptz, $3::timestamptz FROM unnest($1::text[]) AS data_set
     ON CONFLICT (data_set) DO UPDATE SET next_try_at = excluded.next_try_at`,
    [refused, now, new Date(now.getTime() + RETRY_EVERY_MS)],
  );
}

async function unlessRefused(started: Promise<Started>): Promise<Started | null> {
  try {
    return await started;
  } catch (error) {
    if (refusesRequest(error)) return null;
    throw error;
  }
}

async function stop({ rest }: Started): Promise<void> {
  await rest.return();
}
