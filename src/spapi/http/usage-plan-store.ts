import type { Clock } from '../../core/clock.js';
import type { Sql } from '../../database/database.js';
import { type Bucket, DEFAULT_USAGE_PLANS, fullBucket, type Operation, type UsagePlanStore } from './usage-plan.js';

/**
 * The buckets as rows, so that neither a restart nor another replica bursts again. What a row held last is remembered, and
 * changed only if that is what it still holds: one statement a call, and where somebody else has changed it meanwhile,
 * the change is made anew from what is there.
 */
export function createUsagePlanStore(sql: Sql, clock: Clock): UsagePlanStore {
  const remembered = new Map<Operation, Bucket>();
  return {
    async update(operation, change) {
      for (;;) {
        const before = remembered.get(operation) ?? (await readBucket(sql, operation, clock));
        const { bucket, result } = change(before);
        if (await replace(sql, operation, before, bucket)) {
          remembered.set(operation, bucket);
          return result;
        }
        remembered.delete(operation);
      }
    },
  };
}

/** Makes the row where there is none: of the first call ever. */
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

/** Milliseconds since 1970, whole ones, as the column keeps them. */
const UPDATED_AT = `round(extract(epoch FROM updated_at) * 1000)::float8`;
