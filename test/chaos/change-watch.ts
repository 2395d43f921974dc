import type { Database, Sql } from '../../src/database/database.js';
import { ChangeFeed } from '../../src/mirror/read/change-feed.js';
import { type ChangePosition, readHead } from '../../src/mirror/read/order-changes.js';
import { type Random, random } from '../../src/simulator/random.js';
import { within } from './process.js';

/** Columns that no field of the API shows. */
const INVISIBLE = [
  ...['raw_payload', 'content_hash', 'items_hash', 'mirrored_at', 'reread_at', 'reread_wanted', 'reread_marked_by'],
  ...['conflict_hash', 'mapping_version'],
];
const INVISIBLE_OF_ITEMS = ['id', 'order_id', 'amazon_order_id', 'marketplace_id'];

/**
 * A reference of the changes, which shares nothing with the merge: when a transaction commits, it compares all that the API
 * shows of the orders that the transaction has written with what it showed of them after the last one.
 */
const SCRIPT = [
  'CREATE TABLE chaos_shown (order_id bigint PRIMARY KEY, shown jsonb NOT NULL)',
  `CREATE TABLE chaos_change (
     number bigint GENERATED ALWAYS AS IDENTITY, order_id bigint NOT NULL, from_status text, to_status text)`,
  `CREATE FUNCTION chaos_show(of bigint) RETURNS jsonb LANGUAGE sql AS $$
     SELECT jsonb_strip_nulls(jsonb_build_object(
              'order', to_jsonb(o) - '{${INVISIBLE}}'::text[], 'payload', o.raw_payload - 'lastUpdatedTime',
              'items', (SELECT jsonb_object_agg(order_item_id, to_jsonb(i) - '{${INVISIBLE_OF_ITEMS}}'::text[])
                          FROM amazon_order_item i WHERE i.order_id = o.id)))
       FROM amazon_order o WHERE id = of $$`,
  `CREATE FUNCTION chaos_compare() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     of bigint := (to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[0])::bigint;
     was jsonb := (SELECT shown FROM chaos_shown WHERE order_id = of);
     became jsonb := chaos_show(of);
   BEGIN
     IF was IS NOT DISTINCT FROM became THEN RETURN NULL; END IF;
     DELETE FROM chaos_shown WHERE order_id = of;
     INSERT INTO chaos_shown SELECT of, became WHERE became IS NOT NULL;
     -- Too old to be kept: that is no change.
     IF became IS NULL AND (was #>> '{order,purchase_date}')::timestamptz < (SELECT kept_from FROM order_retention) THEN
       RETURN NULL;
     END IF;
     -- Loads of the history make no changes.
     IF became #>> '{order,source}' IS DISTINCT FROM 'REPORT' THEN
       INSERT INTO chaos_change (order_id, from_status, to_status)
       VALUES (of, was #>> '{order,order_status}', became #>> '{order,order_status}');
     END IF;
     RETURN NULL;
   END $$`,
  ...[
    ['amazon_order', 'id'],
    ['amazon_order_item', 'order_id'],
  ].map(
    ([table, id]) =>
      `CREATE CONSTRAINT TRIGGER chaos_compare AFTER INSERT OR UPDATE OR DELETE ON ${table}
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chaos_compare('${id}')`,
  ),
];

export async function setChangeWatch(database: Database): Promise<void> {
  for (const statement of SCRIPT) await database.query(statement);
}

/** Takes the orders as they are now as the state before the next transaction. */
export async function resetChangeWatch(sql: Sql): Promise<void> {
  await sql.query('DELETE FROM chaos_shown');
  await sql.query('INSERT INTO chaos_shown SELECT id, chaos_show(id) FROM amazon_order');
}

interface Recorded {
  readonly transaction: string;
  readonly changes: readonly string[];
}

/** Compares the recorded changes with the reference: transaction by transaction, in the order of commits. */
export async function changeDifferences(sql: Sql): Promise<string[]> {
  const read = (table: string, number: string) =>
    sql.query<Recorded>(
      `SELECT xmin::text AS transaction,
              array_agg(concat_ws(' ', order_id, from_status, '→', to_status) ORDER BY order_id) AS changes
         FROM ${table} GROUP BY xmin::text ORDER BY min(${number})`,
    );
  const [recorded, expected] = [await read('order_change', 'id'), await read('chaos_change', 'number')];
  const lines: string[] = [];
  for (let index = 0; index < Math.max(recorded.length, expected.length) && lines.length < 5; index += 1) {
    const [one, other] = [JSON.stringify(recorded[index]), JSON.stringify(expected[index])];
    if (one !== other) lines.push(`change ${index}: recorded ${one}, expected ${other}`);
  }
  const odd = await sql.query<{ id: bigint }>(
    `SELECT id FROM order_change
      WHERE cardinality(kinds) = 0 OR ('CREATED' = ANY (kinds)) <> (from_status IS NULL)
         OR ('STATUS' = ANY (kinds)) <> (from_status <> to_status) OR (cardinality(changed_fields) = 0) <> ('CREATED' = ANY (kinds))`,
  );
  return [...lines, ...odd.map(({ id }) => `change ${id} contradicts itself`)];
}

/** Follows the changes as a client does that is killed at random and starts again from its last cursor. */
export class ChangeFollower {
  readonly #database: Database;
  readonly #feed: ChangeFeed;
  readonly #dice: Random;
  readonly #ids: bigint[] = [];
  readonly #end = new AbortController();
  #position: ChangePosition | null = null;
  #received: () => void = () => {};
  #done: Promise<void> = Promise.resolve();

  private constructor(database: Database, feed: ChangeFeed, dice: Random) {
    this.#database = database;
    this.#feed = feed;
    this.#dice = dice;
  }

  static async start(database: Database, seed: number): Promise<ChangeFollower> {
    const follower = new ChangeFollower(database, await ChangeFeed.open(database), random(seed, 17));
    follower.#done = follower.#follow();
    return follower;
  }

  /** Waits until it has the last change. Returns how what it received differs from the table. */
  async differences(): Promise<string[]> {
    const head = await readHead(this.#database);
    const hasAll = async () => {
      while (head && (this.#position?.id ?? 0n) < head.id)
        await new Promise<void>((resolve) => {
          this.#received = resolve;
        });
    };
    await within(hasAll(), 'the follower of the changes');
    const rows = await this.#database.query<{ id: bigint }>('SELECT id FROM order_change ORDER BY id');
    const [received, expected] = [this.#ids.join(), rows.map(({ id }) => id).join()];
    return received === expected ? [] : [`the follower received ${received}, expected ${expected}`];
  }

  async close(): Promise<void> {
    this.#end.abort();
    this.#feed.close();
    await this.#done.catch(() => {});
  }

  async #follow(): Promise<void> {
    while (!this.#end.signal.aborted) {
      const life = new AbortController();
      const signal = AbortSignal.any([life.signal, this.#end.signal]);
      let left = this.#dice.int(1, 40);
      for await (const { id, at } of this.#feed.follow({ after: this.#position, kinds: null }, signal)) {
        this.#ids.push(id);
        this.#position = { id, at };
        this.#received();
        left -= 1;
        if (left === 0) break;
      }
      life.abort();
    }
  }
}
