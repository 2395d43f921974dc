import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { parseCsv } from '../helpers/csv.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp } from '../helpers/with-app.js';
import { describeInBrowser, signIn, violations, withBrowser } from '../helpers/with-browser.js';

const ids = (page: Page) => page.locator('.orders .order-link').allTextContents();
/** Strips currency and grouping from a number. */
const digits = (text: string | null) => text?.replace(/[^\d.]/g, '');

/** Sums the layout shifts of a page that no input caused, as `shifts`. */
const COUNT_SHIFTS = `
  globalThis.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });`;

/** 1.6 Mbit/s, in bytes. */
const SLOW_LINE = { offline: false, latency: 300, downloadThroughput: 200_000, uploadThroughput: 100_000 };

describeInBrowser('the orders view', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 130, updatedWithinDays: 20 });
  beforeAll(async () => {
    const { owner } = await sharedApp();
    await untilRun(owner, await startRun(owner), hasEnded);
  });

  it('keeps page, filters, search and sort in the URL, over reloads and going back', async () => {
    const { app } = await sharedApp();
    const { database } = app;
    const all = await database.query<{ id: string; status: string }>(
      'SELECT amazon_order_id AS id, order_status AS status FROM amazon_order ORDER BY purchase_date DESC, id DESC',
    );
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    await page.getByText(`${all.length} orders`, { exact: true }).waitFor();
    await page.getByText(`1–50 of ${all.length}`, { exact: true }).waitFor();
    await expect.poll(() => ids(page), { timeout: 30_000 }).toEqual(all.slice(0, 50).map(({ id }) => id));
    expect(await violations(page)).toEqual([]);

    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText(all[50]?.id ?? '', { exact: true }).waitFor();
    await page.getByText(`51–100 of ${all.length}`, { exact: true }).waitFor();
    await expect.poll(() => ids(page), { timeout: 30_000 }).toEqual(all.slice(50, 100).map(({ id }) => id));
    await page.reload();
    await page.getByText(`51–100 of ${all.length}`, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText(`101–${all.length} of ${all.length}`, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText(`51–100 of ${all.length}`, { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.has('before')).toBe(true);
    await page.getByLabel('Per page').selectOption('100');
    await page.getByText(`1–100 of ${all.length}`, { exact: true }).waitFor();
    await expect.poll(() => ids(page), { timeout: 30_000 }).toEqual(all.slice(0, 100).map(({ id }) => id));
    expect(new URL(page.url()).search).toBe('?size=100');

    await page.goto(`${app.url}/admin/orders`);
    const some = all.filter(({ status }) => status === 'SHIPPED');
    await page.getByRole('button', { name: `Shipped ${some.length}`, exact: true }).click();
    await page.getByText(`${some.length} orders found`).waitFor();
    expect(new URL(page.url()).search).toBe('?status=SHIPPED');
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await page.getByText(`${some.length} orders found`).waitFor();
    await expect.poll(() => ids(page)).toEqual(some.slice(0, 50).map(({ id }) => id));

    await page.getByRole('searchbox').fill(some[2]?.id ?? '');
    await page.getByText('1 order found').waitFor();
    await expect.poll(() => ids(page)).toEqual([some[2]?.id]);
    await page.getByRole('searchbox').fill('nothing has this');
    await page.getByRole('heading', { name: 'No matching orders' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    expect(await page.getByRole('searchbox').evaluate((field) => field === document.activeElement)).toBe(true);
    await page.getByLabel('Sort').selectOption('Oldest first');
    await page.getByText(all.at(-1)?.id ?? '', { exact: true }).waitFor();
    expect(new URL(page.url()).search).toBe('?sort=purchased');
    await page.goBack();
    await page.getByText(all[0]?.id ?? '', { exact: true }).waitFor();

    await page.goto(`${app.url}/admin/orders?after=nonsense&status=SHIPPED&from=never`);
    await page.getByRole('button', { name: 'Go to the first page' }).click();
    await page.getByText(`${some.length} orders found`).waitFor();
    await page.goto(`${app.url}/admin/orders?search=%00`);
    await page.getByRole('button', { name: 'Show all orders' }).click();
    await page.getByText(`${all.length} orders`, { exact: true }).waitFor();
    await page.goto(`${app.url}/admin/orders?from=2026-02-31`);
    await page.getByText(`${all.length} orders`, { exact: true }).waitFor();
  });

  it('keeps the panels of its filters within the window', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    const menus = page.locator('.order-filters details.filter-menu:visible');
    await menus.first().waitFor();
    for (const width of [820, 1024, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      for (const menu of await menus.all()) {
        await menu.locator('summary').click();
        const edges = () =>
          menu.evaluate(({ lastElementChild }) => {
            const { left, right } = lastElementChild?.getBoundingClientRect() ?? { left: -1, right: -1 };
            return left >= 0 && right <= document.documentElement.clientWidth;
          });
        await expect.poll(edges, { message: `${await menu.textContent()} at ${width}` }).toBe(true);
        await menu.locator('summary').click();
      }
    }
  });

  it('names the product, and finds orders by words of a title and the middle of an id', async () => {
    const { app } = await sharedApp();
    const [order] = await app.database.query<{ id: string; title: string; sku: string; more: number }>(
      `SELECT o.amazon_order_id AS id, (array_agg(i.title ORDER BY i.order_item_id, i.id))[1] AS title,
              (array_agg(i.seller_sku ORDER BY i.order_item_id, i.id))[1] AS sku, count(*)::int - 1 AS more
         FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id
        GROUP BY o.id HAVING count(*) > 1 AND bool_and(i.title LIKE '% %' AND i.seller_sku <> '') ORDER BY o.id LIMIT 1`,
    );
    const { id = '', title = '', sku = '', more = 0 } = order ?? {};
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    await page.getByRole('searchbox').fill(id.slice(2, -2));
    await page.getByText('1 order found').waitFor();
    const row = page.locator('.orders tbody tr', { hasText: id });
    await row.waitFor();
    expect(await row.locator('.cell-product').textContent()).toBe(`${title}+${more}${sku}`);
    const words = title.split(/\s+/).reverse().join(' ').toUpperCase();
    await page.getByRole('searchbox').fill(words);
    await page.getByText(/orders? found/).waitFor();
    await row.waitFor();
  });

  it('lists what is to ship first, by the time to ship, coloured by urgency', async () => {
    const { app } = await sharedApp();
    await app.database.query(
      `UPDATE amazon_order SET ship_by_latest = now() - interval '1 hour' WHERE id IN
         (SELECT id FROM amazon_order WHERE order_status = 'UNSHIPPED' AND fulfilled_by = 'MERCHANT' ORDER BY id LIMIT 2)`,
    );
    const toShip = await app.database.query<{ id: string }>(
      `SELECT amazon_order_id AS id FROM amazon_order o JOIN marketplaces m ON m.marketplace_id = o.marketplace_id
        WHERE order_status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AND fulfilled_by = 'MERCHANT'
          AND (ship_by_latest AT TIME ZONE time_zone)::date <= (now() AT TIME ZONE time_zone)::date
        ORDER BY ship_by_latest, o.id`,
    );
    expect(toShip.length).toBeGreaterThan(1);
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    const tab = page.getByRole('navigation', { name: 'Status' }).getByRole('button').first();
    await page.getByRole('button', { name: `To ship today ${toShip.length}`, exact: true }).waitFor();
    expect(await tab.textContent()).toBe(`To ship today ${toShip.length}`);
    await tab.click();
    await page.getByText(`${toShip.length} orders found`).waitFor();
    await expect.poll(() => ids(page)).toEqual(toShip.map(({ id }) => id));
    expect(new URL(page.url()).search).toBe('?ship=today');
    await page.locator('.ship-by.late').first().waitFor();
    expect(await page.locator('.orders tbody tr').first().locator('.cell-status .badge.bad').count()).toBe(1);
    expect(await page.locator('.cell-fulfilment').first().textContent()).toBe('You');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: /^All \d/ }).click();
    await expect.poll(() => new URL(page.url()).search).toBe('');
  });

  it('adds up what is filtered, and saves the same orders as CSV', async () => {
    const { app } = await sharedApp();
    const [day] = await app.database.query<{ date: string; marketplace: string }>(
      `SELECT order_date::text AS date, marketplace_id AS marketplace FROM order_items
        GROUP BY 1, 2 ORDER BY count(DISTINCT order_id) DESC, 1, 2 LIMIT 1`,
    );
    const { date = '', marketplace = '' } = day ?? {};
    const [sales] = await app.database.query<{ revenue: string; orders: number; listed: number; items: number }>(
      `SELECT sum(revenue)::numeric(20, 2)::text AS revenue, count(DISTINCT order_id)::int AS orders,
              (SELECT count(*)::int FROM amazon_order o JOIN marketplaces m USING (marketplace_id)
                WHERE marketplace_id = $2 AND (purchase_date AT TIME ZONE time_zone)::date = $1) AS listed
         FROM order_items WHERE order_date = $1 AND marketplace_id = $2`,
      [date, marketplace],
    );
    const page = await browser.signedIn(`${app.url}/admin/orders?from=${date}&to=${date}&marketplace=${marketplace}`);
    const { listed = 0, orders = 0, revenue = '' } = sales ?? {};
    await page.getByText(`${listed} ${listed === 1 ? 'order' : 'orders'} found`).waitFor();
    const totals = page.getByRole('region', { name: 'Totals of these orders' });
    await totals.getByText(`revenue as in Sales: ${orders} ${orders === 1 ? 'order' : 'orders'}`).waitFor();
    expect(digits(await totals.locator('strong').last().textContent())).toBe(revenue);
    expect(await violations(page)).toEqual([]);
    const shown = await ids(page);
    for (const [label, file] of [
      ['A line an order', 'orders'],
      ['A line an item', 'order-items'],
    ] as const) {
      await page.locator('summary', { hasText: 'CSV' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: label }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`${file}.csv`);
      const rows = parseCsv(await readFile((await download.path()) ?? '', 'utf8'));
      expect(new Set(rows.map(({ amazon_order_id: id }) => id))).toEqual(new Set(shown));
      await page.locator('summary', { hasText: 'CSV' }).click();
    }
  });

  it('remembers the chosen columns', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    await page.locator('summary', { hasText: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Programs' }).check();
    await page.getByRole('checkbox', { name: 'Units' }).uncheck();
    await page.reload();
    await page.getByRole('columnheader', { name: 'Programs' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'Units' }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  it('gives titles the most room of a window of 1280 pixels, whatever the status', async () => {
    const { app } = await sharedApp();
    const [order] = await app.database.query<{ status: string }>(
      `UPDATE amazon_order SET order_status = 'INVOICE_UNCONFIRMED'
        WHERE id = (SELECT id FROM amazon_order ORDER BY purchase_date DESC, id DESC LIMIT 1) RETURNING order_status AS status`,
    );
    expect(order).toBeDefined();
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByText('Invoice unconfirmed', { exact: true }).first().waitFor();
    const widths = await page
      .locator('.orders tbody tr:first-child td')
      .evaluateAll((cells) =>
        cells.map((cell) => [cell.className, cell.getBoundingClientRect().width] as const).sort((a, b) => b[1] - a[1]),
      );
    expect(widths[0]?.[0], JSON.stringify(widths)).toBe('cell-product');
    expect(await page.getByRole('columnheader', { name: 'Marketplace' }).count()).toBe(1);
    expect(await violations(page)).toEqual([]);
  });

  it('closes a filter list that the Tab key leaves, and keeps the head in view', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    const menu = page.locator('details', { has: page.locator('summary', { hasText: 'Shipped by' }) });
    await menu.locator('summary').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: 'You' }).waitFor();
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Tab');
    await expect.poll(() => menu.evaluate((details: HTMLDetailsElement) => details.open)).toBe(false);
    await page.locator('.order-link').last().scrollIntoViewIfNeeded();
    await page.setViewportSize({ width: 1440, height: 700 });
    await page.locator('.order-link').last().scrollIntoViewIfNeeded();
    expect((await page.getByRole('columnheader', { name: 'Order' }).boundingBox())?.y).toBeGreaterThanOrEqual(-1);
  });

  it('says since when and up to when the list is complete', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    await page.getByText(/^Complete since .* up to/).waitFor();
    await page.goto(`${app.url}/admin/orders?from=2024-01-01`);
    await page.getByText(/^Incomplete before .* up to/).waitFor();
    await app.database.query(`DELETE FROM sync_cursor`);
    await page.goto(`${app.url}/admin/orders`);
    await page.getByText(/^Not complete yet: Amazon/).waitFor();
  });

  it('begins the first order of a phone near the top, with a title of 200 characters, on a slow line without jumps', async () => {
    const { app } = await sharedApp();
    await app.database.query(
      `UPDATE amazon_order_item SET title = repeat('Unbreakable', 18) || 'xx'
        WHERE order_id = (SELECT id FROM amazon_order ORDER BY purchase_date DESC, id DESC LIMIT 1)`,
    );
    for (const width of [360, 1440]) {
      const page = await browser.visit(`${app.url}/admin/account`, { viewport: { width, height: 800 } });
      await signIn(page);
      await page.addInitScript(COUNT_SHIFTS);
      const network = await page.context().newCDPSession(page);
      await network.send('Network.emulateNetworkConditions', SLOW_LINE);
      await page.goto(`${app.url}/admin/orders`);
      await page.getByText(/^1–50 of/).waitFor();
      await page.getByText(/up to|Not complete yet/).waitFor();
      await page.locator('.orders-frame[aria-busy="false"]').waitFor();
      await page.getByRole('button', { name: /^Shipped \d/ }).waitFor();
      expect(await page.evaluate('shifts')).toBeLessThan(0.1);
      const y = (await page.locator('.order-link').first().boundingBox())?.y ?? 0;
      if (width === 360) expect(y).toBeLessThan(360);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      // Not while the rows are loaded again, which dims them.
      await expect.poll(() => violations(page)).toEqual([]);
    }
  });
});
