import { describe, expect } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.js';
import { it } from '../helpers/fixtures.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { startTestApp } from '../helpers/with-app.js';
import {
  emptyMirror,
  endOf,
  MANUAL,
  runToEnd,
  untilRun as untilEngineRun,
  withEngine,
  withSimulator,
} from '../helpers/with-sync.js';

const WEEK_MS = 7 * 24 * 3_600_000;
const ALL = 'FULFILLMENT,PROCEEDS,CANCELLATION,PROMOTION,EXPENSE,PACKAGES';

/** The data sets that each search asked for, with the status of its answer. */
function searches({ requests }: Simulator): string[] {
  return requests
    .filter(({ operation }) => operation === 'searchOrders')
    .map(({ query, status }) => `${query.includedData} ${status}`);
}

function refuse(simulator: Simulator, dataSet: 'PROMOTION' | 'EXPENSE' | 'FULFILLMENT', status: 400 | 403): void {
  simulator.faults.add({ fault: { kind: 'refuse-data-set', dataSet, status } });
}

describe('data sets that Amazon refuses', () => {
  it.beforeEach(({ database }) => emptyMirror(database));

  const refusals = async (database: { query(text: string): Promise<object[]> }) =>
    database.query(
      `SELECT data_set AS "dataSet", refused_at AS "refusedAt", next_try_at AS "nextTryAt"
         FROM refused_data_set ORDER BY 1`,
    );

  it('are found by a few calls, left out for a week, then asked for again', async ({ database }) => {
    const clock = createVirtualClock();
    const simulator = await withSimulator({ orders: 100, now: clock.time });
    const engine = await withEngine(database, simulator, { clock });
    refuse(simulator, 'PROMOTION', 403);
    refuse(simulator, 'EXPENSE', 400);
    const refusedAt = clock.now();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', refusedMarketplaceIds: [] });
    expect(searches(simulator)).toEqual([
      `${ALL} 403`,
      `${ALL} 403`,
      'FULFILLMENT,PROCEEDS 200',
      `${ALL} 403`,
      'FULFILLMENT,PROCEEDS,CANCELLATION 200',
      'FULFILLMENT,PROCEEDS,CANCELLATION,PROMOTION 403',
      'FULFILLMENT,PROCEEDS,CANCELLATION,EXPENSE 400',
      'FULFILLMENT,PROCEEDS,CANCELLATION,PACKAGES 200',
    ]);
    expect(await differences(database, simulator)).toEqual([]);
    const [stored] = await database.query(
      `SELECT (SELECT count(*) FROM amazon_order WHERE raw_payload ? 'packages') > 0 AS packages,
              count(*) FILTER (WHERE raw_payload ? 'cancellation') > 0 AS cancellations,
              count(*) FILTER (WHERE raw_payload ? 'promotion') > 0 AS promotions
         FROM amazon_order_item`,
    );
    expect(stored).toEqual({ packages: true, cancellations: true, promotions: false });
    const row = (dataSet: string, at: Date) => ({
      dataSet,
      refusedAt,
      nextTryAt: new Date(at.getTime() + WEEK_MS),
    });
    expect(await refusals(database)).toEqual([row('EXPENSE', refusedAt), row('PROMOTION', refusedAt)]);

    clock.advance(WEEK_MS - 60_000);
    simulator.clearRequests();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    expect(searches(simulator)).toEqual(['FULFILLMENT,PROCEEDS,CANCELLATION,PACKAGES 200']);

    // One of the two is still refused: three more searches, and a call with a new access token.
    simulator.faults.clear();
    refuse(simulator, 'PROMOTION', 403);
    clock.advance(60_000);
    simulator.clearRequests();
    const triedAt = clock.now();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    expect(searches(simulator)).toEqual([
      `${ALL} 403`,
      `${ALL} 403`,
      'FULFILLMENT,PROCEEDS,CANCELLATION,PACKAGES 200',
      `${ALL} 403`,
      'FULFILLMENT,PROCEEDS,CANCELLATION,PROMOTION,PACKAGES 403',
      'FULFILLMENT,PROCEEDS,CANCELLATION,EXPENSE,PACKAGES 200',
    ]);
    expect(await refusals(database)).toEqual([{ ...row('PROMOTION', triedAt), refusedAt }]);

    simulator.faults.clear();
    clock.advance(WEEK_MS);
    simulator.clearRequests();
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    expect(searches(simulator)).toEqual([`${ALL} 200`]);
    expect(await refusals(database)).toEqual([]);
  });

  it('are found in the middle of a search too, which starts again', async ({ database }) => {
    const simulator = await withSimulator({ orders: 50, maxPerPage: 20 });
    const engine = await withEngine(database, simulator);
    simulator.faults.add({
      on: { from: 2, count: 1_000 },
      fault: { kind: 'refuse-data-set', dataSet: 'PACKAGES', status: 403 },
    });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK', ordersUnreadable: 0 });
    expect(searches(simulator)[0]).toBe(`${ALL} 200`);
    expect(await refusals(database)).toMatchObject([{ dataSet: 'PACKAGES' }]);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('are distinguished from refused marketplaces', async ({ database }) => {
    const simulator = await withSimulator({ orders: 60, maxPerPage: 20 });
    const [, refused = ''] = simulator.marketplaceIds;
    refuse(simulator, 'EXPENSE', 403);
    simulator.faults.add({ operation: 'searchOrders', fault: { kind: 'forbid-marketplace', marketplaceId: refused } });
    const engine = await withEngine(database, simulator);
    expect(await runToEnd(engine)).toMatchObject({ status: 'ERROR', refusedMarketplaceIds: [refused] });
    expect(await refusals(database)).toMatchObject([{ dataSet: 'EXPENSE' }]);
    const of = (order: { salesChannel: { marketplaceId?: string } }) => order.salesChannel.marketplaceId === refused;
    expect(await differences(database, simulator, { without: of })).toEqual([]);
  });

  it('are not named while Amazon refuses searches without them too, or refuses one once', async ({ database }) => {
    const simulator = await withSimulator({ orders: 20 });
    const engine = await withEngine(database, simulator);
    refuse(simulator, 'FULFILLMENT', 400);
    expect(await runToEnd(engine)).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_INVALID_INPUT' });
    expect(searches(simulator)).toEqual([`${ALL} 400`, 'FULFILLMENT,PROCEEDS 400']);
    expect(await refusals(database)).toEqual([]);

    simulator.faults.clear();
    simulator.clearRequests();
    simulator.faults.add({ operation: 'searchOrders', on: { from: 1 }, fault: { kind: '400-invalid-input' } });
    expect(await runToEnd(engine)).toMatchObject({ status: 'OK' });
    expect(searches(simulator)).toEqual([`${ALL} 400`, 'FULFILLMENT,PROCEEDS 200', `${ALL} 200`]);
    expect(await refusals(database)).toEqual([]);
  });

  it('are not recorded by a dry run, and stay as they were asked for in a run that is continued', async ({
    database,
  }) => {
    // Hours of quota pass.
    const clock = createVirtualClock();
    const simulator = await withSimulator({ orders: 70, maxPerPage: 20, now: clock.time });
    refuse(simulator, 'EXPENSE', 400);
    const dry = await withEngine(database, simulator, { clock });
    expect(await runToEnd(dry, { dryRun: true })).toMatchObject({ status: 'OK' });
    expect(await refusals(database)).toEqual([]);
    await dry.stop();

    // The seventh search is the first page, the eighth the second one.
    simulator.faults.add({ operation: 'searchOrders', on: { from: 9 }, fault: { kind: 'hang' } });
    const first = await withEngine(database, simulator, { clock });
    const { id } = await first.start(MANUAL);
    await untilEngineRun(first, id, (run) => run.pages === 2);
    await first.stop();
    simulator.faults.clear();
    simulator.clearRequests();
    expect(await endOf(await withEngine(database, simulator, { clock }), id)).toMatchObject({ status: 'OK' });
    expect(new Set(searches(simulator))).toEqual(new Set(['FULFILLMENT,PROCEEDS,CANCELLATION,PROMOTION,PACKAGES 200']));
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('are left out of single orders, which are read without any', async ({ database }) => {
    const simulator = await withSimulator({ orders: 20 });
    const engine = await withEngine(database, simulator);
    refuse(simulator, 'EXPENSE', 403);
    const [order] = simulator.book.orders();
    await engine.resyncOrder(order?.orderId ?? '');
    expect(await database.query('SELECT amazon_order_id AS id FROM amazon_order')).toEqual([{ id: order?.orderId }]);
  });
});

it('are named on the connection until a new credential is saved', async () => {
  const { owner, simulator } = await startTestApp({ orders: 10 });
  refuse(simulator, 'EXPENSE', 403);
  expect(await untilRun(owner, await startRun(owner), hasEnded)).toMatchObject({ status: 'OK' });
  const query = '{ connection { refusedDataSets { dataSet refusedAt nextTryAt } } }';
  const { connection } = await owner.request<{ connection: { refusedDataSets: { refusedAt: string }[] } }>(query);
  expect(connection.refusedDataSets).toEqual([
    { dataSet: 'EXPENSE', refusedAt: expect.any(String), nextTryAt: expect.any(String) },
  ]);
  await owner.request('mutation { saveCredential(input: { refreshToken: "Atzr|new" }) { id } }');
  expect(await owner.request(query)).toEqual({ connection: { refusedDataSets: [] } });
});

it('asks for TAX and PAYMENT by a setting, and stores them without personal data', async ({ database }) => {
  await emptyMirror(database);
  const simulator = await withSimulator({ orders: 100, keepTexts: true });
  const engine = await withEngine(database, simulator, { additionalDataSets: ['TAX', 'PAYMENT'] });
  await runToEnd(engine);
  expect(searches(simulator)).toEqual([`${ALL},TAX,PAYMENT 200`]);
  const payloads = await database.query<{ payload: Record<string, unknown> }>(
    `SELECT raw_payload AS payload FROM amazon_order
      WHERE raw_payload ? 'tax' OR raw_payload @? '$.payment.paymentExecutions[*].paymentAmount' ORDER BY 1`,
  );
  const taxed = payloads.map(({ payload }) => payload.tax).filter(Boolean);
  expect(taxed).toContainEqual({ taxInvoicing: { buyerInvoicePreference: 'BUSINESS', invoiceStatus: 'PROCESSING' } });
  const paid = payloads.map(({ payload }) => payload.payment);
  expect(paid).toContainEqual({
    paymentExecutions: [{ paymentMethod: 'CreditCard', paymentAmount: expect.any(Object) }],
  });
  expect(JSON.stringify(await database.query('SELECT raw_payload::text FROM amazon_order'))).not.toContain('SECRET');
});
