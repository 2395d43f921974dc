import { expect, it } from 'vitest';
import { startTestApp } from '../helpers/with-app.js';
import { describeInBrowser, seriousFindings, withBrowser } from '../helpers/with-browser.js';

describeInBrowser('the first run', () => {
  const browser = withBrowser();

  it('goes from nothing to the first sync, with words for what goes wrong on the way', async () => {
    const { app } = await startTestApp({ orders: 120, settled: true, updatedWithinDays: 20 }, { fresh: true });
    const page = await browser.visit(`${app.url}/admin`);

    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('E-mail').fill('owner@example.com');
    await page.getByLabel('Password', { exact: true }).fill('a long enough password');
    await page.getByLabel('Password again').fill('another long password');
    await page.getByRole('button', { name: 'Create the owner' }).click();
    await page.getByText('The two passwords differ.').waitFor();
    await page.getByLabel('Password again').fill('a long enough password');
    await page.getByRole('button', { name: 'Create the owner' }).click();

    await page.getByRole('heading', { name: 'Connect your Amazon account' }).waitFor();
    await page.getByText('Mexico').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('North America').check();
    await page.getByRole('button', { name: 'Continue' }).click();

    await page.getByLabel('Client id').fill('amzn1.application-oa2-client.one');
    await page.getByLabel('Client secret').fill('amzn1.oa2-cs.v1.secret');
    await page.getByLabel('Refresh token').fill('Atza|an-access-token');
    await page.getByRole('button', { name: 'Save the credential' }).click();
    await page.getByText('is an access token').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('Refresh token').fill('Atzr|revoked');
    await page.getByRole('button', { name: 'Save the credential' }).click();

    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText('Amazon does not accept the refresh token').waitFor();
    expect(await page.getByRole('link', { name: 'To the connection' }).count()).toBe(0);
    await page.reload();
    await page.getByRole('button', { name: 'Change: The app’s credential' }).click();
    await page.getByLabel('Refresh token').fill('Atzr|a-good-one');
    await page.getByRole('button', { name: 'Save the credential' }).click();
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText('This account sells in 3 marketplaces.').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('checkbox', { name: /Canada/ }).uncheck();
    await page.getByRole('button', { name: 'Mirror these 2 marketplaces' }).click();

    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByRole('link', { name: 'Look at the orders' }).click();
    await page.getByRole('heading', { name: 'Orders' }).waitFor();
    const [held] = await app.database.query<{ count: number }>('SELECT count(*)::int AS count FROM amazon_order');
    const shown = `${held?.count} orders`;
    expect(held?.count).toBeGreaterThan(50);
    await page.getByText(shown, { exact: true }).waitFor();
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain(
      'Atzr',
    );
  });

  it('asks for the setup code where the server asks for it', async () => {
    const { app } = await startTestApp({ orders: 1 }, { fresh: true });
    const page = await browser.visit('about:blank');
    // As seen through a proxy, so not from this machine alone.
    await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.9' });
    await page.goto(`${app.url}/admin`);
    await page.getByLabel('Setup code').fill('WRONG-CODE');
    await page.getByLabel('E-mail').fill('owner@example.com');
    await page.getByLabel('Password', { exact: true }).fill('a long enough password');
    await page.getByLabel('Password again').fill('a long enough password');
    await page.getByRole('button', { name: 'Create the owner' }).click();
    await page.getByText('The first user needs the setup code').waitFor();
  });
});
