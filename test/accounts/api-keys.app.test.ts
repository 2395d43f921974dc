import { createHash } from 'node:crypto';
import { afterEach, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { createAccounts, type Session } from '../../src/accounts/accounts.js';
import { createAuditLog } from '../../src/accounts/audit-log.js';
import { systemClock } from '../../src/core/clock.js';
import { it } from '../helpers/fixtures.js';
import { closeOf, nextMessages, openSocket, subscribe } from '../helpers/web-sockets.js';
import { codesOf, PASSWORD, type TestServer } from '../helpers/with-server.js';

let server: TestServer;
it.beforeAll(({ server: started }) => {
  server = started;
});
const opened: WebSocket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.terminate();
});

const WATCH = 'subscription { syncProgress { id } }';
const ORDERS = 'query Orders { orders(first: 1) { nodes { amazonOrderId } } }';
const CREATE = `mutation ($name: String!, $role: UserRole!, $expiresAt: DateTime) {
  createApiKey(name: $name, role: $role, expiresAt: $expiresAt) {
    secret
    apiKey { id name role prefix createdBy { email } lastUsedAt expiresAt revokedAt }
  }
}`;
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(id: $id) { revokedAt } }';
const KEYS = '{ apiKeys { id name prefix createdBy { email } lastUsedAt revokedAt } }';

interface ShownKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly createdBy: { readonly email: string } | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

async function keys(): Promise<readonly ShownKey[]> {
  const { data } = await server.ask(KEYS, {}, server.owner);
  return data?.apiKeys as readonly ShownKey[];
}

/** The accounts of another process on the same database. */
function otherProcess(now = () => new Date()) {
  const { database } = server;
  const audit = createAuditLog(database);
  const clock = { ...systemClock, now };
  return createAccounts({
    database,
    jwtSecret: 'another secret, since no token is read here',
    setupCode: '',
    listensBeyondLoopback: false,
    clock,
    audit,
  });
}

async function ownerSession(): Promise<Session> {
  const principal = await server.api.accounts.authenticate(server.owner);
  if (principal?.kind !== 'session') throw new Error('No session.');
  return principal;
}

