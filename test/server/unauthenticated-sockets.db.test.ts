import { on, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createSchema } from '../../src/graphql/schema.js';
import { createGraphQL } from '../../src/server/graphql-http.js';
import { createWebSocketDoor, type WebSocketDoor } from '../../src/server/graphql-websocket.js';
import { createMetrics } from '../../src/server/metrics.js';
import type { StrangersOptions } from '../../src/server/unauthenticated-sockets.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { withServer } from '../helpers/with-server.js';

const parts = withServer();
const opened: { http: Server; door: WebSocketDoor }[] = [];
afterEach(async () => {
  for (const { http, door } of opened.splice(0)) {
    await door.close();
    http.close();
  }
});

/** A door with limits of its own; gives its address. */
async function doorWith(strangers: StrangersOptions): Promise<string> {
  const { api } = parts;
  const metrics = createMetrics();
  const graphql = createGraphQL({ schema: createSchema(), api, metrics });
  const door = createWebSocketDoor({ graphql, api, metrics, strangers });
  const http = createServer().on('upgrade', door.upgrade);
  opened.push({ http, door });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

const turnedAway = { code: 1013, reason: expect.stringContaining('Try again later') };

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
    const url = await doorWith({ most: 2 });
    const mine = await welcomed(url, parts.owner);
    const first = await welcomed(url);
    const second = await welcomed(url);
    expect(await closing(await arrived(url, { greets: true }))).toEqual(turnedAway);
    first.close();
    await closing(first);
    const third = await welcomed(url);
    for (const socket of [mine, second, third]) expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('is not counted before it has had the time to say who it is, up to another bound', async () => {
    const url = await doorWith({ most: 1, mostArriving: 3 });
    await welcomed(url);
    const silent = [await arrived(url), await arrived(url)];
    const mine = await welcomed(url, parts.viewer);
    await arrived(url);
    expect(await closing(await arrived(url))).toEqual(turnedAway);
    for (const socket of [mine, ...silent]) expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});
