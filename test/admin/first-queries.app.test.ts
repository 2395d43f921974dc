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
});
