import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the app counts, each app for itself. Times are in seconds. */
export interface Metrics {
  httpRequest(route: string, method: string, status: number, seconds: number): void;
  /** A GraphQL operation that was executed. */
  operation(type: 'query' | 'mutation' | 'subscription'): void;
  /** +1 when a subscription begins, -1 when it ends. */
  subscriptions(change: 1 | -1): void;
  webSockets(change: 1 | -1): void;
  /** A call to SP-API that was answered; `status` is the HTTP status, or a word where there was no answer. */
  spApiRequest(operation: string, status: number | string, seconds: number): void;
  runEnded(status: string, seconds: number): void;
  /** What a run's page did to the mirror. */
  ordersWritten(counts: { inserted: number; updated: number; unchanged: number; rejected: number }): void;
  /** In Prometheus' text format. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}

const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const RUN_BUCKETS = [1, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 24 * 3_600];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const http = new Histogram({
    name: 'ordermirror_http_request_duration_seconds',
    help: 'How long HTTP requests took.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: HTTP_BUCKETS,
    registers,
  });
  const operations = new Counter({
    name: 'ordermirror_graphql_operations_total',
    help: 'GraphQL operations executed.',
    labelNames: ['type'] as const,
    registers,
  });
  const subscriptions = new Gauge({
    name: 'ordermirror_graphql_subscriptions_open',
    help: 'GraphQL subscriptions that are open now.',
    registers,
  });
  const webSockets = new Gauge({
    name: 'ordermirror_websockets_open',
    help: 'WebSockets that are open now.',
    registers,
  });
  const spApi = new Histogram({
    name: 'ordermirror_sp_api_request_duration_seconds',
    help: 'How long SP-API took to answer.',
    labelNames: ['operation', 'status'] as const,
    buckets: HTTP_BUCKETS,
    registers,
  });
  const runs = new Histogram({
    name: 'ordermirror_sync_run_duration_seconds',
    help: 'How long sync runs took, by how they ended.',
    labelNames: ['status'] as const,
    buckets: RUN_BUCKETS,
    registers,
  });
  const orders = new Counter({
    name: 'ordermirror_orders_total',
    help: 'Orders read from Amazon, by what they did to the mirror.',
    labelNames: ['change'] as const,
    registers,
  });
  return {
    httpRequest: (route, method, status, seconds) => http.observe({ route, method, status }, seconds),
    operation: (type) => operations.inc({ type }),
    subscriptions: (change) => subscriptions.inc(change),
    webSockets: (change) => webSockets.inc(change),
    spApiRequest: (operation, status, seconds) => spApi.observe({ operation, status }, seconds),
    runEnded: (status, seconds) => runs.observe({ status }, seconds),
    ordersWritten: (counts) => {
      for (const [change, count] of Object.entries(counts)) orders.inc({ change }, count);
    },
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
