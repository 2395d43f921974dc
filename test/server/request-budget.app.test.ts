import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { beforeAll, describe, expect } from 'vitest';
import { requestBudget } from '../../src/graphql/limits/request-budget.js';
import { it } from '../helpers/fixtures.js';
import { seedOrders } from '../helpers/seed-orders.js';
import { closeOf, nextMessages, openSocket, subscribe } from '../helpers/web-sockets.js';
import { type Answer, codesOf, send, type TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
beforeAll(() => seedOrders(server.database, 50));

const PAGE = 'query Page($filter: OrderFilter) { orders(filter: $filter) { nodes { id } } }';
const { maxAnonymousBodyBytes, maxBodyBytes, maxQueryBytes } = requestBudget;
const json = { 'content-type': 'application/json' };

type Params = Record<string, unknown>;

const post = (params: Params, authorization: string | null, accept = 'application/json') =>
  send(
    server.graphqlUrl,
    'POST',
    { ...json, accept, ...(authorization ? { authorization } : {}) },
    JSON.stringify(params),
  );
const open = (authorization: string | null) => openSocket(server.webSocketUrl, { authorization });

/** The transports of the API. Each returns the response as one GraphQL answer. */
const transports: Record<string, (params: Params, authorization: string | null) => Promise<Answer>> = {
  HTTP: async (params, authorization) => JSON.parse((await post(params, authorization)).text),
  'server-sent events': async (params, authorization) => {
    const { text } = await post(params, authorization, 'text/event-stream');
    return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? 'null');
  },
  WebSocket: async (params, authorization) => {
    const socket = await open(authorization);
    subscribe(socket, params);
    const [message] = await nextMessages(socket, 1);
    socket.terminate();
    return (message?.type === 'error' ? { errors: message.payload } : message?.payload) as Answer;
  },
};

