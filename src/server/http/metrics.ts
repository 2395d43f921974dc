import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../../database/database.js';
import { addReplicaMetrics } from './replica-metrics.js';
import { addStateMetrics } from './state-metrics.js';

export type Metrics = ReturnType<typeof createMetrics>;

const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LAG_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600];
const RUN_BUCKETS = [1, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 24 * 3_600];

/** Creates the metrics of one app. Durations are in seconds. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const http = new Histogram({
    name: 'ordermirror_http_request_duration_seconds',
    help: 'Duration of HTTP requests in seconds.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: HTTP_BUCKETS,
    registers,
  });
  const operations = new Counter({
    name: 'ordermirror_graphql_operations_total',
    help: 'Executed GraphQL operations.',
    labelNames: ['type'] as const,
    registers,
  });
  const subscriptions = new Gauge({
    name: 'ordermirror_graphql_subscriptions_open',
    help: 'Open GraphQL subscriptions.',
    registers,
  });
  const webSockets = new Gauge({
    name: 'ordermirror_websockets_open',
    help: 'Open WebSockets.',
    registers,
  });
  const spApi = new Histogram({
    name: 'ordermirror_sp_api_request_duration_seconds',
    help: 'Duration of calls to SP-API in seconds.',
    labelNames: ['operation', 'status'] as const,
    buckets: HTTP_BUCKETS,
    registers,
  });
  const runs = new Histogram({
    name: 'ordermirror_sync_run_duration_seconds',
    help: 'Duration of runs in seconds, by kind and final status.',
    labelNames: ['kind', 'status'] as const,
    buckets: RUN_BUCKETS,
    registers,
  });
  const orders = new Counter({
    name: 'ordermirror_orders_total',
    help: 'Orders read from Amazon, by outcome: inserted, updated, unchanged or rejected.',
    labelNames: ['change'] as const,
    registers,
  });
  const notifications = new Counter({
    name: 'ordermirror_notifications_total',
    help: "Messages of the queue of Amazon's notifications, by outcome: accepted, duplicates, outdated, ignored or unreadable.",
    labelNames: ['outcome'] as const,
    registers,
  });
  const lag = new Histogram({
    name: 'ordermirror_notification_lag_seconds',
    help: 'From a change at Amazon, as its notification says, to the commit of the order, in seconds.',
    buckets: LAG_BUCKETS,
    registers,
  });
  const webhookAttempts = new Counter({
    name: 'ordermirror_webhook_deliveries_total',
    help: 'Requests to webhooks, by result: delivered, failed (to be tried again) or given_up.',
    labelNames: ['result'] as const,
    registers,
  });
  let pendingWebhooks = () => 0;
  new Gauge({
    name: 'ordermirror_webhook_deliveries_pending',
    help: 'Deliveries to webhooks that this process sends or will try again.',
    registers,
    collect() {
      this.set(pendingWebhooks());
    },
  });
  let countWaiting: () => Promise<number> = async () => 0;
  new Gauge({
    name: 'ordermirror_notified_orders_waiting',
    help: 'Orders that notifications named and that wait to be read, over all processes.',
    registers,
    async collect() {
      this.set(await countWaiting().catch(() => Number.NaN));
    },
  });
  return {
    httpRequest: (route: string, method: string, status: number, seconds: number) =>
      http.observe({ route, method, status }, seconds),
    /** Counts an executed GraphQL operation. */
    operation: (type: 'query' | 'mutation' | 'subscription') => operations.inc({ type }),
    /** +1 when a subscription starts, -1 when it ends. */
    subscriptions: (change: 1 | -1) => subscriptions.inc(change),
    webSockets: (change: 1 | -1) => webSockets.inc(change),
    /** `status` is the HTTP status, or a word if there was no response. */
    spApiRequest: (operation: string, status: number | string, seconds: number) =>
      spApi.observe({ operation, status }, seconds),
    runEnded: (kind: string, status: string, seconds: number) => runs.observe({ kind, status }, seconds),
    /** Counts the orders of a run by outcome. */
    ordersWritten: (counts: { inserted: number; updated: number; unchanged: number; rejected: number }) => {
      for (const [change, count] of Object.entries(counts)) orders.inc({ change }, count);
    },
    /** Counts the messages of a batch by outcome. */
    notifications: (counts: object) => {
      for (const [outcome, count] of Object.entries<number>({ ...counts })) notifications.inc({ outcome }, count);
    },
    /** Sets where the number of waiting orders is read when the metrics are. */
    notifiedOrdersWaiting: (count: () => Promise<number>) => {
      countWaiting = count;
    },
    notificationLag: (seconds: number) => lag.observe(seconds),
    webhookAttempt: (result: 'delivered' | 'failed' | 'given_up') => webhookAttempts.inc({ result }),
    /** Sets the function that counts deliveries that are not done. */
    webhooksPending: (count: () => number) => {
      pendingWebhooks = count;
    },
    /** Adds metrics of the connection, its credential and the replica. */
    watchState: (database: Pick<Database, 'query' | 'replica'>) => {
      addStateMetrics(registry, database);
      addReplicaMetrics(registry, database.replica);
    },
    /** Returns all metrics in Prometheus' text format. */
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
