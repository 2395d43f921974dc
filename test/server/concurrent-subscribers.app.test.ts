import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { beforeEach, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { encodeGlobalId } from '../../src/graphql/pagination/global-id.js';
import type { SyncEngine } from '../../src/sync/engine.js';
import { it } from '../helpers/fixtures.js';
import { serveApi } from '../helpers/web-sockets.js';
import type { TestServer } from '../helpers/with-server.js';
import { emptyMirror, withEngine, withSimulator } from '../helpers/with-sync.js';

const WATCH = 'subscription Watch($runId: ID) { syncProgress(runId: $runId) { id status pages error } }';
const END = `status = 'OK', finished_at = now(), pages = pages + 1, error = NULL`;
const LARGE = 500_000;

let parts: TestServer;

it.beforeAll(({ server: started }) => {
  parts = started;
});
let engine: SyncEngine;
let runId: string;

beforeEach(async () => {
  await emptyMirror(parts.database);
  engine = await withEngine(parts.database, await withSimulator({ orders: 1 }), { works: false });
  const { id } = await engine.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' });
  runId = encodeGlobalId('SyncRun', id);
});

const serve = (limits = {}) => serveApi({ ...parts.api, engine }, limits);

function subscriber(url: string, variables: object = { runId }, authorization = parts.viewer, query = WATCH) {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  const seen: { readonly status: string; readonly pages: number }[] = [];
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
    /** States received. */
    seen,
    untilPages: (pages: number) => until(() => seen.at(-1)?.pages === pages),
    untilCompleted: () => until(() => completed),
  };
}

/** Changes the run's row and notifies, as a page does. */
async function change(set: string): Promise<void> {
  await parts.database.query(
    `WITH changed AS (UPDATE sync_run SET ${set} RETURNING id) SELECT pg_notify('sync_run', id::text)::text FROM changed`,
  );
}

describe('concurrent subscribers', () => {
  it.each([1, 100])('read the run once per change for all %i', async (count) => {
    const { webSocketUrl } = await serve();
    const all = Array.from({ length: count }, (_, index) => subscriber(webSocketUrl, index % 2 ? {} : { runId }));
    await Promise.all(all.map(({ untilPages }) => untilPages(0)));
    const readsOf = async (set: string, pages: number) => {
      parts.statements.length = 0;
      await change(set);
      await Promise.all(all.map(({ untilPages }) => untilPages(pages)));
      return parts.statements.filter((text) => !text.includes('UPDATE'));
    };
    // Until then the notification of the run's start may be pending.
    await readsOf('pages = pages + 1', 1);
    expect(await readsOf('pages = pages + 1', 2)).toEqual([expect.stringMatching(/FROM sync_run WHERE id = \$1/)]);
    const atTheEnd = await readsOf(END, 3);
    expect(atTheEnd.filter((text) => /WHERE id = /.test(text))).toHaveLength(1);
    expect(atTheEnd.length).toBeLessThanOrEqual(3);
  });

  it('all receive the end of the run, in order, when 200 connect at once', async () => {
    const { webSocketUrl } = await serve();
    const all = Array.from({ length: 200 }, (_, index) =>
      subscriber(webSocketUrl, { runId }, index % 2 ? parts.owner : parts.viewer),
    );
    await Promise.all(all.map(({ untilPages }) => untilPages(0)));
    for (let page = 0; page < 20; page++) await change('pages = pages + 1');
    await change(END);
    await Promise.all(all.map(({ untilCompleted }) => untilCompleted()));
    for (const { seen } of all) {
      expect(seen.at(-1)).toMatchObject({ status: 'OK', pages: 21 });
      expect(seen.map(({ pages }) => pages)).toEqual(seen.map(({ pages }) => pages).sort((a, b) => a - b));
    }
  });

  it('each receive what they select', async () => {
    const { webSocketUrl } = await serve();
    const all = [
      subscriber(webSocketUrl),
      subscriber(webSocketUrl, {}, parts.owner),
      subscriber(webSocketUrl, {}, parts.viewer, 'subscription { syncProgress { pages status } }'),
    ];
    await Promise.all(all.map(({ untilPages }) => untilPages(0)));
    await change('pages = 7');
    await Promise.all(all.map(({ untilPages }) => untilPages(7)));
    const last = { status: 'RUNNING', pages: 7 };
    const whole = { ...last, id: runId, error: null };
    expect(all.map(({ seen }) => seen.at(-1))).toEqual([whole, whole, last]);
  });
});

describe('a client that stops reading', () => {
  /** Makes changes, each received by `reader`. Returns the largest `unsent()`. */
  async function changes(reader: ReturnType<typeof subscriber>, count: number, unsent = () => 0): Promise<number> {
    let max = 0;
    for (let page = 1; page <= count; page++) {
      await change(`pages = ${page}, error = repeat('x', ${LARGE})`);
      await reader.untilPages(page);
      max = Math.max(max, unsent());
    }
    return max;
  }

  async function reading(url: string) {
    const reader = subscriber(url);
    await reader.untilPages(0);
    return reader;
  }

  /** Returns the response to a subscription by server-sent events, unread. */
  async function stream(url: string, accept = 'text/event-stream'): Promise<IncomingMessage> {
    const headers = {
      'content-type': 'application/json',
      ...(accept && { accept }),
      authorization: parts.viewer,
    };
    const sent = request(url, { method: 'POST', headers });
    sent.end(JSON.stringify({ query: WATCH, variables: { runId } }));
    const [response] = await once(sent, 'response');
    return response;
  }

  it('has at most one unsent message, and receives the current state and the end when it reads again', async () => {
    const { webSocketUrl, sockets } = await serve();
    const slow = await reading(webSocketUrl);
    const other = await reading(webSocketUrl);
    slow.socket.pause();
    expect(await changes(other, 60, () => sockets[0]?.writableLength ?? 0)).toBeLessThan(2 * LARGE);
    await change(END);
    await other.untilCompleted();
    slow.socket.resume();
    await slow.untilCompleted();
    expect(slow.seen.at(-1)).toMatchObject({ status: 'OK', pages: 61 });
    expect(slow.seen.length).toBeLessThan(50);
  });

  it('is disconnected if it does not answer a ping', async () => {
    const { webSocketUrl, sockets } = await serve({ keepAliveMs: 300 });
    const slow = await reading(webSocketUrl);
    const closed = once(sockets[0] as Socket, 'close');
    slow.socket.pause();
    await closed;
    slow.socket.terminate();
  });

  it('of server-sent events has few unsent events, and receives the end', async () => {
    const { url, webSocketUrl, responses } = await serve();
    const slow = await stream(url);
    const other = await reading(webSocketUrl);
    expect(await changes(other, 60, () => responses[0]?.writableLength ?? 0)).toBeLessThan(4 * LARGE);
    await change(END);
    await other.untilCompleted();
    let text = '';
    for await (const chunk of slow) text += chunk;
    expect(text).toContain('"status":"OK","pages":61');
    expect(text.split('event: next').length).toBeLessThan(50);
  });

  it.each(['text/event-stream', '*/*', ''])(
    'of server-sent events is disconnected after `stallMs`: %s',
    async (accept) => {
      const { url, webSocketUrl, responses } = await serve({ stallMs: 100 });
      const slow = await stream(url, accept);
      const closed = once(responses[0] as ServerResponse, 'close');
      slow.on('error', () => {});
      await changes(await reading(webSocketUrl), 40);
      await closed;
      expect(responses[0]?.writableFinished).toBe(false);
      slow.destroy();
    },
  );
});
