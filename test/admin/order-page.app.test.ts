import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { amountsOf } from '../../admin/src/orders/amounts.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp } from '../helpers/with-app.js';
import { describeInBrowser, OWNER, VIEWER, violations, withBrowser } from '../helpers/with-browser.js';

const heading = (page: Page, id: string) => page.getByRole('heading', { name: `Order ${id}`, level: 1 });
const cents = (text: string | null) => Number((text ?? '').replace(/[^\d-]/g, '')) * (text?.includes('−') ? -1 : 1);

describeInBrowser('the page of an order', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 130, updatedWithinDays: 20, settled: true });
  beforeAll(async () => {
    const { owner } = await sharedApp();
    await untilRun(owner, await startRun(owner), hasEnded);
  });

  /** An order of the seller's own shipping with several amounts and a package. */
  async function someOrder() {
    const { app } = await sharedApp();
    const [order] = await app.database.query<{ id: string; country: string; sku: string; tracking: string }>(
      `SELECT o.amazon_order_id AS id, m.country_code AS country, min(i.seller_sku) AS sku,
              o.packages->0->>'trackingNumber' AS tracking
         FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id
              JOIN marketplaces m ON m.marketplace_id = o.marketplace_id
        WHERE o.order_status = 'SHIPPED' AND o.packages->0->>'trackingNumber' <> ''
        GROUP BY o.id, m.country_code HAVING sum(i.shipping_price_amount) > 0 AND sum(i.discount_amount) > 0
        ORDER BY o.id LIMIT 1`,
    );
    if (!order) throw new Error('There is no such order.');
    return order;
  }

  it('shows everything of it: amounts that make its total, items, dates, packages, and the way to Seller Central', async () => {
    const { app } = await sharedApp();
    const { id, country, sku, tracking } = await someOrder();
    const page = await browser.signedIn(`${app.url}/admin/orders/${id}`);
    await heading(page, id).waitFor();
    expect(await page.title()).toBe(`Order ${id} · Ordermirror`);
    const amounts = page.getByRole('region', { name: 'Amounts' });
    await amounts.waitFor();
    const rows = await amounts.locator('tbody tr').allTextContents();
    expect(rows.map((row) => row.replace(/[^A-Za-z ]*\d.*|[A-Z]*\$.*/, ''))).toEqual(
      expect.arrayContaining(['Items', 'Shipping', expect.stringMatching(/^Discounts/)]),
    );
    const parts = await amounts.locator('tbody td').allTextContents();
    expect(parts.map(cents).reduce((sum, part) => sum + part, 0)).toBe(
      cents(await amounts.locator('tfoot td').textContent()),
    );
    await page.getByRole('region', { name: 'Items', exact: true }).getByText(sku, { exact: true }).first().waitFor();
    await page.getByRole('region', { name: 'Dates' }).getByText('Ship by', { exact: true }).waitFor();
    await page.getByRole('region', { name: 'Packages' }).getByText(tracking).waitFor();
    await page.getByRole('region', { name: 'Order', exact: true }).getByText('You', { exact: true }).waitFor();
    const link = page.getByRole('link', { name: 'Seller Central' });
    const domain = { US: 'amazon.com', CA: 'amazon.ca', MX: 'amazon.com.mx' }[country];
    expect(await link.getAttribute('href')).toBe(`https://sellercentral.${domain}/orders-v3/order/${id}`);
    for (const width of [360, 820, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect(await violations(page)).toEqual([]);
    }
  });

  it('says the difference if the rows do not make the total', async () => {
    const { app } = await sharedApp();
    const { id } = await someOrder();
    await app.database.query(
      'UPDATE amazon_order SET order_total_amount = order_total_amount + 7.77 WHERE amazon_order_id = $1',
      [id],
    );
    const page = await browser.signedIn(`${app.url}/admin/orders/${id}`);
    const row = page.getByRole('row', { name: /^Not explained by the rows above/ });
    expect(cents(await row.locator('td').textContent())).toBe(777);
    await page.getByText('The rows don’t add up to the total').waitFor();
  });

  it('reads the order again from Amazon, and shows the raw payload, to owners only', async () => {
    const { app, viewer } = await sharedApp();
    const { id } = await someOrder();
    await app.database.query(`UPDATE amazon_order SET order_status = 'UNSHIPPED' WHERE amazon_order_id = $1`, [id]);
    const page = await browser.signedIn(`${app.url}/admin/orders/${id}`);
    await page.getByText('Unshipped', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Read again' }).click();
    await page.getByText('This is the order as Amazon has it now.').waitFor();
    await page.locator('.page-title').getByText('Shipped', { exact: true }).waitFor();
    const opener = page.getByRole('button', { name: 'View raw payload' });
    await opener.click();
    await page.getByRole('dialog').getByText(`"orderId": "${id}"`).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('View raw payload');

    await viewer();
    const other = await browser.signedIn(`${app.url}/admin/orders/${id}`, VIEWER);
    await other.getByRole('region', { name: 'Amounts' }).waitFor();
    expect(await other.getByRole('button', { name: /Read again|raw payload/ }).count()).toBe(0);
    expect(await violations(other)).toEqual([]);
  });

  it('tells what happened to it, newest first, as it happens', async () => {
    const { app, owner, simulator } = await sharedApp();
    const open = simulator.book.orders().find(({ fulfillment }) => fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    const id = open?.orderId as string;
    const page = await browser.signedIn(`${app.url}/admin/orders/${id}`);
    const timeline = page.getByRole('region', { name: 'Timeline' });
    await timeline.getByText('New order: Unshipped').waitFor();
    simulator.book.ship(id, { at: simulator.now() });
    await owner.request('mutation ($id: String!) { resyncOrder(amazonOrderId: $id) { id } }', { id });
    await timeline.getByText('Shipped', { exact: true }).waitFor();
    await page.locator('.page-title').getByText('Shipped', { exact: true }).waitFor();
    const entries = await timeline.getByRole('listitem').allTextContents();
    expect(entries).toEqual([
      expect.stringMatching(/^Shipped.*was Unshipped · changed: .*shipped quantities.* · read again$/),
      expect.stringMatching(/^New order: Unshipped/),
    ]);
    for (const width of [360, 820, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
    expect(await violations(page)).toEqual([]);
  });

  it('tells that an order is not in the mirror, and reads it if Amazon has it', async () => {
    const { app } = await sharedApp();
    const [order] = await app.database.query<{ id: string }>(
      `DELETE FROM amazon_order WHERE id = (SELECT max(id) FROM amazon_order WHERE order_status = 'SHIPPED')
        RETURNING amazon_order_id AS id`,
    );
    const page = await browser.signedIn(`${app.url}/admin/orders/${order?.id}`);
    await page.getByRole('heading', { name: 'This order is not in the mirror' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Read again' }).click();
    await page.getByRole('region', { name: 'Amounts' }).waitFor();
    await page.goto(`${app.url}/admin/orders/000-0000000-0000000`);
    await page.getByRole('button', { name: 'Read again' }).click();
    await page.getByText(/Amazon knows no order 000-0000000-0000000/).waitFor();
  });

  it('keeps the focus on its link when the order arrives', async () => {
    const { app } = await sharedApp();
    const { id } = await someOrder();
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    let answer = () => {};
    const released = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('query OrderPage')) await released;
      await route.continue();
    });
    await page.locator('.order-link').first().waitFor();
    await page.goto(`${app.url}/admin/orders/${id}`);
    const link = page.locator('.page-title').getByRole('link', { name: 'Orders' });
    await link.focus();
    answer();
    await page.getByRole('region', { name: 'Amounts' }).waitFor();
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('is reached from the sign-in and left again by keyboard alone', async () => {
    const { app } = await sharedApp();
    const { id } = await someOrder();
    const page = await browser.visit(`${app.url}/admin/orders`);
    const focused = () =>
      page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
      );
    const tabTo = async (isThere: (text: string) => boolean) => {
      for (let presses = 0; presses < 80; presses++) {
        await page.keyboard.press('Tab');
        if (isThere(await focused())) return;
      }
      throw new Error(`The Tab key does not reach it; it is at "${await focused()}".`);
    };
    await page.getByLabel('E-mail').waitFor();
    await page.getByLabel('E-mail').focus();
    await page.keyboard.type(OWNER[0]);
    await page.keyboard.press('Tab');
    await page.keyboard.type(OWNER[1]);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor();
    await tabTo((text) => text.startsWith('Search'));
    await page.keyboard.type(id);
    await page.getByText('1 order found').waitFor();
    await page.locator('.order-link', { hasText: id }).waitFor();
    await tabTo((text) => text === id);
    await page.keyboard.press('Enter');
    await heading(page, id).waitFor();
    await expect.poll(focused).toBe(`Order ${id}`);
    await tabTo((text) => text.trim() === 'Orders');
    await page.keyboard.press('Enter');
    await page.getByText('1 order found').waitFor();
    expect(new URL(page.url()).search).toBe(`?search=${id}`);
    await expect.poll(focused).toBe(id);
    await page.keyboard.press('Enter');
    await heading(page, id).waitFor();
    await page.goBack();
    await expect.poll(focused).toBe(id);
  });
});

it('adds exact decimals of items, other amounts of the order, and the difference', () => {
  const usd = (amount: string) => ({ amount, currencyCode: 'USD' });
  const item = {
    ...{ itemPrice: usd('0.10'), shippingPrice: usd('0.20'), giftWrapPrice: null, codFee: null, tax: null },
    discount: usd('0.05'),
  };
  const order = {
    items: [item, { ...item, itemPrice: null }],
    orderTotal: usd('6.00'),
    proceeds: {
      breakdowns: [
        { type: 'ITEM', subtotal: usd('0.10') },
        { type: 'DELIVERY_TIP', subtotal: usd('5.00') },
      ],
    },
  } as unknown as Parameters<typeof amountsOf>[0];
  expect(amountsOf(order, (type) => type)).toEqual({
    currencyCode: 'USD',
    rows: [
      { name: 'Items', amount: '0.10' },
      { name: 'Shipping', amount: '0.40' },
      { name: 'Gift wrap', amount: null },
      { name: 'Cash on delivery fee', amount: null },
      { name: 'Discounts', amount: '-0.10' },
      { name: 'Tax', amount: null },
      { name: 'DELIVERY_TIP', amount: '5.00' },
    ],
    sum: '5.40',
    difference: '0.60',
    unpricedItems: 1,
  });
});
