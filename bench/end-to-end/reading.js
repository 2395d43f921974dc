import { createLogger, createSpApi, systemClock } from '../lib/ordermirror.js';

/** @typedef {import('../../src/spapi/orders/order-source.js').OrderSource} OrderSource */
/** @typedef {import('../../src/spapi/orders/order-source.js').OrdersPage} OrdersPage */

export const MARKETPLACES = ['ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2', 'A1AM78C64UM0Y8'];
const DAY_MS = 86_400_000;

/**
 * The SP-API client, led to a simulated Amazon.
 * @param {string} url
 * @param {import('../../src/spapi/http/usage-plan.js').UsagePlanStore} usagePlans
 */
export function spApiOf(url, usagePlans) {
  return createSpApi({
    endpoint: url,
    lwaEndpoint: url,
    credential: { clientId: 'id', clientSecret: 'secret', refreshToken: 'Atzr|bench' },
    usagePlans,
    clock: systemClock,
    logger: createLogger({ level: 'error' }),
    version: '0.0.0',
  });
}

/**
 * All orders of the last 30 days.
 * @param {OrderSource} source
 * @param {boolean} [keep] false: pages are dropped when they are read
 * @returns {Promise<OrdersPage[]>}
 */
export async function readAll(source, keep = false) {
  const now = Date.now();
  const query = {
    marketplaceIds: MARKETPLACES,
    lastUpdatedAfter: new Date(now - 30 * DAY_MS),
    lastUpdatedBefore: new Date(now - DAY_MS / 100),
  };
  const watch = { signal: new AbortController().signal, onRequest: () => {}, onWait: () => {} };
  const pages = [];
  for await (const page of source.searchOrders(query, watch)) if (keep) pages.push(page);
  return pages;
}
