import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Accounts, Session } from '../../accounts/accounts.js';
import { addressKey } from '../../accounts/address.js';
import { UserError } from '../../core/errors.js';
import type { ApiParts } from '../../graphql/context.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import type { GraphQLServer } from '../graphql.js';
import type { Metrics } from '../http/metrics.js';
import { isFromForeignPage } from '../http/origin.js';
import { createUnauthenticatedSockets, type UnauthenticatedSocketsOptions } from './unauthenticated-sockets.js';
import { socketOperations, tokenOf } from './websocket-operations.js';
import { serveProtocol } from './websocket-protocol.js';

const KEEP_ALIVE_MS = 12_000;
const INIT_TIMEOUT_MS = 5_000;
/** Time for a client to answer the closing handshake; then its socket is terminated. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Subscriptions end with an error that names the reason; their socket is closed a little later. */
const CLOSE_AFTER_END_MS = 1_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** What a client doesn't take waits in memory, up to here; then it is cut off. */
const MOST_UNSENT_BYTES = 8_000_000;

export interface WebSocketOptions {
  readonly graphql: GraphQLServer;
  readonly api: ApiParts;
  readonly metrics: Metrics;
  readonly unauthenticated?: UnauthenticatedSocketsOptions;
  /** How often clients are pinged; one that has not answered by the next is cut off (default 12 s). */
  readonly keepAliveMs?: number;
  /** Time for a client to send `connection_init` (default 5 s). */
  readonly initTimeoutMs?: number;
}

export interface WebSocketDoor {
  /** Takes over a connection that asks for the protocol `graphql-transport-ws`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every socket with 1001. */
  close(): Promise<void>;
}

export function createWebSocketDoor({ graphql, api, metrics, ...options }: WebSocketOptions): WebSocketDoor {
  const unauthenticated = createUnauthenticatedSockets(options.unauthenticated);
  // `closeTimeout` (30 s by default) is an option of ws that its types lack.
  const serverOptions = { noServer: true, maxPayload: requestBudget.maxBodyBytes, closeTimeout: CLOSE_TIMEOUT_MS };
  const server = new WebSocketServer(serverOptions);
  const signedIn = new WeakSet<WebSocket>();
  serveProtocol(server, {
    logger: api.logger,
    keepAliveMs: options.keepAliveMs ?? KEEP_ALIVE_MS,
    maxMessageBytes: (socket) =>
      signedIn.has(socket) ? requestBudget.maxBodyBytes : requestBudget.maxAnonymousBodyBytes,
    protocol: {
      ...socketOperations(graphql, api),
      connectionInitWaitTimeout: options.initTimeoutMs ?? INIT_TIMEOUT_MS,
      onConnect: async (context) => {
        const { socket } = context.extra;
        try {
          const session = await api.accounts.authenticate(tokenOf(context));
          if (session) {
            unauthenticated.signedIn(socket);
            signedIn.add(socket);
            closeWithSession(socket, session, api.accounts);
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
      if (socket.bufferedAmount > MOST_UNSENT_BYTES) socket.terminate();
    });
  });
  return {
    upgrade: (request, socket, head) => {
      if (isFromForeignPage(request)) return refuse(socket, '403 Forbidden');
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

/** Answers a request to upgrade with a status alone. */
export function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Closes the socket when its token expires or its session is ended. */
function closeWithSession(socket: WebSocket, session: Session, { onSessionEnd }: Pick<Accounts, 'onSessionEnd'>): void {
  if (socket.readyState === socket.CLOSED) return;
  const closeIn = (ms: number, reason: string) => {
    const timer = setTimeout(() => socket.close(4403, reason), Math.min(ms + CLOSE_AFTER_END_MS, LONGEST_TIMER_MS));
    socket.once('close', () => clearTimeout(timer));
  };
  closeIn(session.expiresAt.getTime() - Date.now(), 'The token has expired. Sign in again.');
  const stopListening = onSessionEnd(session, () => {
    stopListening();
    closeIn(0, 'The session was ended. Sign in again.');
  });
  socket.once('close', stopListening);
}

/** The protocol allows 123 bytes. */
function closeReason(message: string): string {
  return Buffer.from(message)
    .subarray(0, 120)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}
