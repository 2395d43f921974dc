import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished } from 'vitest';
import { requestBudget } from '../../src/graphql/limits/request-budget.js';
import { trackResponses } from '../../src/server/http/connection-limits.js';
import { createMetrics } from '../../src/server/http/metrics.js';
import { plainHttpWarnings } from '../../src/server/http/plain-http.js';
import { createServer } from '../../src/server/http/server.js';
import { it } from '../helpers/fixtures.js';
import { codesOf, send, type TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});

/** Starts a server with a short write time-out until the test ends. Returns its port. */
async function limited(writeTimeoutMs: number): Promise<number> {
  const options = { host: '127.0.0.1', port: 0, api: server.api, metrics: createMetrics(), servesApi: true };
  const made = createServer({ ...options, writeTimeoutMs });
  onTestFinished(() => made.stop());
  return (await made.listen()).port;
}

function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return once(socket, 'connect').then(() => socket);
}

const get = async (path: string, headers: Record<string, string>, base = server.url) => {
  const { status, headers: received } = await send(`${base}${path}`, 'GET', headers);
  return { status, cacheControl: received['cache-control'] };
};

describe('connections', () => {
  it.each([
    ['', 0],
    [' after short responses', 2],
  ])('#47 are closed if the client does not read a response%s', async (_what, short) => {
    const socket = await open(await limited(300));
    socket.pause();
    // GraphiQL is the largest response; the server keeps what the system's buffers don't take.
    const page = 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n';
    socket.write(page.replace('/graphql', '/').repeat(short) + page.repeat(3));
    // Without reading, the end shows only in an error of a write.
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const timer = setInterval(() => socket.write('\r\n'), 100);
    onTestFinished(() => clearInterval(timer));
    await closed;
  });

  it('#47 are closed if they have more than `maxPipelinedRequests` without a response', async () => {
    const request = 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const { maxPipelinedRequests } = requestBudget;
    for (const [count, answers] of [
      [maxPipelinedRequests, maxPipelinedRequests],
      [maxPipelinedRequests + 1, 0],
    ] as const) {
      const socket = await open(Number(new URL(server.url).port));
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.write(`${request.repeat(count - 1)}${request.replace('Host', 'Connection: close\r\nHost')}`);
      await once(socket, 'close');
      expect(text.match(/HTTP\/1.1 200 OK/g) ?? []).toHaveLength(answers);
    }
  });

  it('#47 are forgotten with their requests when they are closed', async () => {
    let seen = 0;
    const http = createHttpServer(() => {
      seen += 1;
      if (seen === 10) socket.destroy();
    });
    const forgotten = new Promise<void>((resolve) => {
      const unanswered = trackResponses(http, () => unanswered.size === 0 && resolve());
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void http.close());
    const socket = await open((http.address() as AddressInfo).port);
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(10));
    await forgotten;
  });

  it('#47 stay open while a slow client reads', async () => {
    const port = await limited(300);
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      headers: { accept: 'text/html', 'accept-encoding': 'identity' },
    });
    let bytes = 0;
    let paused = 0;
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length;
      if (bytes / 1_000_000 > paused && paused < 5) {
        paused += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    expect(bytes).toBe(Number(answer.headers.get('content-length')));
  });
});

it.each(['/health/ready', '/admin/first-run.json'])(
  '#47 concurrent requests of %s share their reads of the database',
  async (path) => {
    const socket = await open(Number(new URL(server.url).port));
    const before = server.statements.length;
    const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    socket.write(`${request.repeat(19)}${request.replace('Host', 'Connection: close\r\nHost')}`);
    let text = '';
    for await (const data of socket) text += data;
    expect(text.match(/HTTP\/1.1 200 OK/g)).toHaveLength(20);
    expect(server.statements.length - before).toBeLessThan(8);
  },
);

