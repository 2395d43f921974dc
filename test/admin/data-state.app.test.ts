import { expect, it } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { startTestApp } from '../helpers/with-app.js';
import { describeInBrowser, violations, withBrowser } from '../helpers/with-browser.js';

describeInBrowser('what the data lacks', () => {
  const browser = withBrowser();

  it('is said below every view while the first run is under way, then up to when the data is', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 150, settled: true, updatedWithinDays: 20 });
    const first = simulator.hold('searchOrders');
    const id = await startRun(owner);
    await first.arrived;
    const second = simulator.hold('searchOrders');
    first.release();
    await second.arrived;
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    const strip = page.getByRole('complementary', { name: 'State of the data' });
    for (const view of ['Sales', 'Connection', 'Orders']) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await page.getByRole('heading', { name: view, level: 1 }).waitFor();
      await strip.getByText(/The first run is under way, \d+ %: lists and totals are incomplete/).waitFor();
    }
    await page.getByText('No complete data yet').waitFor();
    expect(await violations(page)).toEqual([]);
    second.release();
    await untilRun(owner, id, hasEnded);
    await page.getByText(/Data as of \d/).waitFor();
    await strip.waitFor({ state: 'detached' });
  });

  it('is said while Amazon refuses the credential, with what to do', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 5, settled: true, updatedWithinDays: 20 });
    await untilRun(owner, await startRun(owner), hasEnded);
    simulator.faults.add({ fault: { kind: 'invalid-grant' } });
    await owner.request(`mutation { saveCredential(input: { refreshToken: "Atzr|another" }) { id } }`);
    await untilRun(owner, await startRun(owner), hasEnded);
    const page = await browser.signedIn(`${app.url}/admin/orders`);
    await page.getByText(/^The connection to Amazon is broken. Orders and sales are as of \d/).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Open Connection' }).click();
    await page.getByRole('heading', { name: 'Connection', level: 1 }).waitFor();
    expect(await page.getByRole('link', { name: 'Open Connection' }).count()).toBe(0);
  });

  it('is said after a cancelled first run', async () => {
    const { simulator, app, owner } = await startTestApp({ orders: 250, settled: true, updatedWithinDays: 20 });
    const first = simulator.hold('searchOrders');
    const id = await startRun(owner);
    await first.arrived;
    const second = simulator.hold('searchOrders');
    first.release();
    await second.arrived;
    await owner.request(`mutation ($id: ID!) { cancelSync(runId: $id) { id } }`, { id });
    second.release();
    await untilRun(owner, id, hasEnded);
    const page = await browser.signedIn(`${app.url}/admin/sync`);
    await page.getByText(/^\d+ orders mirrored, no run complete yet/).waitFor();
    await page.getByText('Not all marketplaces have been read once: lists and totals are incomplete.').waitFor();
  });
});
