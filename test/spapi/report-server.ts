import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { SpApiCall } from '../../src/spapi/http/call-log.js';
import type { SpApiClientOptions } from '../../src/spapi/http/client.js';
import { createSpApi, type SpApi } from '../../src/spapi/spapi.js';
import { createMemoryUsagePlans } from '../helpers/memory-usage-plans.js';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.js';
import { clientOptions, createTestLog } from './set-up.js';

/** Sends one answer. `base` is the server's URL. */
export type Reply = (response: ServerResponse, base: string) => void | Promise<void>;

/** Answers of an operation: one for each request, the last for all further ones. */
export interface Replies {
  readonly createReport?: readonly Reply[];
  readonly getReport?: readonly Reply[];
  readonly getReportDocument?: readonly Reply[];
  /** Of any path outside of the API. */
  readonly download?: readonly Reply[];
}

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export function answerJson(status: number, value: unknown): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
}

export interface ReportSetUp {
  readonly amazon: { readonly url: string; readonly requests: readonly ReceivedRequest[] };
  readonly api: SpApi;
  readonly clock: VirtualClock;
  readonly calls: readonly SpApiCall[];
  readonly usagePlans: ReturnType<typeof createMemoryUsagePlans>;
  /** Lines of the log. */
  readonly log: readonly string[];
}

/** A server with these answers to the Reports API, and the real client; both closed when the test ends. */
export async function setUpReports(replies: Replies, more: Partial<SpApiClientOptions> = {}): Promise<ReportSetUp> {
  const amazon = await startReportServer(replies);
  const clock = createVirtualClock();
  const usagePlans = createMemoryUsagePlans(clock);
  const calls: SpApiCall[] = [];
  const { lines, logger } = createTestLog();
  const options = { usagePlans, logger, onCall: (call: SpApiCall) => void calls.push(call), ...more };
  const api = createSpApi(clientOptions(amazon.url, clock, options));
  onTestFinished(() => api.close());
  return { amazon, api, clock, calls, usagePlans, log: lines };
}

async function startReportServer(replies: Replies) {
  const requests: ReceivedRequest[] = [];
  const counts = new Map<string, number>();
  const next = (operation: keyof Replies): Reply | undefined => {
    const count = counts.get(operation) ?? 0;
    counts.set(operation, count + 1);
    return replies[operation]?.[count] ?? replies[operation]?.at(-1);
  };
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    let body = '';
    for await (const chunk of request) body += chunk;
    if (url === '/auth/o2/token') {
      await answerJson(200, { access_token: 'Atza|TEST', expires_in: 3600 })(response, base);
      return;
    }
    requests.push({ method, url, headers, body });
    await (next(operationOf(method, url)) ?? answerJson(500, {}))(response, base);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: base, requests };
}

function operationOf(method: string, url: string): keyof Replies {
  if (!url.startsWith('/reports/2021-06-30/')) return 'download';
  if (method === 'POST') return 'createReport';
  return url.startsWith('/reports/2021-06-30/documents/') ? 'getReportDocument' : 'getReport';
}
