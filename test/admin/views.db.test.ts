import { expect, it } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { withApp } from '../helpers/with-app.js';
import { describeInBrowser, seriousFindings, signIn, withBrowser } from '../helpers/with-browser.js';
import { withSimulator } from '../helpers/with-sync.js';

const OWNER = ['owner@example.com', 'a long enough password'] as const;
// The one that is there first comes last: going to where one is moves no focus.
const VIEWS = { Orders: '/orders', Sales: '/sales', Connection: '/connection', People: '/people', Sync: '/' };

describeInBrowser('every view', () => {
  const browser = withBrowser();

  it('is as good in the dark and on a phone, and never wider than the screen', async () => {
    const { app, owner } = await withApp(await withSimulator({ orders: 60, settled: true, updatedWithinDays: 20 }));
    await untilRun(owner, await startRun(owner), hasEnded);
    for (const width of [360, 820, 1440]) {
      const page = await browser.visit(`${app.url}/admin`, { colorScheme: 'dark', viewport: { width, height: 800 } });
      await signIn(page, ...OWNER);
      for (const [title, path] of Object.entries(VIEWS)) {
        await page.getByRole('link', { name: title, exact: true }).click();
        await page.getByRole('heading', { name: title, level: 1 }).waitFor();
        await page.waitForLoadState('networkidle');
        expect(await page.title()).toBe(`${title} · Ordermirror`);
        expect(await page.evaluate(() => document.activeElement?.tagName), `${path} has the focus`).toBe('H1');
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(beyond, `${path} at ${width}`).toBeLessThanOrEqual(0);
        expect(await seriousFindings(page), `${path} at ${width}`).toEqual([]);
      }
    }
  });

  it('stays signed in while it is open, by a new token shortly before the old one ends', async () => {
    const { app } = await withApp(await withSimulator({ orders: 1 }));
    const page = await browser.visit('about:blank');
    await page.clock.install();
    await page.goto(`${app.url}/admin`);
    await signIn(page, ...OWNER);
    await page.getByText('Live', { exact: true }).waitFor();
    const token = () =>
      page.evaluate(() => JSON.parse(localStorage.getItem('ordermirror.session') ?? '{}') as { token?: string });
    const before = await token();
    // Tokens that are made within the same second are the same.
    await expect.poll(() => Date.now()).toBeGreaterThan(Date.now() - (Date.now() % 1000) + 999);
    await page.clock.fastForward('56:00');
    await expect.poll(token).not.toEqual(before);
    await page.clock.fastForward('00:05');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('heading', { name: 'Sync' }).waitFor();
  });
});
