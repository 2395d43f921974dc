import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { encodeGlobalId } from '../../src/graphql/pagination/global-id.js';
import { createSchema } from '../../src/graphql/schema.js';
import { createGraphQL } from '../../src/server/graphql.js';
import { createGraphQLHandler } from '../../src/server/http/graphql-endpoint.js';
import { createMetrics } from '../../src/server/http/metrics.js';
import { createWebSocketEndpoint, type WebSocketEndpoint } from '../../src/server/websocket/endpoint.js';
import type { SyncEngine } from '../../src/sync/engine.js';
import { withServer } from '../helpers/with-server.js';
import { emptyMirror, withEngine, withSimulator } from '../helpers/with-sync.js';

const WATCH = 'subscription Watch($runId: ID) { syncProgress(runId: $runId) { id status pages error } }';
const LARGE = 500_000;

const parts = withServer();
let engine: SyncEngine;
let runId: string;
const opened: { http: Server; door: WebSocketEndpoint }[] = [];
/** The server's ends. */
const ends: Socket[] = [];
const responses: ServerResponse[] = [];

beforeEach(async () => {
  await emptyMirror(parts.database);
  engine = await withEngine(parts.database, await withSimulator({ orders: 1 }), { works: false });
  const { id } = await engine.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' });
  runId = encodeGlobalId('SyncRun', id);
});
afterEach(async () => {
  for (const { http, door } of opened.splice(0)) {
    await door.close();
    http.closeAllConnections();
    http.close();
  }
  ends.length = 0;
  responses.length = 0;
});

/** Both doors of the API over the engine as it is; gives their address without the scheme. */
async function doors(limits: { keepAliveMs?: number; stallMs?: number } = {}): Promise<string> {
  const api = { ...parts.api, engine };
  const metrics = createMetrics();
  const graphql = createGraphQL({ schema: createSchema(), api, metrics, stallMs: limits.stallMs });
  const door = createWebSocketEndpoint({ graphql, api, metrics, ...limits });
  const handler = createGraphQLHandler(graphql, null);
  const http = createServer((request: IncomingMessage, response: ServerResponse) => {
    responses.push(response);
    void handler(request, response);
  });
  http.on('upgrade', (request, socket: Socket, head) => {
    ends.push(socket);
    door.upgrade(request, socket, head);
  });
  opened.push({ http, door });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return `127.0.0.1:${(http.address() as AddressInfo).port}`;
}

interface Seen {
  readonly status: string;
  readonly pages: number;
}

interface Subscriber {
  readonly socket: WebSocket;
  readonly seen: Seen[];
  readonly completed: boolean;
  /** Resolves once the newest state is one of so many pages. */
  untilPages(pages: number): Promise<void>;
  untilCompleted(): Promise<void>;
}

function subscribe(
  address: string,
  variables: object = { runId },
  authorization = parts.viewer,
  query = WATCH,
): Subscriber {
  const socket = new WebSocket(`ws://${address}`, 'graphql-transport-ws');
  const seen: Seen[] = [];
  let completed = false;
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
  socket.on('message', (data) => {
    const { type, payload } = JSON.parse(String(data));
    const operation = { id: '1', type: 'subscribe', payload: { query, variables } };
    if (type === 'connection_ack') socket.send(JSON.stringify(operation));
    else if (type === 'next') seen.push(payload.data.syncProgress);
    else if (type === 'complete') completed = true;
  });
  const until = async (holds: () => boolean) => {
    while (!holds()) await once(socket, 'message');
  };
  return {
    socket,
    seen,
    get completed() {
      return completed;
    },
    untilPages: (pages) => until(() => seen.at(-1)?.pages === pages),
    untilCompleted: () => until(() => completed),
  };
}

/** Changes the run's row as a page does, and tells. */
async function change(set: string): Promise<void> {
  await parts.database.query(
    `WITH changed AS (UPDATE sync_run SET ${set} RETURNING id) SELECT pg_notify('sync_run', id::text)::text FROM changed`,
  );
}

const END = `status = 'OK', finished_at = now(), pages = pages + 1, error = NULL`;

