import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp } from '../helpers/with-app.js';
import { describeInBrowser, VIEWER, violations, withBrowser } from '../helpers/with-browser.js';

const ids = (page: Page) => page.locator('.orders tbody > tr:not(.opened) code').allTextContents();
/** Strips currency and grouping from a number. */
const digits = (text: string | null) => text?.replace(/[^\d.]/g, '');

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
    expect(await ids(page)).toEqual(all.slice(0, 50).map(({ id }) => id));
    expect(await violations(page)).toEqual([]);

    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText(all[50]?.id ?? '', { exact: true }).waitFor();
    expect(await ids(page)).toEqual(all.slice(50, 100).map(({ id }) => id));
    await page.reload();
    await page.getByText(all[50]?.id ?? '', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText(all[0]?.id ?? '', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.has('before')).toBe(true);

    const status = 'SHIPPED';
    const some = all.filter((order) => order.status === status);
    await page.locator('summary', { hasText: 'Status' }).click();
    await page.getByRole('checkbox', { name: 'Shipped', exact: true }).check();
    await page.getByText(`${some.length} orders found`).waitFor();
    expect(new URL(page.url()).search).toBe('?status=SHIPPED');
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await page.getByText(`${some.length} orders found`).waitFor();
    expect(await ids(page)).toEqual(some.slice(0, 50).map(({ id }) => id));

    await page.getByRole('searchbox').fill(some[2]?.id ?? '');
    await page.getByText('1 order found').waitFor();
    expect(await ids(page)).toEqual([some[2]?.id]);
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

  it('expands an order to its items, and shows its raw payload to owners only', async () => {
    const { app, viewer } = await sharedApp();
    const [order] = await app.database.query<{ id: string; sku: string; price: string }>(
      `SELECT o.amazon_order_id AS id, i.seller_sku AS sku, i.item_price_amount::text AS price
         FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id
        WHERE i.item_price_amount IS NOT NULL LIMIT 1`,
    );
    const { id = '', sku = '', price = '' } = order ?? {};
    const page = await browser.signedIn(`${app.url}/admin/orders?search=${sku}`);
    await page.getByRole('button', { name: `Items of ${id}` }).click();
    const item = page.locator('.items tr', { hasText: sku }).first();
    expect(digits(await item.locator('td').last().textContent())).toBe(digits(Number(price).toFixed(2)));
    expect(await violations(page)).toEqual([]);
    const opener = page.getByRole('button', { name: 'View raw payload' });
    await opener.click();
    await page.getByRole('dialog').getByText(`"orderId": "${id}"`).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('View raw payload');

    await viewer();
    const other = await browser.signedIn(`${app.url}/admin/orders?search=${sku}`, VIEWER);
    await other.getByRole('button', { name: `Items of ${id}` }).click();
    await other.locator('.items tr', { hasText: sku }).first().waitFor();
    expect(await other.getByRole('button', { name: 'View raw payload' }).count()).toBe(0);
  });
});
