import type { Clock } from '../../src/core/clock.js';
import type { Operation } from '../../src/spapi/http/endpoints.js';
import { type Bucket, type BucketStore, DEFAULT_USAGE_PLANS, fullBucket } from '../../src/spapi/http/rate-limit.js';

/** The buckets of one process, for tests without a database. */
export function createMemoryUsagePlans(clock: Clock): BucketStore & { readonly buckets: Map<Operation, Bucket> } {
  const buckets = new Map<Operation, Bucket>();
  return {
    buckets,
    async update(operation, change) {
      const present = buckets.get(operation) ?? fullBucket(DEFAULT_USAGE_PLANS[operation], clock.now().getTime());
      const { bucket, result } = change(present);
      buckets.set(operation, bucket);
      return result;
    },
  };
}
