import { once } from 'node:events';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { type Client, createClient, type FormattedExecutionResult } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import { encodeGlobalId } from '../../src/graphql/pagination/global-id.js';
import { it } from '../helpers/fixtures.js';
import { closeOf, nextMessages, openSocket, subscribe } from '../helpers/web-sockets.js';
import type { Answer, TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
const WATCH = 'subscription Watch($runId: ID) { syncProgress(runId: $runId) { id status ordersSeen } }';
const SILENT = { lazyCloseTimeout: 0, retryAttempts: 0, webSocketImpl: WebSocket };
const NO_RUN = encodeGlobalId('SyncRun', 99n);
const clients: Client[] = [];
let runId = 0n;

beforeEach(async () => {
  const run = await server.engine.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' });
  runId = run.id;
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  await server.engine.cancel(runId);
  await server.engine.untilWatching(0);
});

function client(authorization?: string): Client {
  const made = createClient({
    ...SILENT,
    url: server.webSocketUrl,
    connectionParams: authorization ? { authorization } : {},
  });
  clients.push(made);
  return made;
}

function watch(authorization?: string, id: bigint | null = runId) {
  const variables = { runId: id === null ? null : encodeGlobalId('SyncRun', id) };
  return client(authorization).iterate({ query: WATCH, variables });
}

const open = (authorization: string) => openSocket(server.webSocketUrl, { authorization });

const seen = (result: IteratorResult<FormattedExecutionResult<Record<string, unknown>, unknown>>) =>
  result.done ? 'end' : (result.value.data?.syncProgress as { ordersSeen: number; status: string });

describe('syncProgress over graphql-ws', () => {
  it.each(['owner', 'viewer'] as const)(
    'sends the current state, each change and the end of the run to the %s',
    async (who) => {
      const events = watch(server[who]);
      expect(seen(await events.next())).toMatchObject({ status: 'RUNNING', ordersSeen: 0 });
      server.engine.change(runId, { ordersSeen: 100 });
      expect(seen(await events.next())).toMatchObject({ ordersSeen: 100 });
      server.engine.change(runId, { ordersSeen: 120, status: 'OK' });
      expect(seen(await events.next())).toMatchObject({ ordersSeen: 120, status: 'OK' });
      expect(seen(await events.next())).toBe('end');
    },
  );

  it('sends the current state to a late subscriber, and the final one after the end', async () => {
    server.engine.change(runId, { ordersSeen: 50 });
    expect(seen(await watch(server.viewer).next())).toMatchObject({ ordersSeen: 50 });
    server.engine.change(runId, { status: 'OK', ordersSeen: 60 });
    const late = watch(server.viewer);
    expect(seen(await late.next())).toMatchObject({ status: 'OK', ordersSeen: 60 });
    expect(seen(await late.next())).toBe('end');
  });

  it('sends the row without further statements', async () => {
    const events = watch(server.owner);
    await events.next();
    server.statements.length = 0;
    server.engine.change(runId, { ordersSeen: 1 });
    await events.next();
    expect(server.statements).toEqual([]);
  });

  it('requires a session', async () => {
    const { value } = await watch().next();
    expect(value).toEqual({
      data: null,
      errors: [expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } })],
    });
  });

  it('returns NOT_FOUND for an unknown run', async () => {
    const events = watch(server.viewer, 999n);
    expect((await events.next()).value).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    expect(seen(await events.next())).toBe('end');
  });

  it('unsubscribes from the engine when the client unsubscribes', async () => {
    const events = watch(server.owner);
    await events.next();
    await server.engine.untilWatching(1);
    await events.return?.();
    await server.engine.untilWatching(0);
  });

  it('unsubscribes from the engine when the socket is closed', async () => {
    const socket = await open(server.owner);
    subscribe(socket, { query: WATCH });
    await server.engine.untilWatching(1);
    socket.terminate();
    await server.engine.untilWatching(0);
  });
});

