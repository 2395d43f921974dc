import { afterAll, beforeAll, describe, expect } from 'vitest';
import { it } from '../helpers/fixtures.js';
import { type Answer, codesOf, PASSWORD, type TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
const LOGIN =
  'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { expiresAt } }';
const OWNER = { email: 'owner@example.com', password: PASSWORD };
const GUESS = { ...OWNER, password: 'a guess of the password' };

async function login(url: string, variables: object, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: LOGIN, variables }),
  });
  return (await response.json()) as Answer;
}

describe('#43 behind a proxy', () => {
  const trusting = { url: '', stop: async () => {} };
  beforeAll(async () => {
    const other = server.another('127.0.0.1', 0, [{ address: '127.0.0.1', family: 'ipv4', prefix: 32 }]);
    Object.assign(trusting, { url: (await other.listen()).url, stop: other.stop });
  });
  afterAll(() => trusting.stop());

  it.each([
    ['that is trusted', () => trusting.url],
    ['that is not trusted', () => server.url],
  ])('%s, password guesses lock out only the client that makes them', async (_name, url) => {
    const mine = { 'x-forwarded-for': '198.51.100.9, 203.0.113.1' };
    const theirs = { 'x-forwarded-for': '203.0.113.1, 203.0.113.2' };
    for (let count = 0; count < 10; count += 1) {
      expect(codesOf(await login(url(), GUESS, theirs))).toEqual(['UNAUTHENTICATED']);
    }
    expect(codesOf(await login(url(), OWNER, theirs))).toEqual(['RATE_LIMITED']);
    expect(codesOf(await login(url(), OWNER, mine))).toEqual([]);
  });

  it('that sends no address, 20 password guesses do not lock out the owner', async () => {
    for (let count = 0; count < 20; count += 1) await login(server.url, GUESS, { via: '1.1 proxy' });
    expect(codesOf(await login(server.url, OWNER, { via: '1.1 proxy' }))).toEqual([]);
    expect(server.log.filter((line) => line.includes('TRUST_PROXY'))).toHaveLength(1);
  });
});

describe('#47 a request through a proxy on this machine', () => {
  it.each(['X-Real-IP', 'Via', 'X-Forwarded-Host', 'X-Forwarded-For', 'Forwarded'])(
    'with the header %s only, requires the setup code and allows no introspection',
    async (name) => {
      const headers = { 'content-type': 'application/json', [name]: '127.0.0.1' };
      const firstRun = await fetch(`${server.url}/admin/first-run.json`, { headers });
      expect(await firstRun.json()).toMatchObject({ setupCodeNeeded: true });
      const body = JSON.stringify({ query: '{ __schema { queryType { name } } }' });
      const answer = await fetch(`${server.graphqlUrl}`, { method: 'POST', headers, body });
      expect(((await answer.json()) as Answer).errors?.[0]?.message).toMatch(/introspection/i);
    },
  );
});
