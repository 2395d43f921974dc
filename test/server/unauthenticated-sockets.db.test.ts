import { on, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createSchema } from '../../src/graphql/schema.js';
import { createGraphQL } from '../../src/server/graphql.js';
import { limitIncompleteRequests } from '../../src/server/http/connection-limits.js';
import { createMetrics } from '../../src/server/http/metrics.js';
import { createWebSocketEndpoint, type WebSocketEndpoint } from '../../src/server/websocket/endpoint.js';
import type { UnauthenticatedSocketsOptions } from '../../src/server/websocket/unauthenticated-sockets.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { withServer } from '../helpers/with-server.js';

const parts = withServer();
const opened: { http: Server; door: WebSocketEndpoint }[] = [];
afterEach(async () => {
  for (const { http, door } of opened.splice(0)) {
    await door.close();
    http.close();
  }
});

/** A door with limits of its own; gives its address. */
async function doorWith(unauthenticated: UnauthenticatedSocketsOptions, initTimeoutMs?: number): Promise<string> {
  const { api } = parts;
  const metrics = createMetrics();
  const graphql = createGraphQL({ schema: createSchema(), api, metrics });
  const door = createWebSocketEndpoint({
    graphql,
    api,
    metrics,
    unauthenticated,
    ...(initTimeoutMs && { initTimeoutMs }),
  });
  const http = createServer().on('upgrade', door.upgrade);
  opened.push({ http, door });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

const rejected = { code: 1013, reason: expect.stringContaining('Try again later') };

/** A socket that is open, and has said hello where told to. */
async function arrived(
  url: string,
  { greets = false, authorization }: { greets?: boolean; authorization?: string | undefined } = {},
): Promise<WebSocket> {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  await once(socket, 'open');
  if (greets) socket.send(JSON.stringify({ type: 'connection_init', payload: authorization ? { authorization } : {} }));
  return socket;
}

/** A socket that has said hello and been welcomed. */
async function welcomed(url: string, authorization?: string): Promise<WebSocket> {
  const socket = await arrived(url, { greets: true, authorization });
  expect(String((await once(socket, 'message'))[0])).toContain('connection_ack');
  return socket;
}

async function closing(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = await once(socket, 'close');
  return { code, reason: String(reason) };
}

describe('a socket that nobody has signed in on', () => {
  it('is closed after a minute; one that somebody has signed in on stays', async () => {
    const clock = createVirtualClock('stands');
    const url = await doorWith({ clock });
    const mine = await welcomed(url, parts.viewer);
    const early = await welcomed(url);
    clock.advance(1);
    const late = await welcomed(url);
    clock.advance(59_999);
    expect(await closing(early)).toEqual({ code: 4403, reason: expect.stringMatching(/^Sign in/) });
    expect([mine, late].map(({ readyState }) => readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    clock.advance(1);
    expect(await closing(late)).toMatchObject({ code: 4403 });
    expect(mine.readyState).toBe(WebSocket.OPEN);
  });

  it('is let finish what it asked for', async () => {
    const clock = createVirtualClock('stands');
    const socket = await welcomed(await doorWith({ clock }));
    const { login } = parts.api.accounts;
    const asked = new Promise<() => void>((resolve) => {
      vi.spyOn(parts.api.accounts, 'login').mockImplementationOnce(async (...args) => {
        await new Promise<void>((release) => resolve(release));
        return login(...args);
      });
    });
    const query = 'mutation { login(email: "viewer@example.com", password: "a long enough password") { token } }';
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    const release = await asked;
    clock.advance(60_000);
    const messages = on(socket, 'message');
    release();
    expect(String((await messages.next()).value)).toContain('"token"');
    expect(String((await messages.next()).value)).toContain('"complete"');
    clock.advance(60_000);
    expect(await closing(socket)).toMatchObject({ code: 4403 });
  });

  it('finds room for few at once, and is told to come again later', async () => {
    const url = await doorWith({ maxConnected: 2 });
    const mine = await welcomed(url, parts.owner);
    const first = await welcomed(url);
    const second = await welcomed(url);
    expect(await closing(await arrived(url, { greets: true }))).toEqual(rejected);
    first.close();
    await closing(first);
    const third = await welcomed(url);
    for (const socket of [mine, second, third]) expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('is not counted before it has had the time to say who it is, up to another bound', async () => {
    const url = await doorWith({ maxConnected: 1, maxArriving: 3 });
    await welcomed(url);
    const silent = [await arrived(url), await arrived(url)];
    const mine = await welcomed(url, parts.viewer);
    await arrived(url);
    expect(await closing(await arrived(url))).toEqual(rejected);
    for (const socket of [mine, ...silent]) expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});

/** Whether this machine has more loopback addresses than 127.0.0.1, as Linux has. */
const hasLoopbackAddresses = await new Promise<boolean>((resolve) => {
  const probe = createTcpServer();
  probe.once('error', () => resolve(false));
  probe.listen(0, '127.0.0.2', () => probe.close(() => resolve(true)));
});
if (!hasLoopbackAddresses) process.stdout.write('Skipped: #42 with two addresses. This machine has no 127.0.0.2.\n');

describe.runIf(hasLoopbackAddresses)('#42 one address', () => {
  const silent: Socket[] = [];
  afterEach(() => {
    for (const socket of silent.splice(0)) socket.destroy();
  });

  /** Opens connections that never read or write again after the request for a WebSocket, if they make one at all. */
  async function openSilent(url: string, count: number, localAddress: string, asksForSocket = true): Promise<Socket[]> {
    const { hostname, port } = new URL(url);
    const opened = Array.from({ length: count }, () => connect({ host: hostname, port: Number(port), localAddress }));
    silent.push(...opened);
    for (const socket of opened) {
      socket.on('error', () => {});
      if (asksForSocket)
        socket.write(
          'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
            'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
        );
    }
    await Promise.all(opened.map((socket) => once(socket, asksForSocket ? 'data' : 'connect')));
    return opened;
  }

  /** Connects from another address and signs in there; gives the milliseconds that it took. */
  async function signsInFrom(url: string, localAddress: string): Promise<number> {
    const started = performance.now();
    const socket = new WebSocket(url, 'graphql-transport-ws', { localAddress });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: parts.viewer } }));
    expect(String((await once(socket, 'message'))[0])).toContain('connection_ack');
    socket.close();
    return performance.now() - started;
  }

  it('that takes all places with silent sockets keeps nobody else out', async () => {
    const url = await doorWith({ maxArriving: 300 });
    await openSilent(url, 300, '127.0.0.1');
    expect(await signsInFrom(url, '127.0.0.2')).toBeLessThan(2_000);
  });

  it('may have part of the places; when several addresses have taken all, the one with the most loses its oldest', async () => {
    const url = await doorWith({ maxArriving: 8, maxArrivingPerAddress: 6 });
    const [oldest] = await openSilent(url, 6, '127.0.0.1');
    const evicted = once(oldest as Socket, 'close');
    expect(await closing(await arrived(url))).toEqual(rejected);
    await openSilent(url, 2, '127.0.0.2');
    await signsInFrom(url, '127.0.0.3');
    await evicted;
  });

  it('has a socket that missed the time for `connection_init` terminated, though its client never answers', async () => {
    const [socket] = await openSilent(await doorWith({}, 100), 1, '127.0.0.1');
    const messages: Buffer[] = [];
    socket?.on('data', (data) => messages.push(data));
    const started = performance.now();
    await once(socket as Socket, 'close');
    expect(Buffer.concat(messages).toString()).toContain('Connection initialisation timeout');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it.each([
    ['send no request', ''],
    ['send part of a body', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{'],
  ])('has part of the connections that %s, too', async (_what, sent) => {
    const http = createServer((request, response) => request.resume().once('end', () => response.end()));
    limitIncompleteRequests(http, { max: 4, maxPerAddress: 3 });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const openIncomplete = async (count: number, localAddress: string) => {
      const sockets = await openSilent(url, count, localAddress, false);
      for (const socket of sockets) {
        if (sent === '') continue;
        socket.write(sent);
        await Promise.race([once(http, 'request'), once(socket, 'close')]);
      }
      return sockets;
    };
    const [oldest] = await openIncomplete(3, '127.0.0.1');
    const [over] = await openIncomplete(1, '127.0.0.1');
    if (!over?.closed) await once(over as Socket, 'close');
    await openIncomplete(1, '127.0.0.2');
    const evicted = once(oldest as Socket, 'close');
    await openIncomplete(1, '127.0.0.3');
    await evicted;
    http.closeAllConnections();
    http.close();
  });

  it('has its place back once its request has arrived', async () => {
    const http = createServer((request, response) => request.resume().once('end', () => response.end('x')));
    limitIncompleteRequests(http, { max: 2, maxPerAddress: 1 });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    for (let n = 0; n < 3; n++) {
      const [socket] = await openSilent(url, 1, '127.0.0.1', false);
      socket?.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}');
      expect(String((await once(socket as Socket, 'data'))[0])).toContain('200 OK');
    }
    http.closeAllConnections();
    http.close();
  });
});
