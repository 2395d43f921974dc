import { expect, it } from 'vitest';
import { createApiClient } from '../../src/cli/demo/api-client.js';
import { sharedTestApp } from '../helpers/with-app.js';
import { describeInBrowser, violations, withBrowser } from '../helpers/with-browser.js';

describeInBrowser('API keys', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 1 });

  it('creates a key, shows it once, shows its last use, and revokes it', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/api-keys`);
    await page.getByText('No valid keys.').waitFor();
    await page.getByRole('button', { name: 'Create key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Warehouse export');
    await dialog.getByLabel('90 days').check();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await dialog.getByText('Copy the key now').waitFor();
    const secret = await dialog.getByText(/^om_[0-9A-Za-z]{43}$/).innerText();
    await dialog.getByRole('button', { name: 'Copy key' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Done' }).click();

    const row = page.getByRole('row', { name: /Warehouse export/ });
    await row.getByText('Never').waitFor();
    expect(await page.content()).not.toContain(secret);
    const program = createApiClient(app.url);
    program.signIn(secret);
    await program.request('{ connection { id } }');
    await page.reload();
    await row.getByText('now').waitFor();

    await row.getByRole('button', { name: 'Revoke Warehouse export' }).click();
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('No valid keys.').waitFor();
    await page.getByLabel('Show revoked and expired keys (1)').check();
    await row.getByText('Revoked', { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await expect(program.request('{ connection { id } }')).rejects.toThrow(/was revoked/);

    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('row', { name: /Revoked an API key/ }).waitFor();
  });

  it('names the keys of a user who is removed, and is closed to viewers', async () => {
    const { app, owner, viewer } = await sharedApp();
    await viewer();
    const create = `mutation { createApiKey(name: "Nightly script", role: VIEWER) { secret } }`;
    await owner.request(create);
    await app.database.query("UPDATE api_key SET created_by = (SELECT id FROM users WHERE role = 'VIEWER')");
    const page = await browser.signedIn(`${app.url}/admin/users`);
    await page.getByRole('button', { name: 'Remove viewer@example.com' }).click();
    await page.getByText(/API keys that they created stay valid: Nightly script \(om_/).waitFor();

    const other = await browser.signedIn(`${app.url}/admin/api-keys`, ['viewer@example.com', 'another long password']);
    await other.getByText('Only owners can manage API keys.').waitFor();
    expect(await other.getByRole('link', { name: 'API keys' }).count()).toBe(0);
  });
});
