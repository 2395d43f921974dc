import { describe, expect } from 'vitest';
import type { ApiClient } from '../src/cli/demo/api-client.js';
import type { SyncErrorCode } from '../src/core/errors.js';
import { it } from './helpers/fixtures.js';
import { createVirtualClock } from './helpers/virtual-clock.js';
import { startTestApp, withApp } from './helpers/with-app.js';
import { emptyMirror, endOf, runToEnd, withEngine, withSimulator } from './helpers/with-sync.js';

interface Ended {
  readonly status: string;
  readonly errorCode: SyncErrorCode | null;
  readonly error: string | null;
}

/** Runs a sync over the API to its end. */
async function syncOverApi(api: ApiClient): Promise<Ended> {
  const { syncOrders } = await api.request<{ syncOrders: { id: string } }>(
    `mutation { syncOrders(includeItems: true) { id } }`,
  );
  let last: Ended | undefined;
  const stream = api.subscribe<{ syncProgress: Ended }>(
    `subscription ($id: ID) { syncProgress(runId: $id) { status errorCode error } }`,
    { id: syncOrders.id },
  );
  for await (const { syncProgress } of stream) last = syncProgress;
  if (!last) throw new Error('The stream was empty.');
  return last;
}

describe('the error text of', () => {
  it('LWA_INVALID_GRANT and LWA_INVALID_CLIENT: on the run, the ping and the connection', async () => {
    const { owner } = await startTestApp({ orders: 5 });
    const save = (input: object) =>
      owner.request(`mutation ($input: SaveCredentialInput!) { saveCredential(input: $input) { id } }`, { input });
    await save({ refreshToken: 'Atzr|revoked' });
    expect(await syncOverApi(owner)).toMatchObject({
      status: 'ERROR',
      errorCode: 'LWA_INVALID_GRANT',
      error: expect.stringMatching(
        /no longer accepts the seller's authorisation.*Authorise the application again in Seller Central and save the new refresh token\./,
      ),
    });
    await save({ refreshToken: 'Atzr|fine', lwaClientId: 'expired', lwaClientSecret: 'old-secret' });
    const answer = await owner.request<{ pingSpApi: object }>(`mutation { pingSpApi { ok errorCode error } }`);
    expect(answer.pingSpApi).toMatchObject({
      ok: false,
      errorCode: 'LWA_INVALID_CLIENT',
      error: expect.stringMatching(/client id and client secret.*Copy both from the developer console.*180 days/),
    });
    expect(await owner.request(`{ connection { status lastCheckErrorCode } }`)).toEqual({
      connection: { status: 'ERROR', lastCheckErrorCode: 'LWA_INVALID_CLIENT' },
    });
  });

  it('SP_API_FORBIDDEN', async () => {
    const { owner } = await startTestApp(
      { orders: 5, marketplaceIds: ['A1VC38T7YXB528'] },
      {
        marketplaceIds: ['ATVPDKIKX0DER'],
      },
    );
    expect(await syncOverApi(owner)).toMatchObject({
      errorCode: 'SP_API_FORBIDDEN',
      error: expect.stringMatching(
        /Amazon refused searchOrders.*region and marketplaces.*Inventory and Order Tracking/,
      ),
    });
  });

  it('SP_API_INVALID_INPUT', async () => {
    const simulator = await withSimulator({ orders: 5 });
    simulator.faults.add({ operation: 'searchOrders', fault: { kind: '400-invalid-input' } });
    const { owner } = await withApp(simulator);
    expect(await syncOverApi(owner)).toMatchObject({
      errorCode: 'SP_API_INVALID_INPUT',
      error: expect.stringMatching(/rejected searchOrders as invalid.*Nothing was overwritten; the next run retries/),
    });
  });

  it("BAD_USER_INPUT and Amazon's errors of resyncOrder", async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 5 });
    const resync = (id: string) =>
      owner.request(`mutation ($id: String!) { resyncOrder(amazonOrderId: $id) { id } }`, { id });
    const order = simulator.book.orders()[0]?.orderId ?? '';
    for (const id of ['', 'https://orders/1', `${order} ${order}`, '..'])
      await expect(resync(id), id).rejects.toThrow(
        /is not an order id\. Use the form 123-1234567-1234567\. \(BAD_USER_INPUT\)/,
      );
    expect(simulator.count('getOrder')).toBe(0);
    for (const id of ['nope', 'S01-1234567-1234567', order.slice(1)])
      await expect(resync(` ${id} `), id).rejects.toThrow(`"${id}" was rejected by Amazon as order id. Use`);
    await expect(resync('nope')).rejects.toThrow(/BAD_USER_INPUT/);
    simulator.faults.add({ operation: 'getOrder', fault: { kind: '400-invalid-input' } });
    await expect(resync(order)).rejects.toThrow(/rejected getOrder as invalid.*\(SP_API_INVALID_INPUT\)/);
    expect(await app.database.query(`SELECT FROM audit_log WHERE action = 'resyncOrder'`)).toEqual([]);
    simulator.faults.clear();
    expect(await resync(` ${order} `)).toHaveProperty('resyncOrder.id');
  });

  it('DECRYPTION_FAILED, after the key that sealed the credential was removed', async () => {
    const { owner, app } = await startTestApp({ orders: 5 });
    await app.database.query(
      `UPDATE amazon_credential SET refresh_token_sealed = regexp_replace(refresh_token_sealed, '^v1\\.[^.]+', 'v1.00000000')`,
    );
    expect(await syncOverApi(owner)).toMatchObject({
      errorCode: 'DECRYPTION_FAILED',
      error: expect.stringMatching(/ENCRYPTION_KEY.*sav/s),
    });
  });

  it('NO_MARKETPLACES', async () => {
    const { owner } = await startTestApp({ orders: 5 }, { marketplaceIds: [] });
    expect(await syncOverApi(owner)).toMatchObject({
      errorCode: 'NO_MARKETPLACES',
      error: expect.stringMatching(/names no marketplaces.*Ping.*saveConnection/),
    });
  });

  describe('the engine', () => {
    it.beforeEach(({ database }) => emptyMirror(database));

    it('SP_API_UNAVAILABLE, after all retries', async ({ database }) => {
      const clock = createVirtualClock('jumps', new Date().toISOString());
      const simulator = await withSimulator({ orders: 5 });
      simulator.faults.add({ operation: 'searchOrders', fault: { kind: '500' } });
      const run = await runToEnd(await withEngine(database, simulator, { clock }));
      expect(run).toMatchObject({ errorCode: 'SP_API_UNAVAILABLE', requests: 8 });
      expect(run.error).toMatch(
        /no usable answer to searchOrders after all retries.*What was read is kept; the next run/,
      );
    });

    it('INTERRUPTED, after a run killed each of its workers', async ({ database, sync }) => {
      const starter = (await sync({ orders: 5 }, { works: false })).engine;
      const { id } = await starter.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' });
      await database.query('UPDATE sync_run SET attempts = 5');
      (await sync({ orders: 5 })).engine;
      const run = await endOf(starter, id);
      expect(run.errorCode).toBe('INTERRUPTED');
      expect(run.error).toMatch(/interrupted each time before it saved a page\. See the log.*start a new run/);
    });

    it('INTERNAL, whose page is rolled back and read by the next run', async ({ database, sync }) => {
      const { engine } = await sync({ orders: 50 });
      await database.query(
        `ALTER TABLE amazon_order_item ADD CONSTRAINT unforeseen CHECK (quantity_ordered < 0) NOT VALID`,
      );
      const run = await runToEnd(engine);
      await database.query(`ALTER TABLE amazon_order_item DROP CONSTRAINT unforeseen`);
      expect(run).toMatchObject({ status: 'ERROR', errorCode: 'INTERNAL', pages: 0 });
      expect(run.error).toMatch(/an error in Ordermirror; see its log.*the next run reads the window again/);
      expect(run.error).not.toMatch(/quantity|constraint/);
      expect(await database.query('SELECT 1 AS one FROM amazon_order')).toEqual([]);
      expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersInserted: 50 });
    });
  });
});

