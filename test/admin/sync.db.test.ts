import { expect, it } from 'vitest';
import { withApp } from '../helpers/with-app.js';
import { describeInBrowser, seriousFindings, signIn, withBrowser } from '../helpers/with-browser.js';
import { withSimulator } from '../helpers/with-sync.js';

describeInBrowser('the sync view', () => {
  const browser = withBrowser();

  it('has nothing serious', async () => {
    const simulator = await withSimulator({ orders: 50 });
    const { app } = await withApp(simulator);
    const page = await browser.visit(`${app.url}/admin`);
    expect(await seriousFindings(page)).toEqual([]);
    await signIn(page, 'owner@example.com', 'a long enough password');
    expect(await seriousFindings(page)).toEqual([]);
  });
});
