import { expect, it } from 'vitest';
import { addChanges, noContent, webhookReceiver } from '../helpers/webhook-receiver.js';
import { sharedTestApp } from '../helpers/with-app.js';
import { describeInBrowser, VIEWER, violations, withBrowser } from '../helpers/with-browser.js';
import { quickWebhooks, verify } from '../helpers/with-webhooks.js';

describeInBrowser('Webhooks', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 1 }, { change: quickWebhooks });

  it('creates one, shows its secret once, tests it, shows and repeats its deliveries, and removes it', async () => {
    const { app } = await sharedApp();
    const receiver = await webhookReceiver();
    const page = await browser.signedIn(`${app.url}/admin/webhooks`);
    await page.getByText('No webhooks.').waitFor();
    await page.getByRole('button', { name: 'Create webhook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address').fill(receiver.url);
    await dialog.getByLabel('Description').fill('Warehouse');
    await dialog.getByLabel('A sync failed').check();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Create webhook' }).click();
    const secret = await dialog.getByText(/^whsec_/).innerText();
    await dialog.getByRole('button', { name: 'Copy secret' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: /order.changed, sync.failed/ }).waitFor();
    expect(await page.content()).not.toContain(secret);

    await page.getByRole('link', { name: receiver.url }).click();
    await page.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('The test was delivered').waitFor();
    await page
      .getByText(/^204 in \d+ ms$/)
      .first()
      .waitFor();
    const [test] = receiver.requests;
    if (test) verify({ secret }, test);
    receiver.answer((_request, response) => response.writeHead(404).end('No such page'));
    await page.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('The test failed').waitFor();
    receiver.answer(noContent);

    await addChanges(app.database, [1]);
    await receiver.received(3);
    const row = page.getByRole('row', { name: /902-0000000-0000001/ });
    await row.getByText('Delivered').waitFor();
    await row.getByRole('button', { name: /^Show/ }).click();
    await page.getByText('"toStatus": "SHIPPED"').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close' }).click();
    await row.getByRole('button', { name: /^Resend chg_/ }).click();
    await receiver.received(4);

    await page.getByRole('button', { name: 'New secret' }).click();
    await page.getByRole('button', { name: 'Create secret' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Signs too until').waitFor();
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Switched off by an owner.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByText('Switched off by an owner.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Remove webhook' }).click();
    await page.getByText('No webhooks.').waitFor();
  });

  it('is closed to viewers', async () => {
    const { app, viewer } = await sharedApp();
    await viewer();
    const page = await browser.signedIn(`${app.url}/admin/webhooks`, VIEWER);
    await page.getByText('Only owners can manage webhooks.').waitFor();
    expect(await page.getByRole('link', { name: 'Webhooks' }).count()).toBe(0);
  });
});
