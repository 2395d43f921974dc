import { beforeAll, describe, expect, vi } from 'vitest';
import { SyncError } from '../../src/core/errors.js';
import { decodeGlobalId, encodeGlobalId } from '../../src/graphql/pagination/global-id.js';
import { it } from '../helpers/fixtures.js';
import { DE, JP, seedOrders, US } from '../helpers/seed-orders.js';
import { type Answer, codesOf, type TestServer } from '../helpers/with-server.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
beforeAll(() => seedOrders(server.database, 500));

const asViewer = (query: string, variables = {}) => server.ask(query, variables, server.viewer);
const asOwner = (query: string, variables = {}) => server.ask(query, variables, server.owner);

interface OrdersPage {
  readonly totalCount: number;
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
  readonly nodes: { amazonOrderId: string; items: { orderItemId: string }[] }[];
}
const page = (answer: Answer) => answer.data?.orders as OrdersPage;

const PAGE = `query Page($first: Int, $after: String, $last: Int, $before: String, $filter: OrderFilter, $orderBy: OrderSort) {
  orders(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { amazonOrderId items { orderItemId } }
  }
}`;

describe('orders', () => {
  it('are paginated forwards and backwards', async () => {
    const filter = { statuses: ['SHIPPED'], marketplaceIds: [US] };
    const read: string[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const answer: OrdersPage = page(await asViewer(PAGE, { first: 60, after, filter }));
      read.push(...answer.nodes.map(({ amazonOrderId }) => amazonOrderId));
      after = answer.pageInfo.endCursor;
      more = answer.pageInfo.hasNextPage;
      if (!more) expect(answer.totalCount).toBe(read.length);
    }
    expect(new Set(read).size).toBe(read.length);

    const last = page(await asViewer(PAGE, { last: 10, filter }));
    expect(last.nodes.map(({ amazonOrderId }) => amazonOrderId)).toEqual(read.slice(-10));
    const before = page(await asViewer(PAGE, { last: 10, before: last.pageInfo.startCursor, filter }));
    expect(before.nodes.map(({ amazonOrderId }) => amazonOrderId)).toEqual(read.slice(-20, -10));
    expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });

  it('are 50 per page, newest first, by default', async () => {
    const { nodes, pageInfo } = page(await asViewer(PAGE));
    expect(nodes).toHaveLength(50);
    expect(nodes[0]?.amazonOrderId).toContain('0000499');
    expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  it('have items sorted by id', async () => {
    for (const { items } of page(await asViewer(PAGE)).nodes) {
      const ids = items.map(({ orderItemId }) => orderItemId);
      expect(ids).toHaveLength(2);
      expect(ids).toEqual(ids.toSorted());
    }
  });

  it('take as many statements for 200 as for 2, and are counted only for `totalCount`', async () => {
    const query = (first: number, more = '') =>
      `{ orders(first: ${first}) { ${more} nodes { id rawPayload orderTotal { amount } items { id rawPayload itemPrice { amount } } } } }`;
    const statements = async (text: string) => {
      server.statements.length = 0;
      expect(await asOwner(text)).not.toHaveProperty('errors');
      return server.statements.filter((statement) => /amazon_order|order_count/.test(statement));
    };
    // The page with items, and the payloads of both.
    expect(await statements(query(2))).toHaveLength(3);
    expect(await statements(query(200))).toHaveLength(3);
    expect(server.statements.join()).not.toContain('order_count');
    expect(await statements(query(200, 'totalCount'))).toHaveLength(3);
    expect(server.statements.filter((statement) => /order_count/.test(statement))).toHaveLength(1);
    expect(await statements('{ orders(filter: { search: "7" }) { totalCount } }')).toHaveLength(1);
    expect(await statements('{ orders(first: 200) { nodes { amazonOrderId } } }')).toHaveLength(1);
  });

  it.each([
    [{ first: 201 }],
    [{ first: -1 }],
    [{ first: 1, last: 1 }],
    [{ after: 'nonsense' }],
    [{ filter: { purchasedAfter: '2026-01-01T00:00:00' } }],
    [{ filter: { search: 'a\u0000b' } }],
    [{ filter: { nothing: 1 } }],
  ])('reject %j with BAD_USER_INPUT', async (variables) => {
    expect(codesOf(await asViewer(PAGE, variables))).toEqual(['BAD_USER_INPUT']);
  });

  it('reject a cursor of another sort', async () => {
    const { pageInfo } = page(await asViewer(PAGE));
    const answer = await asViewer(PAGE, { after: pageInfo.endCursor, orderBy: { field: 'LAST_UPDATE_DATE' } });
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
  });

  it('have money with the decimals of its currency, or null', async () => {
    const answer = await asViewer('{ orders(first: 3) { nodes { orderTotal { amount currencyCode } } } }');
    const { orders } = answer.data as { orders: { nodes: { orderTotal: unknown }[] } };
    const totals = orders.nodes.map(({ orderTotal }) => orderTotal);
    expect(totals).toContainEqual({ amount: '99.90', currencyCode: 'USD' });
    expect(totals).toContain(null);
  });
});

describe('order', () => {
  it('is the one of the marketplace, or the latest purchase', async () => {
    await server.database.query(
      `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, channel_name, raw_payload, content_hash)
       VALUES ('123', '${DE}', '2026-05-02Z', '2026-05-02Z', 'SHIPPED', 'AMAZON', '{}', ''),
              ('123', '${JP}', '2026-05-01Z', '2026-05-03Z', 'SHIPPED', 'AMAZON', '{}', '')`,
    );
    const find = async (args: string) =>
      (await asViewer(`{ order(amazonOrderId: "123"${args}) { marketplaceId purchaseDate } }`)).data?.order;
    expect(await find('')).toEqual({ marketplaceId: DE, purchaseDate: '2026-05-02T00:00:00.000Z' });
    expect(await find(`, marketplaceId: "${JP}"`)).toMatchObject({ marketplaceId: JP });
    expect(await find(`, marketplaceId: "${US}"`)).toBeNull();
  });
});

describe('syncRuns', () => {
  it('are paginated, newest first', async () => {
    await server.database.query(
      `INSERT INTO sync_run (status, trigger, dry_run, include_items, updated_after, updated_before, legs)
       SELECT 'OK', 'SCHEDULE', false, true, now(), now(), '[]' FROM generate_series(1, 25)`,
    );
    const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
      syncRuns(first: $first, after: $after, last: $last, before: $before) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
    }`;
    const read = async (variables: object) =>
      (await asViewer(query, variables)).data?.syncRuns as {
        nodes: { id: string }[];
        pageInfo: OrdersPage['pageInfo'];
      };
    const all = (await read({})).nodes.map(({ id }) => id);
    expect(all).toHaveLength(25);
    expect(all[0]).toBe(encodeGlobalId('SyncRun', 25n));
    const first = await read({ first: 10 });
    const second = await read({ first: 10, after: first.pageInfo.endCursor });
    expect(second.nodes.map(({ id }) => id)).toEqual(all.slice(10, 20));
    expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const back = await read({ last: 3, before: second.pageInfo.startCursor });
    expect(back.nodes.map(({ id }) => id)).toEqual(all.slice(7, 10));
    expect(codesOf(await asViewer(query, { after: 'x' }))).toEqual(['BAD_USER_INPUT']);

    const one = await asViewer('query ($id: ID!) { syncRun(id: $id) { id trigger } }', { id: all[0] });
    expect(one.data).toEqual({ syncRun: { id: all[0], trigger: 'SCHEDULE' } });
  });

  it('reject invalid ids and ids of other types', async () => {
    const query = 'query ($id: ID!) { syncRun(id: $id) { id } }';
    for (const id of ['', '1', 'nonsense', encodeGlobalId('AmazonOrder', 1n), encodeGlobalId('SyncRun', 2n ** 64n)]) {
      expect(codesOf(await asViewer(query, { id })), id).toEqual(['BAD_USER_INPUT']);
    }
  });
});

describe('syncOrders and cancelSync', () => {
  it('start and cancel a run, return the id of an active one, and write the audit log', async () => {
    const started = await asOwner('mutation { syncOrders(dryRun: true) { id status dryRun includeItems trigger } }');
    const run = started.data?.syncOrders as { id: string };
    expect(run).toMatchObject({ status: 'RUNNING', dryRun: true, includeItems: false, trigger: 'MANUAL' });

    const second = await asOwner('mutation { syncOrders { id } }');
    expect(second.errors?.[0]?.extensions).toEqual({ code: 'SYNC_ALREADY_RUNNING', runId: run.id });

    const cancelled = await asOwner('mutation ($id: ID!) { cancelSync(runId: $id) { id status } }', run);
    expect(cancelled.data).toEqual({ cancelSync: { id: run.id, status: 'CANCELLED' } });
    const missing = await asOwner('mutation ($id: ID!) { cancelSync(runId: $id) { id } }', {
      id: encodeGlobalId('SyncRun', 99n),
    });
    expect(codesOf(missing)).toEqual(['NOT_FOUND']);

    const runId = decodeGlobalId(run.id).id;
    const log = await asOwner('{ auditLog(first: 2) { nodes { action detail user { email } } } }');
    expect(log.data?.auditLog).toMatchObject({
      nodes: [
        { action: 'cancelSync', user: { email: 'owner@example.com' }, detail: { runId } },
        { action: 'syncOrders', detail: { runId, dryRun: true, includeItems: false } },
      ],
    });
  });
});

describe('an action', () => {
  it('succeeds if its audit log entry can not be written, and logs that', async () => {
    vi.spyOn(server.api.audit, 'record').mockRejectedValueOnce(new Error('disk full'));
    const started = await asOwner('mutation { syncOrders { id status } }');
    expect(started).toMatchObject({ data: { syncOrders: { status: 'RUNNING' } } });
    expect(started).not.toHaveProperty('errors');
    const line = server.log.find((line) => line.includes('could not be written to the audit log'));
    expect(line).toMatch(/syncOrders/);
    expect(line).toMatch(/disk full/);

    vi.spyOn(server.api.audit, 'record').mockRejectedValueOnce(new Error('disk full'));
    const cancelled = await asOwner('mutation ($id: ID!) { cancelSync(runId: $id) { status } }', {
      id: encodeGlobalId('SyncRun', BigInt(JSON.parse(line ?? '{}').detail.runId)),
    });
    expect(cancelled).toEqual({ data: { cancelSync: { status: 'CANCELLED' } } });
  });
});

describe('the connection', () => {
  const FIELDS =
    'status region sellerIdentifier hasRefreshToken credentialNote marketplaces { id marketplaceId currency provenUntil } nextSyncAt lastOrdersSyncStatus';

  it('is null until it is saved, and never returns secrets', async () => {
    expect((await asViewer(`{ connection { ${FIELDS} } }`)).data).toEqual({ connection: null });
    expect(codesOf(await asOwner('mutation { saveCredential(input: { refreshToken: "Atzr|abc" }) { id } }'))).toEqual([
      'NO_CONNECTION',
    ]);

    const saved = await asOwner(
      `mutation { saveConnection(input: { region: NA, sellerIdentifier: "A1", marketplaceIds: ["${US}"] }) { ${FIELDS} } }`,
    );
    expect(saved.data?.saveConnection).toMatchObject({ region: 'NA', sellerIdentifier: 'A1', hasRefreshToken: false });

    const credential = await asOwner(
      `mutation { saveCredential(input: { refreshToken: "Atzr|very-secret", lwaClientId: "amzn1.application-oa2-client.abc", lwaClientSecret: "amzn1.oa2-cs.v1.very-secret", note: "of May" }) { ${FIELDS} } }`,
    );
    expect(credential.data?.saveCredential).toMatchObject({ hasRefreshToken: true, credentialNote: 'of May' });

    const read = await asViewer(`{ connection { ${FIELDS} } }`);
    expect(read.data?.connection).toMatchObject({
      hasRefreshToken: true,
      marketplaces: [{ id: US, marketplaceId: US, currency: 'USD', provenUntil: null }],
      nextSyncAt: null,
    });
    expect(JSON.stringify([saved, credential, read, server.log])).not.toContain('very-secret');
  });

  it('has `nextSyncAt` only while scheduled runs start', async () => {
    const next = new Date('2027-01-01T00:00:00Z');
    const nextSyncAt = vi.spyOn(server.engine, 'nextSyncAt').mockReturnValue(next);
    const nextSync = async () => (await asViewer('{ connection { nextSyncAt } }')).data?.connection;
    for (const status of ['PENDING', 'ACTIVE']) {
      await asOwner(`mutation { saveConnection(input: { status: ${status} }) { id } }`);
      expect(await nextSync(), status).toEqual({ nextSyncAt: next.toISOString() });
    }
    for (const status of ['ERROR', 'DISCONNECTED']) {
      await asOwner(`mutation { saveConnection(input: { status: ${status} }) { id } }`);
      expect(await nextSync(), status).toEqual({ nextSyncAt: null });
    }
    await asOwner('mutation { saveConnection(input: { status: PENDING }) { id } }');
    await server.database.query('DELETE FROM amazon_credential');
    expect(await nextSync()).toEqual({ nextSyncAt: null });
    nextSyncAt.mockRestore();
  });

  it('can not change its account during a run, whose id is returned', async () => {
    const [run] = await server.database.query<{ id: bigint }>(
      `INSERT INTO sync_run (status, trigger, dry_run, include_items, updated_after, updated_before, legs)
       VALUES ('RUNNING', 'MANUAL', false, true, now(), now(), '[]') RETURNING id`,
    );
    const answer = await asOwner('mutation { saveConnection(input: { sellerIdentifier: "A2" }) { id } }');
    expect(answer.errors?.[0]?.extensions).toEqual({
      code: 'SYNC_ALREADY_RUNNING',
      runId: encodeGlobalId('SyncRun', run?.id ?? 0n),
    });
    await server.database.query('DELETE FROM sync_run WHERE id = $1', [run?.id]);
  });
});

describe('users', () => {
  it('are created by an owner and sign in', async () => {
    const made = await asOwner(
      'mutation { createUser(email: "third@example.com", password: "twelve or more", role: VIEWER) { id email role } }',
    );
    expect(made.data?.createUser).toMatchObject({ email: 'third@example.com', role: 'VIEWER' });
    const login = await server.ask(
      'mutation { login(email: "third@example.com", password: "twelve or more") { token expiresAt } }',
    );
    const authorization = `Bearer ${(login.data as { login: { token: string } }).login.token}`;
    expect((await server.ask('{ me { email } }', {}, authorization)).data).toEqual({
      me: { email: 'third@example.com' },
    });
    expect((await server.ask('{ me { email } }')).data).toEqual({ me: null });
  });

  it('are rejected with codes', async () => {
    const register = 'mutation { register(email: "x@example.com", password: "twelve or more") { token } }';
    expect(codesOf(await server.ask(register))).toEqual(['FORBIDDEN']);
    const login = 'mutation { login(email: "owner@example.com", password: "wrong") { token } }';
    expect(codesOf(await server.ask(login))).toEqual(['UNAUTHENTICATED']);
  });
});

describe('an error', () => {
  it('that is unexpected is masked, and logged under the returned id', async () => {
    vi.spyOn(server.engine, 'cancel').mockRejectedValueOnce(new TypeError('connect to 10.0.0.7 as postgres failed'));
    const answer = await asOwner('mutation ($id: ID!) { cancelSync(runId: $id) { id } }', {
      id: encodeGlobalId('SyncRun', 1n),
    });
    expect(codesOf(answer)).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(JSON.stringify(answer)).not.toMatch(/10\.0\.0\.7|TypeError|\.ts:/);
    const id = /errorId ([0-9a-f-]{36})/.exec(answer.errors?.[0]?.message ?? '')?.[1];
    const line = server.log.find((line) => line.includes(id ?? 'nowhere'));
    expect(line).toContain('connect to 10.0.0.7 as postgres failed');
  });

  it('of the sync keeps its message and code', async () => {
    vi.spyOn(server.engine, 'cancel').mockRejectedValueOnce(new SyncError('DECRYPTION_FAILED', 'The key is gone.'));
    const answer = await asOwner('mutation ($id: ID!) { cancelSync(runId: $id) { id } }', {
      id: encodeGlobalId('SyncRun', 1n),
    });
    expect(answer.errors).toMatchObject([{ message: 'The key is gone.', extensions: { code: 'DECRYPTION_FAILED' } }]);
  });

  it('of a request keeps its code', async () => {
    expect(codesOf(await asViewer('{ orders { nothing } }'))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(codesOf(await asViewer('{ orders('))).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(
      codesOf(
        await asViewer('query ($from: Date!) { salesByDay(from: $from, to: "2026-01-01") { date } }', {
          from: '2026-02-30',
        }),
      ),
    ).toEqual(['BAD_USER_INPUT']);
  });

  it.each(['0001-01-01T00:00:00+23:00', '9999-12-31T23:59:00-23:00'])(
    'of an instant outside the years 1 to 9999 in UTC is BAD_USER_INPUT: %s',
    async (purchasedAfter) => {
      const answer = await asViewer(PAGE, { filter: { purchasedAfter } });
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expect(answer.errors?.[0]?.message).toContain('years 1 to 9999');
    },
  );
});
