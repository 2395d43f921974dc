import { describe, expect, it, vi } from 'vitest';
import type { ApiClient } from '../src/cli/demo/api-client.js';
import type { Config } from '../src/config/config.js';
import { differences } from './helpers/truth.js';
import { startTestApp } from './helpers/with-app.js';

interface Run {
  readonly id: string;
  readonly status: string;
  readonly pages: number;
  readonly ordersSeen: number;
  readonly ordersInserted: number;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly progress: number | null;
}

const RUN = `id status pages ordersSeen ordersInserted errorCode error progress`;

async function start(api: ApiClient, args = '(includeItems: true)'): Promise<string> {
  return (await api.request<{ syncOrders: Run }>(`mutation { syncOrders${args} { id } }`)).syncOrders.id;
}

async function watch(api: ApiClient, id: string | null, until: (run: Run) => boolean = () => false): Promise<Run[]> {
  const states: Run[] = [];
  const stream = api.subscribe<{ syncProgress: Run }>(
    `subscription ($id: ID) { syncProgress(runId: $id) { ${RUN} } }`,
    id === null ? {} : { id },
  );
  for await (const { syncProgress } of stream) {
    states.push(syncProgress);
    if (until(syncProgress)) break;
  }
  return states;
}

describe('Ordermirror, from sign-in to sales', () => {
  it('mirrors orders and shows them to signed-in users, with live progress', async () => {
    const { simulator, app, owner, anonymous, viewer } = await startTestApp({ orders: 500 });
    const hold = simulator.hold('searchOrders');
    const id = await start(owner);
    const fromStart = watch(owner, id);
    await hold.arrived;
    await expect(owner.request(`mutation { syncOrders { id } }`)).rejects.toThrow(/SYNC_ALREADY_RUNNING/);
    await expect(watch(anonymous, id)).rejects.toThrow(/UNAUTHENTICATED/);
    await expect(anonymous.request(`{ orders { totalCount } }`)).rejects.toThrow(/UNAUTHENTICATED/);
    hold.release();
    await watch(owner, id, (run) => run.pages >= 2);
    const fromMiddle = await watch(await viewer(), id);
    const states = await fromStart;
    const afterEnd = await watch(owner, id);
    expect(states[0]).toMatchObject({ id, status: 'RUNNING', pages: 0 });
    expect(states.length).toBeGreaterThan(2);
    for (const last of [states.at(-1), fromMiddle.at(-1), afterEnd[0]])
      expect(last).toMatchObject({ id, status: 'OK', ordersSeen: 500, ordersInserted: 500, progress: 1 });
    expect(afterEnd).toHaveLength(1);

    await vi.waitFor(async () => expect(await app.database.query('SELECT FROM sales_day_stale')).toEqual([]), 60_000);
    expect((await app.database.query('SELECT FROM sales_day')).length).toBeGreaterThan(0);
    const { connection, orders, salesByDay } = await owner.request<{
      connection: object;
      orders: { totalCount: number; edges: { node: { items: object[] } }[] };
      salesByDay: { units: number }[];
    }>(
      `query ($from: Date!, $to: Date!) {
         connection { status lastCheckOk lastOrdersSyncStatus lastOrdersSyncOrdersCount lastOrdersSyncItemsCount }
         orders(first: 100) { totalCount edges { node { amazonOrderId orderTotal { amount } items { sellerSku } } } }
         salesByDay(from: $from, to: $to) { date currencyCode orders units revenue }
       }`,
      { from: '2024-01-01', to: new Date().toISOString().slice(0, 10) },
    );
    const items = simulator.book.orders().reduce((sum, order) => sum + order.orderItems.length, 0);
    expect(connection).toEqual({
      status: 'ACTIVE',
      lastCheckOk: true,
      lastOrdersSyncStatus: 'OK',
      lastOrdersSyncOrdersCount: 500,
      lastOrdersSyncItemsCount: items,
    });
    expect(orders.totalCount).toBe(500);
    expect(orders.edges).toHaveLength(100);
    expect(salesByDay.length).toBeGreaterThan(5);
    expect(await differences(app.database, simulator)).toEqual([]);
  });

  it('refuses a second run with the id of the running one', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 10 });
    const hold = simulator.hold('searchOrders');
    const id = await start(owner);
    const { login } = await owner.request<{ login: { token: string } }>(
      `mutation { login(email: "owner@example.com", password: "a long enough password") { token } }`,
    );
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${login.token}` },
      body: JSON.stringify({ query: 'mutation { syncOrders { id } }' }),
    });
    const answer = (await response.json()) as { errors: { extensions: object }[] };
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'SYNC_ALREADY_RUNNING', runId: id });
    hold.release();
    expect((await watch(owner, id)).at(-1)).toMatchObject({ status: 'OK' });
  });

  it('a dry run over the API counts new orders and writes none', async () => {
    const { owner } = await startTestApp({ orders: 120 });
    const last = (await watch(owner, await start(owner, '(dryRun: true, includeItems: true)'))).at(-1);
    expect(last).toMatchObject({ status: 'OK', ordersSeen: 120, ordersInserted: 120 });
    expect(await owner.request(`{ orders { totalCount } connection { lastOrdersSyncAt } }`)).toEqual({
      orders: { totalCount: 0 },
      connection: { lastOrdersSyncAt: null },
    });
  });

  it('cancels a run over the API', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 80, maxPerPage: 20 });
    const cancel = (id: string) => owner.request(`mutation ($id: ID!) { cancelSync(runId: $id) { status } }`, { id });
    const ended = await start(owner, '(dryRun: true)');
    await watch(owner, ended);
    simulator.faults.add({ operation: 'searchOrders', on: { from: 2 }, fault: { kind: 'hang' } });
    const id = await start(owner);
    await watch(owner, id, (run) => run.pages === 1);
    await cancel(id);
    expect((await watch(owner, id)).at(-1)).toMatchObject({ status: 'CANCELLED', ordersInserted: 20 });

    // A run that has ended stays unchanged, and no cancellation is recorded.
    expect(await cancel(id)).toEqual({ cancelSync: { status: 'CANCELLED' } });
    expect(await cancel(ended)).toEqual({ cancelSync: { status: 'OK' } });
    const [{ id: number } = { id: 0n }] = await app.database.query<{ id: bigint }>(
      'SELECT max(id) AS id FROM sync_run',
    );
    expect(await app.database.query(`SELECT detail FROM audit_log WHERE action = 'cancelSync'`)).toEqual([
      { detail: { runId: String(number) } },
    ]);
  });

  it('reports a revoked authorisation on the run, the connection and the ping, until a new one is saved', async () => {
    const { owner, app } = await startTestApp({ orders: 10 });
    const save = (refreshToken: string) =>
      owner.request(`mutation ($input: SaveCredentialInput!) { saveCredential(input: $input) { status } }`, {
        input: { refreshToken },
      });
    await save('Atzr|revoked');
    const last = (await watch(owner, await start(owner))).at(-1);
    expect(last).toMatchObject({ status: 'ERROR', errorCode: 'LWA_INVALID_GRANT' });
    expect(last?.error).toMatch(/authori[sz]e|refresh token/i);
    expect(await owner.request(`{ connection { status lastCheckOk lastCheckError } }`)).toMatchObject({
      connection: { status: 'ERROR', lastCheckOk: false, lastCheckError: last?.error },
    });
    expect(await owner.request(`mutation { pingSpApi { ok errorCode } }`)).toEqual({
      pingSpApi: { ok: false, errorCode: 'LWA_INVALID_GRANT' },
    });
    await save('Atzr|new');
    expect(await owner.request(`mutation { pingSpApi { ok errorCode } }`)).toMatchObject({ pingSpApi: { ok: true } });
    expect((await watch(owner, await start(owner))).at(-1)).toMatchObject({ status: 'OK' });
    expect(app.engine.nextSyncAt()).toBeNull();
  });

  it('keeps secrets and personal data out of the log and, unencrypted, out of all tables', async () => {
    const { app, owner, log } = await startTestApp({ orders: 300 });
    await watch(owner, await start(owner));
    const tables = await app.database.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    let stored = '';
    for (const { name } of tables)
      for (const { row } of await app.database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`))
        stored += row;
    expect(stored).toContain('owner@example.com');
    expect(log()).toContain('Sync ended.');
    for (const secret of ['Atzr|process', 'Atza|', 'a long enough password', '-SECRET', 'Bearer '])
      for (const place of [stored, log()]) expect(place).not.toContain(secret);
  });

  it('resyncs one order, and reports coverage', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 60 });
    await watch(owner, await start(owner));
    const order = simulator.book.orders().find((each) => each.fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    simulator.book.ship(order?.orderId ?? '', { at: simulator.now() - 60_000 });
    const resync = `mutation ($id: String!) { resyncOrder(amazonOrderId: $id) { orderStatus } }`;
    expect(await owner.request(resync, { id: order?.orderId })).toEqual({ resyncOrder: { orderStatus: 'SHIPPED' } });
    await expect(owner.request(resync, { id: '999-9999999-9999999' })).rejects.toThrow(/NOT_FOUND/);
    expect(await differences(app.database, simulator)).toEqual([]);
    const { coverage } = await owner.request<{ coverage: { gaps: { kind: string }[] }[] }>(
      `{ coverage { marketplaceId provenFrom provenUntil itemsProvenUntil gaps { kind from until reason } } }`,
    );
    expect(coverage.map(({ gaps }) => gaps.map(({ kind }) => kind))).toEqual(
      simulator.marketplaceIds.map(() => ['BEFORE_FIRST_WINDOW', 'NOT_YET_READ']),
    );
  });

  it('deletes changes of orders after a run once they are older than is set', async () => {
    const dayMs = 86_400_000;
    const change = (config: Config): Config => ({
      ...config,
      retention: { ...config.retention, changesMs: 7 * dayMs },
    });
    const { app, owner } = await startTestApp({ orders: 1 }, { change });
    const old = (days: number) => ({ at: new Date(Date.now() - days * dayMs), id: `days-${days}` });
    for (const { at, id } of [old(9), old(8), old(6)])
      await app.database.query(
        `INSERT INTO order_change (at, kinds, source, order_id, amazon_order_id, marketplace_id, changed_fields)
         VALUES ($1, '{OTHER}', 'SYNC', 0, $2, 'ATVPDKIKX0DER', '{notes}')`,
        [at, id],
      );
    await watch(owner, await start(owner));
    const kept = async () =>
      (await app.database.query<{ id: string }>('SELECT amazon_order_id AS id FROM order_change c ORDER BY c.id'))
        .map(({ id }) => id)
        .filter((id) => id.startsWith('days-'));
    // The last of the old ones stays: it shows that none after it is missing.
    await expect.poll(kept).toEqual(['days-8', 'days-6']);
  });

  it('keeps JPY amounts and item ids beyond 2^53 exact', async () => {
    const { simulator, app, owner } = await startTestApp(
      { orders: 200, marketplaceIds: ['A1VC38T7YXB528'] },
      { region: 'FE' },
    );
    await watch(owner, await start(owner));
    expect(await differences(app.database, simulator)).toEqual([]);
    const { orders } = await owner.request<{
      orders: {
        nodes: { orderTotal: { amount: string; currencyCode: string } | null; items: { orderItemId: string }[] }[];
      };
    }>(`{ orders(first: 200) { nodes { orderTotal { amount currencyCode } items { orderItemId } } } }`);
    const totals = orders.nodes.flatMap((order) => order.orderTotal ?? []);
    expect(totals.length).toBeGreaterThan(50);
    for (const { amount, currencyCode } of totals) expect(`${amount} ${currencyCode}`).toMatch(/^\d+ JPY$/);
    const ids = orders.nodes.flatMap((order) => order.items.map((item) => item.orderItemId));
    expect(ids.some((id) => BigInt(id) > 2n ** 53n)).toBe(true);
    const truth = simulator.book.orders().flatMap((order) => order.orderItems.map((item) => item.orderItemId));
    expect(ids.sort()).toEqual(truth.sort());
  });
});
