import { describe, expect } from 'vitest';
import { defaultReports } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import { readCoverage } from '../../src/history/coverage.js';
import { readHistory } from '../../src/history/state.js';
import type { ReportFault } from '../../src/simulator/faults/report-faults.js';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { createVirtualClock } from '../helpers/virtual-clock.js';
import { ok, withHistory, withHistoryEngine, withReports } from '../helpers/with-history.js';
import { endOf, runToEnd, untilRun, withSimulator } from '../helpers/with-sync.js';

const TWO_YEARS = 725;
const DAY_MS = 86_400_000;
/** Not one of the simulated account. */
const BRAZIL = 'A2Q3Y263D00KWC';
const gapsOf = async (database: Database) =>
  (await readHistory(database))?.windows.filter(({ state }) => state === 'GAP') ?? [];

describe('the history', () => {
  it('reads two years from 25 reports, and with a sync leaves nothing out', async ({ database }) => {
    const simulator = await withReports(TWO_YEARS, { orders: 400 });
    const { engine, history, run } = await withHistory(database, simulator);
    const ended = await ok(run(history.start(null)));
    expect(ended).toMatchObject({ kind: 'HISTORY', pages: 25, progress: 1, ordersSeen: 400, ordersInserted: 400 });
    expect(simulator.count('createReport')).toBe(25);
    expect(await differences(database, simulator)).toEqual([]);
    expect(await database.query('SELECT id FROM order_change')).toEqual([]);
    await ok(runToEnd(engine));
    expect(await differences(database, simulator)).toEqual([]);
    for (const { gaps, provenByReport } of await readCoverage(database, simulator.marketplaceIds)) {
      expect(gaps.map(({ kind }) => kind)).toEqual(['NOT_YET_READ']);
      expect(provenByReport).toHaveLength(1);
    }
    const [{ text }] = (await database.query(
      `SELECT (SELECT string_agg(o::text, '') FROM amazon_order o) ||
              (SELECT string_agg(i::text, '') FROM amazon_order_item i) AS text`,
    )) as [{ text: string }];
    expect(text).not.toContain('SECRET');
  });

  it("takes 25 reports and less than 20 minutes at Amazon's default pace, whatever the number of orders", async ({
    database,
  }) => {
    const clock = createVirtualClock('shared');
    const simulator = await withSimulator({
      orders: 500,
      createdWithinDays: TWO_YEARS,
      usagePlans: {},
      now: clock.time,
    });
    const { history, run } = await withHistory(database, simulator, { clock, reportSettings: defaultReports });
    const startedAt = clock.time();
    await ok(run(history.start(null)));
    expect(await database.query('SELECT * FROM report_window WHERE failures > 0 OR empty_answers > 0')).toEqual([]);
    expect(simulator.requests.filter(({ status = 0 }) => status >= 400)).toEqual([]);
    expect(simulator.count('createReport')).toBe(25);
    expect(simulator.count('getReportDocument')).toBe(25);
    expect((clock.time() - startedAt) / 60_000).toBeLessThan(20);
    expect(simulator.requests.filter(({ status }) => status === 429)).toEqual([]);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('runs beside a sync, and can be followed', async ({ database }) => {
    const simulator = await withReports(TWO_YEARS, { orders: 300 });
    const { engine, history } = await withHistory(database, simulator);
    const hold = simulator.hold('getReportDocument');
    const { id } = await history.start(null);
    await untilRun(engine, id, ({ waitingUntil, requests }) => waitingUntil === null && requests > 0);
    expect((await runToEnd(engine)).status).toBe('OK');
    hold.release();
    const progress: (number | null)[] = [];
    for await (const run of engine.watch('HISTORY', new AbortController().signal)) {
      expect(run.id).toBe(id);
      progress.push(run.progress);
      if (run.status !== 'RUNNING') break;
    }
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => Number(a) - Number(b)));
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('continues in another process where it was', async ({ database }) => {
    const simulator = await withReports(TWO_YEARS, { orders: 300 });
    const { engine, history } = await withHistory(database, simulator);
    const { id } = await history.start(null);
    await untilRun(engine, id, ({ pages }) => pages >= 5);
    await history.stop();
    const created = simulator.count('createReport');
    const left = await readHistory(database);
    expect(left?.windows.filter(({ state }) => state === 'DONE').length).toBeLessThan(25);
    await withHistoryEngine(database, simulator);
    await ok(endOf(engine, id));
    // At most one report was requested whose id was not stored.
    expect(simulator.count('createReport') - created).toBeLessThanOrEqual(25 - created + 1);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('reads nothing again, and the windows of a new marketplace only', async ({ database }) => {
    const simulator = await withReports(TWO_YEARS, { orders: 300 });
    const { history, run } = await withHistory(database, simulator);
    await ok(run(history.start(null)));
    simulator.clearRequests();
    await ok(run(history.start(null)));
    expect(simulator.count('createReport')).toBe(0);
    const { length: before } = simulator.reports.created;
    await database.query(`UPDATE report_window SET marketplace_ids = $1::text[]`, [simulator.marketplaceIds.slice(1)]);
    await ok(run(history.start(null)));
    const asked = simulator.reports.created.slice(before).map(({ marketplaceIds }) => marketplaceIds.join());
    expect(asked.length).toBeGreaterThanOrEqual(25);
    expect(new Set(asked)).toEqual(new Set(simulator.marketplaceIds.slice(0, 1)));
  });

  it('is not held up by a marketplace that Amazon refuses, nor by one that was taken off the connection', async ({
    database,
  }) => {
    const simulator = await withReports(TWO_YEARS, { orders: 60 });
    let marketplaceIds = [...simulator.marketplaceIds, BRAZIL];
    const { history, run } = await withHistory(database, simulator, {
      account: { marketplaceIds: async () => marketplaceIds },
    });
    expect(await run(history.start(null))).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_FORBIDDEN' });

    // As a run of orders records it.
    await database.query(`INSERT INTO sync_cursor (marketplace_id, refused_at) VALUES ($1, now())`, [BRAZIL]);
    await ok(run(history.start(null)));
    expect(await readHistory(database)).toMatchObject({ windows: { length: 25 } });
    expect(await differences(database, simulator)).toEqual([]);
    await ok(run(history.startCheck(new Date(simulator.now() - 20 * DAY_MS), new Date())));

    await database.query('DELETE FROM sync_cursor');
    expect(await run(history.start(null))).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_FORBIDDEN' });
    expect(await readHistory(database)).toMatchObject({ windows: { length: 50 } });
    marketplaceIds = [...simulator.marketplaceIds];
    await ok(run(history.start(null)));
    expect(await readHistory(database)).toMatchObject({ windows: { length: 25 } });
  });

  it('does not start without marketplaces', async ({ database }) => {
    const simulator = await withReports(TWO_YEARS, { orders: 1 });
    const { history } = await withHistory(database, simulator, { account: { marketplaceIds: async () => [] } });
    const refusal = { code: 'BAD_USER_INPUT', message: expect.stringContaining('saveConnection') };
    await expect(history.start(null)).rejects.toMatchObject(refusal);
    await expect(history.startCheck(new Date(simulator.now() - DAY_MS), new Date())).rejects.toMatchObject(refusal);
  });

  it('takes a report of the whole region without the marketplaces of others', async ({ database }) => {
    const simulator = await withReports(TWO_YEARS, {
      orders: 100,
      reports: { wholeRegion: true, charset: 'ISO-8859-1' },
    });
    const [first, ...others] = simulator.marketplaceIds as [string, ...string[]];
    const { history, run } = await withHistory(database, simulator, {
      account: { marketplaceIds: async () => [first] },
    });
    await ok(run(history.start(null)));
    expect(
      await differences(database, simulator, {
        without: ({ salesChannel }) =>
          salesChannel.channelName === 'AMAZON' && others.includes(salesChannel.marketplaceId ?? ''),
      }),
    ).toEqual([]);
  });

  it('accepts a window without orders after a second report', async ({ database }) => {
    const simulator = await withReports(100, { orders: 100 });
    const { history, run } = await withHistory(database, simulator);
    await ok(run(history.start(null)));
    const windows = (await readHistory(database))?.windows ?? [];
    expect(windows.filter(({ orders }) => orders === 0).every(({ emptyAnswers }) => emptyAnswers === 1)).toBe(true);
    expect(simulator.count('createReport')).toBe(25 + windows.filter(({ orders }) => orders === 0).length);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('is cancelled between two steps', async ({ database }) => {
    const simulator = await withReports(TWO_YEARS, { orders: 300 });
    const { engine, history } = await withHistory(database, simulator);
    const hold = simulator.hold('getReportDocument');
    const { id } = await history.start(null);
    await hold.arrived;
    await engine.cancel(id);
    hold.release();
    expect((await endOf(engine, id)).status).toBe('CANCELLED');
  });
});

describe('a report that fails once', () => {
  const faults: Record<string, ReportFault> = {
    'is FATAL': { kind: 'fatal' },
    'is FATAL, with the reason in a document': { kind: 'fatal', reason: 'An internal error occurred.' },
    'is CANCELLED though there is data': { kind: 'cancelled' },
    'has a sentence in place of orders': { kind: 'sentence', text: 'Please try again.' },
    'has no bytes': { kind: 'empty' },
    'has no orders though there are': { kind: 'no-orders' },
    'ends in the middle of an order': { kind: 'cut-off' },
    'is stuck': { kind: 'stuck' },
  };
  for (const [what, fault] of Object.entries(faults))
    it(`is created again when it ${what}`, async ({ database }) => {
      const simulator = await withReports(85, { orders: 60 });
      simulator.reports.add({ fault, on: { from: 1 } });
      const { history, run } = await withHistory(database, simulator, { reportSettings: { patienceMs: 50 } });
      await ok(run(history.start(new Date(simulator.now() - 85 * DAY_MS))));
      expect(simulator.count('createReport')).toBe(4);
      expect(await differences(database, simulator)).toEqual([]);
    });
});

describe('a report that always fails', () => {
  it('is halved, given up, and named as a gap, which startHistory closes', async ({ database }) => {
    const simulator = await withReports(85, { orders: 60 });
    const { history, run } = await withHistory(database, simulator);
    const start = new Date(simulator.now() - 85 * DAY_MS);
    simulator.reports.add({ fault: { kind: 'fatal' }, covering: simulator.now() - 46 * DAY_MS });
    const ended = await run(history.start(start));
    simulator.reports.clear();
    expect(ended).toMatchObject({ status: 'ERROR', errorCode: 'REPORT_FAILED' });
    const [gap, ...more] = await gapsOf(database);
    expect(more).toEqual([]);
    expect(gap?.reason).toContain('FATAL');
    expect(gap && gap.until.getTime() - gap.from.getTime()).toBeLessThan(4 * DAY_MS);
    const coverage = await readCoverage(database, simulator.marketplaceIds);
    for (const { gaps } of coverage) expect(gaps.map(({ kind }) => kind)).toContain('REPORT_FAILED');
    await ok(run(history.start(start)));
    expect(await gapsOf(database)).toEqual([]);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('ends the run in an outage, and the next run continues', async ({ database }) => {
    const simulator = await withReports(TWO_YEARS, { orders: 60 });
    simulator.reports.add({ fault: { kind: 'fatal' } });
    const { history, run } = await withHistory(database, simulator);
    expect(await run(history.start(null))).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_UNAVAILABLE' });
    simulator.reports.clear();
    await ok(run(history.start(null)));
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('ends the run without disabling the connection when Amazon denies reports', async ({ database }) => {
    const simulator = await withReports(TWO_YEARS, { orders: 10 });
    simulator.faults.add({
      operation: 'createReport',
      fault: { kind: 'forbid-marketplace', marketplaceId: simulator.marketplaceIds[0] ?? '' },
    });
    const checks: unknown[] = [];
    const { history, run } = await withHistory(database, simulator, {
      account: { recordCheck: async (failure) => void checks.push(failure) },
    });
    expect(await run(history.start(null))).toMatchObject({ status: 'ERROR', errorCode: 'SP_API_FORBIDDEN' });
    expect(checks).toEqual([]);
  });
});

describe('an order of a report', () => {
  it('costs only itself if it is malformed, and is read by its id', async ({ database }) => {
    const simulator = await withReports(25, { orders: 40 });
    simulator.reports.add({ fault: { kind: 'malformed-order', index: 2 } });
    const { engine, history, run } = await withHistory(database, simulator);
    expect(await ok(run(history.start(null)))).toMatchObject({ ordersSeen: 39, ordersRejected: 1 });
    await database.query(`UPDATE rejected_order SET rejected_at = rejected_at - interval '2 days'`);
    await ok(runToEnd(engine));
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('replaces an older one of a report only, and is replaced by the API', async ({ database }) => {
    const simulator = await withReports(25, { orders: 40 });
    const { engine, history, run } = await withHistory(database, simulator);
    await ok(runToEnd(engine));
    const sources = () => database.query('SELECT DISTINCT source FROM amazon_order');
    await ok(run(history.start(null)));
    expect(await sources()).toEqual([{ source: 'API' }]);
    await database.query('TRUNCATE amazon_order, amazon_order_item, order_items CASCADE');
    await database.query('TRUNCATE report_window, sync_cursor');
    await ok(run(history.start(null)));
    expect(await sources()).toEqual([{ source: 'REPORT' }]);
    await database.query(
      `UPDATE amazon_order SET last_update_date = last_update_date - interval '1 hour', content_hash = 'older'`,
    );
    await database.query('TRUNCATE report_window');
    const again = await ok(run(history.start(null)));
    expect(again).toMatchObject({ ordersUpdated: 40, ordersInserted: 0 });
    expect(await differences(database, simulator)).toEqual([]);
    await ok(runToEnd(engine));
    expect(await sources()).toEqual([{ source: 'API' }]);
    expect(await differences(database, simulator)).toEqual([]);
  });

  it('marks an older one of the API to be read by its id', async ({ database }) => {
    const simulator = await withReports(25, { orders: 20 });
    const { engine, history, run } = await withHistory(database, simulator);
    await ok(runToEnd(engine));
    await database.query(
      `UPDATE amazon_order SET last_update_date = last_update_date - interval '1 hour', order_status = 'OLD', content_hash = 'older'`,
    );
    await ok(run(history.start(null)));
    const [marked] = await database.query(
      `SELECT count(*) FILTER (WHERE reread_wanted)::int AS wanted, count(*) FILTER (WHERE order_status = 'OLD')::int AS old FROM amazon_order`,
    );
    expect(marked).toEqual({ wanted: 20, old: 20 });
    await ok(runToEnd(engine));
    expect(await differences(database, simulator)).toEqual([]);
  });
});
