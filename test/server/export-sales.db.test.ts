import { describe, expect } from 'vitest';
import type { App } from '../../src/app.js';
import type { ApiClient } from '../../src/cli/demo/api-client.js';
import { parseCsv } from '../helpers/csv.js';
import { it } from '../helpers/fixtures.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { withApp } from '../helpers/with-app.js';
import { withSimulator } from '../helpers/with-sync.js';

/** Adds amounts up in units of 10^-9, exactly. */
function addTo(sums: Map<string, bigint>, key: string, amount: string | null | undefined): void {
  const [whole = '', fraction = ''] = (amount ?? '0').split('.');
  sums.set(key, (sums.get(key) ?? 0n) + BigInt(whole + fraction.padEnd(9, '0')));
}

async function download({ url }: App, token: string, path: string): Promise<Record<string, string | null>[]> {
  const response = await fetch(`${url}/export/${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  return parseCsv(await response.text());
}

const RANGE = { from: '2020-01-01', to: '2029-12-31' };
const sales = async (owner: ApiClient) => {
  const query = `query ($from: Date!, $to: Date!) { sales(from: $from, to: $to) { from currencyCode revenue units } }`;
  type Row = { from: string; currencyCode: string; revenue: string; units: number };
  return (await owner.request<{ sales: Row[] }>(query, RANGE)).sales;
};

describe('CSV files of 800 orders', () => {
  it('add up to the sales of the API, to the cent', async () => {
    const simulator = await withSimulator({ orders: 800 });
    const { app, owner } = await withApp(simulator);
    expect(await untilRun(owner, await startRun(owner), hasEnded)).toMatchObject({ status: 'OK' });
    const { createApiKey } = await owner.request<{ createApiKey: { secret: string } }>(
      'mutation { createApiKey(name: "Accountant", role: VIEWER) { secret } }',
    );
    const key = createApiKey.secret;
    const rows = await sales(owner);
    const expected = new Map<string, bigint>();
    for (const { from, currencyCode, revenue } of rows) addTo(expected, `${from} ${currencyCode}`, revenue);

    const items = await download(app, key, 'order-items.csv');
    expect(items.length).toBeGreaterThan(800);
    const summed = new Map<string, bigint>();
    for (const item of items) {
      if (item.order_status === 'CANCELLED' || item.channel_name === 'NON_AMAZON') continue;
      // The ledger has lines without a price in the marketplace's currency; they add nothing.
      if (item.item_price_amount == null) continue;
      addTo(summed, `${item.purchase_date_local} ${item.item_price_currency}`, item.item_price_amount);
    }
    const sold = new Map([...expected].filter(([, sum]) => sum !== 0n));
    expect(new Map([...summed].filter(([, sum]) => sum !== 0n))).toEqual(sold);
    expect(sold.size).toBeGreaterThan(20);

    const bySku = await download(app, key, `sales.csv?from=${RANGE.from}&to=${RANGE.to}&by=SKU,MARKETPLACE`);
    const added = new Map<string, bigint>();
    for (const row of bySku) addTo(added, `${row.from_date} ${row.currency}`, row.revenue);
    expect(added).toEqual(expected);
    expect(new Set(bySku.map((row) => row.marketplace_id))).toEqual(new Set(simulator.marketplaceIds));
    const units = (of: readonly { units?: string | number | null }[]) =>
      of.reduce((sum, row) => sum + Number(row.units), 0);
    expect(units(bySku)).toBe(units(rows));
  });
});
