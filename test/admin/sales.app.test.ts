import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { dateIn } from '../../admin/src/sales/date-range.js';
import { parseCsv } from '../helpers/csv.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp, startTestApp } from '../helpers/with-app.js';
import { describeInBrowser, signIn, violations, withBrowser } from '../helpers/with-browser.js';

/** Strips currency and grouping from a number. */
const digits = (text: string | null) => text?.replace(/[^\d.]/g, '');
const card = (page: Page, currency: string) => page.getByRole('region', { name: `Sales in ${currency}` }).first();
/** ES, GB, FR, BE, NL, DE, IT, SE, PL, TR, AE, SA. */
const EUROPE = [
  'A1RKKUPIHCS9HS',
  'A1F83G8C2ARO7P',
  'A13V1IB3VIYZZH',
  'AMEN7PMS3EDWL',
  'A1805IZSGTT6HS',
  'A1PA6795UKMFR9',
  'APJ6JRA9NG5V4',
  'A2NODRKZP88ZB9',
  'A1C3SOZRARQ6R3',
  'A33AVAJ2PDY3EV',
  'A2VIGQ35RCS4UG',
  'A17E79C6D8DWNP',
];
const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

describeInBrowser('the sales view', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 130, settled: true, createdWithinDays: 25 });
  beforeAll(async () => {
    const { owner } = await sharedApp();
    await untilRun(owner, await startRun(owner), hasEnded);
  });

  it('shows the ledger’s sales as a chart and as a table, asked for at once', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit(`${app.url}/admin/sales?from=${daysAgo(60)}&to=${daysAgo(0)}`);
    const asked: string[] = [];
    page.on('request', (request) => {
      if (/query Sales\(/.test(request.postData() ?? '')) asked.push(request.url());
    });
    await signIn(page);
    const totals = await app.database.query<{
      currency: string;
      revenue: string;
      units: number;
      unpriced: number;
      orders: number;
    }>(
      `SELECT currency, sum(revenue)::numeric(20, 2)::text AS revenue, sum(units)::int AS units,
              coalesce(sum(units) FILTER (WHERE revenue IS NULL), 0)::int AS unpriced,
              count(DISTINCT order_id)::int AS orders
         FROM order_items WHERE currency IS NOT NULL GROUP BY currency ORDER BY currency`,
    );
    expect(totals.length).toBeGreaterThan(1);
    for (const { currency, revenue, units, unpriced, orders } of totals) {
      await card(page, currency).getByText('Show as table').click();
      const foot = card(page, currency).locator('tfoot td');
      expect((await foot.allTextContents()).map(digits), currency).toEqual([
        String(orders),
        String(units),
        String(unpriced),
        revenue,
      ]);
      const summary = page.getByRole('region', { name: 'All currencies' }).getByRole('row', { name: currency });
      expect(digits(await summary.locator('td').nth(5).textContent())).toBe(revenue);
    }
    expect(await violations(page)).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it.for([360, 1440])('has bars, labels and pointer on one scale over a year at %i px', async (width) => {
    const { app } = await sharedApp();
    const page = await browser.visit(`${app.url}/admin/sales?period=1-year`, { viewport: { width, height: 900 } });
    await signIn(page);
    const chart = page.getByRole('slider').first();
    await chart.scrollIntoViewIfNeeded();
    const labels = await chart.locator('.day-axis text').evaluateAll((texts) =>
      texts.map((text) => {
        const { left, right } = text.getBoundingClientRect();
        return { text: text.textContent, left, right, middle: (left + right) / 2 };
      }),
    );
    expect(labels.length).toBeGreaterThan(2);
    const frame = await chart.boundingBox();
    for (const [at, label] of labels.entries()) {
      expect(label.left, label.text ?? '').toBeGreaterThanOrEqual(labels[at - 1]?.right ?? 0);
      await page.mouse.move(label.middle, (frame?.y ?? 0) + 60);
      const selected = await chart.locator('.bars .selected').first().boundingBox();
      const middle = (selected?.x ?? 0) + (selected?.width ?? 0) / 2;
      expect(Math.abs(middle - label.middle), label.text ?? '').toBeLessThan(1);
      const month = (label.text ?? '').split(' ')[0] ?? '';
      expect(await chart.getAttribute('aria-valuetext'), label.text ?? '').toContain(month);
    }
    const part = await chart.locator('.bar-part').last().boundingBox();
    await page.mouse.move((part?.x ?? 0) + (part?.width ?? 0) / 2, (frame?.y ?? 0) + 60);
    const selected = await chart.locator('.bars .selected').first().boundingBox();
    expect(selected?.x ?? 0).toBeLessThanOrEqual((part?.x ?? 0) + 0.5);
    expect((selected?.x ?? 0) + (selected?.width ?? 0)).toBeGreaterThanOrEqual(
      (part?.x ?? 0) + (part?.width ?? 0) - 0.5,
    );
  });

  it('hatches days that have not been read, and says since and up to when it is complete', async () => {
    const { app, owner } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/sales?period=90-days`);
    const chart = page.getByRole('slider').first();
    await page.getByText(/Orders are complete since \d+ \w+ \d+, up to \d/).waitFor();
    await page.getByText('Incomplete', { exact: true }).waitFor();
    const uncovered = chart
      .locator('svg')
      .filter({ has: page.locator('.bar-part') })
      .first()
      .locator('.uncovered');
    await uncovered.first().waitFor({ state: 'attached' });
    const count = await uncovered.count();
    // 30 days have been read, of which the first is not whole.
    expect(count).toBeGreaterThanOrEqual(59);
    expect(count).toBeLessThanOrEqual(62);
    await page.getByRole('button', { name: '7 days' }).click();
    // Just after a marketplace's midnight, the run has not read the last minutes of yesterday.
    const { coverage, connection } = await owner.request<{
      coverage: { marketplaceId: string; provenUntil: string }[];
      connection: { marketplaces: { marketplaceId: string; countryCode: string; timeZone: string }[] };
    }>('{ coverage { marketplaceId provenUntil } connection { marketplaces { marketplaceId countryCode timeZone } } }');
    const unread = connection.marketplaces.filter(({ marketplaceId, timeZone }) => {
      const { provenUntil = '' } = coverage.find((each) => each.marketplaceId === marketplaceId) ?? {};
      return dateIn(timeZone, Date.parse(provenUntil)) !== dateIn(timeZone);
    });
    await expect.poll(() => uncovered.count()).toBe(unread.some(({ countryCode }) => countryCode === 'US') ? 2 : 0);
    expect((await page.getByText('Incomplete', { exact: true }).count()) > 0).toBe(unread.length > 0);
  });

  it('opens the orders of a bar by pointer, keyboard and link', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/sales?period=7-days`);
    const chart = page.getByRole('slider').first();
    await chart.focus();
    await page.keyboard.press('End');
    const last = await chart.getAttribute('aria-valuetext');
    await page.keyboard.press('ArrowLeft');
    expect(await chart.getAttribute('aria-valuetext')).not.toBe(last);
    const href = await page.getByRole('link', { name: 'View orders' }).first().getAttribute('href');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(href);
    expect(href).toMatch(/^\/admin\/orders\?from=(\d{4}-\d\d-\d\d)&to=\1$/);
    await page.goBack();
    const frame = await chart.boundingBox();
    await page.mouse.click((frame?.x ?? 0) + (frame?.width ?? 0) / 2, (frame?.y ?? 0) + 60);
    await page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor();
  });

  it('leads from a day to its orders, which add up to the same revenue, in any time zone of the viewer', async () => {
    const { app } = await sharedApp();
    for (const timezoneId of ['Asia/Tokyo', 'America/Los_Angeles']) {
      const page = await browser.visit(`${app.url}/admin/sales?period=7-days`, { timezoneId });
      await signIn(page);
      await card(page, 'USD').getByText('Show as table').click();
      const row = card(page, 'USD').locator('tbody tr').nth(1);
      const [, , orders, , , revenue] = await row.locator('td').allTextContents();
      await row.getByRole('link').click();
      const totals = page.getByRole('region', { name: 'Totals of these orders' });
      await totals.getByText(new RegExp(`revenue as in Sales: ${orders} orders?,`)).waitFor();
      expect(await totals.getByText(revenue ?? '', { exact: true }).count(), timezoneId).toBe(1);
    }
  });

  it('compares with the period before once that is complete', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/sales?period=90-days`);
    await page.getByRole('slider').first().waitFor();
    expect(await page.locator('.change').count()).toBe(0);
    await page.getByRole('button', { name: '7 days' }).click();
    const change = card(page, 'USD').locator('dt:text-is("Revenue") + dd .change');
    await change.waitFor();
    const [sums] = await app.database.query<{ now: number; before: number }>(
      `SELECT sum(revenue) FILTER (WHERE order_date BETWEEN $1::date - 6 AND $1::date)::float8 AS now,
              sum(revenue) FILTER (WHERE order_date BETWEEN $1::date - 13 AND $1::date - 7)::float8 AS before
         FROM order_items WHERE currency = 'USD'`,
      [await page.getByLabel('to', { exact: true }).inputValue()],
    );
    const { now, before } = sums ?? { now: 0, before: 0 };
    const percent = Math.round(((now - before) / before) * 100);
    expect((await change.textContent())?.replaceAll('\u00a0', '')).toBe(`${percent > 0 ? '+' : ''}${percent}%`);
  });

  it('lists best sellers, and saves what is shown as CSV', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/sales?from=${daysAgo(60)}&to=${daysAgo(0)}&view=products`);
    const rows = page.getByRole('region', { name: 'Best sellers in USD' }).locator('tbody tr');
    const [best] = await app.database.query<{ sku: string; revenue: string }>(
      `SELECT sku, sum(revenue)::numeric(20, 2)::text AS revenue FROM order_items
        WHERE currency = 'USD' GROUP BY sku ORDER BY sum(revenue) DESC LIMIT 1`,
    );
    await rows
      .first()
      .getByText(best?.sku ?? '')
      .waitFor();
    expect(digits(await rows.first().locator('td').last().textContent())).toBe(best?.revenue);
    expect(await violations(page)).toEqual([]);

    const saved = async () => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'CSV' }).click(),
      ]);
      return parseCsv(await readFile(await download.path(), 'utf8'));
    };
    const products = (await saved()).filter(({ currency }) => currency === 'USD');
    expect(products.find(({ seller_sku }) => seller_sku === best?.sku)?.revenue).toBe(best?.revenue);

    await page.getByRole('button', { name: 'By day' }).click();
    await card(page, 'USD').getByText('Show as table').click();
    const shown = await card(page, 'USD')
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map(({ textContent }) => textContent)));
    const days = (await saved()).filter(({ currency }) => currency === 'USD');
    expect(days.map((day) => [day.from_date, day.orders, day.units, Number(day.revenue)]).sort()).toEqual(
      shown.map(([date, , orders, units, , revenue]) => [date, orders, units, Number(digits(revenue ?? ''))]).sort(),
    );
  });

  it('counts units without a price beside the revenue', async () => {
    const { app, owner } = await startTestApp({ orders: 20, settled: true, updatedWithinDays: 20 });
    await untilRun(owner, await startRun(owner), hasEnded);
    const [unpriced] = await app.database.query<{ units: number }>(
      `UPDATE order_items SET revenue = NULL WHERE id = (SELECT min(id) FROM order_items WHERE currency = 'USD')
       RETURNING units`,
    );
    const page = await browser.signedIn(`${app.url}/admin/sales?period=90-days`);
    const [sum] = await app.database.query<{ units: number }>(
      `SELECT sum(units)::int AS units FROM order_items WHERE currency = 'USD' AND revenue IS NULL`,
    );
    expect(sum?.units).toBeGreaterThanOrEqual(unpriced?.units ?? 1);
    const [unknown] = await app.database.query<{ orders: number }>(
      `SELECT count(*)::int AS orders FROM amazon_order AS o
        WHERE order_status <> 'CANCELLED' AND channel_name <> 'NON_AMAZON' AND (order_total_amount IS NULL
           OR EXISTS (SELECT FROM amazon_order_item AS i WHERE i.order_id = o.id AND item_price_amount IS NULL))`,
    );
    const link = page.getByRole('link', { name: /^\d+ orders? without a price$/ });
    expect(await link.textContent()).toMatch(new RegExp(`^${unknown?.orders} order`));
    await card(page, 'USD')
      .getByText(new RegExp(`^${sum?.units} units? without a price$`))
      .waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('sums 12 marketplaces of Europe up above their currencies, in one request and within 360 px', async () => {
    const marketplaceIds = EUROPE;
    const { app, owner } = await startTestApp(
      { orders: 150, settled: true, updatedWithinDays: 20, marketplaceIds },
      { region: 'EU', marketplaceIds },
    );
    await untilRun(owner, await startRun(owner), hasEnded);
    const page = await browser.visit(`${app.url}/admin/sales?period=1-year`, { viewport: { width: 360, height: 740 } });
    await signIn(page);
    const currencies = await app.database.query<{ currency: string }>(
      'SELECT DISTINCT currency FROM order_items WHERE currency IS NOT NULL',
    );
    expect(currencies.length).toBeGreaterThan(4);
    const summary = page.getByRole('region', { name: 'All currencies' });
    await summary.waitFor();
    for (const { currency } of currencies) expect(await summary.getByText(currency, { exact: true }).count()).toBe(1);
    expect(await page.getByLabel('Marketplace').locator('option').count()).toBe(13);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
  });

  it('has the days of the marketplaces, not of the viewer', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit(`${app.url}/admin/sales?period=today`, { timezoneId: 'Pacific/Kiritimati' });
    await signIn(page);
    const latest = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/New_York' });
    const earliest = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Los_Angeles' });
    const dates = [earliest.format(), latest.format()];
    await expect.poll(async () => dates.includes(await page.getByLabel('to', { exact: true }).inputValue())).toBe(true);
  });

  it('shows the former numbers over their own days while a period is loading', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/sales?period=30-days`);
    const chart = page.getByRole('slider').first();
    expect(await chart.getAttribute('aria-valuemax')).toBe('29');
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let asked = false;
    await page.route('**/graphql', async (route) => {
      if (!/query Sales\(/.test(route.request().postData() ?? '')) return route.fallback();
      asked = true;
      await answered;
      await route.continue();
    });
    await page.getByRole('button', { name: '7 days' }).click();
    await expect.poll(() => asked).toBe(true);
    await page.locator('[aria-busy="true"] [role="slider"]').first().waitFor();
    expect(await chart.getAttribute('aria-valuemax')).toBe('29');
    answer();
    await expect.poll(() => chart.getAttribute('aria-valuemax')).toBe('6');
  });

  it('puts back a first day that is after the last', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/sales?from=${daysAgo(20)}&to=${daysAgo(10)}`);
    await page.locator('[aria-busy="false"] [role="slider"]').first().waitFor();
    await page.waitForLoadState('networkidle');
    const from = page.getByLabel('From', { exact: true });
    await from.fill(daysAgo(5));
    expect(await from.inputValue()).toBe(daysAgo(20));
    await from.fill(daysAgo(15));
    await expect.poll(() => new URL(page.url()).search).toBe(`?from=${daysAgo(15)}&to=${daysAgo(10)}`);
  });

  it('keeps the period in the URL, and offers to try again when the server is gone', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/sales`);
    await page.getByRole('button', { name: 'Last month' }).click();
    expect(new URL(page.url()).search).toBe('?period=last-month');
    await page.route('**/graphql', (route) => route.abort());
    await page.reload();
    await page.getByText('The server is not responding.').waitFor();
    expect(await page.locator('.skeleton').count()).toBe(0);
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('The server is not responding.').waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'Last month' }).getAttribute('aria-pressed')).toBe('true');
  });
});
