import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { pingReport } from '../../src/sync/support-report.js';
import { test } from '../helpers/fixtures.js';
import { CA, connectionsOf, newWorld, US, type World } from './with-connections.js';

let database: Database;

test.beforeAll(({ database: opened }) => {
  database = opened;
});
const REFRESH_TOKEN = 'Atzr|of-the-seller';
let amazon: Simulator;
let world: World;
beforeAll(async () => {
  amazon = await startSimulator({ orders: 1, usagePlans: 'off' });
});
afterAll(() => amazon.close());
beforeEach(async () => {
  amazon.faults.clear();
  amazon.clearRequests();
  world = await newWorld(database, amazon.url);
});
afterEach(() => world.connections.close());

const ping = () => world.connections.ping(world.owner);
const read = () => world.connections.read();
async function connect(marketplaceIds = [US], refreshToken = REFRESH_TOKEN, lwaClientId = 'client') {
  await world.connections.save(world.owner, { region: 'NA', marketplaceIds });
  await world.connections.saveCredential(world.owner, { refreshToken, lwaClientId, lwaClientSecret: 'secret' });
}

test('returns the marketplaces of the seller and makes the connection ACTIVE', async () => {
  await connect();
  await database.query(`UPDATE marketplaces SET name = 'outdated', currency = NULL`);
  const answer = await ping();
  expect(answer).toEqual({
    ok: true,
    startedAt: expect.any(Date),
    checkedAt: expect.any(Date),
    error: null,
    errorCode: null,
    marketplaces: expect.any(Array),
  });
  expect(answer.marketplaces.map(({ marketplaceId }) => marketplaceId).sort()).toEqual(
    [...amazon.marketplaceIds].sort(),
  );
  expect(answer.marketplaces.find(({ marketplaceId }) => marketplaceId === CA)).toMatchObject({
    countryCode: 'CA',
    currency: 'CAD',
    name: expect.not.stringContaining('outdated'),
    timeZone: 'America/Los_Angeles',
    region: 'NA',
  });
  expect(await read()).toMatchObject({
    status: 'ACTIVE',
    lastCheckOk: true,
    lastCheckError: null,
    lastCheckAt: answer.checkedAt,
  });
  expect(await database.query(`SELECT detail FROM audit_log WHERE action = 'pingSpApi'`)).toEqual([
    { detail: { ok: true, errorCode: null } },
  ]);
});

test('works without marketplaces, which it finds', async () => {
  await connect([]);
  expect(await ping()).toMatchObject({ ok: true });
  expect(await read()).toMatchObject({ status: 'PENDING', lastCheckOk: true });
  expect(await world.connections.save(world.owner, { marketplaceIds: [US] })).toMatchObject({ status: 'ACTIVE' });
});