describe('the Host header', () => {
  const foreign = { host: 'evil.example:4000' };
  const proxied = { ...foreign, 'x-forwarded-for': '203.0.113.7' };

  it.each(['/', '/metrics', '/health/ready', '/admin', '/admin/first-run.json', '/graphql?query={__typename}'])(
    '#47 of %s must be loopback if the server listens on loopback',
    async (path) => {
      expect((await get(path, foreign)).status).toBe(421);
      expect((await get(path, {})).status).toBe(200);
      expect((await get(path, { host: '[::1]:4000' })).status).toBe(200);
    },
  );

  it.each(['a b', 'evil:99999', '[::1', '%'])(
    '#47 is rejected if it is malformed, also behind a proxy: %s',
    async (host) => {
      expect((await get('/graphql?query={__typename}', { ...proxied, host })).status).toBe(400);
    },
  );

  it('#47 may be another behind a proxy, except for metrics', async () => {
    expect((await get('/graphql?query={__typename}', proxied)).status).toBe(200);
    expect((await get('/admin', proxied)).status).toBe(200);
    expect((await get('/metrics', proxied)).status).toBe(421);
  });

  it('#47 is not checked if the server listens on all networks', async () => {
    const other = server.another('0.0.0.0');
    const { port } = await other.listen();
    onTestFinished(() => other.stop());
    expect((await get('/metrics', foreign, `http://127.0.0.1:${port}`)).status).toBe(200);
  });
});

it('#47 GraphQL responses are not cached', async () => {
  expect((await get('/graphql?query={__typename}', {})).cacheControl).toBe('no-store');
  expect((await get('/graphql?query={', {})).cacheControl).toBe('no-store');
});

it('#47 warns of endpoints of Amazon without TLS beyond this machine', () => {
  const warnedOf = (endpoint: string | null) =>
    plainHttpWarnings({ endpoint, lwaEndpoint: endpoint }).map((line) => line.split(' ')[0]);
  expect(warnedOf('http://sandbox.example')).toEqual(['SP_API_ENDPOINT', 'LWA_ENDPOINT']);
  for (const harmless of [null, 'https://sandbox.example', 'http://127.0.0.1:4100', 'http://localhost:4100'])
    expect(warnedOf(harmless)).toEqual([]);
});

describe('texts that PostgreSQL can not store', () => {
  const odd = ['a\0b', '\ud800', 'a\udc00b'];
  const login = 'mutation ($text: String!) { login(email: $text, password: "a long enough password") { token } }';

  it.each<[string, string, (text: string) => Record<string, unknown>]>([
    ['an e-mail', login, (text) => ({ text })],
    [
      'a password',
      login.replace('email: $text, password: "a long enough password"', 'email: "a@b.c", password: $text'),
      (text) => ({ text }),
    ],
    ['a search', 'query ($f: OrderFilter) { orders(filter: $f) { totalCount } }', (search) => ({ f: { search } })],
    [
      'a list',
      'query ($f: OrderFilter) { orders(filter: $f) { totalCount } }',
      (text) => ({ f: { statuses: [text] } }),
    ],
    ['an id', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', (text) => ({ ids: [text] })],
    ['an order id', 'query ($text: String!) { order(amazonOrderId: $text) { id } }', (text) => ({ text })],
    [
      'a marketplace',
      'query ($text: String!) { salesByDay(from: "2026-01-01", to: "2026-01-02", marketplaceId: $text) { units } }',
      (text) => ({ text }),
    ],
    [
      'a client id',
      'mutation ($input: SaveCredentialInput!) { saveCredential(input: $input) { id } }',
      (text) => ({ input: { refreshToken: 'x', lwaClientId: text } }),
    ],
    [
      'a seller',
      'mutation ($input: SaveConnectionInput!) { saveConnection(input: $input) { id } }',
      (text) => ({ input: { sellerIdentifier: text } }),
    ],
  ])('#46 are rejected: %s with U+0000 or half of a surrogate pair', async (_what, query, variables) => {
    for (const text of odd) {
      const answer = await server.ask(query, variables(text), server.owner);
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('#46 are rejected as literals of the query', async () => {
    for (const text of ['a\\u0000b', '\\uD800', 'a\0b', '\ud800'])
      expect(
        codesOf(await server.ask(`{ orders(filter: { search: "${text}" }) { totalCount } }`, {}, server.viewer)),
      ).toHaveLength(1);
    expect(server.log.join('')).not.toContain('A GraphQL request failed');
  });
});

it.each([
  '0000-01-01T00:00:00.000Z',
  '9999-12-31T24:00:00.000Z',
  '2026-02-30T00:00:00.000Z',
  '+010000-01-01T00:00:00.000Z',
])('#47 rejects a forged cursor at %s', async (at) => {
  const after = Buffer.from(JSON.stringify(['PURCHASE_DATE', 'DESC', at, '1'])).toString('base64url');
  const answer = await server.ask(
    'query ($after: String) { orders(after: $after) { nodes { id } } }',
    { after },
    server.viewer,
  );
  expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
});
