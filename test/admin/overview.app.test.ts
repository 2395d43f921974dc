import { expect, it } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { startTestApp } from '../helpers/with-app.js';
import { describeInBrowser, VIEWER, violations, withBrowser } from '../helpers/with-browser.js';

const digits = (text: string | null) => text?.replace(/[^\d.]/g, '');

describeInBrowser('the overview', () => {
  const browser = withBrowser();

  it('shows today and yesterday by marketplace, what is to ship, and the last 30 days', async () => {
    const { app, owner, viewer, simulator } = await startTestApp({ orders: 400, settled: true, updatedWithinDays: 3 });
    await untilRun(owner, await startRun(owner), hasEnded);
    const page = await browser.signedIn(`${app.url}/admin`);
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    const days = page.getByRole('region', { name: 'Today and yesterday' }).last();
    await days.waitFor();
    const marketplaces = await app.database.query<{ name: string; today: number; yesterday: number }>(
      `SELECT m.name,
              (SELECT count(DISTINCT order_id) FROM order_items AS l WHERE l.marketplace_id = m.marketplace_id
                  AND order_date = (now() AT TIME ZONE m.time_zone)::date)::int AS today,
              (SELECT count(DISTINCT order_id) FROM order_items AS l WHERE l.marketplace_id = m.marketplace_id
                  AND order_date = (now() AT TIME ZONE m.time_zone)::date - 1)::int AS yesterday
         FROM marketplaces AS m JOIN amazon_connection AS c ON m.marketplace_id = ANY (c.marketplace_ids)`,
    );
    expect(marketplaces.some(({ yesterday }) => yesterday > 0)).toBe(true);
    for (const { name, today, yesterday } of marketplaces) {
      const cells = days.getByRole('row', { name }).locator('td');
      expect(digits(await cells.nth(1).textContent()), name).toBe(String(today));
      expect(digits(await cells.nth(3).textContent()), name).toBe(String(yesterday));
    }
    const [waiting] = await app.database.query<{ total: number; today: number; overdue: number }>(
      `SELECT count(*)::int AS total, (count(*) FILTER (WHERE ship_by_latest < now()))::int AS overdue,
              (count(*) FILTER (WHERE (ship_by_latest AT TIME ZONE m.time_zone)::date
                                   <= (now() AT TIME ZONE m.time_zone)::date))::int AS today
         FROM amazon_order JOIN marketplaces AS m USING (marketplace_id)
        WHERE order_status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AND fulfilled_by = 'MERCHANT'`,
    );
    const { total = 0, today = 0, overdue = 0 } = waiting ?? {};
    expect(total).toBeGreaterThan(0);
    const toShip = page.locator('section', { has: page.getByRole('heading', { name: 'To ship today' }) });
    expect(await toShip.getByRole('link').allTextContents()).toEqual([
      String(today),
      ...(overdue > 0 ? [`${overdue} overdue`] : []),
      `${total} in all`,
    ]);
    const sums = await app.database.query<{ currency: string; revenue: string }>(
      `SELECT currency, sum(revenue)::numeric(20, 2)::text AS revenue FROM order_items
        WHERE currency IS NOT NULL GROUP BY currency`,
    );
    for (const { currency, revenue } of sums) {
      const shown = page.locator(`dt:text-is("Revenue in ${currency}") + dd`);
      expect(digits(await shown.textContent()), currency).toBe(revenue);
    }
    const changes = page.getByRole('region', { name: 'Latest changes' });
    await changes.getByRole('listitem').nth(7).waitFor();
    const open = simulator.book.orders().find(({ fulfillment }) => fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    const id = open?.orderId as string;
    simulator.book.cancel(id, { at: simulator.now() });
    await owner.request('mutation ($id: String!) { resyncOrder(amazonOrderId: $id) { id } }', { id });
    await changes.getByRole('listitem').first().getByText('Cancelled', { exact: false }).waitFor();
    expect(await changes.getByRole('link').first().textContent()).toBe(id);
    for (const width of [360, 820, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
    await page.getByText(/^Item prices before discounts.*has not been read completely/).waitFor();
    expect(await violations(page)).toEqual([]);

    await days
      .getByRole('link', { name: /orders?$/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor();
    expect(new URL(page.url()).search).toMatch(/^\?from=(\d{4}-\d\d-\d\d)&to=\1&marketplace=\w+$/);

    await viewer();
    const other = await browser.signedIn(`${app.url}/admin`, VIEWER);
    await other.getByRole('heading', { name: 'Needs attention' }).waitFor();
    expect(await violations(other)).toEqual([]);
  });

  it('lists what needs attention', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 30, settled: true, updatedWithinDays: 20 });
    simulator.faults.add({ on: { from: 1, count: 1 }, fault: { kind: 'unreadable-order', index: 4 } });
    await untilRun(owner, await startRun(owner), hasEnded);
    await app.database.query('UPDATE amazon_order SET order_total_amount = NULL, order_total_currency = NULL');
    await app.database.query(
      `INSERT INTO rejected_order (key, reason, payload, reader_version, updated_from, updated_until, marketplace_ids)
       VALUES ('interval', 'Malformed.', '{}', 0, now() - interval '2 hours', now() - interval '2 hours', $1)`,
      [simulator.marketplaceIds.slice(0, 1)],
    );
    const page = await browser.signedIn(`${app.url}/admin`);
    const attention = page.locator('section', { has: page.getByRole('heading', { name: 'Needs attention' }) });
    await attention.getByText(/^2 orders could not be read|^1 order could not be read/).waitFor();
    await attention.getByText(/^\d+ orders have no price yet/).waitFor();
    await attention.getByText(/^Orders may be missing, since answers of Amazon could not be read: Amazon/).waitFor();
    expect(await violations(page)).toEqual([]);
    await attention.getByRole('link', { name: 'Open Connection' }).click();
    await page.getByRole('heading', { name: 'Connection', level: 1 }).waitFor();
  });

  it('leads a fresh owner to the set-up, and tells a viewer whom to ask', async () => {
    const { app, owner, viewer } = await startTestApp({ orders: 1 });
    await app.database.query('DELETE FROM amazon_credential');
    await app.database.query('DELETE FROM amazon_connection');
    await viewer();
    expect(await owner.request('{ connection { id } }')).toEqual({ connection: null });
    const page = await browser.signedIn(`${app.url}/admin`);
    await page.getByRole('main').getByRole('link', { name: 'Connect an account' }).click();
    await page.getByRole('heading', { name: 'Connect your Amazon account' }).waitFor();
    const other = await browser.signedIn(`${app.url}/admin`, VIEWER);
    await other.getByText('Ask an owner to connect one.').waitFor();
    expect(await other.getByRole('link', { name: 'Connect an account' }).count()).toBe(0);
  });
});