describe('createApiKey', () => {
  it('returns the key once and stores its hash', async () => {
    const input = { name: '  Warehouse export ', role: 'VIEWER', expiresAt: '2100-01-01T00:00:00.000Z' };
    const { data } = await server.ask(CREATE, input, server.owner);
    const { secret, apiKey } = { ...data }.createApiKey as { secret: string; apiKey: ShownKey };
    expect(secret).toMatch(/^om_[0-9A-Za-z]{43}$/);
    expect(apiKey).toMatchObject({
      name: 'Warehouse export',
      role: 'VIEWER',
      prefix: secret.slice(0, 9),
      createdBy: { email: 'owner@example.com' },
      lastUsedAt: null,
      expiresAt: input.expiresAt,
      revokedAt: null,
    });
    const [row] = await server.database.query<{ hash: string; all: string }>(
      `SELECT encode(secret_hash, 'hex') AS hash, row_to_json(api_key)::text AS "all" FROM api_key WHERE prefix = $1`,
      [apiKey.prefix],
    );
    expect(row?.hash).toBe(createHash('sha256').update(secret).digest('hex'));
    const audited = await server.database.query<{ text: string }>(
      `SELECT detail::text AS text FROM audit_log WHERE action = 'createApiKey'`,
    );
    expect(audited.at(-1)?.text).toContain(apiKey.prefix);
    expect(row?.all + JSON.stringify(audited) + server.log.join('')).not.toContain(secret.slice(9));
    expect(await keys()).toContainEqual(expect.objectContaining({ id: apiKey.id, name: 'Warehouse export' }));
  });

  it('refuses a name that is empty or has line breaks, and an expiry in the past', async () => {
    for (const wrong of [
      { name: ' ' },
      { name: 'a\nb' },
      { name: 'x'.repeat(101) },
      { expiresAt: '2020-01-01T00:00:00Z' },
    ]) {
      const answer = await server.ask(CREATE, { name: 'Fine', role: 'OWNER', ...wrong }, server.owner);
      expect(codesOf(answer), JSON.stringify(wrong)).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('checks the role again in its transaction', async () => {
    const session = await ownerSession();
    const demoted = { ...session, user: { ...session.user, id: await viewerId() } };
    await expect(server.api.accounts.createApiKey(demoted, { name: 'Late', role: 'OWNER' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect((await keys()).map(({ name }) => name)).not.toContain('Late');
  });
});

async function viewerId(): Promise<bigint> {
  const viewer = await server.database.prisma.user.findUniqueOrThrow({ where: { email: 'viewer@example.com' } });
  return viewer.id;
}

describe('a key', () => {
  it('works over HTTP, as server-sent events and on a socket, and has no user', async () => {
    const { authorization } = await server.createKey('VIEWER');
    for (let time = 0; time < 3; time += 1) {
      expect(await server.ask(ORDERS, {}, authorization)).toEqual({ data: { orders: { nodes: [] } } });
    }
    expect(await server.ask('{ me { email } }', {}, authorization)).toEqual({ data: { me: null } });
    const socket = await openSocket(server.webSocketUrl, { authorization });
    opened.push(socket);
    subscribe(socket, { query: ORDERS });
    expect(await nextMessages(socket, 1)).toMatchObject([{ payload: { data: { orders: { nodes: [] } } } }]);
    const leave = new AbortController();
    const stream = await watchAsEvents(authorization, leave.signal);
    await server.engine.untilWatching(1);
    expect(stream.status).toBe(200);
    leave.abort();
    await server.engine.untilWatching(0);
  });

  it('may send bodies as large as a session', async () => {
    const { authorization } = await server.createKey('VIEWER');
    const padding = 'x'.repeat(70_000);
    expect(codesOf(await server.ask(ORDERS, { padding }))).toEqual(['REQUEST_ENTITY_TOO_LARGE']);
    expect(await server.ask(ORDERS, { padding }, authorization)).toMatchObject({ data: { orders: { nodes: [] } } });
  });

  it('is refused if it is wrong, with what to check', async () => {
    const { authorization } = await server.createKey('OWNER');
    for (const wrong of [`${authorization}x`, authorization.slice(0, -1), 'Bearer om_', 'Bearer om_é']) {
      const answer = await server.ask(ORDERS, {}, wrong).catch(() => null);
      if (answer) expect(answer.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
    expect((await server.ask(ORDERS, {}, `${authorization}x`)).errors?.[0]?.message).toBe(
      'There is no such API key. Check that the whole key was copied.',
    );
  });

  it('shows when it was last used, and is written at most once a minute', async () => {
    const { secret, id } = await server.createKey('VIEWER');
    let now = Date.now();
    const accounts = otherProcess(() => new Date(now));
    const updates = () => server.statements.filter((text) => text.startsWith('UPDATE api_key SET last_used_at')).length;
    const shown = async () => (await keys()).find((key) => key.id === id)?.lastUsedAt;
    expect(await shown()).toBeNull();
    server.statements.length = 0;
    const first = new Date(now).toISOString();
    await Promise.all(Array.from({ length: 5 }, () => accounts.authenticate(`Bearer ${secret}`)));
    now += 59_000;
    await accounts.authenticate(`Bearer ${secret}`);
    expect([updates(), await shown()]).toEqual([1, first]);
    now += 1_000;
    await accounts.authenticate(`Bearer ${secret}`);
    expect([updates(), await shown()]).toEqual([2, new Date(now).toISOString()]);
  });

  it('stays when the user who created it is removed', async () => {
    const { accounts } = server.api;
    const owner = await ownerSession();
    const input = { email: 'second@example.com', password: PASSWORD, role: 'OWNER' as const };
    const second = await accounts.createUser(owner.user, input);
    const { secret } = await accounts.createApiKey({ ...owner, user: second }, { name: 'Theirs', role: 'VIEWER' });
    expect((await keys())[0]).toMatchObject({ name: 'Theirs', createdBy: { email: 'second@example.com' } });
    await accounts.removeUser(owner.user, second.id);
    expect((await keys())[0]).toMatchObject({ name: 'Theirs', createdBy: null, revokedAt: null });
    expect(codesOf(await server.ask(ORDERS, {}, `Bearer ${secret}`))).toEqual([]);
  });

  it('is named in the audit log for what it changed', async () => {
    const { authorization } = await server.createKey('OWNER');
    await server.ask('mutation { saveConnection(input: { region: NA }) { id } }', {}, authorization);
    const { data } = await server.ask(
      '{ auditLog(first: 1) { nodes { action user { email } apiKey { name } } } }',
      {},
      server.owner,
    );
    expect(data).toEqual({
      auditLog: { nodes: [{ action: 'saveConnection', user: null, apiKey: { name: 'OWNER key' } }] },
    });
  });
});

async function watchAsEvents(authorization: string, signal?: AbortSignal): Promise<Response> {
  return fetch(server.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization },
    body: JSON.stringify({ query: WATCH }),
    ...(signal ? { signal } : {}),
  });
}

describe('an ended key', () => {
  /** A socket and an event stream that watch runs. */
  async function watch(authorization: string) {
    const socket = await openSocket(server.webSocketUrl, { authorization });
    opened.push(socket);
    subscribe(socket, { query: WATCH });
    const stream = await watchAsEvents(authorization);
    await server.engine.untilWatching(2);
    return { message: nextMessages(socket, 1), closed: closeOf(socket), events: stream.text() };
  }

  it('is refused once it is revoked, and its sockets and subscriptions end, in other processes too', async () => {
    const [mine, other] = [await server.createKey('VIEWER'), await server.createKey('VIEWER')];
    const { message, closed, events } = await watch(mine.authorization);
    const untouched = await openSocket(server.webSocketUrl, { authorization: other.authorization });
    opened.push(untouched);
    const row = await server.database.prisma.apiKey.findFirstOrThrow({ where: { prefix: mine.secret.slice(0, 9) } });
    await otherProcess().revokeApiKey(await ownerSession(), row.id);

    const text = `The API key ${mine.secret.slice(0, 9)}… was revoked. Ask an owner for a new one.`;
    expect(await message).toMatchObject([{ payload: { errors: [{ message: text }] } }]);
    expect(await closed).toEqual({ code: 4403, reason: text });
    expect(await events).toContain(text);
    expect((await server.ask(ORDERS, {}, mine.authorization)).errors).toMatchObject([
      { message: text, extensions: { code: 'UNAUTHENTICATED' } },
    ]);
    expect(untouched.readyState).toBe(WebSocket.OPEN);
    expect(codesOf(await server.ask(ORDERS, {}, other.authorization))).toEqual([]);
  });

  it('is refused once it has expired, and its sockets and subscriptions end', async () => {
    const { authorization } = await server.createKey('VIEWER', new Date(Date.now() + 1_500));
    const { message, closed, events } = await watch(authorization);
    expect(JSON.stringify(await message)).toContain('has expired');
    expect(await closed).toMatchObject({ code: 4403, reason: expect.stringContaining('has expired') });
    expect(await events).toContain('has expired');
    expect(codesOf(await server.ask(ORDERS, {}, authorization))).toEqual(['UNAUTHENTICATED']);
  });

  it('is revoked once', async () => {
    const { id } = await server.createKey('VIEWER');
    const first = await server.ask(REVOKE, { id }, server.owner);
    expect(first).toEqual({ data: { revokeApiKey: { revokedAt: expect.any(String) } } });
    expect(await server.ask(REVOKE, { id }, server.owner)).toEqual(first);
    const audited = await server.database.query(
      `SELECT FROM audit_log WHERE action = 'revokeApiKey' AND detail ->> 'prefix' = $1`,
      [(await keys())[0]?.prefix],
    );
    expect(audited).toHaveLength(1);
  });
});
