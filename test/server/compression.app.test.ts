import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, it } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp } from '../helpers/with-app.js';

const app = sharedTestApp({ orders: 60, settled: true, updatedWithinDays: 20 });
beforeAll(async () => {
  const { owner } = await app();
  await untilRun(owner, await startRun(owner), hasEnded);
});

const ORDERS = '{ orders(first: 50) { nodes { amazonOrderId orderStatus items { sellerSku asin title } } } }';
const LOGIN = `mutation {
  login(email: "owner@example.com", password: "a long enough password") { token user { id email } }
}`;

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends an operation with Node's client, which doesn't decompress. */
async function send(query: string, { token = '', encoding = 'gzip, deflate, br' } = {}): Promise<Answer> {
  const { app: server } = await app();
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      ...(encoding && { 'accept-encoding': encoding }),
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const sent = httpRequest(`${server.url}/graphql`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ query }));
  });
}

async function token(): Promise<string> {
  const { body } = await send(LOGIN);
  return JSON.parse(body.toString()).data.login.token;
}

it('compresses the answer of a query to a fraction, for clients that accept it', async () => {
  const signedIn = await token();
  const plain = await send(ORDERS, { token: signedIn, encoding: '' });
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(plain.headers.vary).toMatch(/accept-encoding/i);
  // The second time the operation runs compiled.
  for (let times = 0; times < 3; times += 1) {
    const { headers, body } = await send(ORDERS, { token: signedIn });
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers.vary).toMatch(/accept-encoding/i);
    expect(Number(headers['content-length'])).toBe(body.length);
    expect(gunzipSync(body).toString()).toBe(plain.body.toString());
    expect(body.length).toBeLessThan(plain.body.length / 3);
  }
  expect(
    (await send(ORDERS, { token: signedIn, encoding: 'gzip;q=0, br' })).headers['content-encoding'],
  ).toBeUndefined();
  expect((await send('{ me { id } }', { token: signedIn })).headers['content-encoding']).toBeUndefined();
});

it('does not compress answers with a secret, however long', async () => {
  const signedIn = await token();
  const aliases = Array.from({ length: 28 }, (_, index) => `a${index}: renewSession { token user { id email } }`);
  const { headers, body } = await send(`mutation { ${aliases.join(' ')} }`, { token: signedIn });
  expect(body.length).toBeGreaterThan(2_048);
  expect(JSON.parse(body.toString()).data.a0.token).toBeTruthy();
  expect(headers['content-encoding']).toBeUndefined();
});
