import { describe, expect } from 'vitest';
import { it } from '../helpers/fixtures.js';
import { differences } from '../helpers/truth.js';
import { expectOk, runByMutation, withHistoryApp } from '../helpers/with-history.js';

const HISTORY = `{ history { from until windows windowsDone complete run { kind status progress pages }
  windowList { from until state orders reason } } }`;

interface HistoryAnswer {
  history: {
    windows: number;
    windowsDone: number;
    complete: boolean;
    run: { kind: string; status: string; progress: number; pages: number };
    windowList: { from: string; until: string; state: string; orders: number | null; reason: string | null }[];
  } | null;
}

describe('the history', () => {
  it('reads two years of orders from 25 reports and leaves nothing out', async () => {
    const test = await withHistoryApp(725, { orders: 400 });
    const { simulator, owner, app } = test;
    await expectOk(runByMutation(test, 'syncOrders(includeItems: true)'));
    const [{ before }] = (await app.database.query('SELECT count(*)::int AS before FROM amazon_order')) as [
      { before: number },
    ];
    expect(before).toBeLessThan(simulator.book.size / 2);
    const run = await expectOk(runByMutation(test, 'startHistory'));
    expect(run).toMatchObject({ kind: 'HISTORY', pages: 25, progress: 1 });
    expect(simulator.count('createReport')).toBe(25);
    expect(await differences(app.database, simulator)).toEqual([]);
    const { history } = await owner.request<HistoryAnswer>(HISTORY);
    expect(history).toMatchObject({
      windows: 25,
      windowsDone: 25,
      complete: true,
      run: { kind: 'HISTORY', status: 'OK', progress: 1, pages: 25 },
    });
    const { coverage } = await owner.request<{ coverage: { gaps: { kind: string }[]; provenByReport: object[] }[] }>(
      '{ coverage { gaps { kind } provenByReport { from until } } }',
    );
    for (const { gaps, provenByReport } of coverage) {
      expect(gaps.map(({ kind }) => kind)).toEqual(['NOT_YET_READ']);
      expect(provenByReport).toHaveLength(1);
    }
  });
});
