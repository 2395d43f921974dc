import type { Request } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { sharedTestApp } from '../helpers/with-app.js';
import { describeInBrowser, withBrowser } from '../helpers/with-browser.js';

describeInBrowser('the first queries of a view', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 5, settled: true, updatedWithinDays: 20 });
  beforeAll(async () => {
    const { owner } = await sharedApp();
    await untilRun(owner, await startRun(owner), hasEnded);
  });

  it.each([
    ['/orders?status=SHIPPED&size=25', ['Orders', 'OrderCounts', 'OrderFilters', 'Mirror']],
    ['/orders/702-0000000-0000000', ['OrderPage', 'Mirror']],
    ['/', ['SalesMarketplaces', 'OverviewCounts', 'OverviewProblems', 'Mirror']],
    ['/sales', ['SalesMarketplaces', 'Mirror']],
    ['/connection', ['Connection', 'Mirror']],
    ['/history', ['History', 'LastCheck', 'Mirror']],
    ['/users', ['Mirror']],
  ])('of %s are sent before its code has arrived, and once', async (path, expected) => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/account`);
    const sent: string[] = [];
    let askedAll = () => {};
    const asked = new Promise<void>((resolve) => {
      askedAll = resolve;
    });
    page.on('request', (request) => {
      const [, name] = /^query (\w+)/.exec(request.postDataJSON()?.query ?? '') ?? [];
      if (name) sent.push(name);
      if (expected.every((each) => sent.includes(each))) askedAll();
    });
    await page.route('**/assets/index-*.js', async (route) => {
      await asked;
      await route.continue();
    });
    await page.goto(`${app.url}/admin${path}`);
    await page.locator('main h1').waitFor();
    await page.waitForLoadState('networkidle');
    for (const name of expected) expect([name, sent.filter((each) => each === name).length]).toEqual([name, 1]);
  });

  it('are shown at once if they were answered before the code has arrived, and not sent again', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin/account`);
    const expected = ['Orders', 'OrderCounts', 'OrderFilters', 'Mirror'];
    const sent: string[] = [];
    const nameOf = (request: Request) => /^query (\w+)/.exec(request.postDataJSON()?.query ?? '')?.[1] ?? '';
    const answers = expected.map((name) => page.waitForEvent('requestfinished', (request) => nameOf(request) === name));
    page.on('request', (request) => sent.push(nameOf(request)));
    await page.route('**/assets/index-*.js', async (route) => {
      await Promise.all(answers);
      await route.continue();
    });
    await page.addInitScript(`
      new MutationObserver(() => {
        if (document.querySelector('main .skeleton')) globalThis.sawSkeleton = true;
      }).observe(document, { childList: true, subtree: true });
    `);
    await page.goto(`${app.url}/admin/orders`);
    await page.locator('main tbody tr a').first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate('globalThis.sawSkeleton')).toBeUndefined();
    for (const name of expected) expect([name, sent.filter((each) => each === name).length]).toEqual([name, 1]);
  });
});
