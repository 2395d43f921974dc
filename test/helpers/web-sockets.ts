import { on, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { ApiParts } from '../../src/graphql/context.js';
import { createSchema } from '../../src/graphql/schema.js';
import { createGraphQL } from '../../src/server/graphql.js';
import { createGraphQLHandler } from '../../src/server/http/graphql-endpoint.js';
import { createMetrics } from '../../src/server/http/metrics.js';
import { createWebSocketEndpoint, type WebSocketOptions } from '../../src/server/websocket/endpoint.js';

type Limits = Omit<WebSocketOptions, 'graphql' | 'api' | 'metrics'> & { readonly stallMs?: number };

/** Serves the API over HTTP and WebSocket with the given limits until the test ends. */
export async function serveApi(api: ApiParts, { stallMs, ...limits }: Limits = {}) {
  const metrics = createMetrics();
  const graphql = createGraphQL({ schema: createSchema(), api, metrics, stallMs });
  const endpoint = createWebSocketEndpoint({ graphql, api, metrics, ...limits });
  const handler = createGraphQLHandler(graphql, null);
  /** The server's ends of WebSockets, and its responses. */
  const sockets: Socket[] = [];
  const responses: ServerResponse[] = [];
  const http = createServer((request: IncomingMessage, response: ServerResponse) => {
    responses.push(response);
    void handler(request, response);
  });
  http.on('upgrade', (request, socket: Socket, head) => {
    sockets.push(socket);
    endpoint.upgrade(request, socket, head);
  });
  onTestFinished(async () => {
    await endpoint.close();
    http.closeAllConnections();
    http.close();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  return { url: `http://${address}/graphql`, webSocketUrl: `ws://${address}/graphql`, sockets, responses };
}

export interface Message {
  readonly id?: string;
  readonly type: string;
  readonly payload?: unknown;
}

export interface SocketOptions {
  readonly authorization?: string | null | undefined;
  /** `none`: sends nothing; `init`: sends `connection_init`; `ack` (default): waits for the answer, too. */
  readonly until?: 'none' | 'init' | 'ack';
  readonly localAddress?: string;
  readonly headers?: Record<string, string>;
}

export async function openSocket(url: string, { authorization, until = 'ack', ...options }: SocketOptions = {}) {
  const socket = new WebSocket(url, 'graphql-transport-ws', options);
  await once(socket, 'open');
  if (until === 'none') return socket;
  socket.send(JSON.stringify({ type: 'connection_init', payload: authorization ? { authorization } : {} }));
  if (until === 'ack') expect(await nextMessages(socket, 1)).toEqual([{ type: 'connection_ack' }]);
  return socket;
}

export function subscribe(socket: WebSocket, payload: object, id = '1'): void {
  socket.send(JSON.stringify({ id, type: 'subscribe', payload }));
}

export async function nextMessages(socket: WebSocket, count: number): Promise<Message[]> {
  const received: Message[] = [];
  for await (const [data] of on(socket, 'message')) {
    received.push(JSON.parse(String(data)) as Message);
    if (received.length === count) break;
  }
  return received;
}

export async function closeOf(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = await once(socket, 'close');
  return { code, reason: String(reason) };
}
