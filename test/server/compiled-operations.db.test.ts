import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, describe, expect } from 'vitest';
import { it } from '../helpers/fixtures.js';
import { DE, seedOrders } from '../helpers/seed-orders.js';
import { send, type TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
beforeAll(() => seedOrders(server.database, 120));

const PAGE = `query Page($first: Int, $after: String, $filter: OrderFilter, $orderBy: OrderSort) {
  orders(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { id amazonOrderId purchaseDate orderTotal { amount } items { sellerSku title } } pageInfo { endCursor }
  }
}`;
const json = { 'content-type': 'application/json' };

/** Posts a body. Returns the response without its date. */
async function post(body: string, headers: Record<string, string>) {
  const { status, headers: received, text } = await send(server.graphqlUrl, 'POST', headers, body);
  const { date: _date, ...rest } = received;
  return { status, headers: rest, text };
}

let sent = 0;
/** Returns the responses of graphql-js, to a new text, and of the compiled function, to a text that was sent before. */
async function bothWays(params: Record<string, unknown>, headers: Record<string, string> = {}) {
  const all: Record<string, string> = { ...json, authorization: server.viewer, ...headers };
  sent += 1;
  const isText = typeof params.query === 'string';
  const first = await post(JSON.stringify(isText ? { ...params, query: `${params.query} # ${sent}` } : params), all);
  const { query, operationName } = params;
  await post(JSON.stringify({ query, operationName }), { ...all, authorization: server.viewer, ...json });
  server.statements.length = 0;
  const known = await post(JSON.stringify(params), all);
  return { first, known, statements: [...server.statements] };
}

describe('a compiled operation', () => {
  it.each([
    ['the first one', {}],
    ['one of another size', { first: 7 }],
    ['with a filter', { first: 3, filter: { marketplaceIds: [DE], search: 'sku_1' } }],
    ['in another order', { orderBy: { field: 'LAST_UPDATE_DATE', direction: 'ASC' } }],
    ['that holds nothing', { filter: { statuses: [] } }],
  ])('returns the same response as graphql-js: %s', async (_what, variables) => {
    const { first, known } = await bothWays({ query: PAGE, variables });
    expect(known).toEqual(first);
    expect(known.status).toBe(200);
  });

  it.each([
    '{ me { email } orders(first: 3) { nodes { amazonOrderId items { asin } } } }',
    '{ a: orders(first: 3) { nodes { id } } b: orders(first: 4, orderBy: { field: LAST_UPDATE_DATE }) { totalCount edges { cursor } } }',
    'query ($no: Boolean = false) { orders(first: 3) { nodes { id @skip(if: $no) orderStatus @include(if: $no) } } }',
    'query { ...A } fragment A on Query { orders(first: 2) { ...B } } fragment B on QueryOrdersConnection { nodes { __typename id } }',
    '{ node(id: "QW1hem9uT3JkZXI6MQ") { id __typename ... on AmazonOrder { amazonOrderId items { title itemPrice { amount } } } } }',
    '{ nodes(ids: ["QW1hem9uT3JkZXI6MQ", "QW1hem9uT3JkZXI6OTk5OTk5", "QW1hem9uT3JkZXI6Mg"]) { id ... on AmazonOrder { items { asin } } } }',
    '{ orders(first: 2) { nodes { id rawPayload items { rawPayload } } } }',
    '{ connection { id status } coverage { marketplaceId } syncRuns(first: 2) { nodes { id } } marketplaces { id currency } }',
    '{ salesByDay(from: "2020-01-01", to: "2030-01-01") { date units revenue } orderStatuses }',
    '{ users { email } me { email } }',
    '{ __schema { types { name fields { name type { kind ofType { name } } } } } }',
  ])('returns the same response in any shape: %s', async (query) => {
    const { first, known } = await bothWays({ query });
    expect(known).toEqual(first);
    expect(known.text).toContain('data');
  });

  it('reads a page of orders with items in one statement, and the session in another', async () => {
    const query = '{ me { email } orders { nodes { amazonOrderId items { asin } } } }';
    expect((await bothWays({ query })).statements).toHaveLength(2);
  });

  it('continues from its cursor', async () => {
    const page = JSON.parse((await bothWays({ query: PAGE, variables: { first: 5 } })).known.text);
    const after = page.data.orders.pageInfo.endCursor;
    const { first, known } = await bothWays({ query: PAGE, variables: { first: 5, after } });
    expect(known).toEqual(first);
    expect(JSON.parse(known.text).data.orders.nodes[0].id).not.toBe(page.data.orders.nodes[0].id);
  });

  it.each([
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'application/graphql-response+json, application/json;q=0.9',
    'application/json, application/graphql-response+json',
    'text/event-stream',
    'multipart/mixed, application/json',
    'image/png',
  ])('responds in the media type of Accept: %s', async (accept) => {
    const { first, known } = await bothWays({ query: PAGE }, { accept });
    const withoutBoundary = ({ text, ...rest }: typeof first) => ({
      ...rest,
      text: text.replace(/[\w-]+-boundary/g, ''),
    });
    expect(withoutBoundary(known)).toEqual(withoutBoundary(first));
  });

  it('is cached by document and operation name', async () => {
    const query = `query A { orders(first: 1) { nodes { id } } } query B { orders(first: 1) { nodes { asin: id } } } query C { me { email } }`;
    for (const operationName of ['A', 'B', 'C', 'D', '', null, undefined, 7]) {
      const { first, known } = await bothWays({ query, operationName });
      expect(known, String(operationName)).toEqual(first);
    }
  });

  it('ignores extensions', async () => {
    const { first, known } = await bothWays({ query: PAGE, extensions: { clientLibrary: { name: 'x' } } });
    expect(known).toEqual(first);
  });

  it('is counted once in the metrics', async () => {
    const query = '{ orders(first: 2) { nodes { id } } }';
    await bothWays({ query });
    const before = await counted();
    await post(JSON.stringify({ query }), { ...json, authorization: server.viewer });
    expect(await counted()).toBe(before + 1);
  });

  async function counted() {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/ordermirror_graphql_operations_total\{type="query"\} (\d+)/.exec(text)?.[1]);
  }
});

