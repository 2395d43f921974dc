import type { Clock } from '../../core/clock.js';
import type { Sql } from '../../database/database.js';
import type { Operation } from './endpoints.js';
import { type Bucket, type BucketStore, DEFAULT_USAGE_PLANS, fullBucket } from './rate-limit.js';

/**
 * Stores the buckets in table `usage_plan`, so that a restart or another process doesn't use the burst again. Optimistic:
 * one UPDATE per call, on condition that the row still holds the cached bucket; otherwise the row is read and the change repeated.
 */
export function createBucketStore(sql: Sql, clock: Clock): BucketStore {
  const cached = new Map<Operation, Bucket>();
  return {
    async update(operation, change) {
      for (;;) {
        const before = cached.get(operation) ?? (await readBucket(sql, operation, clock));
        const { bucket, result } = change(before);
        if (await replace(sql, operation, before, bucket)) {
          cached.set(operation, bucket);
          return result;
        }
        cached.delete(operation);
      }
    },
  };
}

/** Reads the row, and inserts a full bucket if there is none. */
async function readBucket(sql: Sql, operation: Operation, clock: Clock): Promise<Bucket> {
  const { rate, burst } = DEFAULT_USAGE_PLANS[operation];
  const full = fullBucket({ rate, burst }, clock.now().getTime());
  await sql.query(
    `INSERT INTO usage_plan (operation, tokens, rate, updated_at)
     VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000)) ON CONFLICT (operation) DO NOTHING`,
    [operation, full.tokens, full.rate, full.updatedAt],
  );
  const [row] = await sql.query<{ tokens: number; rate: number; updatedAt: number }>(
    `SELECT tokens, rate, ${UPDATED_AT} AS "updatedAt" FROM usage_plan WHERE operation = $1`,
    [operation],
  );
  return row ? { ...row, burst } : full;
}

/** Replaces the bucket, and returns whether the row still held `before`. */
async function replace(sql: Sql, operation: Operation, before: Bucket, after: Bucket): Promise<boolean> {
  const rows = await sql.query(
    `UPDATE usage_plan SET tokens = $2, rate = $3, updated_at = to_timestamp($4::float8 / 1000)
      WHERE operation = $1 AND tokens = $5::float8 AND rate = $6::float8 AND ${UPDATED_AT} = $7::float8
     RETURNING operation`,
    [operation, after.tokens, after.rate, after.updatedAt, before.tokens, before.rate, before.updatedAt],
    { prepare: true },
  );
  return rows.length > 0;
}

/** Epoch milliseconds, rounded. */
const UPDATED_AT = `round(extract(epoch FROM updated_at) * 1000)::float8`;
