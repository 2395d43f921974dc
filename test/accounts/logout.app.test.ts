import { once } from 'node:events';
import { afterEach, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { it } from '../helpers/fixtures.js';
import { type Answer, codesOf, PASSWORD, type TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
const opened: WebSocket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.terminate();
});

const VIEWER = 'viewer@example.com';
const WATCH = 'subscription { syncProgress { id } }';
const ORDERS = 'query Orders { orders(first: 1) { nodes { amazonOrderId } } }';

/** A session of the viewer's: the authorization of its token. */
async function signIn(): Promise<string> {
  return tokenIn(await server.ask(`mutation { login(email: "${VIEWER}", password: "${PASSWORD}") { token } }`));
}
async function renew(authorization: string): Promise<string> {
  return tokenIn(await server.ask('mutation { renewSession { token } }', {}, authorization));
}
function tokenIn({ data }: Answer): string {
  const [payload] = Object.values(data ?? {}) as { token: string }[];
  return `Bearer ${payload?.token}`;
}
const logout = (authorization: string) => server.ask('mutation { logout }', {}, authorization);
const isSignedIn = async (authorization: string) =>
  codesOf(await server.ask('{ connection { id } }', {}, authorization)).length === 0;

/** A socket on which the session has signed in and watches; `end`: its last message and its close code. */
async function watch(authorization: string) {
  const socket = new WebSocket(server.webSocketUrl, 'graphql-transport-ws');
  opened.push(socket);
  const messages: { type: string; payload?: { errors?: { extensions: { code: string } }[] } }[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: WATCH } }));
  return {
    socket,
    end: once(socket, 'close').then(([code, reason]) => ({
      code,
      reason: String(reason),
      errors: messages.flatMap(({ payload }) => payload?.errors ?? []).map(({ extensions }) => extensions.code),
    })),
  };
}

describe('#47 logout', () => {
  it('ends the session with its renewed tokens, and no other session of the user', async () => {
    const [mine, other] = [await signIn(), await signIn()];
    const renewed = await renew(mine);
    await server.database.query("DELETE FROM audit_log WHERE action = 'logout'");
    expect(await logout(mine)).toEqual({ data: { logout: true } });
    expect([await isSignedIn(mine), await isSignedIn(renewed), await isSignedIn(other)]).toEqual([false, false, true]);
    for (const token of [mine, renewed]) {
      expect(codesOf(await server.ask('mutation { renewSession { token } }', {}, token))).toEqual(['UNAUTHENTICATED']);
      expect(codesOf(await logout(token))).toEqual(['UNAUTHENTICATED']);
    }
    const auditEntries = await server.database.query(
      `SELECT email, detail FROM audit_log JOIN users ON users.id = user_id WHERE action = 'logout'`,
    );
    expect(auditEntries).toEqual([{ email: VIEWER, detail: {} }]);
  });

  it('refuses queries that the session sent before', async () => {
    const mine = await signIn();
    for (let time = 0; time < 2; time += 1) expect(codesOf(await server.ask(ORDERS, {}, mine))).toEqual([]);
    await logout(mine);
    expect(codesOf(await server.ask(ORDERS, {}, mine))).toEqual(['UNAUTHENTICATED']);
  });

  it('ends the subscriptions of the session and closes its sockets only', async () => {
    const [mine, other] = [await signIn(), await signIn()];
    const [first, second] = [await watch(mine), await watch(await renew(mine))];
    const third = await watch(other);
    const stream = await fetch(server.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: mine },
      body: JSON.stringify({ query: WATCH }),
    });
    await server.engine.untilWatching(4);
    await logout(mine);
    const ended = { code: 4403, reason: 'The session was ended. Sign in again.', errors: ['UNAUTHENTICATED'] };
    expect([await first.end, await second.end]).toEqual([ended, ended]);
    expect(await stream.text()).toContain('UNAUTHENTICATED');
    expect(third.socket.readyState).toBe(WebSocket.OPEN);
    await server.engine.untilWatching(1);
  });

  it('is answered over a socket, which then closes', async () => {
    const { socket, end } = await watch(await signIn());
    socket.send(JSON.stringify({ id: '2', type: 'subscribe', payload: { query: 'mutation { logout }' } }));
    for (;;) {
      const { id, payload } = JSON.parse(String((await once(socket, 'message'))[0]));
      if (id !== '2') continue;
      expect(payload).toEqual({ data: { logout: true } });
      break;
    }
    expect(await end).toMatchObject({ code: 4403 });
  });

  it('is refused without a session', async () => {
    expect(codesOf(await server.ask('mutation { logout }'))).toEqual(['UNAUTHENTICATED']);
  });

  it('is stored no longer than a token is valid', async () => {
    await logout(await signIn());
    const rows = () => server.database.query<{ id: string }>('SELECT id FROM ended_session');
    expect((await rows()).length).toBeGreaterThan(1);
    await server.database.query("UPDATE ended_session SET expires_at = now() - interval '1 second'");
    await logout(await signIn());
    expect(await rows()).toHaveLength(1);
  });
});
