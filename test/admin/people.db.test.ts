import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { startTestApp, withApp } from '../helpers/with-app.js';
import { describeInBrowser, seriousFindings, signIn, withBrowser } from '../helpers/with-browser.js';
import { withSimulator } from '../helpers/with-sync.js';

const OWNER = ['owner@example.com', 'a long enough password'] as const;

const clientIds = async ({ database }: App) =>
  (await database.query<{ id: string }>('SELECT lwa_client_id AS id FROM amazon_credential')).map(({ id }) => id);

/** The name of what has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);

describeInBrowser('connection, people and account', () => {
  const browser = withBrowser();

  it('test, replace and remove the credential', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 5 });
    const page = await browser.visit(`${app.url}/admin/connection`);
    await signIn(page, ...OWNER);
    await page.getByText('Not tested yet').waitFor();
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText('Amazon accepts the credential', { exact: true }).waitFor();
    await page.getByText('Good', { exact: true }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Replace' }).click();
    const secret = page.getByLabel('Client secret');
    await page.getByLabel('Refresh token').fill('Atzr|revoked');
    await page.getByLabel('Client id').fill('another-id');
    await page.getByText('A client id is saved with its own secret').waitFor();
    await page.getByRole('button', { name: 'Save the credential' }).click();
    expect(await secret.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await clientIds(app)).toEqual(['id']);
    await page.getByLabel('Client id').fill('');
    expect(await secret.getAttribute('required')).toBeNull();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save the credential' }).click();
    await page.getByText('Not tested yet').waitFor();
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText('Amazon does not accept the refresh token').waitFor();
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByLabel('Client id').fill('another-id');
    await secret.fill('its-own-secret');
    await page.getByLabel('Refresh token').fill('Atzr|good');
    await page.getByRole('button', { name: 'Save the credential' }).click();
    await page.getByText('Not tested yet').waitFor();
    expect(await clientIds(app)).toEqual(['another-id']);

    const held = simulator.hold('searchOrders');
    await owner.request(`mutation { saveCredential(input: { refreshToken: "Atzr|good" }) { id } }`);
    await owner.request('mutation { pingSpApi { ok } syncOrders { id } }');
    await held.arrived;
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Remove the credential' }).click();
    await page.getByText('A run is using the credential').waitFor();
    held.release();
    await page.getByRole('button', { name: 'Keep it' }).click();
    const runs = `{ syncRuns(first: 1) { nodes { status } } }`;
    await expect.poll(() => owner.request(runs)).toEqual({ syncRuns: { nodes: [{ status: 'OK' }] } });
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Remove the credential' }).click();
    await page.getByRole('button', { name: 'Save a credential' }).waitFor();
    expect(await owner.request('{ connection { hasRefreshToken status } }')).toEqual({
      connection: { hasRefreshToken: false, status: 'PENDING' },
    });
  });

  it('shows how far each marketplace is held, once others are chosen and after a run too', async () => {
    const simulator = await withSimulator({ orders: 5 });
    const [one = '', ...others] = simulator.marketplaceIds;
    const { app, owner } = await withApp(simulator, { marketplaceIds: [one] });
    const page = await browser.visit(`${app.url}/admin/connection`);
    await signIn(page, ...OWNER);
    const held = page.locator('.held summary');
    const unproven = held.filter({ hasText: 'nothing is proven yet' });
    await expect.poll(() => unproven.count()).toBe(1);
    await page.getByRole('button', { name: 'Choose marketplaces' }).click();
    const boxes = page.getByRole('dialog').getByRole('checkbox');
    await expect.poll(() => boxes.count()).toBeGreaterThan(others.length);
    for (const box of await boxes.all()) await box.check();
    await page.getByRole('button', { name: /Mirror these/ }).click();
    await expect.poll(() => held.count()).toBeGreaterThan(others.length);
    await expect.poll(() => unproven.count()).toBe(await held.count());
    await owner.request('mutation { syncOrders { id } }');
    await held.filter({ hasText: 'complete from' }).first().waitFor();
  });

  it('adds a user, gives them a role, removes them, and tells what was done', async () => {
    const { app } = await startTestApp({ orders: 1 });
    const page = await browser.visit(`${app.url}/admin/people`);
    await signIn(page, ...OWNER);
    await page.getByRole('button', { name: 'Add a user' }).click();
    await page.getByLabel('E-mail').fill('new@example.com');
    await page.getByLabel('Password').fill('a password for them');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Add the user' }).click();
    const role = page.getByLabel('Role of new@example.com');
    await role.waitFor();
    expect(await focused(page)).toBe('Add a user');

    const other = await browser.visit(`${app.url}/admin`);
    await signIn(other, 'new@example.com', 'a password for them');
    await other.getByText('Live', { exact: true }).waitFor();
    expect(await other.getByRole('link', { name: 'People' }).count()).toBe(0);
    await other.goto(`${app.url}/admin/people`);
    await other.getByText('Owners manage who may sign in.').waitFor();
    await other.goto(`${app.url}/admin/connection`);
    await other.getByRole('heading', { name: 'Credential' }).waitFor();
    expect(await other.getByRole('button', { name: /Test|Replace|Remove|Switch|Choose/ }).count()).toBe(0);
    expect(await seriousFindings(other)).toEqual([]);

    await role.selectOption('Owner');
    await page.getByRole('row', { name: /changed a role/ }).waitFor();
    await other.reload();
    await other.getByRole('link', { name: 'People' }).waitFor();
    await page.getByRole('button', { name: 'Remove new@example.com' }).click();
    await page.getByRole('button', { name: 'Remove the user' }).click();
    await page.getByRole('row', { name: /removed a user/ }).waitFor();
    await expect.poll(() => focused(page)).toBe('Users');
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('changes the own password, and stays signed in here alone', async () => {
    const { app } = await startTestApp({ orders: 1 });
    const page = await browser.visit(`${app.url}/admin/account`);
    await signIn(page, ...OWNER);
    const other = await browser.visit(`${app.url}/admin`);
    await signIn(other, ...OWNER);
    await other.getByText('Live', { exact: true }).waitFor();
    await page.getByLabel('Present password').fill('not the right one');
    await page.getByLabel('New password', { exact: true }).fill('a newer, longer password');
    await page.getByLabel('New password again').fill('a newer, longer password');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('The present password is wrong.').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('Present password').fill(OWNER[1]);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('The password is changed').waitFor();
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('row', { name: /changed their password/ }).waitFor();
  });
});
