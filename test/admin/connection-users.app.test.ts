import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { sharedTestApp, withApp } from '../helpers/with-app.js';
import { connected, describeInBrowser, OWNER, violations, withBrowser } from '../helpers/with-browser.js';
import { withSimulator } from '../helpers/with-sync.js';

const clientIds = async ({ database }: App) =>
  (await database.query<{ id: string }>('SELECT lwa_client_id AS id FROM amazon_credential')).map(({ id }) => id);

/** Returns the label of the focused element. */
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);

describeInBrowser('connection, users and account', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 5 });

  it('tests, replaces and removes the credential', async () => {
    const { simulator, app, owner } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/connection`);
    await page.getByText('Not tested', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText('Amazon accepted the credential').waitFor();
    await page.getByText('Valid', { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);

    await page.getByText('180 days left').waitFor();
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByLabel('New client secret').fill('rotated');
    await page.getByLabel('Expires on').fill(new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10));
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save secret' }).click();
    await page.getByText('The client secret expires soon').waitFor();
    await page.getByText(/^(19|20) days left/).waitFor();
    expect(await clientIds(app)).toEqual(['id']);

    await page.getByRole('button', { name: 'Replace' }).click();
    const secret = page.getByLabel('Client secret');
    await page.getByLabel('Refresh token').fill('Atzr|revoked');
    await page.getByLabel('Client id').fill('another-id');
    await page.getByText('A client ID needs its own secret.').waitFor();
    await page.getByRole('button', { name: 'Save credential' }).click();
    expect(await secret.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await clientIds(app)).toEqual(['id']);
    await page.getByLabel('Client id').fill('');
    expect(await secret.getAttribute('required')).toBeNull();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save credential' }).click();
    await page.getByText('Not tested', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText('Authorise the application again in Seller Central').waitFor();
    for (const reloads of [false, true]) {
      if (reloads) await page.reload();
      await page.getByText('Calls to Amazon that failed, with their request IDs').click();
      await page.getByRole('button', { name: 'report for Amazon’s support' }).waitFor();
      expect(await page.locator('pre.report').textContent()).toContain('invalid_grant');
    }
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByLabel('Client id').fill('another-id');
    await secret.fill('its-own-secret');
    await page.getByLabel('Refresh token').fill('Atzr|good');
    await page.getByRole('button', { name: 'Save credential' }).click();
    await page.getByText('Not tested', { exact: true }).waitFor();
    expect(await page.locator('pre.report').count()).toBe(0);
    expect(await clientIds(app)).toEqual(['another-id']);

    const held = simulator.hold('searchOrders');
    await owner.request(`mutation { saveCredential(input: { refreshToken: "Atzr|good" }) { id } }`);
    await owner.request('mutation { pingSpApi { ok } syncOrders { id } }');
    await held.arrived;
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Remove credential' }).click();
    await page.getByText('A run is using the credential').waitFor();
    held.release();
    await page.getByRole('button', { name: 'Cancel' }).click();
    const runs = `{ syncRuns(first: 1) { nodes { status } } }`;
    await expect.poll(() => owner.request(runs)).toEqual({ syncRuns: { nodes: [{ status: 'OK' }] } });
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Remove credential' }).click();
    await page.getByRole('button', { name: 'Add credential' }).waitFor();
    expect(await owner.request('{ connection { hasRefreshToken status } }')).toEqual({
      connection: { hasRefreshToken: false, status: 'PENDING' },
    });
  });

  it('names the seller', async () => {
    const { app, owner } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/connection`);
    await page.getByRole('button', { name: 'Change the seller' }).click();
    await page.getByLabel('Name or merchant token').fill('My shop');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('dd', { hasText: 'My shop' }).waitFor();
    expect(await owner.request('{ connection { sellerIdentifier } }')).toEqual({
      connection: { sellerIdentifier: 'My shop' },
    });
  });

  it('shows each marketplace’s coverage, updated after a change of marketplaces and after a run', async () => {
    const simulator = await withSimulator({ orders: 5 });
    const [one = '', ...others] = simulator.marketplaceIds;
    const { app, owner } = await withApp(simulator, { marketplaceIds: [one] });
    const page = await browser.signedIn(`${app.url}/admin/connection`);
    const coverage = page.locator('.coverage summary');
    const incomplete = coverage.filter({ hasText: 'no complete period yet' });
    await expect.poll(() => incomplete.count()).toBe(1);
    await page.getByRole('button', { name: 'Choose marketplaces' }).click();
    const boxes = page.getByRole('dialog').getByRole('checkbox');
    await expect.poll(() => boxes.count()).toBeGreaterThan(others.length);
    for (const box of await boxes.all()) await box.check();
    await page.getByRole('button', { name: /Mirror \d marketplaces/ }).click();
    await expect.poll(() => coverage.count()).toBeGreaterThan(others.length);
    await expect.poll(() => incomplete.count()).toBe(await coverage.count());
    await owner.request('mutation { syncOrders { id } }');
    await coverage.filter({ hasText: 'complete from' }).first().waitFor();
  });

  it('adds a user, changes the role, removes the user, and shows it in the audit log', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/users`);
    await page.getByRole('button', { name: 'Add user' }).click();
    await page.getByLabel('E-mail').fill('new@example.com');
    await page.getByLabel('Password').fill('a password for them');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Add user' }).click();
    const role = page.getByLabel('Role of new@example.com');
    await role.waitFor();
    expect(await focused(page)).toBe('Add user');

    const other = await browser.signedIn(`${app.url}/admin`, ['new@example.com', 'a password for them']);
    await connected(other);
    expect(await other.getByRole('link', { name: 'Users' }).count()).toBe(0);
    await other.goto(`${app.url}/admin/people`);
    await other.getByText('Only owners can manage users.').waitFor();
    await other.goto(`${app.url}/admin/connection`);
    await other.getByRole('heading', { name: 'Credential' }).waitFor();
    expect(await other.getByRole('button', { name: /Test|Replace|Remove|Disable|Choose/ }).count()).toBe(0);
    expect(await violations(other)).toEqual([]);

    await role.selectOption('Owner');
    await page.getByRole('row', { name: /Changed a role/ }).waitFor();
    await other.reload();
    await other.getByRole('link', { name: 'Users' }).waitFor();
    await page.getByRole('button', { name: 'Remove new@example.com' }).click();
    await page.getByRole('button', { name: 'Remove user' }).click();
    await page.getByRole('row', { name: /Removed a user/ }).waitFor();
    await expect.poll(() => focused(page)).toBe('Users');
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('changes the password and signs out other sessions', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/account`);
    const other = await browser.signedIn(`${app.url}/admin`);
    await connected(other);
    await page.getByLabel('Current password').fill('not the right one');
    await page.getByLabel('New password', { exact: true }).fill('a newer, longer password');
    await page.getByLabel('Confirm new password').fill('a newer, longer password');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('The current password is wrong.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Current password').fill(OWNER[1]);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Password changed').waitFor();
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('row', { name: /Changed their password/ }).waitFor();
  });
});
