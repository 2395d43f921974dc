import { Counter, Gauge, type Registry } from 'prom-client';
import type { ReplicaStatus } from '../../database/database.js';

/** Adds metrics of the replica for reading; without one they have no values. */
export function addReplicaMetrics(registry: Registry, replica: ReplicaStatus | null): void {
  const registers = [registry];
  new Counter({
    name: 'ordermirror_replica_reads_total',
    help: 'Reads of lists, sales and files: on the replica, or on the primary since the replica was behind, unavailable or failed.',
    labelNames: ['outcome'] as const,
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(replica?.reads ?? {})) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: 'ordermirror_replica_lag_seconds',
    help: 'For how long the replica has not had all that the primary has, in seconds; 0 while it has.',
    registers,
    collect() {
      if (replica) this.set(replica.lagSeconds);
      else this.remove();
    },
  });
}
