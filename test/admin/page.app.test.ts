import { expect, it } from 'vitest';
import { breakableNetwork } from '../helpers/breakable-network.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp } from '../helpers/with-app.js';
import { connected, describeInBrowser, signIn, withBrowser } from '../helpers/with-browser.js';

describeInBrowser('the page', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 5, updatedWithinDays: 20 });

  it('speaks one language in a German browser', async () => {
    const { app, owner } = await sharedApp();
    await untilRun(owner, await startRun(owner), hasEnded);
    const page = await browser.visit(`${app.url}/admin/sync`, { locale: 'de-DE' });
    await signIn(page);
    await page.getByText(/Complete up to (now|\d+ (seconds|minutes) ago)/).waitFor();
    expect(await page.locator('main').textContent()).not.toMatch(/vor \d|gestern|heute/);
  });

  it('takes the browser’s size of text, and has no small inputs on a phone', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit(`${app.url}/admin/users`, { viewport: { width: 360, height: 740 } });
    const sizeOf = (selector: string) =>
      page.evaluate((selector) => getComputedStyle(document.querySelector(selector) as Element).fontSize, selector);
    await page.getByLabel('E-mail').waitFor();
    expect(await sizeOf('html')).toBe('16px');
    expect(await sizeOf('body')).toBe('14px');
    expect(await sizeOf('input')).toBe('16px');
    await signIn(page);
    await page.getByRole('columnheader', { name: 'Role' }).waitFor({ state: 'attached' });
    expect(await sizeOf('th')).toBe('12px');
  });

  it('shades the edge of a phone’s navigation that hides links, until the focus has moved to the last', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit(`${app.url}/admin`, { viewport: { width: 360, height: 740 } });
    await signIn(page);
    const nav = page.getByRole('navigation', { name: 'Main' });
    /** Pixels of the navigation’s edges without its links. */
    const edges = async () => {
      await nav.evaluate((element) => {
        for (const link of element.children) (link as HTMLElement).style.opacity = '0';
      });
      const { x, y, width, height } = (await nav.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      const at = async (left: number) =>
        (await page.screenshot({ clip: { x: left, y, width: 4, height } })).toString('base64');
      return { left: await at(x), right: await at(x + width - 4) };
    };
    const atStart = await edges();
    expect(atStart.right).not.toBe(atStart.left);
    const last = nav.getByRole('link').last();
    await last.focus();
    await expect.poll(() => nav.evaluate(({ scrollLeft }) => scrollLeft)).toBeGreaterThan(50);
    const box = await last.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
    const atEnd = await edges();
    expect(atEnd.right).toBe(atStart.left);
    expect(atEnd.left).not.toBe(atStart.left);
  });

  it('keeps the chosen theme on the sign-in page, before the first paint', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/users`);
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    // Without the page's own code, as the browser paints it first.
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.reload({ waitUntil: 'domcontentloaded' });
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('dark');
  });

  it('asks again when the server is back, and on demand', async () => {
    const { app } = await sharedApp();
    const network = await breakableNetwork(app.url);
    const page = await browser.signedIn(`${network.url}admin/connection`);
    await page.getByRole('heading', { name: 'Credential' }).waitFor();
    await page.getByRole('link', { name: 'Sync', exact: true }).click();
    await connected(page);
    await page.getByRole('heading', { name: 'Sync', level: 1 }).waitFor();
    network.cut();
    await page.getByText('Connection lost, reconnecting').waitFor();
    await page.getByRole('link', { name: 'Connection', exact: true }).click();
    const error = page.getByText('The server is not responding.');
    await error.waitFor();
    network.restore();
    await connected(page);
    await error.waitFor({ state: 'detached' });

    await page.route('**/graphql', (route) => route.abort());
    await page.reload();
    await error.waitFor();
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Credential' }).waitFor();
    expect(await error.count()).toBe(0);
  });

  it('loads the files of each view together with its own', async () => {
    const { app } = await sharedApp();
    // Without the page's own code, so that it can't ask for them.
    const files: string[] = [];
    const page = await browser.signedIn(`${app.url}/admin/users`);
    await page.route('**/assets/index-*.js', (route) => route.abort());
    page.on('request', (request) => files.push(new URL(request.url()).pathname));
    const pages = { 'orders/702-1': 'order-page', 'webhooks/1': 'webhook-page' };
    const views = [
      'sync',
      'orders',
      'history',
      'connection',
      'users',
      'api-keys',
      'webhooks',
      'account',
      'setup',
      'sales',
    ];
    const expected = {
      '': 'overview-view',
      ...Object.fromEntries(views.map((view) => [view, `${view}-view`])),
      ...pages,
    };
    for (const [view, name] of Object.entries(expected)) {
      files.length = 0;
      await page.goto(`${app.url}/admin/${view}`);
      await expect.poll(() => files).toContainEqual(expect.stringContaining(`/admin/assets/${name}-`));
    }
  });

  it('shows a view whose code can’t be loaded as an error, and the others still', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.route('**/assets/users-view*', (route) => route.abort());
    const cause = page.waitForEvent('console', (message) => message.text().includes('dynamically imported module'));
    await page.getByRole('link', { name: 'Users' }).click();
    await cause;
    await page.getByText('This view failed').waitFor();
    await page.getByRole('link', { name: 'Connection', exact: true }).click();
    await page.getByRole('heading', { name: 'Credential' }).waitFor();
  });
});
