import type { Clock } from '../clock.js';
import type { Database, Sql } from '../database/database.js';
import { DEFAULT_USAGE_PLANS, fullBucket, type Operation, type UsagePlanStore } from './usage-plan.js';

interface Row {
  tokens: number;
  rate: number;
  updated_at_ms: number;
}

/** The buckets as rows, so that neither a restart nor another replica bursts again. One change at a time per operation. */
export function createUsagePlanStore(database: Pick<Database, 'transaction'>, clock: Clock): UsagePlanStore {
  return {
    update(operation, change) {
      return database.transaction(async (sql) => {
        const row = (await lockRow(sql, operation)) ?? (await makeRow(sql, operation, clock.now().getTime()));
        const { bucket, result } = change({
          rate: row.rate,
          burst: DEFAULT_USAGE_PLANS[operation].burst,
          tokens: row.tokens,
          updatedAt: Math.round(row.updated_at_ms),
        });
        await sql.query(
          `UPDATE usage_plan SET tokens = $2, rate = $3, updated_at = to_timestamp($4::float8 / 1000) WHERE operation = $1`,
          [operation, bucket.tokens, bucket.rate, bucket.updatedAt],
        );
        return result;
      });
    },
  };
}

async function lockRow(sql: Sql, operation: Operation): Promise<Row | undefined> {
  const [row] = await sql.query<Row>(
    `SELECT tokens, rate, (extract(epoch FROM updated_at) * 1000)::float8 AS updated_at_ms
     FROM usage_plan WHERE operation = $1 FOR UPDATE`,
    [operation],
  );
  return row;
}

/** Of the first call ever; of several at once one makes it. */
async function makeRow(sql: Sql, operation: Operation, now: number): Promise<Row> {
  const plan = DEFAULT_USAGE_PLANS[operation];
  const { tokens, updatedAt } = fullBucket(plan, now);
  await sql.query(
    `INSERT INTO usage_plan (operation, tokens, rate, updated_at)
     VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000)) ON CONFLICT (operation) DO NOTHING`,
    [operation, tokens, plan.rate, updatedAt],
  );
  const row = await lockRow(sql, operation);
  if (!row) throw new Error(`The usage plan of ${operation} was deleted while it was being read.`);
  return row;
}
