import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Accounts, Principal } from '../../accounts/accounts.js';
import { addressKey } from '../../accounts/caller.js';
import { UserError } from '../../core/errors.js';
import type { ApiParts } from '../../graphql/context.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import type { GraphQLServer } from '../graphql.js';
import type { Metrics } from '../http/metrics.js';
import { isFromForeignPage } from '../http/origin.js';
import { socketOperations, tokenOf } from './operations.js';
import { serveProtocol } from './protocol.js';
import { createUnauthenticatedSockets, type UnauthenticatedSocketsOptions } from './unauthenticated-sockets.js';

const KEEP_ALIVE_MS = 12_000;
const INIT_TIMEOUT_MS = 5_000;
/** Time for the closing handshake; then the socket is terminated. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Subscriptions end with an error that has the reason; their socket is closed after this time. */
const CLOSE_AFTER_END_MS = 1_000;
/** Unsent bytes in memory, above which a client is disconnected. */
const MAX_UNSENT_BYTES = 8_000_000;

export interface WebSocketOptions {
  readonly graphql: GraphQLServer;
  readonly api: ApiParts;
  readonly metrics: Metrics;
  readonly unauthenticated?: UnauthenticatedSocketsOptions;
  /** Interval of pings; a client that has not answered by the next is disconnected (default 12 s). */
  readonly keepAliveMs?: number;
  /** Time for a client to send `connection_init` (default 5 s). */
  readonly initTimeoutMs?: number;
}

export interface WebSocketEndpoint {
  /** Handles an upgrade request with the protocol `graphql-transport-ws`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes all sockets with 1001. */
  close(): Promise<void>;
}

export function createWebSocketEndpoint({ graphql, api, metrics, ...options }: WebSocketOptions): WebSocketEndpoint {
  const unauthenticated = createUnauthenticatedSockets(options.unauthenticated);
  // `closeTimeout` (default 30 s) is missing in the types of ws.
  const serverOptions = { noServer: true, maxPayload: requestBudget.maxBodyBytes, closeTimeout: CLOSE_TIMEOUT_MS };
  const server = new WebSocketServer(serverOptions);
  const authenticated = new WeakSet<WebSocket>();
  serveProtocol(server, {
    logger: api.logger,
    keepAliveMs: options.keepAliveMs ?? KEEP_ALIVE_MS,
    maxMessageBytes: (socket) =>
      authenticated.has(socket) ? requestBudget.maxBodyBytes : requestBudget.maxAnonymousBodyBytes,
    protocol: {
      ...socketOperations(graphql, api),
      connectionInitWaitTimeout: options.initTimeoutMs ?? INIT_TIMEOUT_MS,
      onConnect: async (context) => {
        const { socket } = context.extra;
        try {
          const principal = await api.accounts.authenticate(tokenOf(context));
          if (principal) {
            unauthenticated.authenticated(socket);
            authenticated.add(socket);
            closeAtEnd(socket, principal, api.accounts);
            return true;
          }
          return unauthenticated.limitLifetime(socket, () => Object.keys(context.subscriptions).length > 0);
        } catch (error) {
          if (!(error instanceof UserError))
            api.logger.error({ err: error }, 'A WebSocket could not be authenticated.');
          socket.close(
            error instanceof UserError ? 4403 : 1011,
            error instanceof UserError ? closeReason(error.message) : 'Internal server error',
          );
          return false;
        }
      },
    },
  });
  server.on('connection', (socket: WebSocket) => {
    metrics.webSockets(1);
    socket.once('close', () => metrics.webSockets(-1));
    socket.on('message', () => {
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate();
    });
  });
  return {
    upgrade: (request, socket, head) => {
      if (isFromForeignPage(request)) return rejectUpgrade(socket, '403 Forbidden');
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const { address } = graphql.callerOf(request);
        if (unauthenticated.admit(webSocket, addressKey(address ?? ''))) server.emit('connection', webSocket, request);
      });
    },
    close: async () => {
      const timer = setTimeout(() => {
        for (const socket of server.clients) socket.terminate();
      }, CLOSE_TIMEOUT_MS);
      for (const socket of server.clients) socket.close(1001, 'Going away');
      await new Promise((resolve) => server.close(resolve));
      clearTimeout(timer);
    },
  };
}

/** Responds to an upgrade request with a status and closes the connection. */
export function rejectUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Closes the socket when its session or API key expires or is ended. */
function closeAtEnd(socket: WebSocket, principal: Principal, { onEnd }: Pick<Accounts, 'onEnd'>): void {
  if (socket.readyState === socket.CLOSED) return;
  const stopListening = onEnd(principal, ({ message }) => {
    const timer = setTimeout(() => socket.close(4403, closeReason(message)), CLOSE_AFTER_END_MS);
    socket.once('close', () => clearTimeout(timer));
  });
  socket.once('close', stopListening);
}

/** Shortens a close reason: the protocol allows 123 bytes. */
function closeReason(message: string): string {
  return Buffer.from(message)
    .subarray(0, 120)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}
