import { createClient } from 'graphql-ws';
import { afterEach, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { createApiClient } from '../../src/cli/demo/api-client.js';
import { encodeGlobalId } from '../../src/graphql/pagination/global-id.js';
import { it } from '../helpers/fixtures.js';
import { codesOf, PASSWORD, type TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
const sockets: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.dispose();
});

const EMAIL = 'other@example.com';
const as = (token: string) => `Bearer ${token}`;

async function create(role: 'OWNER' | 'VIEWER', email = EMAIL): Promise<{ id: string; token: string }> {
  const { data } = await server.ask(
    `mutation ($email: String!, $password: String!, $role: UserRole!) { createUser(email: $email, password: $password, role: $role) { id } }`,
    { email, password: PASSWORD, role },
    server.owner,
  );
  const created = data?.createUser as { id: string };
  return { id: created.id, token: await login(email, PASSWORD) };
}

async function login(email: string, password: string): Promise<string> {
  const client = createApiClient(server.url);
  const { login } = await client.request<{ login: { token: string } }>(
    `mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { token } }`,
    { email, password },
  );
  return login.token;
}

const setRole = (id: string, role: string, by = server.owner) =>
  server.ask(
    `mutation ($id: ID!, $role: UserRole!) { setUserRole(userId: $id, role: $role) { role } }`,
    { id, role },
    by,
  );
const remove = (id: string, by = server.owner) =>
  server.ask(`mutation ($id: ID!) { removeUser(userId: $id) { email } }`, { id }, by);
const roleOf = async (token: string) => (await server.ask('{ me { role } }', {}, as(token))).data?.me;
const newAuditEntries = async () => {
  const rows = await server.database.query<{ action: string; detail: object }>(
    "SELECT action, detail FROM audit_log WHERE action IN ('setUserRole', 'removeUser', 'changePassword') ORDER BY id",
  );
  await server.database.query('DELETE FROM audit_log');
  return rows;
};

/** Subscribes, and resolves to the reason the subscription ended. */
function endOfWatch(token: string): Promise<unknown> {
  const client = createClient({
    url: server.webSocketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: as(token) },
    retryAttempts: 0,
  });
  sockets.push(client);
  return new Promise((resolve) => {
    client.subscribe(
      { query: 'subscription { syncProgress { id } }' },
      {
        next: ({ errors }) => errors && resolve(errors[0]?.extensions?.code),
        error: (error) => resolve(Array.isArray(error) ? error[0]?.extensions?.code : error),
        complete: () => resolve('complete'),
      },
    );
  });
}

describe('setUserRole', () => {
  it('takes effect with the next request', async () => {
    const { id, token } = await create('VIEWER');
    expect(codesOf(await server.ask('{ users { id } }', {}, as(token)))).toEqual(['FORBIDDEN']);
    expect((await setRole(id, 'OWNER')).data).toEqual({ setUserRole: { role: 'OWNER' } });
    expect(codesOf(await server.ask('{ users { id } }', {}, as(token)))).toEqual([]);
    expect((await setRole(id, 'VIEWER')).data).toEqual({ setUserRole: { role: 'VIEWER' } });
    expect(await roleOf(token)).toEqual({ role: 'VIEWER' });
    expect(await newAuditEntries()).toEqual([
      { action: 'setUserRole', detail: { email: EMAIL, from: 'VIEWER', to: 'OWNER' } },
      { action: 'setUserRole', detail: { email: EMAIL, from: 'OWNER', to: 'VIEWER' } },
    ]);
    await remove(id);
  });

  it('refuses oneself, an unknown user and a viewer', async () => {
    const [me] = await server.database.query<{ id: bigint }>("SELECT id FROM users WHERE email = 'owner@example.com'");
    const mine = encodeGlobalId('User', me?.id ?? 0n);
    expect(codesOf(await setRole(mine, 'VIEWER'))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await remove(mine))).toEqual(['BAD_USER_INPUT']);
    const unknownUser = encodeGlobalId('User', 999_999n);
    expect(codesOf(await setRole(unknownUser, 'VIEWER'))).toEqual(['NOT_FOUND']);
    expect(codesOf(await remove(unknownUser))).toEqual(['NOT_FOUND']);
    expect(codesOf(await setRole(mine, 'VIEWER', server.viewer))).toEqual(['FORBIDDEN']);
    expect(codesOf(await remove(mine, server.viewer))).toEqual(['FORBIDDEN']);
  });

  it('leaves one owner when two change each other concurrently', async () => {
    const second = await create('OWNER', 'second@example.com');
    const third = await create('OWNER', 'third@example.com');
    const answers = await Promise.all([
      setRole(third.id, 'VIEWER', as(second.token)),
      setRole(second.id, 'VIEWER', as(third.token)),
    ]);
    expect(answers.flatMap(codesOf)).toEqual(['FORBIDDEN']);
    await remove(second.id);
    await remove(third.id);
  });
});

