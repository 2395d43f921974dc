import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Network } from '../../config/config.js';
import type { ApiParts } from '../../graphql/context.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import { createSchema } from '../../graphql/schema.js';
import { createGraphQL } from '../graphql.js';
import { createWebSocketEndpoint, rejectUpgrade } from '../websocket/endpoint.js';
import { isLoopback } from './caller.js';
import { limitIncompleteRequests, limitUnreadBody, limitWriteTime, trackResponses } from './connection-limits.js';
import { createExportEndpoint } from './export-endpoint.js';
import { createFirstRun } from './first-owner.js';
import { createGraphQLHandler } from './graphql-endpoint.js';
import { createReadiness, live } from './health.js';
import { type Listening, listen } from './listen.js';
import { createMcpHandler } from './mcp-endpoint.js';
import type { Metrics } from './metrics.js';
import { isForForeignHost } from './origin.js';
import { type Handler, securityHeaders, send, sendText } from './respond.js';
import { createAdminPage, createGraphiQL } from './static-pages.js';

const MALFORMED_URL = 'The Host header or the URL of this request is malformed.';
const API_ROUTES = `/graphql        the GraphQL API: POST, WebSocket (graphql-transport-ws), server-sent events; GraphiQL in a browser on this machine
/export/…       files: /export/orders.csv, /export/order-items.csv, /export/sales.csv; also .ndjson, .parquet
/mcp            the MCP server for agents: POST, with an API key
/admin          the admin page`;
const HEALTH_ROUTES = `/health/live    200 while the process responds
/health/ready   200 while the server is ready
/metrics        metrics for Prometheus`;

/** Routes that check the method themselves. */
const POSTED_ROUTES = ['/graphql', '/mcp'];

/** Interval at which Node checks connections against their time-outs (its default: 30 s). */
const CONNECTIONS_CHECK_MS = 5_000;
const STOP_TIMEOUT_MS = 5_000;
const FOREIGN_HOST =
  'This server listens on loopback, and the request names another host. Use localhost. A reverse proxy must send X-Forwarded-For and can not request /metrics.';

export interface ServerOptions {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** Proxies whose X-Forwarded-For is trusted (default: none). */
  readonly trustProxy?: readonly Network[];
  readonly api: ApiParts;
  readonly metrics: Metrics;
  /** False: health and metrics only, for a process that only syncs. */
  readonly servesApi: boolean;
  /** Time without reading after which a client is disconnected (default: the request budget's). */
  readonly writeTimeoutMs?: number | undefined;
  /** The same for exports. */
  readonly exportStallMs?: number | undefined;
}

export interface OrdermirrorServer {
  /** @throws {StartError} if the port is in use or the host is not an address of this machine */
  listen(): Promise<Listening>;
  /** Sets readiness to 503, closes WebSockets with 1001, lets requests finish for 5 s and closes all connections. */
  stop(): Promise<void>;
}