describe('a revoked authorisation', () => {
  it('pauses the schedule until a ping or a new credential succeeds', async () => {
    const { simulator, app, owner, log, logged } = await startTestApp(
      { orders: 5 },
      {
        refreshToken: 'Atzr|revoked',
        change: (config) => ({ ...config, schedule: { cron: '* * * * * *', includeItems: true } }),
      },
    );
    const refused = { connection: { status: 'ERROR' } };
    await expect.poll(() => owner.request('{ connection { status } }'), { timeout: 60_000 }).toEqual(refused);
    const skipped =
      'A scheduled sync was skipped: the connection is missing, incomplete, switched off or in ERROR; fix it first.';
    await logged(skipped, log().split(skipped).length + 1);
    expect(simulator.count('token')).toBe(1);
    expect(await owner.request(`{ connection { status lastCheckErrorCode } }`)).toEqual({
      connection: { status: 'ERROR', lastCheckErrorCode: 'LWA_INVALID_GRANT' },
    });
    // A tick treats a scheduled run of the last seconds as the same tick on another replica.
    await app.database.query(`UPDATE sync_run SET started_at = started_at - interval '1 minute'`);
    await owner.request(`mutation ($input: SaveCredentialInput!) { saveCredential(input: $input) { id } }`, {
      input: { refreshToken: 'Atzr|new' },
    });
    await logged('"status":"OK"');
    expect(await owner.request(`{ connection { status } }`)).toEqual({ connection: { status: 'ACTIVE' } });
  });
});