describe('removeUser', () => {
  it('signs the user out at once, subscriptions included', async () => {
    const { id, token } = await create('VIEWER');
    const ended = endOfWatch(token);
    await server.engine.untilWatching(1);
    await newAuditEntries();
    expect((await remove(id)).data).toEqual({ removeUser: { email: EMAIL } });
    expect(await ended).toBe('UNAUTHENTICATED');
    expect(codesOf(await server.ask('{ connection { id } }', {}, as(token)))).toEqual(['UNAUTHENTICATED']);
    expect(await newAuditEntries()).toEqual([{ action: 'removeUser', detail: { email: EMAIL, role: 'VIEWER' } }]);
  });
});

describe('changePassword', () => {
  const change = (token: string, currentPassword: string, newPassword: string) =>
    server.ask(
      `mutation ($currentPassword: String!, $newPassword: String!) {
         changePassword(currentPassword: $currentPassword, newPassword: $newPassword) { token user { email } }
       }`,
      { currentPassword, newPassword },
      as(token),
    );

  it('requires the current password, and ends all older tokens', async () => {
    const { id, token } = await create('VIEWER');
    const another = await login(EMAIL, PASSWORD);
    await newAuditEntries();
    const wrong = await change(token, 'not the right one', 'a newer password');
    expect(codesOf(wrong)).toEqual(['BAD_USER_INPUT']);
    expect(wrong.errors?.[0]?.message).toBe('The current password is wrong.');
    expect(codesOf(await change(token, PASSWORD, 'short'))).toEqual(['BAD_USER_INPUT']);
    const ended = endOfWatch(another);
    await server.engine.untilWatching(1);
    const { data } = await change(token, PASSWORD, 'a newer password');
    const fresh = data?.changePassword as { token: string };
    expect(await ended).toBe('UNAUTHENTICATED');
    for (const old of [token, another]) {
      expect(codesOf(await server.ask('{ connection { id } }', {}, as(old)))).toEqual(['UNAUTHENTICATED']);
    }
    expect(await roleOf(fresh.token)).toEqual({ role: 'VIEWER' });
    await login(EMAIL, 'a newer password');
    await expect(login(EMAIL, PASSWORD)).rejects.toThrow('UNAUTHENTICATED');
    expect(await newAuditEntries()).toEqual([{ action: 'changePassword', detail: {} }]);
    await remove(id);
  });

  it('has the limits of login', async () => {
    const { id, token } = await create('VIEWER');
    const codes: unknown[] = [];
    for (let guess = 0; guess < 11; guess++)
      codes.push(...codesOf(await change(token, 'a guess of it', 'a newer one!')));
    expect(codes).toEqual([...Array(10).fill('BAD_USER_INPUT'), 'RATE_LIMITED']);
    await server.database.query('TRUNCATE login_attempt');
    await remove(id);
  });
});
