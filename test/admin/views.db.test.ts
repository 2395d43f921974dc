import type { Response } from 'playwright-core';
import { expect, it } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { startTestApp } from '../helpers/with-app.js';
import { describeInBrowser, seriousFindings, signIn, withBrowser } from '../helpers/with-browser.js';

const OWNER = ['owner@example.com', 'a long enough password'] as const;
// The one that is there first comes last: going to where one is moves no focus.
const VIEWS = { Orders: '/orders', Sales: '/sales', Connection: '/connection', People: '/people', Sync: '/' };
const ALONE = { 'Your account': '/account', 'Connect your Amazon account': '/setup' };
/** Of a browser's own measure of what moves by itself; below 0.1 is called good. */
const LEAST_SHIFT = 0.06;
const HEAVIEST_BYTES = 250_000;

describeInBrowser('every view', () => {
  const browser = withBrowser();

  it.for([360, 820, 1440])('is as good in the dark, and never wider than a screen of %i px', async (width) => {
    const { app, owner } = await startTestApp({ orders: 60, settled: true, updatedWithinDays: 20 });
    await untilRun(owner, await startRun(owner), hasEnded);
    const page = await browser.visit(`${app.url}/admin`, { colorScheme: 'dark', viewport: { width, height: 800 } });
    await signIn(page, ...OWNER);
    for (const [title, path] of Object.entries(VIEWS)) {
      await page.getByRole('link', { name: title, exact: true }).click();
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.title()).toBe(`${title} · Ordermirror`);
      expect(await page.evaluate(() => document.activeElement?.tagName), `${path} has the focus`).toBe('H1');
    }
    await page.addInitScript(countShifts);
    for (const [title, path] of Object.entries({ ...VIEWS, ...ALONE })) {
      await page.goto(`${app.url}/admin${path}`);
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await page.waitForLoadState('networkidle');
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(beyond, `${path} at ${width}`).toBeLessThanOrEqual(0);
      expect(await page.evaluate('shifts'), `what moves in ${path} at ${width}`).toBeLessThan(LEAST_SHIFT);
      expect(await seriousFindings(page), `${path} at ${width}`).toEqual([]);
    }
  });

  it('#27 shows when a connection in ERROR is tested next', async () => {
    const { app } = await startTestApp(
      { orders: 1, faults: [{ fault: { kind: 'invalid-grant' } }] },
      {
        change: (config) => ({ ...config, schedule: { ...config.schedule, cron: '0 0 1 1 *' } }),
      },
    );
    const page = await browser.visit(`${app.url}/admin`);
    await signIn(page, ...OWNER);
    await page.getByRole('link', { name: 'Connection', exact: true }).click();
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText(/^Next automatic testin (1 hour|59 minutes)$/).waitFor();
    await page.getByText('Scheduled runs wait until a test succeeds; one is made every hour.').waitFor();
    await page.getByRole('link', { name: 'Sync', exact: true }).click();
    await page
      .getByText(/no run by schedule until the connection works again, next test in (1 hour|59 minutes)/)
      .waitFor();
  });

  it('#26 #30 #32 shows what could not be read: on the order, on the run and on the marketplace', async () => {
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

    const page = await browser.visit(`${app.url}/admin`);
    await signIn(page, ...OWNER);
    await page.getByText('Amazon did not return 22 orders by id', { exact: true }).waitFor();
    await page.getByText('and 21 more').waitFor();
    await page.getByText('22 not returned by id', { exact: true }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('link', { name: odd }).click();
    await page.getByText('1 order found').waitFor();
    await page.getByText('Partly unreadable', { exact: true }).waitFor();
    await page.getByRole('button', { name: `Items of ${odd}` }).click();
    await page.getByText('proceeds.grandTotal.amount: is missing', { exact: true }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);

    await page.goto(`${app.url}/admin/orders?search=${stale}`);
    await page.getByText('Out of date', { exact: true }).waitFor();
    await page.getByRole('button', { name: `Items of ${stale}` }).click();
    await page.getByText('This order is out of date', { exact: true }).waitFor();
    await page.getByText('createdTime: is not an ISO 8601 instant', { exact: true }).waitFor();

    await page.getByRole('link', { name: 'Connection', exact: true }).click();
    await page.getByText('Orders may be missing', { exact: true }).click();
    await page.getByText(/^At .*: Amazon's answers for this interval are malformed/).waitFor();
    expect(await page.getByText('Orders may be missing', { exact: true }).count()).toBe(1);
  });

  it('loads in less than 250 kB, all of it from the server itself', async () => {
    const { app } = await startTestApp({ orders: 1 });
    const page = await browser.visit('about:blank');
    const responses: Response[] = [];
    page.on('response', (response) => responses.push(response));
    await page.goto(`${app.url}/admin`);
    await signIn(page, ...OWNER);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.waitForLoadState('networkidle');
    const sizes = await Promise.all(
      responses.map(async (response) => (await response.request().sizes()).responseBodySize),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(HEAVIEST_BYTES);
    expect(responses.map((response) => new URL(response.url()).host)).toEqual(
      responses.map(() => new URL(app.url).host),
    );
  });

  it('stays signed in while it is open, by a new token shortly before the old one ends, though one call for it is lost', async () => {
    const { app } = await startTestApp({ orders: 1 });
    const page = await browser.visit('about:blank');
    await page.clock.install();
    await page.goto(`${app.url}/admin`);
    await signIn(page, ...OWNER);
    await page.getByText('Live', { exact: true }).waitFor();
    const token = () =>
      page.evaluate(() => JSON.parse(localStorage.getItem('ordermirror.session') ?? '{}') as { token?: string });
    const before = await token();
    // Tokens that are made within the same second are the same.
    await expect.poll(() => Date.now()).toBeGreaterThan(Date.now() - (Date.now() % 1000) + 999);
    let lost = 0;
    await page.route('**/graphql', (route) => {
      if (lost > 0 || !route.request().postData()?.includes('renewSession')) return route.fallback();
      lost += 1;
      return route.abort();
    });
    await page.clock.fastForward('56:00');
    await expect.poll(() => lost).toBe(1);
    expect(await token()).toEqual(before);
    await page.clock.fastForward('00:10');
    await expect.poll(token).not.toEqual(before);
    await page.clock.fastForward('00:05');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('heading', { name: 'Sync' }).waitFor();
  });
});

/** Runs in the page: adds up what moves without anybody having pressed anything. */
const countShifts = `
  shifts = 0;
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) shifts += value;
  }).observe({ type: 'layout-shift', buffered: true });
`;
