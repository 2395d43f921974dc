import type { Response } from 'playwright-core';
import { expect, it } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp, startTestApp } from '../helpers/with-app.js';
import { connected, describeInBrowser, signIn, violations, withBrowser } from '../helpers/with-browser.js';

// The first view is last, because a link to the current view does not move the focus.
const VIEWS = {
  Sync: '/sync',
  Orders: '/orders',
  Sales: '/sales',
  History: '/history',
  Connection: '/connection',
  Users: '/users',
  'API keys': '/api-keys',
  Webhooks: '/webhooks',
  Overview: '/',
};
const OTHER_VIEWS = { Account: '/account', 'Connect your Amazon account': '/setup' };
/** Cumulative layout shift; below 0.1 counts as good. */
const MAX_SHIFT = 0.06;
const MAX_BYTES = 140_000;

describeInBrowser('every view', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 20, updatedWithinDays: 20 });

  it.for([360, 820, 1440])('fits %i px in the dark theme without axe violations or layout shifts', async (width) => {
    const { app, owner } = await sharedApp();
    await untilRun(owner, await startRun(owner), hasEnded);
    const page = await browser.visit(`${app.url}/admin`, { colorScheme: 'dark', viewport: { width, height: 800 } });
    await signIn(page);
    // The links are the same at each width above the narrow one.
    for (const [title, path] of Object.entries(width === 820 ? {} : VIEWS)) {
      await page.getByRole('link', { name: title, exact: true }).click();
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
      expect(await page.title()).toBe(`${title} · Ordermirror`);
      expect(await page.evaluate(() => document.activeElement?.tagName), `${path} has the focus`).toBe('H1');
    }
    await page.addInitScript(countShifts);
    for (const [title, path] of Object.entries({ ...VIEWS, ...OTHER_VIEWS })) {
      await page.goto(`${app.url}/admin${path}`);
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
      await connected(page);
      await page.waitForLoadState('networkidle');
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(beyond, `${path} at ${width}`).toBeLessThanOrEqual(0);
      expect(await page.evaluate('shifts'), `layout shift of ${path} at ${width}`).toBeLessThan(MAX_SHIFT);
      expect(await violations(page), `${path} at ${width}`).toEqual([]);
    }
  });

  it('#27 shows when a connection in ERROR is tested next', async () => {
    const { app } = await startTestApp(
      { orders: 1, faults: [{ fault: { kind: 'invalid-grant' } }] },
      {
        change: (config) => ({ ...config, schedule: { ...config.schedule, cron: '0 0 1 1 *' } }),
      },
    );
    const page = await browser.signedIn(`${app.url}/admin`);
    await page.getByRole('link', { name: 'Connection', exact: true }).click();
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText(/^Next connection testin (1 hour|59 minutes)$/).waitFor();
    await page.getByText('Scheduled runs are paused until a connection test succeeds.').waitFor();
    await page.getByRole('link', { name: 'Sync', exact: true }).click();
    await page
      .getByText(/scheduled runs paused until a connection test succeeds, next test in (1 hour|59 minutes)/)
      .waitFor();
  });

  it('#26 #30 #32 shows what could not be read on the order, the run and the marketplace', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 5, settled: true, updatedWithinDays: 20 });
    await untilRun(owner, await startRun(owner), hasEnded);
    const [odd, stale] = simulator.book.orders().map(({ orderId }) => orderId);
    if (!odd || !stale) throw new Error('There are no orders.');
    const at = Date.now() - 240_000;
    simulator.book.distort(odd, 'empty total', { at });
    simulator.book.change(stale, (order) => Object.assign(order, { createdTime: 'yesterday' }), { at });
    await untilRun(owner, await startRun(owner), hasEnded);
    await app.database.query(
      `UPDATE sync_run SET orders_unreadable = 22, unreadable_order_ids = ARRAY[$1] WHERE id = (SELECT max(id) FROM sync_run)`,
      [odd],
    );
    await app.database.query(
      `INSERT INTO rejected_order (key, reason, payload, reader_version, updated_from, updated_until, marketplace_ids)
       VALUES ('interval', 'Malformed.', '{}', 0, now() - interval '2 hours', now() - interval '2 hours', $1)`,
      [simulator.marketplaceIds.slice(0, 1)],
    );

    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.getByText('Amazon did not return 22 orders by ID', { exact: true }).waitFor();
    await page.getByText('and 21 more').waitFor();
    await page.getByText('22 not returned by ID', { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: odd }).click();
    await page.getByRole('heading', { name: `Order ${odd}` }).waitFor();
    await page.getByText('The total is missing.').waitFor();
    await page.getByText('proceeds.grandTotal.amount: is missing', { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);

    await page.goto(`${app.url}/admin/orders?search=${stale}`);
    await page.getByText('Out of date', { exact: true }).waitFor();
    await page.locator('.order-link', { hasText: stale }).click();
    await page.getByText('The purchase date is not a date with a time.').waitFor();
    await page.getByText('This order is out of date', { exact: true }).waitFor();
    await page.getByText('createdTime: is not an ISO 8601 instant', { exact: true }).waitFor();

    await page.getByRole('link', { name: 'Connection', exact: true }).click();
    await page.getByText('Orders may be missing', { exact: true }).click();
    await page.getByText(/^At .*: Amazon's answers for this interval are malformed/).waitFor();
    expect(await page.getByText('Orders may be missing', { exact: true }).count()).toBe(1);
  });

  it('loads less than 140 kB, all of it from its own server', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit('about:blank');
    const responses: Response[] = [];
    page.on('response', (response) => responses.push(response));
    await page.goto(`${app.url}/admin`);
    await signIn(page);
    await connected(page);
    await page.waitForLoadState('networkidle');
    const sizes = await Promise.all(
      responses.map(async (response) => (await response.request().sizes()).responseBodySize),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(MAX_BYTES);
    expect(responses.map((response) => new URL(response.url()).host)).toEqual(
      responses.map(() => new URL(app.url).host),
    );
  });

  it('renews the token before it expires, and retries a failed renewal', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit('about:blank');
    await page.clock.install();
    await page.goto(`${app.url}/admin`);
    await signIn(page);
    await connected(page);
    const token = () =>
      page.evaluate(() => JSON.parse(localStorage.getItem('ordermirror.session') ?? '{}') as { token?: string });
    const before = await token();
    // Tokens issued within the same second are equal.
    await expect.poll(() => Date.now()).toBeGreaterThan(Date.now() - (Date.now() % 1000) + 999);
    let failed = 0;
    await page.route('**/graphql', (route) => {
      if (failed > 0 || !route.request().postData()?.includes('renewSession')) return route.fallback();
      failed += 1;
      return route.abort();
    });
    await page.clock.fastForward('56:00');
    await expect.poll(() => failed).toBe(1);
    expect(await token()).toEqual(before);
    await page.clock.fastForward('00:10');
    await expect.poll(token).not.toEqual(before);
    await page.clock.fastForward('00:05');
    await connected(page);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });
});

/** Runs in the page: sums the layout shifts that no input caused. */
const countShifts = `
  shifts = 0;
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) shifts += value;
  }).observe({ type: 'layout-shift', buffered: true });
`;
