import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { requestBudget } from '../../src/graphql/limits/request-budget.js';
import { seedOrders } from '../helpers/seed-orders.js';
import { type Answer, codesOf, withServer } from '../helpers/with-server.js';

const server = withServer();
beforeAll(() => seedOrders(server.database, 50));

const PAGE = 'query Page($filter: OrderFilter) { orders(filter: $filter) { nodes { id } } }';
const { maxAnonymousBodyBytes, maxBodyBytes, maxQueryBytes } = requestBudget;

type Params = Record<string, unknown>;
type Way = (params: Params, authorization: string | null) => Promise<Answer>;

/** The API's endpoints: what each one answers, as one GraphQL answer. */
const ways: Record<string, Way> = {
  HTTP: async (params, authorization) => (await (await post(params, authorization)).json()) as Answer,
  'server-sent events': async (params, authorization) => {
    const text = await (await post(params, authorization, 'text/event-stream')).text();
    return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? 'null') as Answer;
  },
  WebSocket: async (params, authorization) => {
    const socket = await openSocket(authorization);
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: params }));
    const [data] = await once(socket, 'message');
    socket.terminate();
    const { type, payload } = JSON.parse(String(data));
    return type === 'error' ? { errors: payload } : payload;
  },
};

function post(params: unknown, authorization: string | null, accept = 'application/json') {
  const headers = { 'content-type': 'application/json', accept, ...(authorization ? { authorization } : {}) };
  return fetch(server.graphqlUrl, { method: 'POST', headers, body: JSON.stringify(params) });
}

async function openSocket(authorization: string | null): Promise<WebSocket> {
  const socket = new WebSocket(server.webSocketUrl, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: authorization ? { authorization } : {} }));
  await once(socket, 'message');
  return socket;
}