describe.each(Object.entries(transports))('over %s', (_name, transport) => {
  const ask = (params: Params, authorization: string | null = server.viewer) => transport(params, authorization);
  const expectRejected = async (answer: Promise<Answer>, message: string | RegExp) => {
    const { data = null, errors } = await answer;
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.message).toMatch(message);
    expect(codesOf({ errors: errors ?? [] })).toEqual(['BAD_USER_INPUT']);
  };

  it('#39 rejects a query text of more than 64 kB before it is parsed', async () => {
    for (const query of [`{ __typename } #${'x'.repeat(maxQueryBytes)}`, `{ "${'ä'.repeat(maxQueryBytes / 2)}`])
      await expectRejected(ask({ query }), /Its text has 655\d\d bytes; at most 65536/);
    expect(await ask({ query: `{ __typename } #${'x'.repeat(maxQueryBytes - 16)}` })).toEqual({
      data: { __typename: 'Query' },
    });
  });

  it.each<[string, unknown]>([
    ['50,000 bad values in a list', { statuses: Array(50_000).fill(1) }],
    ['unknown keys', Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`unknown${n}`, 1]))],
    ['one value that is long', { search: ['x'.repeat(200_000)] }],
  ])('#40 returns one short error, quickly, for %s in the variables', async (_what, filter) => {
    await ask({ query: PAGE });
    const started = performance.now();
    await expectRejected(ask({ query: PAGE, variables: { filter } }), /^.{20,1001}$/s);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('#40 ignores variables that the operation does not declare', async () => {
    const variables = Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`unknown${n}`, 1]));
    expect((await ask({ query: PAGE, variables })).errors).toBeUndefined();
  });

  it('#40 returns at most 10 errors for an invalid query', async () => {
    const query = `{ ${Array.from({ length: 900 }, (_, n) => `unknown${n}`).join(' ')} }`;
    const { errors } = await ask({ query });
    expect(errors?.length).toBeLessThanOrEqual(requestBudget.maxValidationErrors + 1);
  });

  it('#40 rejects documents that are slow to validate: repeated fields, many fragments', async () => {
    await expectRejected(ask({ query: `{ ${'me { id } '.repeat(300)} }` }), 'Fields are repeated too often: `me` 300');
    const fragments = Array.from({ length: 61 }, (_, n) => `fragment F${n} on Query { me { id } }`);
    await expectRejected(ask({ query: `{ ${fragments.map((_, n) => `...F${n}`)} } ${fragments}` }), '61 fragments');
  });

  it('#40 executes fragments that spread the next one twice quickly, also when sent again', async () => {
    const chain = Array.from({ length: 25 }, (_, n) => `fragment F${n} on AmazonOrder { ...F${n + 1} ...F${n + 1} }`);
    const query = `{ orders(first: 1) { nodes { ...F0 } } } ${chain.join(' ')} fragment F25 on AmazonOrder { id }`;
    const started = performance.now();
    for (let time = 0; time < 3; time++) {
      expect((await ask({ query })).errors).toBeUndefined();
      expect(codesOf(await ask({ query }, null))).toEqual(['UNAUTHENTICATED']);
    }
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it('#41 rejects more than 200 ids, and more than 10,000 objects', async () => {
    const ids = Array(201).fill('x');
    await expectRejected(ask({ query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', variables: { ids } }), '201');
    const many = Array.from({ length: 20 }, (_, n) => `a${n}: orders(first: $n) { nodes { items { id } } }`);
    const query = `query ($n: Int) { ${many} }`;
    await expectRejected(ask({ query, variables: { n: 200 } }), 'at most 10000 are allowed');
    expect((await ask({ query, variables: { n: 1 } })).errors).toBeUndefined();
  });

  it('#41 rejects more than 10,000 objects by a document that was executed before with fewer', async () => {
    const nodes = Array.from({ length: 20 }, (_, n) => `n${n}: nodes { items { id asin title } }`);
    const query = `query ($n: Int) { orders(first: $n) { ${nodes} } }`;
    for (let time = 0; time < 2; time++) expect((await ask({ query, variables: { n: 1 } })).errors).toBeUndefined();
    await expectRejected(ask({ query, variables: { n: 200 } }), 'at most 10000 are allowed');
  });
});

it.each(['variables={', 'extensions=%', 'variables=%00'])(
  '#40 malformed JSON in a URL parameter returns BAD_REQUEST: %s',
  async (parameter) => {
    const response = await fetch(`${server.graphqlUrl}?query={__typename}&${parameter}`);
    expect(response.status).toBe(400);
    expect(codesOf((await response.json()) as Answer)).toEqual(['BAD_REQUEST']);
  },
);

describe('the body limit', () => {
  const body = (bytes: number) => JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(bytes - 60) } });
  const post = (text: string, authorization: string | null, chunked: boolean) => {
    const length = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(Buffer.byteLength(text)) };
    return send(server.graphqlUrl, 'POST', { ...json, ...(authorization ? { authorization } : {}), ...length }, text);
  };

  it.each([false, true])('#40 is 64 kB without a session and 256 kB with one (chunked: %s)', async (chunked) => {
    const answers = [];
    for (const authorization of [null, 'Bearer nonsense', server.viewer])
      for (const bytes of [maxAnonymousBodyBytes - 100, maxAnonymousBodyBytes + 100, maxBodyBytes + 100])
        answers.push((await post(body(bytes), authorization, chunked)).status);
    expect(answers).toEqual([200, 413, 413, 200, 413, 413, 200, 200, 413]);
    expect(codesOf(JSON.parse((await post(body(maxBodyBytes + 100), null, chunked)).text))).toEqual([
      'REQUEST_ENTITY_TOO_LARGE',
    ]);
  });

  it('#40 is the same for a WebSocket message; the socket is closed with 1009', async () => {
    for (const [authorization, bytes] of [
      [null, maxAnonymousBodyBytes + 100],
      [server.viewer, maxBodyBytes + 100],
    ] as const) {
      const socket = await open(authorization);
      subscribe(socket, JSON.parse(body(bytes)));
      expect((await closeOf(socket)).code).toBe(1009);
    }
    const socket = await open(server.viewer);
    subscribe(socket, JSON.parse(body(maxBodyBytes - 1_000)));
    expect(await nextMessages(socket, 1)).toMatchObject([{ payload: { data: { __typename: 'Query' } } }]);
    socket.terminate();
  });

  it.each([
    ['413', '/graphql', { 'content-type': 'application/json' }],
    ['415', '/graphql', { 'content-type': 'text/plain' }],
    ['403', '/graphql', { 'content-type': 'application/json', origin: 'https://evil.example' }],
    ['405', '/metrics', {}],
    ['404', '/nowhere', {}],
    ['200', '/graphql?query={__typename}', {}],
  ])('#47 a body is not read to its end after an early response with %s', async (status, path, headers) => {
    const request = httpRequest(`${server.url}${path}`, {
      method: status === '200' ? 'GET' : 'POST',
      headers: { ...headers, 'content-length': 500_000_000 },
    });
    const chunk = Buffer.alloc(65_536);
    let sent = 0;
    const closed = new Promise((resolve) => {
      request.on('error', resolve);
      request.on('close', resolve);
    });
    const answered = once(request, 'response');
    const write = () => {
      while (!request.destroyed && sent < 100_000_000) {
        sent += chunk.length;
        if (!request.write(chunk)) return void request.once('drain', write);
      }
    };
    write();
    const [response] = await answered;
    expect(String(response.statusCode)).toBe(status);
    if (status !== '200') expect(response.headers.connection).toBe('close');
    response.resume();
    await closed;
    // Includes what the buffers of both sockets hold.
    expect(sent).toBeLessThan(30_000_000);
  });
});
