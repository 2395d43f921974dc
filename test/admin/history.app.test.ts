import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { deleteAll } from '../helpers/delete-all.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp } from '../helpers/with-app.js';
import { describeInBrowser, VIEWER, violations, withBrowser } from '../helpers/with-browser.js';
import { QUICK_REPORTS } from '../helpers/with-history.js';

const card = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const older = (page: Page) => card(page, 'Older orders');
const check = (page: Page) => card(page, 'Check against a report');
const states = (page: Page) => older(page).getByRole('list', { name: 'Reports by state' });
const fact = (page: Page, name: string) => page.locator(`dt:text-is("${name}") + dd`);
const FIRST_DAY = new Date(Date.now() - 145 * 86_400_000).toISOString().slice(0, 10);

describeInBrowser('the history view', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp(
    { orders: 120, createdWithinDays: 140, reports: { queueMs: 0, processingMs: 0 } },
    {
      change: (config) => ({
        ...config,
        reports: QUICK_REPORTS,
        retention: { ...config.retention, ordersMonths: 18 },
      }),
    },
  );
  beforeAll(async () => {
    const { owner } = await sharedApp();
    await untilRun(owner, await startRun(owner), hasEnded);
  });

  it('shows the reports of each year while they are read, cancels the run, and continues it to its end', async () => {
    const { simulator, app } = await sharedApp();
    await deleteAll(app.database, 'report_window');
    const page = await browser.signedIn(`${app.url}/admin/history`);
    await older(page).getByText('Not started').waitFor();
    await older(page)
      .getByText(/^Orders older than 18 months are deleted/)
      .waitFor();
    expect(await violations(page)).toEqual([]);

    const first = simulator.hold('downloadReport');
    await older(page).getByLabel('purchased since').fill(FIRST_DAY);
    await older(page).getByRole('button', { name: 'Read older orders' }).click();
    await first.arrived;
    await older(page).getByText('Reading a report').waitFor();
    await states(page).getByText('Ready to be read: 5', { exact: true }).waitFor();
    expect(await fact(page, 'Reports read').textContent()).toBe('0 of 5');
    const second = simulator.hold('downloadReport');
    first.release();
    await second.arrived;
    await expect.poll(() => fact(page, 'Reports read').textContent()).toBe('1 of 5');
    expect(Number(await older(page).getByRole('progressbar').getAttribute('value'))).toBeGreaterThan(0.1);
    expect(await violations(page)).toEqual([]);

    await older(page).getByRole('button', { name: 'Cancel run' }).click();
    second.release();
    await older(page).getByText('Incomplete').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('older-orders-heading');
    await older(page).getByRole('button', { name: 'Continue' }).click();
    await older(page).getByText('Complete', { exact: true }).waitFor();
    await states(page).getByText('Read: 5', { exact: true }).waitFor();
    await older(page).getByText('All 5 reports').click();
    expect(
      await older(page)
        .getByRole('row', { name: /Read \d+$/ })
        .count(),
    ).toBe(5);
    const [{ count } = { count: 0 }] = await app.database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM amazon_order',
    );
    expect(count).toBe(simulator.book.size);

    await page.getByRole('link', { name: 'Sync', exact: true }).click();
    await page.getByRole('row', { name: /Completed Older orders Manual/ }).waitFor();
    await page.getByRole('row', { name: /Cancelled Older orders Manual/ }).waitFor();
    await page.getByRole('row', { name: /Completed Sync Manual/ }).waitFor();
    await page.getByRole('link', { name: 'Connection', exact: true }).click();
    await page
      .getByText(/^complete from \d+ \w+ \d{4} to/)
      .first()
      .click();
    await page
      .getByText(/^Purchased .*: read from reports\.$/)
      .first()
      .waitFor();
  });

  it('lists the reports that could not be read, and reads them when the owner tries again', async () => {
    const { app, owner, viewer } = await sharedApp();
    const { startHistory } = await owner.request<{ startHistory: { id: string } }>(
      `mutation ($from: Date) { startHistory(from: $from) { id } }`,
      { from: FIRST_DAY },
    );
    await untilRun(owner, startHistory.id, hasEnded);
    await app.database.query(
      `UPDATE report_window SET state = 'GAP', orders = NULL, reason = 'Amazon could not make the report: too many orders.'
        WHERE id = (SELECT max(id) - 1 FROM report_window)`,
    );
    await app.database.query(
      `UPDATE sync_run SET status = 'ERROR', error_code = 'REPORT_FAILED', error = 'A report failed.' WHERE kind = 'HISTORY'`,
    );
    await viewer();
    const reader = await browser.signedIn(`${app.url}/admin/history`, VIEWER);
    await older(reader).getByText('1 report could not be read').waitFor();
    expect(await reader.getByRole('main').getByRole('button').count()).toBe(0);

    const page = await browser.signedIn(`${app.url}/admin/history`);
    await states(page).getByText('Could not be read: 1', { exact: true }).waitFor();
    await older(page)
      .locator('.notice li', { hasText: 'Amazon could not make the report: too many orders.' })
      .filter({ hasText: /\d{4}:/ })
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await older(page).getByRole('button', { name: 'Try the gaps again' }).click();
    await older(page).getByText('Complete', { exact: true }).waitFor();
    expect(await older(page).getByText('could not be read').count()).toBe(0);
  });

  it('checks the mirror against a report, and shows what it corrected and what it could not', async () => {
    const { app } = await sharedApp();
    const removed = await app.database.query<{ id: string }>(
      `DELETE FROM amazon_order WHERE id IN (SELECT id FROM amazon_order ORDER BY last_update_date DESC LIMIT 3)
       RETURNING amazon_order_id AS id`,
    );
    const page = await browser.signedIn(`${app.url}/admin/history`);
    await check(page).getByRole('button', { name: 'Start check' }).click();
    await check(page).getByText('3 orders read by ID: 3 corrected, 0 confirmed as they were.').waitFor();
    expect(await fact(page, 'Missing').textContent()).toBe('3');
    expect(await violations(page)).toEqual([]);

    await app.database.query(`UPDATE check_finding SET state = 'UNRESOLVED'`);
    await page.reload();
    await check(page).getByText('3 orders unresolved').waitFor();
    await check(page).getByRole('button', { name: 'Copy order IDs' }).waitFor();
    await check(page)
      .getByRole('link', { name: removed[0]?.id ?? '' })
      .click();
    await page.getByRole('heading', { level: 1, name: removed[0]?.id ?? '' }).waitFor();
  });
});