test('requires an owner, a connection and a credential', async () => {
  await expect(ping()).rejects.toMatchObject({ code: 'NO_CONNECTION' });
  await world.connections.save(world.owner, { region: 'NA' });
  await expect(ping()).rejects.toMatchObject({ code: 'NO_CREDENTIAL' });
  await connect();
  await expect(world.connections.ping(world.viewer)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(amazon.count()).toBe(0);
});

describe('a failed ping is a result', () => {
  const expectFailure = async (errorCode: string, status: string) => {
    const answer = await ping();
    expect(answer).toMatchObject({ ok: false, errorCode, error: expect.stringMatching(/\w+/), marketplaces: [] });
    expect(await read()).toMatchObject({
      status,
      lastCheckOk: false,
      lastCheckAt: answer.checkedAt,
      lastCheckError: answer.error,
      lastCheckErrorCode: errorCode,
    });
    return answer;
  };

  test('revoked authorisation', async () => {
    await connect([US], 'Atzr|revoked');
    const { error } = await expectFailure('LWA_INVALID_GRANT', 'ERROR');
    expect(error).not.toContain('Atzr');
    await world.connections.saveCredential(world.owner, { refreshToken: REFRESH_TOKEN });
    expect(await ping()).toMatchObject({ ok: true });
    expect(await read()).toMatchObject({ status: 'ACTIVE' });
  });

  test('expired client secret', async () => {
    await connect([US], REFRESH_TOKEN, 'expired');
    await expectFailure('LWA_INVALID_CLIENT', 'ERROR');
  });

  test('no client id and secret', async () => {
    await connect();
    const application = { lwaClientId: '', lwaClientSecret: '' };
    await world.connections.saveCredential(world.owner, { refreshToken: REFRESH_TOKEN, ...application });
    await world.connections.close();
    const replica = connectionsOf(database, amazon.url, { lwa: { clientId: null, clientSecret: null } });
    expect(await replica.connections.ping(world.owner)).toMatchObject({ ok: false, errorCode: 'LWA_INVALID_CLIENT' });
  });

  test('damaged credential', async () => {
    await connect();
    await database.query(`UPDATE amazon_credential SET refresh_token_sealed = refresh_token_sealed || 'AAAA'`);
    expect(await pingReport(database, await expectFailure('DECRYPTION_FAILED', 'ERROR'))).toBeNull();
    expect(amazon.count()).toBe(0);
  });

  test('no answer from Amazon', async () => {
    await connect();
    await world.connections.close();
    const hurried = connectionsOf(database, amazon.url, { pingTimeoutMs: 300 });
    amazon.faults.add({ operation: 'getMarketplaceParticipations', fault: { kind: 'hang' } });
    const answer = await hurried.connections.ping(world.owner);
    expect(answer).toMatchObject({
      ok: false,
      errorCode: 'SP_API_UNAVAILABLE',
      error: expect.stringContaining('0.3 s'),
    });
    expect(await pingReport(database, answer)).toMatch(
      /Operation: getMarketplaceParticipations, attempt 1\n.*\nSent: .* no answer after \d+ ms\n/,
    );
    expect(await read()).toMatchObject({ status: 'PENDING', lastCheckOk: false });
    amazon.faults.clear();
    await hurried.connections.close();
  });

  test('used up quota, with the time of the next attempt', async () => {
    await connect();
    const hurried = connectionsOf(database, amazon.url, { pingTimeoutMs: 1_000 });
    await hurried.connections.ping(world.owner);
    await database.query('UPDATE usage_plan SET tokens = 0, updated_at = now()');
    amazon.clearRequests();
    const answer = await hurried.connections.ping(world.owner);
    expect(answer).toMatchObject({
      ok: false,
      errorCode: 'SP_API_UNAVAILABLE',
      error: expect.stringContaining('quota'),
    });
    const until = /before (\S+Z)/.exec(answer.error ?? '')?.[1] ?? '';
    expect(Date.parse(until)).toBeGreaterThan(Date.now() + 30_000);
    expect(amazon.count('getMarketplaceParticipations')).toBe(0);
    expect(await read()).toMatchObject({ status: 'ACTIVE' });
    await hurried.connections.close();
  });
});

describe('of a ping that has failed', () => {
  const logged = (message: string) => world.log().split(`"msg":"${message}"`).length - 1;

  test.for([
    ['getMarketplaceParticipations', '500', 3],
    ['getMarketplaceParticipations', 'malformed', 3],
    ['getMarketplaceParticipations', '400-invalid-input', 1],
    ['token', '500', 3],
  ] as const)(
    '%s, %s: the text names no run, and the log no retry after the last attempt',
    async ([operation, kind, attempts]) => {
      await connect();
      amazon.faults.add({ operation, fault: { kind } });
      const { error } = await ping();
      expect(error).toMatch(/Try again (in a few minutes|later)/);
      expect(error).not.toMatch(/\brun\b/);
      expect(amazon.count(operation)).toBe(attempts);
      expect(logged('SP-API request failed, will be retried')).toBe(attempts - 1);
      // A request that is not worth a retry is logged on another level.
      expect(logged('SP-API request failed')).toBe(1);
    },
  );

  test('a 429: the log names no retry after the deadline', async () => {
    await connect();
    amazon.faults.add({ operation: 'getMarketplaceParticipations', fault: { kind: '429' } });
    expect(await ping()).toMatchObject({ ok: false, error: expect.stringContaining('quota') });
    expect(logged('SP-API request failed, will be retried')).toBe(0);
    expect(logged('SP-API request failed')).toBe(1);
  });

  test('an answer of another form: the text names no run', async () => {
    await connect();
    amazon.faults.add({ operation: 'getMarketplaceParticipations', fault: { kind: 'rewrite', rewrite: () => '{}' } });
    const { error } = await ping();
    expect(error).toMatch(/does not match the model.*Try again in a few minutes/);
    expect(error).not.toMatch(/\brun\b/);
  });
});

test('close does not wait for a ping', async () => {
  await connect();
  const hold = amazon.hold('getMarketplaceParticipations');
  const waiting = expect(ping()).rejects.toThrow('being closed');
  await hold.arrived;
  await world.connections.close();
  await waiting;
  hold.release();
});

describe('the client', () => {
  test('is kept, with its access token, until credential or region change', async () => {
    await connect();
    await ping();
    await ping();
    const [first, second] = await Promise.all([world.connections.openSpApi(), world.connections.openSpApi()]);
    expect(second).toBe(first);
    await world.connections.save(world.owner, { sellerIdentifier: 'A1', marketplaceIds: [US, CA] });
    expect(await world.connections.openSpApi()).toBe(first);
    expect([world.clients(), amazon.count('token')]).toEqual([1, 1]);

    await world.connections.saveCredential(world.owner, { refreshToken: 'Atzr|of-another' });
    expect(await ping()).toMatchObject({ ok: true });
    expect([world.clients(), amazon.count('token')]).toEqual([2, 2]);
  });

  test('finishes its calls after it was replaced', async () => {
    await connect();
    const hold = amazon.hold('getMarketplaceParticipations');
    const pending = ping();
    await hold.arrived;
    await world.connections.saveCredential(world.owner, { refreshToken: 'Atzr|of-another' });
    await world.connections.openSpApi();
    hold.release();
    expect(await pending).toMatchObject({ ok: true });
  });

  test('uses the endpoint of the region by default', async () => {
    const seen: string[] = [];
    const { connections } = connectionsOf(database, null, {
      createSpApi: ({ endpoint }) => {
        seen.push(endpoint);
        return { orders: {}, reports: {}, close: () => {} } as Awaited<ReturnType<World['connections']['openSpApi']>>;
      },
    });
    await connect([]);
    await connections.openSpApi();
    await connections.save(world.owner, { region: 'FE' });
    await connections.openSpApi();
    expect(seen).toEqual(['https://sellingpartnerapi-na.amazon.com', 'https://sellingpartnerapi-fe.amazon.com']);
  });
});

test('writes no secret or token to the log or the result', async () => {
  await connect();
  amazon.faults.add({
    operation: 'getMarketplaceParticipations',
    on: { from: 1 },
    fault: { kind: 'expire-access-token' },
  });
  const answer = await ping();
  expect(world.log()).not.toBe('');
  for (const secret of ['of-the-seller', 'Atza|', '"secret"']) {
    expect(JSON.stringify(answer)).not.toContain(secret);
    expect(world.log()).not.toContain(secret);
  }
});
