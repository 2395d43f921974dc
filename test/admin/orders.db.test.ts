import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { startTestApp, type TestApp } from '../helpers/with-app.js';
import { describeInBrowser, seriousFindings, signIn, withBrowser } from '../helpers/with-browser.js';

const OWNER = ['owner@example.com', 'a long enough password'] as const;
const ids = (page: Page) => page.locator('.orders tbody > tr:not(.opened) code').allTextContents();
/** Sums of money and numbers, without what a currency or a language adds. */
const plain = (text: string | null) => text?.replace(/[^\d.]/g, '');

async function mirrored(orders: number): Promise<TestApp> {
  const test = await startTestApp({ orders, settled: true, updatedWithinDays: 20 });
  await untilRun(test.owner, await startRun(test.owner), hasEnded);
  return test;
}

describeInBrowser('the orders view', () => {
  const browser = withBrowser();

  it('pages, filters, searches and sorts by the address, which a reload and going back keep', async () => {
    const { app } = await mirrored(130);
    const { database } = app;
    const all = await database.query<{ id: string; status: string }>(
      'SELECT amazon_order_id AS id, order_status AS status FROM amazon_order ORDER BY purchase_date DESC, id DESC',
    );
    const page = await browser.visit(`${app.url}/admin/orders`);
    await signIn(page, ...OWNER);
    await page.getByText(`${all.length} orders`, { exact: true }).waitFor();
    expect(await ids(page)).toEqual(all.slice(0, 50).map(({ id }) => id));
    expect(await seriousFindings(page)).toEqual([]);

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
    expect(await seriousFindings(page)).toEqual([]);
    await page.reload();
    await page.getByText(`${some.length} orders found`).waitFor();
    expect(await ids(page)).toEqual(some.slice(0, 50).map(({ id }) => id));

    await page.getByRole('searchbox').fill(some[2]?.id ?? '');
    await page.getByText('1 order found').waitFor();
    expect(await ids(page)).toEqual([some[2]?.id]);
    await page.getByRole('searchbox').fill('nothing has this');
    await page.getByRole('heading', { name: 'No order matches' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    expect(await page.getByRole('searchbox').evaluate((field) => field === document.activeElement)).toBe(true);
    await page.getByLabel('Sort').selectOption('Oldest first');
    await page.getByText(all.at(-1)?.id ?? '', { exact: true }).waitFor();
    expect(new URL(page.url()).search).toBe('?sort=purchased');
    await page.goBack();
    await page.getByText(all[0]?.id ?? '', { exact: true }).waitFor();

    await page.goto(`${app.url}/admin/orders?after=nonsense&status=SHIPPED&from=never`);
    await page.getByRole('button', { name: 'To the first page' }).click();
    await page.getByText(`${some.length} orders found`).waitFor();
    await page.goto(`${app.url}/admin/orders?search=%00`);
    await page.getByRole('button', { name: 'To all orders' }).click();
    await page.getByText(`${all.length} orders`, { exact: true }).waitFor();
    await page.goto(`${app.url}/admin/orders?from=2026-02-31`);
    await page.getByText(`${all.length} orders`, { exact: true }).waitFor();
  });

  it('opens an order, with its items, and what Amazon sent for the owner alone', async () => {
    const { app, viewer } = await mirrored(20);
    const [order] = await app.database.query<{ id: string; sku: string; price: string }>(
      `SELECT o.amazon_order_id AS id, i.seller_sku AS sku, i.item_price_amount::text AS price
         FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id
        WHERE i.item_price_amount IS NOT NULL LIMIT 1`,
    );
    const { id = '', sku = '', price = '' } = order ?? {};
    const page = await browser.visit(`${app.url}/admin/orders?search=${sku}`);
    await signIn(page, ...OWNER);
    await page.getByRole('button', { name: `Items of ${id}` }).click();
    const item = page.locator('.items tr', { hasText: sku }).first();
    expect(plain(await item.locator('td').last().textContent())).toBe(plain(Number(price).toFixed(2)));
    expect(await seriousFindings(page)).toEqual([]);
    const opener = page.getByRole('button', { name: 'What Amazon sent' });
    await opener.click();
    await page.getByRole('dialog').getByText(`"orderId": "${id}"`).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('What Amazon sent');

    await viewer();
    const other = await browser.visit(`${app.url}/admin/orders?search=${sku}`);
    await signIn(other, 'viewer@example.com', 'another long password');
    await other.getByRole('button', { name: `Items of ${id}` }).click();
    await other.locator('.items tr', { hasText: sku }).first().waitFor();
    expect(await other.getByRole('button', { name: 'What Amazon sent' }).count()).toBe(0);
  });

  it('shows sales as the ledger has them, as bars and as a table', async () => {
    const { app } = await mirrored(120);
    const page = await browser.visit(`${app.url}/admin/sales?days=90`);
    await signIn(page, ...OWNER);
    const totals = await app.database.query<{ currency: string; revenue: string; units: number }>(
      `SELECT currency, sum(revenue)::numeric(20, 2)::text AS revenue, sum(units)::int AS units FROM order_items
        WHERE order_date >= current_date - 88 AND currency IS NOT NULL GROUP BY currency ORDER BY currency`,
    );
    expect(totals.length).toBeGreaterThan(1);
    for (const { currency, revenue, units } of totals) {
      const card = page.getByRole('region', { name: `Sales in ${currency}` }).first();
      await card.getByText('The numbers as a table').click();
      const foot = card.locator('tfoot td');
      expect(plain(await foot.last().textContent()), currency).toBe(revenue);
      expect(plain(await foot.nth(1).textContent()), currency).toBe(String(units));
    }
    expect(await seriousFindings(page)).toEqual([]);
    const chart = page.getByRole('slider').first();
    await chart.focus();
    await page.keyboard.press('End');
    const told = await chart.getAttribute('aria-valuetext');
    await page.keyboard.press('ArrowLeft');
    expect(await chart.getAttribute('aria-valuetext')).not.toBe(told);
    await page.getByRole('button', { name: '7 days' }).click();
    expect(new URL(page.url()).search).toBe('?days=7');
    await page.route('**/graphql', (route) => route.abort());
    await page.reload();
    await page.getByText('The server does not answer.').waitFor();
    expect(await page.locator('.skeleton').count()).toBe(0);
  });

  it('ends the last days with the day that has begun in a marketplace, though not yet where the viewer is', async () => {
    const { app } = await mirrored(120);
    const [newest] = await app.database.query<{ day: string; before: string }>(
      `SELECT max(order_date)::text AS day, (max(order_date) - 1)::text AS before FROM order_items`,
    );
    const page = await browser.visit('about:blank', { timezoneId: 'UTC' });
    await page.clock.setFixedTime(`${newest?.before}T20:00:00Z`);
    await page.goto(`${app.url}/admin/sales?days=7`);
    await signIn(page, ...OWNER);
    const till = page.getByLabel('to', { exact: true });
    await expect.poll(() => till.inputValue()).toBe(newest?.day);
    expect(await page.getByRole('button', { name: '7 days' }).getAttribute('aria-pressed')).toBe('true');
    await page.getByText('The numbers as a table').first().waitFor();
    await page.clock.setFixedTime(`${newest?.day}T20:00:00Z`);
    await page.reload();
    await page.getByText('The numbers as a table').first().waitFor();
    expect(await till.inputValue()).toBe(newest?.day);
  });
});
