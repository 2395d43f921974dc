import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { serverAudits } from 'graphql-http';
import { describe, expect, vi } from 'vitest';
import { StartError } from '../../src/core/errors.js';
import { it } from '../helpers/fixtures.js';
import { codesOf, PASSWORD, send as sendTo, type TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = json, path = '/graphql') =>
  fetch(`${server.url}${path}`, { method: 'POST', headers, body });
const send = (method: string, path: string, headers: Record<string, string>, body = '') =>
  sendTo(`${server.url}${path}`, method, headers, body);
const typename = JSON.stringify({ query: '{ __typename }' });

describe('the GraphQL over HTTP protocol', () => {
  for (const audit of serverAudits({ url: () => server.graphqlUrl })) {
    it(`${audit.id}: ${audit.name}`, async () => {
      const result = await audit.fn();
      expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
    });
  }
});

describe('routes', () => {
  it('are listed in a 404', async () => {
    const response = await fetch(`${server.url}/nowhere`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    for (const path of ['/graphql', '/admin', '/health/live', '/health/ready', '/metrics'])
      expect(text).toContain(path);
  });

  it('respond to health checks', async () => {
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${server.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'ready', checks: { database: 'ok', server: 'ok' } });
  });

  it('report requests and operations as metrics', async () => {
    await post(typename);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(
      /ordermirror_http_request_duration_seconds_count\{route="\/graphql",method="POST",status="200"\} \d/,
    );
    expect(text).toMatch(/ordermirror_graphql_operations_total\{type="query"\} \d/);
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('serve the admin page without inline code, with a strict content security policy', async () => {
    const response = await fetch(`${server.url}/admin`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
    const html = await response.text();
    expect(html).not.toMatch(/<script(?![^>]* (?:src=|type="application\/json"))|<style|style=|onclick=/);
    const [, sheet] =
      /href="(\/admin\/assets\/[^"]+\.css)"/.exec(await (await fetch(`${server.url}/admin/orders`)).text()) ?? [];
    const style = await fetch(`${server.url}${sheet}`);
    expect(style.headers.get('content-type')).toContain('text/css');
    expect(style.headers.get('content-encoding')).toBe('gzip');
    expect(style.headers.get('cache-control')).toContain('immutable');
    const known = { 'if-none-match': style.headers.get('etag') ?? '', 'accept-encoding': 'gzip' };
    const cached = await send('GET', sheet ?? '', known);
    expect([cached.status, cached.headers['cache-control']]).toEqual([304, style.headers.get('cache-control')]);
    expect((await fetch(`${server.url}/admin/assets/nothing.js`)).status).toBe(404);
  });

  it('respond 304 to the ETag of the admin page with the same headers, and ignore ranges', async () => {
    const { etag = '', ...headers } = (await send('GET', '/admin/runs?x', {})).headers;
    const cached = await send('GET', '/admin', { 'if-none-match': etag });
    expect(cached).toMatchObject({ status: 304, text: '' });
    // Browsers replace the cached headers by these.
    for (const name of ['content-security-policy', 'cache-control', 'vary'])
      expect(cached.headers[name], name).toBe(headers[name]);
    expect((await send('GET', '/admin', { range: 'bytes=9-1' })).status).toBe(200);
  });

  it.runIf(existsSync('/proc/self/fd'))('close the file of a client that disconnects', async () => {
    const openFiles = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).includes('dist/graphiql');
        } catch {
          return false;
        }
      });
    const leave = new AbortController();
    await fetch(server.graphqlUrl, { headers: { accept: 'text/html' }, signal: leave.signal });
    expect(openFiles()).toHaveLength(1);
    leave.abort();
    await vi.waitUntil(() => openFiles().length === 0, 60_000);
  });

  it('report to the admin page whether there is an owner and whether `register` needs the setup code', async () => {
    const response = await fetch(`${server.url}/admin/first-run.json`, {
      headers: { 'x-forwarded-for': '203.0.113.7' },
    });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ ownerExists: expect.any(Boolean), setupCodeNeeded: true });
    const local = await fetch(`${server.url}/admin/first-run.json`);
    expect(await local.json()).toEqual({ ownerExists: expect.any(Boolean), setupCodeNeeded: false });
  });

  it('serve GraphiQL without files from other hosts', async () => {
    const response = await fetch(server.graphqlUrl, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:/);
    const html = await response.text();
    expect(html).toContain('renderYogaGraphiQL');
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('serve GraphiQL compressed if the client accepts Brotli or gzip, and to HEAD without a body', async () => {
    const ask = (method: string, headers: Record<string, string>) =>
      send(method, '/graphql', { accept: 'text/html', ...headers });
    const plain = await ask('GET', {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.text).toContain('renderYogaGraphiQL');
    for (const firstStep of ['mutation Register', 'mutation SignIn']) expect(plain.text).toContain(firstStep);
    for (const refusing of ['zstd', 'identity', 'gzip;q=0, br;q=0, *', 'gzip; q=0.0'])
      expect(
        (await ask('HEAD', { 'accept-encoding': refusing })).headers['content-encoding'],
        refusing,
      ).toBeUndefined();
    for (const [taking, coding, unzip] of [
      ['gzip, deflate', 'gzip', gunzipSync],
      ['GZIP;q=0.5', 'gzip', gunzipSync],
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['*', 'br', brotliDecompressSync],
    ] as const) {
      const zipped = await ask('GET', { 'accept-encoding': taking });
      expect(zipped.headers, taking).toMatchObject({ 'content-encoding': coding, vary: 'accept, accept-encoding' });
      expect(unzip(zipped.body).equals(plain.body)).toBe(true);
    }
    const head = await ask('HEAD', {});
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-type': 'text/html;charset=utf-8' } });
    expect(head.headers['content-length']).toBe(String(plain.body.length));
  });

  it('do not include GraphiQL if the server listens beyond loopback', async () => {
    const open = server.another('0.0.0.0');
    const { port } = await open.listen();
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(406);
    await open.stop();
  });

  it('send security headers with every response', async () => {
    for (const path of ['/nowhere', '/health/live', '/admin', '/metrics']) {
      const { headers } = await fetch(`${server.url}${path}`);
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
    }
    const { headers } = await post(typename);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('requests that a foreign page can send', () => {
  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/graphql',
  ])('rejects a body of type %s', async (type) => {
    const response = await post(type.includes('form-url') ? 'query={__typename}' : typename, { 'content-type': type });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain('application/json');
  });

  it.each([[{ origin: 'https://evil.example' }], [{ origin: 'null' }], [{ 'sec-fetch-site': 'cross-site' }]])(
    'rejects %j',
    async (headers) => {
      expect((await send('POST', '/graphql', { ...json, ...headers }, typename)).status).toBe(403);
      expect((await send('GET', '/graphql?query=%7B__typename%7D', headers)).status).toBe(403);
    },
  );

  it('accepts the origin of the admin page', async () => {
    expect((await send('POST', '/graphql', { ...json, origin: server.url }, typename)).status).toBe(200);
  });

  it('rejects mutations by GET without executing them', async () => {
    const query = 'mutation { syncOrders { id } }';
    const response = await fetch(`${server.graphqlUrl}?query=${encodeURIComponent(query)}`, {
      headers: { authorization: server.owner },
    });
    expect(response.status).toBe(405);
    expect(await server.database.query("SELECT FROM audit_log WHERE action = 'syncOrders'")).toEqual([]);
  });

  it.each([
    ['no JSON', '{nope', 400],
    ['no query', '{}', 400],
    ['a batch', `[${typename},${typename}]`, 400],
    ['another parameter', '{"query": "{ __typename }", "other": 1}', 400],
  ])('rejects a request with %s', async (_what, body, status) => {
    const response = await post(body, { ...json, accept: 'application/graphql-response+json' });
    expect(response.status).toBe(status);
    expect(codesOf(await response.json())).toEqual(['BAD_REQUEST']);
  });
});

describe('size limits', () => {
  it.each([
    [
      'depth',
      `{ orders { edges { node { items ${'{ itemPrice '.repeat(12)}{ amount }${' }'.repeat(12)} } } } }`,
      'depth limit of 15',
    ],
    [
      'aliases',
      `{ ${Array.from({ length: 31 }, (_, n) => `a${n}: __typename me${n}: me { id }`).join(' ')} }`,
      'Aliases limit of 30',
    ],
    ['tokens', `{ ${'__typename '.repeat(2_100)} }`, 'Token limit of 2000'],
  ])('reject an operation beyond the limit of %s', async (_limit, query, message) => {
    const answer = await server.ask(query, {}, server.owner);
    expect(answer.data).toBeUndefined();
    expect(answer.errors?.map((error) => error.message).join()).toContain(message);
    expect(codesOf(answer)).toContain('BAD_USER_INPUT');
  });

  it('allow introspection of the whole schema', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const answer = await server.ask(getIntrospectionQuery(), {}, server.viewer);
    expect(answer.errors).toBeUndefined();
  });
});

describe('introspection', () => {
  const query = '{ __schema { queryType { name } } }';
  const elsewhere = { ...json, 'x-forwarded-for': '203.0.113.7' };

  it('requires a session or a caller on this machine', async () => {
    expect(await (await post(JSON.stringify({ query }))).json()).toHaveProperty('data.__schema');
    const signedIn = await post(JSON.stringify({ query }), { ...elsewhere, authorization: server.viewer });
    expect(await signedIn.json()).toHaveProperty('data.__schema');
    const anonymous = await post(JSON.stringify({ query }), elsewhere);
    expect(await anonymous.json()).not.toHaveProperty('data');
  });

  it('gives no suggestions of names to others', async () => {
    const wrong = JSON.stringify({ query: '{ connectio { id } }' });
    expect(await (await post(wrong)).text()).toContain('Did you mean');
    expect(await (await post(wrong, elsewhere)).text()).not.toContain('Did you mean');
  });
});

describe('an invalid token', () => {
  it.each(['Bearer nonsense', 'nonsense', ''])('does not prevent signing in: "%s"', async (authorization) => {
    const login = `mutation { login(email: "viewer@example.com", password: "${PASSWORD}") { user { email } } }`;
    expect(await server.ask(login, {}, authorization)).toEqual({
      data: { login: { user: { email: 'viewer@example.com' } } },
    });
    const register = 'mutation { register(email: "x@example.com", password: "twelve or more") { token } }';
    expect(codesOf(await server.ask(register, {}, authorization))).toEqual(['FORBIDDEN']);
    expect(await server.ask('{ me { email } }', {}, authorization)).toEqual({ data: { me: null } });
  });

  it.each([
    ['{ connection { id } }', { connection: null }],
    ['{ orders { totalCount } }', null],
    ['mutation { syncOrders { id } }', null],
    ['{ node(id: "QW1hem9uT3JkZXI6MQ==") { id } }', { node: null }],
  ])('is the reason in the error of %s', async (query, data) => {
    const answer = await server.ask(query, {}, 'Bearer nonsense');
    expect(answer).toMatchObject({
      data,
      errors: [
        {
          message: 'The token is invalid or has expired. Sign in again.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    });
    const [malformed] = (await server.ask(query, {}, 'nonsense')).errors ?? [];
    expect(malformed?.message).toContain('must be `Bearer TOKEN`');
  });
});

describe('start and stop', () => {
  it('fails with the port that is in use', async () => {
    const { port } = new URL(server.url);
    const second = server.another('127.0.0.1', Number(port));
    const error = await second.listen().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StartError);
    expect(String(error)).toContain(
      `Port ${port} on 127.0.0.1 is in use. Stop the program that uses it, or set PORT to another port.`,
    );
  });

  it('fails if the host is not an address of this machine', async () => {
    await expect(server.another('192.0.2.1').listen()).rejects.toThrow(
      /HOST 192\.0\.2\.1 is not an address of this machine/,
    );
  });

  it.each(['text/event-stream', '*/*'])('ends server-sent events immediately: %s', async (accept) => {
    const other = server.another();
    const { url } = await other.listen();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { ...json, accept, authorization: server.viewer },
      body: JSON.stringify({ query: 'subscription { syncProgress { id } }' }),
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const started = performance.now();
    await Promise.all([other.stop(), response.text().catch(() => {})]);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('completes requests in progress and accepts no new ones', async () => {
    const other = server.another();
    const { url, port } = await other.listen();
    // The body is incomplete when the server stops.
    const slow = httpRequest(`${url}/graphql`, {
      method: 'POST',
      headers: { ...json, 'content-length': typename.length },
    });
    slow.write(typename.slice(0, 5));
    const waiting = connect(port, '127.0.0.1');
    await once(waiting, 'connect');
    await fetch(`${url}/health/live`);
    const stopped = other.stop();
    waiting.write('GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(String((await once(waiting, 'data'))[0])).toMatch(/^HTTP\/1\.1 503 .*"server":"stopping"/s);
    slow.end(typename.slice(5));
    const [response] = await once(slow, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
    await stopped;
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
    waiting.destroy();
  });
});
