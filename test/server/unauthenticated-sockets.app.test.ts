import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { limitIncompleteRequests } from '../../src/server/http/connection-limits.js';
import type { UnauthenticatedSocketsOptions } from '../../src/server/websocket/unauthenticated-sockets.js';
import { it } from '../helpers/fixtures.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { closeOf, nextMessages, openSocket, serveApi, subscribe } from '../helpers/web-sockets.js';
import type { TestServer } from '../helpers/with-server.js';

let parts: TestServer;

it.beforeAll(({ server: started }) => {
  parts = started;
});
const rejected = { code: 1013, reason: expect.stringContaining('Try again later') };

async function serve(unauthenticated: UnauthenticatedSocketsOptions, limits = {}): Promise<string> {
  return (await serveApi(parts.api, { unauthenticated, ...limits })).webSocketUrl;
}

describe('a socket without a session', () => {
  it('is closed after a minute; one with a session stays open', async () => {
    const clock = createVirtualClock('stands');
    const url = await serve({ clock });
    const mine = await openSocket(url, { authorization: parts.viewer });
    const early = await openSocket(url);
    clock.advance(1);
    const late = await openSocket(url);
    clock.advance(59_999);
    expect(await closeOf(early)).toEqual({ code: 4403, reason: expect.stringMatching(/^Sign in/) });
    expect([mine, late].map(({ readyState }) => readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    clock.advance(1);
    expect(await closeOf(late)).toMatchObject({ code: 4403 });
    expect(mine.readyState).toBe(WebSocket.OPEN);
  });

  it('is closed after its operation has finished', async () => {
    const clock = createVirtualClock('stands');
    const socket = await openSocket(await serve({ clock }));
    const { login } = parts.api.accounts;
    const started = new Promise<() => void>((resolve) => {
      vi.spyOn(parts.api.accounts, 'login').mockImplementationOnce(async (...args) => {
        await new Promise<void>((release) => resolve(release));
        return login(...args);
      });
    });
    const query = 'mutation { login(email: "viewer@example.com", password: "a long enough password") { token } }';
    subscribe(socket, { query });
    const release = await started;
    clock.advance(60_000);
    const messages = nextMessages(socket, 2);
    release();
    expect(await messages).toMatchObject([
      { type: 'next', payload: { data: { login: { token: expect.any(String) } } } },
      { type: 'complete' },
    ]);
    clock.advance(60_000);
    expect(await closeOf(socket)).toMatchObject({ code: 4403 });
  });

  it('is closed with 1013 if there are `maxConnected`', async () => {
    const url = await serve({ maxConnected: 2 });
    const mine = await openSocket(url, { authorization: parts.owner });
    const first = await openSocket(url);
    const second = await openSocket(url);
    expect(await closeOf(await openSocket(url, { until: 'init' }))).toEqual(rejected);
    first.close();
    await closeOf(first);
    const third = await openSocket(url);
    for (const socket of [mine, second, third]) expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('is counted separately until `connection_init`, with a limit of its own', async () => {
    const url = await serve({ maxConnected: 1, maxArriving: 3 });
    await openSocket(url);
    const silent = [await openSocket(url, { until: 'none' }), await openSocket(url, { until: 'none' })];
    const mine = await openSocket(url, { authorization: parts.viewer });
    await openSocket(url, { until: 'none' });
    expect(await closeOf(await openSocket(url, { until: 'none' }))).toEqual(rejected);
    for (const socket of [mine, ...silent]) expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});

/** Whether this machine has loopback addresses other than 127.0.0.1, as Linux has. */
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

  /** Opens connections that stay silent, after an upgrade request or without one. */
  async function openSilent(url: string, count: number, localAddress: string, upgrades = true): Promise<Socket[]> {
    const { hostname, port } = new URL(url);
    const opened = Array.from({ length: count }, () => connect({ host: hostname, port: Number(port), localAddress }));
    silent.push(...opened);
    for (const socket of opened) {
      socket.on('error', () => {});
      if (upgrades)
        socket.write(
          'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
            'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
        );
    }
    await Promise.all(opened.map((socket) => once(socket, upgrades ? 'data' : 'connect')));
    return opened;
  }

  /** Signs in from another address. Returns the milliseconds that it took. */
  async function signsInFrom(url: string, localAddress: string): Promise<number> {
    const started = performance.now();
    (await openSocket(url, { authorization: parts.viewer, localAddress })).close();
    return performance.now() - started;
  }

  async function limited(options: { max: number; maxPerAddress: number }) {
    const http = createServer((request, response) => request.resume().once('end', () => response.end('x')));
    limitIncompleteRequests(http, options);
    onTestFinished(() => {
      http.closeAllConnections();
      http.close();
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return { http, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
  }

  it('with silent sockets does not lock out other addresses', async () => {
    const url = await serve({ maxArriving: 300 });
    await openSilent(url, 300, '127.0.0.1');
    expect(await signsInFrom(url, '127.0.0.2')).toBeLessThan(2_000);
  });

  it('has a limit of its own; above the total limit, the address with the most sockets loses its oldest', async () => {
    const url = await serve({ maxArriving: 8, maxArrivingPerAddress: 6 });
    const [oldest] = await openSilent(url, 6, '127.0.0.1');
    const evicted = once(oldest as Socket, 'close');
    expect(await closeOf(await openSocket(url, { until: 'none' }))).toEqual(rejected);
    await openSilent(url, 2, '127.0.0.2');
    await signsInFrom(url, '127.0.0.3');
    await evicted;
  });

  it('terminates a socket without `connection_init` whose client does not complete the closing handshake', async () => {
    const [socket] = await openSilent(await serve({}, { initTimeoutMs: 100 }), 1, '127.0.0.1');
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
  ])('has limits on connections that %s', async (_what, sent) => {
    const { http, url } = await limited({ max: 4, maxPerAddress: 3 });
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
  });

  it('is not limited in connections whose request is complete', async () => {
    const { url } = await limited({ max: 2, maxPerAddress: 1 });
    for (let n = 0; n < 3; n++) {
      const [socket] = await openSilent(url, 1, '127.0.0.1', false);
      socket?.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}');
      expect(String((await once(socket as Socket, 'data'))[0])).toContain('200 OK');
    }
  });
});
