import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { breakableNetwork } from '../helpers/breakable-network.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp, startTestApp } from '../helpers/with-app.js';
import { connected, describeInBrowser, signIn, VIEWER, violations, withBrowser } from '../helpers/with-browser.js';

const START = `mutation { syncOrders(includeItems: true) { id } }`;

const run = (page: Page) => page.locator('.run-card');
const fact = (page: Page, name: string) => run(page).locator(`dt:text-is("${name}") + dd`);
const status = (page: Page, words: RegExp) => run(page).locator('.run-status', { hasText: words }).waitFor();
const outcome = (page: Page, words: string) => run(page).locator('.badge', { hasText: words }).waitFor();

describeInBrowser('the sync view', () => {
  const browser = withBrowser();
  /** Without runs. */
  const sharedApp = sharedTestApp({ orders: 1 });

  it('starts a run and shows its progress page by page, over a reload, then in the history', async () => {
    const { simulator, app } = await startTestApp({ orders: 250, updatedWithinDays: 20 });
    const page = await browser.visit(`${app.url}/admin/sync`);
    expect(await violations(page)).toEqual([]);
    await signIn(page);
    await page.getByText('No finished runs yet.').waitFor();
    expect(await violations(page)).toEqual([]);

    let held = simulator.hold('searchOrders');
    await page.getByRole('button', { name: 'Sync now' }).click();
    await status(page, /Requesting the first page/);
    await held.arrived;
    const shares: number[] = [];
    for (const pages of [1, 2]) {
      const through = held;
      held = simulator.hold('searchOrders');
      through.release();
      await held.arrived;
      await status(page, new RegExp(`Reading: ${pages} pages? done`));
      expect(await fact(page, 'Orders read').textContent()).toBe(String(100 * pages));
      shares.push(Number(await run(page).getByRole('progressbar').getAttribute('value')));
    }
    expect(shares[0]).toBeGreaterThan(0);
    expect(shares[1]).toBeGreaterThan(shares[0] ?? 1);
    await page.reload();
    await status(page, /Reading: 2 pages done/);
    expect(await violations(page)).toEqual([]);
    held.release();
    await outcome(page, 'Completed');
    expect(await fact(page, 'Inserted').textContent()).toBe('250');
    expect(await fact(page, 'API calls').textContent()).toBe('3');
    await page.getByRole('row', { name: /Completed Sync Manual .* 250 250 0 0 0 3/ }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('reports what a dry run would change', async () => {
    const { app, owner } = await startTestApp({ orders: 30, updatedWithinDays: 20 });
    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.getByLabel('Dry run').check();
    await page.getByRole('button', { name: 'Start dry run' }).click();
    await page.getByText('It would insert 30 orders, update 0 and leave 0 unchanged. Nothing was written.').waitFor();
    expect(await fact(page, 'Would insert').textContent()).toBe('30');
    await page.getByRole('row', { name: /dry run .* would insert 30 would update 0/ }).waitFor();
    expect(await owner.request(`{ orders { totalCount } }`)).toEqual({ orders: { totalCount: 0 } });
  });

  it('counts down while a run waits for the rate limit, and cancels it', async () => {
    const { app, owner } = await startTestApp({
      orders: 250,
      settled: true,
      updatedWithinDays: 20,
      usagePlans: { searchOrders: { rate: 0.0056, burst: 1 } },
    });
    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.getByText('No finished runs yet.').waitFor();
    await owner.request(START);
    await status(page, /resumes in \d min \d+ s, at \d/);
    const before = await run(page).locator('.run-status').textContent();
    await expect.poll(() => run(page).locator('.run-status').textContent()).not.toBe(before);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Cancel run' }).click();
    await outcome(page, 'Cancelled');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('run-heading');
  });

  it('shows a lost connection and no stale run as live, and catches up after reconnecting', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 150, updatedWithinDays: 20 });
    const network = await breakableNetwork(app.url);
    const page = await browser.signedIn(`${network.url}admin/sync`);
    await connected(page);
    const held = simulator.hold('searchOrders');
    const { syncOrders } = await owner.request<{ syncOrders: { id: string } }>(START);
    await status(page, /Requesting the first page/);

    network.cut();
    await page.getByText('Connection lost, reconnecting').waitFor();
    await outcome(page, 'Last seen running');
    await status(page, /Not live. Last update:/);
    expect(await run(page).getAttribute('data-live')).toBe('false');
    expect(await violations(page)).toEqual([]);

    held.release();
    const progress = `subscription ($id: ID) { syncProgress(runId: $id) { status } }`;
    for await (const _ of owner.subscribe(progress, { id: syncOrders.id }));
    network.restore();
    await connected(page);
    await outcome(page, 'Completed');
    expect(await fact(page, 'Orders read').textContent()).toBe('150');
    expect(await run(page).getAttribute('data-live')).toBe('true');
  });

  it('detects a server that stops answering', async () => {
    const { app } = await sharedApp();
    const network = await breakableNetwork(app.url);
    const page = await browser.visit('about:blank', { viewport: { width: 360, height: 740 } });
    await page.clock.install();
    await page.goto(`${network.url}admin/sync`);
    await signIn(page);
    await connected(page);
    const head = await page.getByRole('banner').boundingBox();
    // This attempt never gets an answer.
    const attempt = page.waitForEvent('websocket');
    network.silence();
    // A ping is sent and times out.
    await page.clock.fastForward('00:04');
    await page.clock.fastForward('00:03');
    await page.getByText('Connection lost, reconnecting').waitFor();
    expect(await page.getByRole('banner').boundingBox()).toEqual(head);
    expect(await violations(page)).toEqual([]);
    await attempt;
    network.restore();
    // The attempt times out.
    await page.clock.fastForward('00:08');
    await connected(page);
  });

  it.for([
    ['a socket closed with 1011', 'close'],
    ['a subscription that fails', 'fail'],
  ] as const)('reconnects after %s', async ([, how]) => {
    const { app } = await sharedApp();
    const page = await browser.visit('about:blank');
    let healthy = false;
    await page.routeWebSocket(/graphql/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        const { type, id } = JSON.parse(String(message)) as { type: string; id: string };
        if (healthy || type !== 'subscribe') server.send(message);
        else if (how === 'close') void socket.close({ code: 1011, reason: 'Internal server error' });
        else socket.send(JSON.stringify({ id, type: 'error', payload: [{ message: 'Unexpected error.' }] }));
      });
    });
    await page.goto(`${app.url}/admin/sync`);
    await signIn(page);
    await page.getByText('Connection lost, reconnecting').waitFor();
    healthy = true;
    await connected(page);
    await page.getByText('No finished runs yet.').waitFor();
  });

  it('asks to sign in again when the token is rejected on reconnecting', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit('about:blank');
    let lose: (() => void) | null = null;
    await page.routeWebSocket(/graphql/, (socket) => {
      if (lose) return void socket.close({ code: 4403, reason: 'The token is not valid, or no longer.' });
      socket.connectToServer();
      lose = () => void socket.close({ code: 1012, reason: 'Restart' });
    });
    await page.goto(`${app.url}/admin/sync`);
    await signIn(page);
    await connected(page);
    (lose as (() => void) | null)?.();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('keeps every run in the history when a new one starts while several pages are shown', async () => {
    const { app, owner } = await startTestApp({ orders: 1 });
    for (let runs = 0; runs < 22; runs += 1) await untilRun(owner, await startRun(owner), hasEnded);
    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.getByRole('button', { name: 'Load more' }).click();
    const rows = page.getByRole('region', { name: 'Runs' }).getByRole('row', { name: /Completed/ });
    await expect.poll(() => rows.count()).toBe(22);
    await untilRun(owner, await startRun(owner), hasEnded);
    await expect.poll(() => rows.count()).toBe(23);
  });

  it('shows the server’s message and a link to the connection when Amazon rejects the credential', async () => {
    const { app } = await startTestApp({ orders: 10 }, { refreshToken: 'Atzr|revoked' });
    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.getByRole('button', { name: 'Sync now' }).click();
    await outcome(page, 'Failed');
    await run(page)
      .getByText(/Authorise the application again in Seller Central/)
      .waitFor();
    const row = page.getByRole('row', { name: /Failed LWA_INVALID_GRANT/ });
    await row.getByRole('button', { name: 'Details of the run' }).click();
    const details = page.locator('.details');
    await details.getByText('1 failed call to Amazon').waitFor();
    await details.getByText('token, attempt 1: HTTP 400').waitFor();
    await details.getByText(/Authorise the application again/).waitFor();
    expect(await details.locator('dt:text-is("Orders last updated between") + dd').textContent()).toMatch(
      /\d.* and \d/,
    );
    expect(await violations(page)).toEqual([]);
    await run(page).getByText('Calls to Amazon that failed').click();
    await run(page).getByRole('button', { name: 'Copy report for Amazon’s support' }).waitFor();
    await run(page)
      .getByText(/Operation: token, attempt 1/)
      .waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('lists rejected orders with the reason', async () => {
    const { simulator, app } = await startTestApp({ orders: 30, updatedWithinDays: 20 });
    simulator.faults.add({ on: { from: 1, count: 1 }, fault: { kind: 'unreadable-order', index: 4 } });
    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.getByRole('button', { name: 'Sync now' }).click();
    await outcome(page, 'Completed');
    expect(await fact(page, 'Rejected').textContent()).toBe('1');
    const [held] = await app.database.query<{ id: string; reason: string }>(
      'SELECT amazon_order_id AS id, reason FROM rejected_order',
    );
    await page.getByText('1 rejected order').click();
    await page
      .locator('.rejected li', { hasText: held?.id ?? '' })
      .filter({ hasText: held?.reason ?? '' })
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await page.getByText('1 rejected order').waitFor();
  });

  it('starts no run while the connection is disabled, and links to where it is enabled', async () => {
    const { app, owner } = await startTestApp({ orders: 1 });
    await owner.request('mutation { saveConnection(input: { status: DISCONNECTED }) { id } }');
    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.getByText('Enable it under').waitFor();
    expect(await page.getByRole('button', { name: 'Sync now' }).getAttribute('aria-disabled')).toBe('true');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('main').getByRole('link', { name: 'Connection', exact: true }).click();
    await page.getByRole('button', { name: 'Enable' }).waitFor();
  });

  it('starts no run while no marketplaces are chosen, says so on each view, and links to where they are', async () => {
    const { app, owner } = await startTestApp(
      { orders: 1 },
      { change: (config) => ({ ...config, schedule: { ...config.schedule, cron: '0 0 1 1 *' } }) },
    );
    await untilRun(owner, await startRun(owner), hasEnded);
    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.getByText(/· next scheduled run/).waitFor();
    await owner.request('mutation { saveConnection(input: { marketplaceIds: [] }) { id } }');
    await page.reload();
    await page.getByText('no scheduled runs: no marketplaces chosen').waitFor();
    const main = page.getByRole('main');
    await main.getByText('No marketplaces are chosen. Open Connection first.').waitFor();
    const button = page.getByRole('button', { name: 'Sync now' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await button.click({ force: true });
    expect(await violations(page)).toEqual([]);
    const strip = page.getByRole('complementary', { name: 'State of the data' });
    await strip.getByText('No marketplaces are chosen.').waitFor();
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await main.getByRole('heading', { name: 'No marketplaces are chosen' }).waitFor();
    await main.getByRole('link', { name: 'Open Connection' }).click();
    await page.getByText('Next scheduled runNone').waitFor();
    await page.getByText('No orders are read, and no run starts on schedule, until at least one is chosen.').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await owner.request('{ connection { nextSyncAt } syncRuns(first: 5) { nodes { id } } }')).toMatchObject({
      connection: { nextSyncAt: null },
      syncRuns: { nodes: [{ id: expect.any(String) }] },
    });
    await page.getByRole('button', { name: 'Choose marketplaces' }).click();
    await page.getByRole('dialog').getByRole('checkbox').first().check();
    await page.getByRole('button', { name: 'Mirror 1 marketplace' }).click();
    await page.getByText(/^Next scheduled run(?!None)/).waitFor();
  });

  it('lets a viewer watch a run, but not start or cancel one', async () => {
    const { simulator, app, owner, viewer } = await startTestApp({ orders: 150 });
    await viewer();
    const page = await browser.signedIn(`${app.url}/admin/sync`, VIEWER);
    const held = simulator.hold('searchOrders');
    await owner.request(START);
    await status(page, /Requesting the first page/);
    expect(await page.getByRole('button', { name: /Sync|Cancel/ }).count()).toBe(0);
    held.release();
    await outcome(page, 'Completed');
  });
});
