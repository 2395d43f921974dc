import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Network } from '../../config/config.js';
import type { ApiParts } from '../../graphql/context.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import { createSchema } from '../../graphql/schema.js';
import { createGraphQL, createGraphQLHandler } from '../graphql.js';
import { createWebSocketDoor, refuse } from '../websocket/websocket-endpoint.js';
import { createAdminPage } from './admin-page.js';
import { isLoopback } from './caller.js';
import { createFirstRun } from './first-run.js';
import { createGraphiQL } from './graphiql.js';
import { createReadiness, live } from './health.js';
import { limitIncompleteRequests } from './incomplete-requests.js';
import { type Listening, listen } from './listen.js';
import type { Metrics } from './metrics.js';
import { asksForForeignHost } from './origin.js';
import { type Handler, securityHeaders, send, sendText } from './respond.js';
import { trackUnansweredRequests } from './unanswered-requests.js';
import { limitUnreadBody } from './unread-bodies.js';
import { cutUnreadAnswers } from './write-timeout.js';

const MALFORMED_ADDRESS = 'The Host header or the address of this request is malformed.';
const API_ADDRESSES = `/graphql        the API: POST, WebSocket (graphql-transport-ws), server-sent events; GraphiQL in a browser on this machine
/admin          the admin page`;
const ADDRESSES = `/health/live    200 while the process answers
/health/ready   200 while requests can be served
/metrics        Prometheus`;

/** How often Node looks for connections beyond their time-outs (its default: every 30 s). */
const CONNECTIONS_CHECK_MS = 5_000;
const STOP_TIMEOUT_MS = 5_000;
const FOREIGN_HOST =
  'This server listens on this machine only, and the request names another host. Ask for localhost. A reverse proxy must send X-Forwarded-For; it does not get /metrics.';

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Proxies whose X-Forwarded-For counts (default: none). */
  readonly trustProxy?: readonly Network[];
  readonly api: ApiParts;
  readonly metrics: Metrics;
  /** Without it there are health and metrics only, as of a process that is there to sync. */
  readonly servesApi: boolean;
  /** A client that takes nothing of an answer for so long is cut off (default: the request budget's). */
  readonly writeTimeoutMs?: number | undefined;
}

export interface OrdermirrorServer {
  /** @throws {StartError} when the port is taken or the address isn't this machine's. */
  listen(): Promise<Listening>;
  /** Readiness goes 503, sockets are closed with 1001, requests under way get 5 s, what is left is cut. */
  stop(): Promise<void>;
}

/** The one HTTP server: routes by path, and lets nothing else in. */
export function createServer({
  host,
  port,
  trustProxy,
  api,
  metrics,
  servesApi,
  writeTimeoutMs,
}: ServerOptions): OrdermirrorServer {
  let stopping = false;
  const graphql = createGraphQL({
    schema: createSchema(),
    api,
    metrics,
    trustProxy,
    stallMs: writeTimeoutMs,
  });
  const webSockets = createWebSocketDoor({ graphql, api, metrics });
  const addresses = servesApi ? `${API_ADDRESSES}\n${ADDRESSES}` : ADDRESSES;
  const apiRoutes: Record<string, Handler> = {
    '/graphql': createGraphQLHandler(graphql, isLoopback(host) ? createGraphiQL() : null),
    '/admin': createAdminPage(),
    '/admin/first-run.json': createFirstRun(api.accounts, graphql.callerOf),
  };
  const routes: Record<string, Handler> = {
    '/': (_request, response) => sendText(response, 200, `Ordermirror\n\n${addresses}`),
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
  const isRefusedHost = (request: IncomingMessage, strictly = false) =>
    isLoopback(host) && asksForForeignHost(request, strictly);
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request);
    const route = Object.hasOwn(routes, path) ? path : servesApi && path.startsWith('/admin/') ? '/admin' : 'other';
    const started = performance.now();
    response.once('close', () => {
      metrics.httpRequest(route, request.method ?? '', response.statusCode, (performance.now() - started) / 1000);
    });
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (stopping) response.setHeader('connection', 'close');
    limitUnreadBody(request, response);
    try {
      if (!hasValidAddress(request)) return sendText(response, 400, MALFORMED_ADDRESS);
      if (isRefusedHost(request, route === '/metrics')) return sendText(response, 421, FOREIGN_HOST);
      const handler = routes[route];
      if (!handler) return sendText(response, 404, `Nothing is at ${path}. What there is:\n\n${addresses}`);
      if (route !== '/graphql' && request.method !== 'GET' && request.method !== 'HEAD') {
        return sendText(response, 405, 'Only GET.', { allow: 'GET, HEAD' });
      }
      await handler(request, response);
    } catch (err) {
      api.logger.error({ err, route }, 'A request failed.');
      if (response.headersSent) response.destroy();
      else sendText(response, 500, 'Something went wrong on the server; it is in the log.');
    }
  };

  const server = createHttpServer(
    {
      headersTimeout: requestBudget.headersTimeoutMs,
      requestTimeout: requestBudget.requestTimeoutMs,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    },
    (request, response) => {
      // A limit below may have closed the connection.
      if (!request.socket.destroyed) void answer(request, response);
    },
  );
  // What is left of the connections has asked for nothing; Node would wait for some of them.
  const cutIfIdle = () => {
    if (stopping && unanswered.size === 0) server.closeAllConnections();
  };
  limitIncompleteRequests(server);
  const unanswered = trackUnansweredRequests(server, cutIfIdle);
  cutUnreadAnswers(server, unanswered, writeTimeoutMs);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (stopping) refuse(socket, '503 Service Unavailable');
    else if (isRefusedHost(request)) refuse(socket, '421 Misdirected Request');
    else if (!servesApi || pathOf(request) !== '/graphql') refuse(socket, '404 Not Found');
    else webSockets.upgrade(request, socket, head);
  });

  return {
    listen: () => listen(server, host, port),
    stop: async () => {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setTimeout(() => server.closeAllConnections(), STOP_TIMEOUT_MS);
      for (const responses of unanswered.values())
        for (const response of responses) if (isEventStream(response)) response.destroy();
      cutIfIdle();
      await Promise.all([webSockets.close(), closed]);
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

/** Whether the Host header and the address make a URL. What builds one of them would answer with its stack. */
function hasValidAddress({ headers: { host = 'localhost' }, url = '' }: IncomingMessage): boolean {
  return URL.canParse(url.startsWith('/') ? `http://${host}${url}` : url);
}