describe('a crowd that watches', () => {
  it.each([1, 100])('costs as many statements a change as one does: %i', async (count) => {
    const address = await doors();
    const crowd = Array.from({ length: count }, (_, index) => subscribe(address, index % 2 ? {} : { runId }));
    await Promise.all(crowd.map(({ untilPages }) => untilPages(0)));
    parts.statements.length = 0;
    await change('pages = pages + 1');
    await Promise.all(crowd.map(({ untilPages }) => untilPages(1)));
    const reads = parts.statements.filter((text) => !text.includes('UPDATE'));
    expect(reads).toEqual([expect.stringMatching(/FROM sync_run WHERE id = \$1/)]);

    parts.statements.length = 0;
    await change(END);
    await Promise.all(crowd.map(({ untilPages }) => untilPages(2)));
    const atTheEnd = parts.statements.filter((text) => !text.includes('UPDATE'));
    expect(atTheEnd.filter((text) => /WHERE id = /.test(text))).toHaveLength(1);
    expect(atTheEnd.length).toBeLessThanOrEqual(3);
  });

  it('connects at once, and each of 200 sees the end, whatever it saw before', async () => {
    const address = await doors();
    const crowd = Array.from({ length: 200 }, (_, index) =>
      subscribe(address, { runId }, index % 2 ? parts.owner : parts.viewer),
    );
    await Promise.all(crowd.map(({ untilPages }) => untilPages(0)));
    for (let page = 0; page < 20; page++) await change('pages = pages + 1');
    await change(END);
    await Promise.all(crowd.map(({ untilCompleted }) => untilCompleted()));
    for (const { seen } of crowd) {
      expect(seen.at(-1)).toMatchObject({ status: 'OK', pages: 21 });
      expect(seen.map(({ pages }) => pages)).toEqual(seen.map(({ pages }) => pages).sort((a, b) => a - b));
    }
  });

  it('is answered each as they asked', async () => {
    const address = await doors();
    const short = 'subscription { syncProgress { pages status } }';
    const crowd = [
      subscribe(address),
      subscribe(address, {}, parts.owner),
      subscribe(address, {}, parts.viewer, short),
    ];
    await Promise.all(crowd.map(({ untilPages }) => untilPages(0)));
    await change('pages = 7');
    await Promise.all(crowd.map(({ untilPages }) => untilPages(7)));
    const last = { status: 'RUNNING', pages: 7 };
    const whole = { ...last, id: runId, error: null };
    expect(crowd.map(({ seen }) => seen.at(-1))).toEqual([whole, whole, last]);
  });
});

describe('a client that stops reading', () => {
  /** So many changes, each of them seen by one who reads. */
  async function changes(watched: Subscriber, count: number, unsent: () => number): Promise<number> {
    let most = 0;
    for (let page = 1; page <= count; page++) {
      await change(`pages = ${page}, error = repeat('x', ${LARGE})`);
      await watched.untilPages(page);
      most = Math.max(most, unsent());
    }
    return most;
  }

  it('leaves one message unsent at most, and sees the present and the end when it reads again', async () => {
    const address = await doors();
    const slow = subscribe(address);
    await slow.untilPages(0);
    const other = subscribe(address);
    await other.untilPages(0);
    slow.socket.pause();
    const most = await changes(other, 60, () => ends[0]?.writableLength ?? 0);
    expect(most).toBeLessThan(2 * LARGE);
    await change(END);
    await other.untilCompleted();
    slow.socket.resume();
    await slow.untilCompleted();
    expect(slow.seen.at(-1)).toMatchObject({ status: 'OK', pages: 61 });
    expect(slow.seen.length).toBeLessThan(50);
  });

  it('is cut off when it answers no ping', async () => {
    const address = await doors({ keepAliveMs: 50 });
    const slow = subscribe(address);
    await slow.untilPages(0);
    const closed = once(ends[0] as Socket, 'close');
    slow.socket.pause();
    await closed;
    slow.socket.terminate();
  });

  /** The response to a subscription by server-sent events; reads nothing of it. */
  async function stream(address: string, accept = 'text/event-stream'): Promise<IncomingMessage> {
    const asked = request(`http://${address}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(accept && { accept }),
        authorization: parts.viewer,
      },
    });
    asked.end(JSON.stringify({ query: WATCH, variables: { runId } }));
    const [response] = await once(asked, 'response');
    return response;
  }

  it('of server-sent events costs no more, and sees the end too', async () => {
    const address = await doors();
    const slow = await stream(address);
    const other = subscribe(address);
    await other.untilPages(0);
    const most = await changes(other, 60, () => responses[0]?.writableLength ?? 0);
    expect(most).toBeLessThan(4 * LARGE);
    await change(END);
    await other.untilCompleted();
    let text = '';
    for await (const chunk of slow) text += chunk;
    expect(text).toContain('"status":"OK","pages":61');
    expect(text.split('event: next').length).toBeLessThan(50);
  });

  it.each(['text/event-stream', '*/*', ''])('of server-sent events is cut off after a while: %s', async (accept) => {
    const address = await doors({ stallMs: 100 });
    const slow = await stream(address, accept);
    const closed = once(responses[0] as ServerResponse, 'close');
    slow.on('error', () => {});
    const other = subscribe(address);
    await other.untilPages(0);
    await changes(other, 40, () => 0);
    await closed;
    expect(responses[0]?.writableFinished).toBe(false);
    slow.destroy();
  });
});