/** Creates the HTTP server and its routes. */
export function createServer({
  host,
  port,
  trustProxy,
  api,
  metrics,
  servesApi,
  writeTimeoutMs,
  exportStallMs,
}: ServerOptions): OrdermirrorServer {
  let stopping = false;
  const graphql = createGraphQL({
    schema: createSchema(),
    api,
    metrics,
    trustProxy,
    stallMs: writeTimeoutMs,
  });
  const webSockets = createWebSocketEndpoint({ graphql, api, metrics });
  const files = createExportEndpoint({ api, stallMs: exportStallMs });
  const routeList = servesApi ? `${API_ROUTES}\n${HEALTH_ROUTES}` : HEALTH_ROUTES;
  const apiRoutes: Record<string, Handler> = {
    '/graphql': createGraphQLHandler(graphql, isLoopback(host) ? createGraphiQL() : null),
    ...files.routes,
    '/mcp': createMcpHandler(api.accounts, api),
    '/admin': createAdminPage(),
    '/admin/first-run.json': createFirstRun(api.accounts, graphql.callerOf),
  };
  const routes: Record<string, Handler> = {
    '/': (_request, response) => sendText(response, 200, `Ordermirror\n\n${routeList}`),
    ...(servesApi ? apiRoutes : {}),
    '/health/live': live,
    '/health/ready': createReadiness({
      database: api.database,
      isStopping: () => stopping,
      clockProblem: () => api.clockCheck.problem(),
    }),
    '/metrics': async (_request, response) => {
      const { contentType, body } = await metrics.text();
      send(response, 200, body, { 'content-type': contentType });
    },
  };
  const isRejectedHost = (request: IncomingMessage, strictly = false) =>
    isLoopback(host) && isForForeignHost(request, strictly);
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request);
    const route = Object.hasOwn(routes, path) ? path : servesApi && path.startsWith('/admin/') ? '/admin' : 'other';
    const started = performance.now();
    const serve = () => handle(request, response, { path, route });
    const isTraced = route !== '/metrics' && !route.startsWith('/health/');
    response.once('close', () => {
      metrics.httpRequest(route, request.method ?? '', response.statusCode, (performance.now() - started) / 1000);
    });
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (stopping) response.setHeader('connection', 'close');
    limitUnreadBody(request, response);
    if (!isTraced) return serve();
    const { method = '', headers } = request;
    const attributes = { 'http.request.method': method, 'http.route': route };
    await api.tracer.span(`${method} ${route}`, { kind: 'SERVER', parent: headers, attributes }, async (span) => {
      await serve();
      span.set({ 'http.response.status_code': response.statusCode });
      if (response.statusCode >= 500) span.fail(String(response.statusCode));
    });
  };
  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    { path, route }: { readonly path: string; readonly route: string },
  ) => {
    try {
      if (!hasValidUrl(request)) return sendText(response, 400, MALFORMED_URL);
      if (isRejectedHost(request, route === '/metrics')) return sendText(response, 421, FOREIGN_HOST);
      const handler = routes[route];
      if (!handler) return sendText(response, 404, `There is no route ${path}. Routes:\n\n${routeList}`);
      if (!POSTED_ROUTES.includes(route) && request.method !== 'GET' && request.method !== 'HEAD') {
        return sendText(response, 405, 'Use GET.', { allow: 'GET, HEAD' });
      }
      await handler(request, response);
    } catch (err) {
      api.logger.error({ err, route }, 'A request failed.');
      if (response.headersSent) response.destroy();
      else sendText(response, 500, 'Internal server error. The server log has the cause.');
    }
  };

  const server = createHttpServer(
    {
      headersTimeout: requestBudget.headersTimeoutMs,
      requestTimeout: requestBudget.requestTimeoutMs,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    },
    (request, response) => {
      // One of the limits below may have closed the connection.
      if (!request.socket.destroyed) void respond(request, response);
    },
  );
  // Node's `close` waits for some connections without a request.
  const closeIfIdle = () => {
    if (stopping && pending.size === 0) server.closeAllConnections();
  };
  limitIncompleteRequests(server);
  const pending = trackResponses(server, closeIfIdle);
  limitWriteTime(server, pending, writeTimeoutMs);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (stopping) rejectUpgrade(socket, '503 Service Unavailable');
    else if (isRejectedHost(request)) rejectUpgrade(socket, '421 Misdirected Request');
    else if (!servesApi || pathOf(request) !== '/graphql') rejectUpgrade(socket, '404 Not Found');
    else webSockets.upgrade(request, socket, head);
  });

  return {
    listen: () => listen(server, host, port),
    stop: async () => {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setTimeout(() => {
        files.abort();
        server.closeAllConnections();
      }, STOP_TIMEOUT_MS);
      for (const responses of pending.values())
        for (const response of responses) if (isEventStream(response)) response.destroy();
      closeIfIdle();
      await Promise.all([webSockets.close(), closed, files.settled()]);
      clearTimeout(timer);
    },
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}

function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}

/** Whether Host header and path form a URL. Code that parses an invalid one would respond with its stack. */
function hasValidUrl({ headers: { host = 'localhost' }, url = '' }: IncomingMessage): boolean {
  return URL.canParse(url.startsWith('/') ? `http://${host}${url}` : url);
}
