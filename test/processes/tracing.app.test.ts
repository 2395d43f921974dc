import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { spanCollector } from '../helpers/span-collector.js';
import { webhookReceiver } from '../helpers/webhook-receiver.js';
import {
  connectAsOwner,
  type ServerProcess,
  sharedDatabase,
  startProcess,
  temporaryFolder,
} from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';
import { createWebhook } from '../helpers/with-webhooks.js';

const patiently = { timeout: 60_000 };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
/** Prints each module that is loaded. */
const PRINT_MODULES = `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`import { writeSync } from 'node:fs';
export async function load(url, context, next) { writeSync(1, 'loads ' + url + '\\\\n'); return next(url, context); }\`));`;

async function syncToEnd({ api }: ServerProcess): Promise<void> {
  const { syncOrders } = await api.request<{ syncOrders: { id: string } }>(
    'mutation Sync { syncOrders(includeItems: true) { id } }',
  );
  await vi.waitFor(async () => {
    const { syncRun } = await api.request<{ syncRun: { status: string } }>(
      'query Run($id: ID!) { syncRun(id: $id) { status } }',
      { id: syncOrders.id },
    );
    expect(syncRun.status).toBe('OK');
  }, patiently);
}

describe('traces', () => {
  it('of requests, runs, calls to Amazon and webhooks reach the collector, with their parents and nothing secret', async () => {
    const collector = await spanCollector();
    const simulator = await withSimulator({ orders: 30, maxPerPage: 20 });
    const receiver = await webhookReceiver();
    const server = await startProcess(
      {
        ...(await sharedDatabase()),
        SP_API_ENDPOINT: simulator.url,
        LWA_ENDPOINT: simulator.url,
        WEBHOOK_ALLOW_PRIVATE: 'true',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-team=orders',
        OTEL_SERVICE_NAME: 'my-mirror',
        OTEL_BSP_SCHEDULE_DELAY: '50',
      },
      { shortLease: true },
    );
    const token = await connectAsOwner(server.api, simulator.marketplaceIds);
    const { secret } = await createWebhook(server.api, `${receiver.url}?key=hidden`);
    await syncToEnd(server);
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        traceparent: `00-${TRACE}-${PARENT}-01`,
      },
      body: JSON.stringify({
        query: 'query Found($search: String) { orders(first: 1, filter: { search: $search }) { totalCount } }',
        variables: { search: 'a-variable-of-mine' },
      }),
    });

    const request = await collector.span('POST /graphql', ({ traceId }) => traceId === TRACE);
    expect(request).toMatchObject({ parentSpanId: PARENT, kind: 2, hasFailed: false });
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
    });
    const operation = await collector.span('query Found');
    expect(operation).toMatchObject({ traceId: TRACE, parentSpanId: request.spanId });

    const run = await collector.span('run ORDERS');
    expect(run.parentSpanId).toBeUndefined();
    expect(run.attributes).toMatchObject({ 'ordermirror.run.status': 'OK', 'ordermirror.run.orders': 30 });
    const ofRun = collector.spans.filter(({ traceId }) => traceId === run.traceId);
    const calls = ofRun.filter(({ name }) => name === 'searchOrders');
    expect(calls.length).toBeGreaterThanOrEqual(2);
    for (const call of calls) expect(call.parentSpanId).toBe(run.spanId);
    const sent = ofRun.find(({ name }) => name === 'request searchOrders');
    expect(calls.map(({ spanId }) => spanId)).toContain(sent?.parentSpanId);
    expect(sent).toMatchObject({ kind: 3, attributes: { 'http.response.status_code': 200 } });
    expect(sent?.attributes['ordermirror.amazon.request_id']).toEqual(expect.any(String));
    expect(ofRun.filter(({ name }) => name === 'save page').map(({ parentSpanId }) => parentSpanId)).toEqual([
      run.spanId,
      run.spanId,
    ]);
    const delivery = await collector.span('deliver webhook');
    expect(delivery.attributes).toMatchObject({
      'ordermirror.webhook.event': 'order.changed',
      'http.response.status_code': 204,
    });

    expect(collector.resources[0]).toMatchObject({ 'service.name': 'my-mirror' });
    expect(collector.headers[0]).toMatchObject({ 'x-team': 'orders' });
    const [order] = simulator.book.orders();
    const hidden = [
      token,
      secret,
      'Atzr|process',
      'a long enough password',
      'owner@example.com',
      'a-variable-of-mine',
      'hidden',
    ];
    for (const text of [...hidden, String(order?.orderId), 'totalCount', 'SELECT', 'INSERT'])
      expect(collector.text()).not.toContain(text);

    // What has not been sent yet is sent before the process ends, within a second.
    const before = collector.spans.length;
    await server.api.request('query Last { me { email } }');
    server.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(collector.spans.slice(before).map(({ name }) => name)).toContain('query Last');
  });

  it('cost nothing and log one line while the collector refuses, hangs or is gone, and the stop does not wait', async () => {
    const collector = await spanCollector();
    collector.answer((response) => response.writeHead(401).end());
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`, OTEL_BSP_SCHEDULE_DELAY: '20' };
    const server = await startProcess({ ...(await sharedDatabase()), ...env });
    const ask = () => server.api.request('query Asked { me { email } }');
    const lines = () => server.output().split('could not be sent to the OpenTelemetry collector').length - 1;
    for (let round = 0; round < 3; round += 1) {
      await ask();
      await vi.waitFor(() => expect(collector.headers.length).toBeGreaterThan(round), patiently);
    }
    await vi.waitFor(() => expect(lines()).toBe(1), patiently);
    collector.answer((response) => response.writeHead(200).end('{}'));
    await ask();
    await vi.waitFor(() => expect(server.output()).toContain('takes traces again'), patiently);
    expect(lines()).toBe(1);

    collector.answer(() => {});
    await ask();
    const count = collector.headers.length;
    await vi.waitFor(() => expect(collector.headers.length).toBeGreaterThanOrEqual(count), patiently);
    const startedAt = performance.now();
    server.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it('load nothing of OpenTelemetry unless a collector is set and nothing switches them off', async () => {
    const folder = temporaryFolder();
    const hook = join(folder, 'print-modules.mjs');
    writeFileSync(hook, PRINT_MODULES);
    const database = await sharedDatabase();
    const loads = async (env: Record<string, string>) => {
      const server = await startProcess({ ...database, ...env }, { nodeFlags: ['--import', hook] });
      server.kill('SIGTERM');
      expect(await server.ended).toBe(0);
      expect(server.output()).toContain('loads file:');
      return /loads \S*open-?telemetry/.test(server.output());
    };
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:9';
    expect(await loads({ OTEL_SERVICE_NAME: 'orders' })).toBe(false);
    expect(await loads({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBe(false);
    expect(await loads({ OTEL_EXPORTER_OTLP_ENDPOINT })).toBe(true);
  });
});