describe('a WebSocket token', () => {
  it('that is invalid closes the socket with 4403', async () => {
    const socket = await openSocket(server.webSocketUrl, { authorization: 'Bearer nonsense', until: 'init' });
    expect((await closeOf(socket)).code).toBe(4403);
  });

  it('that expires ends the subscription with an error and closes the socket', async () => {
    const socket = await open(await server.expiringToken(2));
    const closed = closeOf(socket);
    subscribe(socket, { query: WATCH });
    expect(await nextMessages(socket, 3)).toMatchObject([
      { type: 'next', payload: { data: { syncProgress: { status: 'RUNNING' } } } },
      { type: 'next', payload: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } },
      { type: 'complete' },
    ]);
    subscribe(socket, { query: '{ connection { id } me { id } }' }, '2');
    expect(await nextMessages(socket, 2)).toMatchObject([
      {
        type: 'next',
        payload: {
          data: { connection: null, me: null },
          errors: [{ message: expect.stringContaining('Sign in again'), extensions: { code: 'UNAUTHENTICATED' } }],
        },
      },
      { type: 'complete' },
    ]);
    expect((await closed).code).toBe(4403);
  });
});

describe('the WebSocket endpoint', () => {
  it('executes queries and mutations by role', async () => {
    const one = async (query: string, authorization?: string) =>
      (await client(authorization).iterate({ query }).next()).value;
    expect(await one('{ me { email } }', server.viewer)).toEqual({ data: { me: { email: 'viewer@example.com' } } });
    expect(await one('mutation { syncOrders { id } }', server.viewer)).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
  });

  it.each([
    ['GRAPHQL_PARSE_FAILED', '{ me {', {}],
    ['GRAPHQL_PARSE_FAILED', '{ me { email } } }', {}],
    ['GRAPHQL_VALIDATION_FAILED', '{ nothing }', {}],
    ['GRAPHQL_VALIDATION_FAILED', 'query ($first: Nothing) { me { email } }', {}],
    ['OPERATION_RESOLUTION_FAILURE', 'query A { me { email } } query B { me { id } }', {}],
    ['OPERATION_RESOLUTION_FAILURE', 'query A { me { email } }', { operationName: 'B' }],
    ['OPERATION_RESOLUTION_FAILURE', 'fragment A on User { email }', {}],
    ['BAD_USER_INPUT', 'query ($first: Int!) { orders(first: $first) { totalCount } }', { variables: { first: 'x' } }],
    ['BAD_USER_INPUT', `{ ${'__typename '.repeat(2_100)} }`, {}],
    ['BAD_USER_INPUT', `{ ${'a { '.repeat(16)} b ${'} '.repeat(16)} }`, {}],
    ['NOT_FOUND', 'mutation ($id: ID!) { cancelSync(runId: $id) { id } }', { variables: { id: NO_RUN } }],
  ])('returns the same errors as HTTP: %s, %s', async (code, query, more) => {
    const shown = (errors: Answer['errors'] = []) => errors.map(({ message, extensions }) => ({ message, extensions }));
    const response = await fetch(server.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: server.owner },
      body: JSON.stringify({ query, ...more }),
    });
    const overHttp = shown(((await response.json()) as Answer).errors);
    expect(overHttp.map(({ extensions }) => extensions?.code)).toContain(code);
    const overSocket = await client(server.owner)
      .iterate({ query, ...more })
      .next()
      .then(
        ({ value }) => value.errors,
        (errors: unknown) => errors,
      );
    expect(shown(overSocket)).toEqual(overHttp);
  });

  it('masks unexpected errors', async () => {
    vi.spyOn(server.engine, 'watch').mockImplementationOnce(async function* () {
      yield* [];
      throw new Error('password=hunter2 at 10.0.0.7');
    });
    const { value } = await watch(server.owner).next();
    expect(JSON.stringify(value)).toContain('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(value)).not.toMatch(/hunter2|10\.0\.0\.7/);
  });

  it('limits the active operations of a socket', async () => {
    const socket = await open(server.owner);
    for (let id = 0; id < 51; id++) subscribe(socket, { query: WATCH }, `${id}`);
    const [rejected] = (await nextMessages(socket, 51)).filter(({ type }) => type === 'error');
    expect(rejected).toMatchObject({ payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    socket.terminate();
  });

  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }, '/graphql', 403],
    ['another path', {}, '/other', 404],
  ])('rejects %s', async (_name, headers, path, status) => {
    const socket = new WebSocket(server.webSocketUrl.replace('/graphql', path), 'graphql-transport-ws', { headers });
    const [error] = await once(socket, 'error');
    expect(error.message).toContain(String(status));
  });

  it('accepts the origin of the admin page', async () => {
    (await openSocket(server.webSocketUrl, { headers: { origin: server.url } })).close();
  });

  it('closes all sockets with 1001 when the server stops', async () => {
    const other = server.another();
    const { url } = await other.listen();
    const socket = await openSocket(`${url.replace('http', 'ws')}/graphql`, { until: 'none' });
    const closed = closeOf(socket);
    await other.stop();
    expect((await closed).code).toBe(1001);
  });
});

