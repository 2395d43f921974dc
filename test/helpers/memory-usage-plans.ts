import type { Clock } from '../../src/core/clock.js';
import {
  type Bucket,
  DEFAULT_USAGE_PLANS,
  fullBucket,
  type Operation,
  type UsagePlanStore,
} from '../../src/spapi/http/usage-plan.js';

/** The buckets of one process, for tests without a database. */
export function createMemoryUsagePlans(clock: Clock): UsagePlanStore & { readonly buckets: Map<Operation, Bucket> } {
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