describe('a rejected operation returns the same response compiled or not', () => {
  it.each<[string, Record<string, unknown>]>([
    ['a page too large', { variables: { first: 201 } }],
    ['an invalid cursor', { variables: { after: 'x' } }],
    ['a variable of another type', { variables: { first: 'x' } }],
    ['an invalid date', { variables: { filter: { updatedAfter: '2026' } } }],
    ['text that PostgreSQL can not store', { variables: { filter: { search: '\0' } } }],
    ['an unknown field of a filter', { variables: { filter: { nothing: 1 } } }],
    ['variables as a list', { variables: [] }],
    ['variables as text', { variables: '{}' }],
    ['extensions as text', { extensions: 'x' }],
    ['an unknown parameter', { variable: {} }],
    ['a query that is not a text', { query: 7 }],
  ])('%s', async (_what, params) => {
    const { first, known } = await bothWays({ query: PAGE, ...params });
    expect(known.text).toContain('errors');
    const byId = ({ text, ...rest }: typeof first) => ({ ...rest, text: text.replace(/[\da-f-]{36}/, 'ID') });
    expect(byId(known)).toEqual(byId(first));
  });

  it.each<[string, number, Record<string, string>]>([
    ['no session', 200, { authorization: '' }],
    ['an invalid token', 200, { authorization: 'Bearer nonsense' }],
    ['an invalid header', 200, { authorization: 'nonsense', accept: 'application/graphql-response+json' }],
  ])('%s', async (_what, status, headers) => {
    const { first, known } = await bothWays({ query: PAGE }, headers);
    expect(known).toEqual(first);
    expect(known.status).toBe(status);
    expect(known.text).not.toContain('amazonOrderId');
  });

  it('an expired token', async () => {
    const { first, known } = await bothWays({ query: PAGE }, { authorization: await server.expiringToken(-1) });
    expect(known).toEqual(first);
    expect(known.text).toContain('UNAUTHENTICATED');
  });
});

describe('a database error', () => {
  it('#61 is returned and logged once, after one statement, compiled or not', async () => {
    const query = 'query { ...Page } fragment Page on Query { found: orders(first: 4) { nodes { id } } }';
    const headers = { ...json, authorization: server.viewer };
    await post(JSON.stringify({ query }), headers);
    await server.database.query('ALTER TABLE amazon_order RENAME TO amazon_order_away');
    try {
      for (const asked of [query, `${query} # not compiled`]) {
        server.statements.length = 0;
        server.log.length = 0;
        const { status, text } = await post(JSON.stringify({ query: asked }), headers);
        const { data, errors } = JSON.parse(text);
        expect({ status, data }).toEqual({ status: 200, data: null });
        expect(errors).toMatchObject([{ path: ['found'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
        expect(server.statements.filter((statement) => statement.includes('FROM amazon_order'))).toHaveLength(1);
        expect(server.log.filter((line) => line.includes('A GraphQL request failed.'))).toHaveLength(1);
      }
    } finally {
      await server.database.query('ALTER TABLE amazon_order_away RENAME TO amazon_order');
    }
  });
});

it('continues when a client disconnects in the middle of its body', async () => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const head =
    'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n';
  socket.write(`${head}{"que`);
  await once(socket, 'connect');
  await fetch(`${server.url}/health/live`);
  socket.destroy();
  await once(socket, 'close');
  expect((await bothWays({ query: PAGE })).known.status).toBe(200);
  expect(server.log.join('')).not.toContain('A request failed');
});