it('counts open WebSockets and subscriptions', async () => {
  const gauges = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return ['graphql_subscriptions', 'websockets'].map(
      (name) => RegExp(`ordermirror_${name}_open (\\d+)`).exec(text)?.[1],
    );
  };
  expect(await gauges()).toEqual(['0', '0']);
  const events = watch(server.owner);
  await events.next();
  expect(await gauges()).toEqual(['1', '1']);
  server.engine.change(runId, { status: 'OK' });
  await events.next();
  await events.next();
  await clients.pop()?.dispose();
  await vi.waitUntil(async () => String(await gauges()) === '0,0', 60_000);
});

describe('Apollo Client', () => {
  it('queries over HTTP and subscribes over WebSocket', async () => {
    const socket = client(server.owner);
    const cache = { cache: new InMemoryCache() };
    const http = new ApolloClient({
      ...cache,
      link: new HttpLink({ uri: server.graphqlUrl, headers: { authorization: server.owner } }),
    });
    const { data } = await http.query<{ me: { email: string } }>({ query: gql`{ me { id email } }` });
    expect(data?.me.email).toBe('owner@example.com');

    const watching = new ApolloClient({ ...cache, link: new GraphQLWsLink(socket) });
    const statuses: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      watching
        .subscribe<{ syncProgress: { status: string } }>({
          query: gql(WATCH),
          variables: { runId: encodeGlobalId('SyncRun', runId) },
        })
        .subscribe({
          next: ({ data }) => {
            statuses.push(data?.syncProgress.status);
            if (statuses.length === 1) server.engine.change(runId, { status: 'OK' });
          },
          error: reject,
          complete: resolve,
        });
    });
    expect(statuses).toEqual(['RUNNING', 'OK']);
  });

  it('receives the code of an error', async () => {
    const http = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: server.graphqlUrl }) });
    const error = await http.query({ query: gql`{ connection { id } }` }).catch((error: unknown) => error);
    expect(error).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });
});

describe('server-sent events', () => {
  const stream = (headers: Record<string, string>) =>
    fetch(server.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      body: JSON.stringify({ query: WATCH, variables: { runId: encodeGlobalId('SyncRun', runId) } }),
    });

  it('send the run and its end', async () => {
    const response = await stream({ authorization: server.viewer });
    await server.engine.untilWatching(1);
    server.engine.change(runId, { status: 'OK', ordersSeen: 7 });
    const text = await response.text();
    expect(text).toContain('"ordersSeen":7');
    expect(text.trim()).toMatch(/event: complete\ndata:$/);
  });

  it('unsubscribe from the engine when the client disconnects', async () => {
    const response = await stream({ authorization: server.viewer });
    await server.engine.untilWatching(1);
    await response.body?.cancel();
    await server.engine.untilWatching(0);
  });

  it('require a session', async () => {
    expect(await (await stream({})).text()).toContain('UNAUTHENTICATED');
  });
});
