import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SpApiClientOptions } from '../../src/spapi/http/client.js';
import { createSpApi } from '../../src/spapi/spapi.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { allPages, clientOptions, createWatch, credential } from './set-up.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const giveToken: Handler = (_request, response) =>
  json(response, 200, { access_token: 'Atza|ACCESS', expires_in: 3600 });

/** A server with these handlers, and the client on it. */
async function serve(orders: Handler, token: Handler = giveToken, more: Partial<SpApiClientOptions> = {}) {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    (request.url === '/auth/o2/token' ? token : orders)(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clock = createVirtualClock();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const api = createSpApi(clientOptions(url, clock, more));
  onTestFinished(async () => {
    api.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return api;
}

const query = {
  marketplaceIds: ['ATVPDKIKX0DER'],
  lastUpdatedAfter: new Date('2026-11-01T00:00:00Z'),
  lastUpdatedBefore: new Date('2026-11-02T00:00:00.700Z'),
};
const getOrder: Handler = (_request, response) =>
  json(response, 404, { errors: [{ code: 'NotFound', message: null }] });

describe('requests', () => {
  it('are a GET with the access token and without a body', async () => {
    let seen: IncomingMessage | undefined;
    const api = await serve((request, response) => {
      seen = request;
      json(response, 404, { errors: [{ code: 'NotFound', message: null }] });
    });
    expect(await api.orders.getOrder('1', createWatch().watch)).toBeNull();
    expect(seen?.url).toBe('/orders/2026-01-01/orders/1?includedData=FULFILLMENT%2CPROCEEDS');
    expect(seen?.headers).toMatchObject({ 'x-amz-access-token': 'Atza|ACCESS', accept: 'application/json' });
    for (const name of ['content-length', 'transfer-encoding', 'content-type', 'cookie', 'authorization']) {
      expect(seen?.headers).not.toHaveProperty(name);
    }
  });

  it('send the credential to the login form-encoded', async () => {
    let form: URLSearchParams | undefined;
    let type: string | undefined;
    const api = await serve(getOrder, (request, response, body) => {
      form = new URLSearchParams(body);
      type = request.headers['content-type'];
      giveToken(request, response, body);
    });
    await api.orders.getOrder('1', createWatch().watch);
    expect(type).toMatch(/^application\/x-www-form-urlencoded/);
    expect(Object.fromEntries(form ?? [])).toEqual({
      grant_type: 'refresh_token',
      refresh_token: credential.refreshToken,
      client_id: credential.clientId,
      client_secret: credential.clientSecret,
    });
  });

  it('send a page token back unchanged, encoded once', async () => {
    const token = 'a+b/c=d%2Fe%&f g?#ü==';
    const urls: string[] = [];
    const api = await serve((request, response) => {
      urls.push(request.url ?? '');
      json(response, 200, { orders: [], ...(urls.length === 1 && { pagination: { nextToken: token } }) });
    });
    const pages = await allPages(api.orders.searchOrders(query, createWatch().watch));
    expect(pages).toHaveLength(2);
    expect(urls[1]).toBe(`${urls[0]}&paginationToken=${encodeURIComponent(token)}`);
    expect(urls[0]).toContain('marketplaceIds=ATVPDKIKX0DER&lastUpdatedAfter=2026-11-01T00%3A00%3A00Z&');
  });
});

describe('answers', () => {
  it('may be compressed', async () => {
    const api = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' });
      response.end(gzipSync('{"orders":[]}'));
    });
    await expect(allPages(api.orders.searchOrders(query, createWatch().watch))).resolves.toHaveLength(1);
  });

  it.each([
    ['Amazon’s', '2026-11-01T23:58:00.000Z', '2026-11-01T23:58:00.000Z'],
    ['the requested one in whole seconds, without one of Amazon’s', undefined, '2026-11-02T00:00:00.000Z'],
    ['the requested one, if Amazon’s is invalid', 'soon', '2026-11-02T00:00:00.000Z'],
  ])('have an upper bound: %s', async (_what, sent, bound) => {
    const api = await serve((_request, response) => json(response, 200, { orders: [], lastUpdatedBefore: sent }));
    const [page] = await allPages(api.orders.searchOrders(query, createWatch().watch));
    expect(page?.lastUpdatedBefore.toISOString()).toBe(bound);
  });

  it.each([{}, { payload: { orders: [] } }, { orders: null }, [], null])(
    'are rejected with an unexpected shape: %j',
    async (body) => {
      const api = await serve((_request, response) => json(response, 200, body));
      await expect(allPages(api.orders.searchOrders(query, createWatch().watch))).rejects.toMatchObject({
        code: 'SP_API_UNAVAILABLE',
        message: expect.stringContaining('does not match the model'),
      });
    },
  );

  it('#36 end a search after 100 empty pages', async () => {
    let count = 0;
    const api = await serve((_request, response) => {
      count += 1;
      json(response, 200, { orders: [], pagination: { nextToken: `t${count}` } });
    });
    await expect(allPages(api.orders.searchOrders(query, createWatch().watch))).rejects.toMatchObject({
      code: 'SP_API_UNAVAILABLE',
    });
    expect(count).toBe(100);
  });

  it('are not followed when they redirect, since the token would be sent along', async () => {
    let followed = false;
    const api = await serve((request, response) => {
      followed ||= request.url === '/elsewhere';
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await expect(api.orders.getOrder('1', createWatch().watch)).rejects.toMatchObject({ code: 'SP_API_INVALID_INPUT' });
    expect(followed).toBe(false);
  });

  it('with a 404 that is not Amazon’s do not mean that an order does not exist', async () => {
    const api = await serve((_request, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>'),
    );
    await expect(api.orders.getOrder('1', createWatch().watch)).rejects.toMatchObject({
      code: 'SP_API_INVALID_INPUT',
      message: expect.stringContaining('SP_API_ENDPOINT'),
    });
  });

  it('are quoted in one short line, without tokens and e-mail addresses', async () => {
    const message = `Token Atza|ACCESS of jane.doe@mail.example\nis odd. ${'x'.repeat(1000)}`;
    const api = await serve((_request, response) =>
      json(response, 400, { errors: [{ code: 'InvalidInput', message, details: 'Atza|ACCESS' }] }),
    );
    const error: Error = await api.orders.getOrder('1', createWatch().watch).then(
      () => new Error('it succeeded'),
      (thrown) => thrown,
    );
    expect(error.message).toMatch(/\(400 InvalidInput: Token … of … is odd\. x+…\)/);
    expect(error.message.length).toBeLessThan(700);
  });

  it('delay the retry by a Retry-After with a date', async () => {
    const waits: number[] = [];
    const clock = createVirtualClock();
    let calls = 0;
    const api = await serve(
      (_request, response) => {
        calls += 1;
        if (calls > 1) return json(response, 200, { orders: [] });
        return json(response, 503, {}, { 'retry-after': new Date(clock.time() + 42_000).toUTCString() });
      },
      giveToken,
      { clock: { now: clock.now, sleep: async (ms) => void waits.push(ms) } },
    );
    await allPages(api.orders.searchOrders(query, createWatch().watch));
    expect(waits).toEqual([42_000]);
  });
});

describe('login errors', () => {
  it.each([
    [400, 'invalid_grant', 'LWA_INVALID_GRANT'],
    [400, 'unauthorized_client', 'LWA_INVALID_GRANT'],
    [401, 'invalid_client', 'LWA_INVALID_CLIENT'],
    [400, 'invalid_client', 'LWA_INVALID_CLIENT'],
    [401, 'something_new', 'LWA_INVALID_CLIENT'],
    [400, 'invalid_request', 'SP_API_INVALID_INPUT'],
    [403, 'access_denied', 'SP_API_INVALID_INPUT'],
  ])('%i %s is %s, without a retry and without Amazon’s description', async (status, error, code) => {
    let logins = 0;
    const api = await serve(getOrder, (_request, response) => {
      logins += 1;
      json(response, status, { error, error_description: `bad ${credential.clientSecret}`, request_id: 'r' });
    });
    const refused = api.orders.getOrder('1', createWatch().watch);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(`${status} ${error}`) });
    await expect(refused).rejects.not.toThrow(/SECRET/);
    expect(logins).toBe(1);
  });

  it.each([{}, { access_token: '' }, { access_token: 'a\r\nb' }, { access_token: 'ok', expires_in: -1 }, 'token'])(
    'without an error code are retried, then reported: %j',
    async (body) => {
      let logins = 0;
      const api = await serve(getOrder, (_request, response) => {
        logins += 1;
        json(response, 200, body);
      });
      await expect(api.orders.getOrder('1', createWatch().watch)).rejects.toMatchObject({
        code: 'SP_API_UNAVAILABLE',
        message: expect.stringContaining('Login with Amazon'),
      });
      expect(logins).toBe(8);
    },
  );
});
