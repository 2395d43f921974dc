import type { IncomingMessage } from 'node:http';
import { CloseCode, handleProtocols, makeServer, type ServerOptions } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../../core/logger.js';

const MESSAGE_TOO_BIG = 1009;

export interface ProtocolOptions {
  /** Options of graphql-ws. */
  readonly protocol: ServerOptions<Record<string, unknown>, Extra>;
  readonly logger: Logger;
  /** Interval of pings; a client that has not answered by the next is disconnected. */
  readonly keepAliveMs: number;
  /** Largest message on this socket, in bytes. */
  readonly maxMessageBytes: (socket: WebSocket) => number;
}

/**
 * Serves `graphql-transport-ws` on each socket of the server, like `useServer` of graphql-ws, except that errors go to the
 * log, not to the console, and that the size of messages is checked before they are parsed.
 */
export function serveProtocol(server: WebSocketServer, options: ProtocolOptions): void {
  const { protocol, logger, maxMessageBytes } = options;
  const graphql = makeServer(protocol);
  server.options.handleProtocols = handleProtocols;
  server.on('error', (err) => logger.error({ err }, 'The WebSocket server failed.'));
  server.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    socket.on('error', (err) => logger.debug({ err }, 'A WebSocket was closed because of a client error.'));
    const stopPings = pingRegularly(socket, options.keepAliveMs);
    const closed = graphql.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (receive) => {
          socket.on('message', (data: RawData) => {
            if (socket.readyState !== socket.OPEN) return;
            const max = maxMessageBytes(socket);
            if (lengthOf(data) > max) {
              socket.close(MESSAGE_TOO_BIG, `The message is too large: at most ${max} bytes are allowed.`);
              return;
            }
            receive(String(data)).catch((err: unknown) => {
              logger.error({ err }, 'A WebSocket message could not be handled.');
              socket.close(CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      { socket, request },
    );
    socket.once('close', (code, reason) => {
      stopPings();
      closed(code, String(reason)).catch((err: unknown) =>
        logger.error({ err }, 'A closed WebSocket could not be cleaned up.'),
      );
    });
  });
}

/** Resolves when the message is written, or if the socket is closed. */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    socket.send(text, (error) => (error && socket.readyState === socket.OPEN ? reject(error) : resolve()));
  });
}

function lengthOf(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, part) => sum + part.length, 0) : data.byteLength;
}

/** @returns a function that stops the pings */
function pingRegularly(socket: WebSocket, everyMs: number): () => void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, everyMs);
  socket.on('pong', () => {
    answered = true;
  });
  return () => clearInterval(timer);
}
