import { expect, it } from 'vitest';
import { sharedTestApp } from '../helpers/with-app.js';
import { describeInBrowser, violations, withBrowser } from '../helpers/with-browser.js';

describeInBrowser('the setup', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 120, updatedWithinDays: 20 }, { fresh: true });

  it('requires the setup code from other hosts', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit('about:blank');
    // As a proxy forwards a request from another host.
    await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.9' });
    await page.goto(`${app.url}/admin`);
    await page.getByLabel('Setup code').fill('WRONG-CODE');
    await page.getByLabel('E-mail').fill('owner@example.com');
    await page.getByLabel('Password', { exact: true }).fill('a long enough password');
    await page.getByLabel('Confirm password').fill('a long enough password');
    await page.getByRole('button', { name: 'Create owner account' }).click();
    await page.getByText('The first user needs the setup code').waitFor();
  });

  it('leads from a fresh server to the first sync, and explains errors on the way', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit(`${app.url}/admin`);

    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('E-mail').fill('owner@example.com');
    await page.getByLabel('Password', { exact: true }).fill('a long enough password');
    await page.getByLabel('Confirm password').fill('another long password');
    await page.getByRole('button', { name: 'Create owner account' }).click();
    await page.getByText('Passwords don’t match.').waitFor();
    await page.getByLabel('Confirm password').fill('a long enough password');
    await page.getByRole('button', { name: 'Create owner account' }).click();

    await page.getByRole('heading', { name: 'Connect your Amazon account' }).waitFor();
    await page.getByText('Mexico').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('North America').check();
    await page.getByRole('button', { name: 'Continue' }).click();

    await page.getByLabel('Client id').fill('amzn1.application-oa2-client.one');
    await page.getByLabel('Client secret').fill('amzn1.oa2-cs.v1.secret');
    await page.getByLabel('Refresh token').fill('Atza|an-access-token');
    await page.getByRole('button', { name: 'Save credential' }).click();
    await page.getByText('is an access token').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Refresh token').fill('Atzr|revoked');
    await page.getByRole('button', { name: 'Save credential' }).click();

    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText('Authorise the application again in Seller Central').waitFor();
    expect(await page.getByRole('link', { name: 'Open Connection' }).count()).toBe(0);
    expect(await page.locator('.button.primary').allTextContents()).toEqual(['Change credential']);
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
    await page.getByRole('link', { name: 'Continue the set-up' }).click();
    await page.reload();
    await page.getByText('Authorise the application again in Seller Central').waitFor();
    await page.getByText('Calls to Amazon that failed, with their request IDs').waitFor();
    await page.getByRole('button', { name: 'Change: Credential' }).click();
    await page.getByLabel('Refresh token').fill('Atzr|a-good-one');
    await page.getByRole('button', { name: 'Save credential' }).click();
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText('This account sells in 3 marketplaces.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('checkbox', { name: /Canada/ }).uncheck();
    await page.getByRole('button', { name: 'Mirror 2 marketplaces' }).click();

    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('The set-up is complete').waitFor();
    expect(await page.locator('.steps .badge.good').count()).toBe(5);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'View orders' }).click();
    await page.getByRole('heading', { name: 'Orders' }).waitFor();
    const [held] = await app.database.query<{ count: number }>('SELECT count(*)::int AS count FROM amazon_order');
    const shown = `${held?.count} orders`;
    expect(held?.count).toBeGreaterThan(50);
    await page.getByText(shown, { exact: true }).waitFor();
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(
      'Atzr',
    );
  });
});