describe.each(Object.keys(ways))('over %s', (name) => {
  const ask = (params: Params, authorization: string | null = server.viewer) => {
    const way = ways[name];
    if (!way) throw new Error(name);
    return way(params, authorization);
  };
  const expectRefusal = async (answer: Promise<Answer>, message: string | RegExp) => {
    const { data = null, errors } = await answer;
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.message).toMatch(message);
    expect(codesOf({ errors: errors ?? [] })).toEqual(['BAD_USER_INPUT']);
  };

  it('#39 refuses a query text of more than 64 kB, whatever it is made of, before it is parsed', async () => {
    for (const query of [`{ __typename } #${'x'.repeat(maxQueryBytes)}`, `{ "${'ä'.repeat(maxQueryBytes / 2)}`])
      await expectRefusal(ask({ query }), /Its text has 655\d\d bytes; at most 65536/);
    expect(await ask({ query: `{ __typename } #${'x'.repeat(maxQueryBytes - 16)}` })).toEqual({
      data: { __typename: 'Query' },
    });
  });

  it.each<[string, unknown]>([
    ['50,000 bad values in a list', { statuses: Array(50_000).fill(1) }],
    ['unknown keys', Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`unknown${n}`, 1]))],
    ['one value that is long', { search: ['x'.repeat(200_000)] }],
  ])('#40 answers %s in the variables with one short error, quickly', async (_what, filter) => {
    await ask({ query: PAGE });
    const started = performance.now();
    await expectRefusal(ask({ query: PAGE, variables: { filter } }), /^.{20,1001}$/s);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('#40 ignores variables that no operation declares', async () => {
    const variables = Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`unknown${n}`, 1]));
    expect((await ask({ query: PAGE, variables })).errors).toBeUndefined();
  });

  it('#40 answers an invalid query with 10 errors at most', async () => {
    const query = `{ ${Array.from({ length: 900 }, (_, n) => `unknown${n}`).join(' ')} }`;
    const { errors } = await ask({ query });
    expect(errors?.length).toBeLessThanOrEqual(requestBudget.maxValidationErrors + 1);
  });

  it('#40 refuses what takes validation long: fields of one name, fragments', async () => {
    await expectRefusal(ask({ query: `{ ${'me { id } '.repeat(300)} }` }), 'Fields are repeated too often: `me` 300');
    const fragments = Array.from({ length: 61 }, (_, n) => `fragment F${n} on Query { me { id } }`);
    await expectRefusal(ask({ query: `{ ${fragments.map((_, n) => `...F${n}`)} } ${fragments}` }), '61 fragments');
  });

  it('#40 executes fragments that spread each other twice as fast as others, sent again too', async () => {
    const chain = Array.from({ length: 25 }, (_, n) => `fragment F${n} on AmazonOrder { ...F${n + 1} ...F${n + 1} }`);
    const query = `{ orders(first: 1) { nodes { ...F0 } } } ${chain.join(' ')} fragment F25 on AmazonOrder { id }`;
    const started = performance.now();
    for (let time = 0; time < 3; time++) {
      expect((await ask({ query })).errors).toBeUndefined();
      expect(codesOf(await ask({ query }, null))).toEqual(['UNAUTHENTICATED']);
    }
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it('#41 refuses more than 200 ids, and more than 10,000 objects', async () => {
    const ids = Array(201).fill('x');
    await expectRefusal(ask({ query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', variables: { ids } }), '201');
    const many = Array.from({ length: 20 }, (_, n) => `a${n}: orders(first: $n) { nodes { items { id } } }`);
    const query = `query ($n: Int) { ${many} }`;
    await expectRefusal(ask({ query, variables: { n: 200 } }), 'at most 10000 are allowed');
    expect((await ask({ query, variables: { n: 1 } })).errors).toBeUndefined();
  });

  it('#41 refuses them for a page that was answered before with fewer', async () => {
    const nodes = Array.from({ length: 20 }, (_, n) => `n${n}: nodes { items { id asin title } }`);
    const query = `query ($n: Int) { orders(first: $n) { ${nodes} } }`;
    for (let time = 0; time < 2; time++) expect((await ask({ query, variables: { n: 1 } })).errors).toBeUndefined();
    await expectRefusal(ask({ query, variables: { n: 200 } }), 'at most 10000 are allowed');
  });
});

it.each(['variables={', 'extensions=%', 'variables=%00'])(
  '#40 malformed JSON in the address is no internal error: %s',
  async (parameter) => {
    const response = await fetch(`${server.graphqlUrl}?query={__typename}&${parameter}`);
    expect(response.status).toBe(400);
    expect(codesOf((await response.json()) as Answer)).toEqual(['BAD_REQUEST']);
  },
);

describe('the size of a body', () => {
  const body = (bytes: number) => JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(bytes - 60) } });
  const send = (text: string, authorization: string | null, chunked: boolean) =>
    new Promise<{ status: number | undefined; connection: string | undefined; text: string }>((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        ...(authorization ? { authorization } : {}),
        ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(text) }),
      };
      const request = httpRequest(server.graphqlUrl, { method: 'POST', headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const { connection } = response.headers;
        resolve({ status: response.statusCode, connection, text: Buffer.concat(chunks).toString() });
      });
      request.on('error', reject);
      request.end(text);
    });

  it.each([false, true])('#40 is 64 kB without a session and 256 kB with one (chunked: %s)', async (chunked) => {
    const answers = [];
    for (const authorization of [null, 'Bearer nonsense', server.viewer])
      for (const bytes of [maxAnonymousBodyBytes - 100, maxAnonymousBodyBytes + 100, maxBodyBytes + 100])
        answers.push((await send(body(bytes), authorization, chunked)).status);
    expect(answers).toEqual([200, 413, 413, 200, 413, 413, 200, 200, 413]);
  });

  it('#40 is the same for a message on a WebSocket, which is closed with 1009', async () => {
    for (const [authorization, bytes] of [
      [null, maxAnonymousBodyBytes + 100],
      [server.viewer, maxBodyBytes + 100],
    ] as const) {
      const socket = await openSocket(authorization);
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: JSON.parse(body(bytes)) }));
      expect((await once(socket, 'close'))[0]).toBe(1009);
    }
    const socket = await openSocket(server.viewer);
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: JSON.parse(body(maxBodyBytes - 1_000)) }));
    expect(String((await once(socket, 'message'))[0])).toContain('"__typename":"Query"');
    socket.terminate();
  });

  it.each([
    ['413', '/graphql', { 'content-type': 'application/json' }],
    ['415', '/graphql', { 'content-type': 'text/plain' }],
    ['403', '/graphql', { 'content-type': 'application/json', origin: 'https://evil.example' }],
    ['405', '/metrics', {}],
    ['404', '/nowhere', {}],
    ['200', '/graphql?query={__typename}', {}],
  ])(
    '#47 a request that is answered with %s before its body is read is not read to its end',
    async (status, path, headers) => {
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
      // What the sockets between them hold comes on top of what the server discards.
      expect(sent).toBeLessThan(30_000_000);
    },
  );
});
