// The only imports from the program: compiled code from dist, with the types of its source (#src, in tsconfig.json).
const load = (module) => import(new URL(`../../dist/${module}.js`, import.meta.url).href);

export const { createTokens } = /** @type {typeof import('#src/accounts/tokens.js')} */ (await load('accounts/tokens'));
export const { startApp } = /** @type {typeof import('#src/app.js')} */ (await load('app'));
export const { loadConfig } = /** @type {typeof import('#src/config/config.js')} */ (await load('config/config'));
export const { systemClock } = /** @type {typeof import('#src/core/clock.js')} */ (await load('core/clock'));
export const { createLogger } = /** @type {typeof import('#src/core/logger.js')} */ (await load('core/logger'));
/** @type {typeof import('#src/database/database.js')} */
export const { openDatabase } = await load('database/database');
/** @type {typeof import('#src/history/history.js')} */
export const { createHistoryEngine } = await load('history/history');
/** @type {typeof import('#src/mirror/write/order-rows.js')} */
export const { MAPPING_VERSION, orderRows: rowsOfOrders } = await load('mirror/write/order-rows');
/** @type {typeof import('#src/mirror/write/order-retention.js')} */
export const { deleteOldOrders } = await load('mirror/write/order-retention');
/** @type {typeof import('#src/mirror/write/save-orders.js')} */
export const { saveOrders, writeOrders } = await load('mirror/write/save-orders');
/** @type {typeof import('#src/mirror/export/export-rows.js')} */
export const { itemRows, orderRows } = await load('mirror/export/export-rows');
export const { readSales } = /** @type {typeof import('#src/mirror/read/sales.js')} */ (
  await load('mirror/read/sales')
);
/** @type {typeof import('#src/mirror/write/sales-sums.js')} */
export const { refreshSalesDays } = await load('mirror/write/sales-sums');
/** @type {typeof import('#src/simulator/simulator.js')} */
export const { startSimulator } = await load('simulator/simulator');
export const { readOrder } = /** @type {typeof import('#src/spapi/orders/read-order.js')} */ (
  await load('spapi/orders/read-order')
);
/** @type {typeof import('#src/spapi/http/rate-limit-store.js')} */
export const { createBucketStore } = await load('spapi/http/rate-limit-store');
export const { createSpApi } = /** @type {typeof import('#src/spapi/spapi.js')} */ (await load('spapi/spapi'));
export const { createSyncEngine } = /** @type {typeof import('#src/sync/engine.js')} */ (await load('sync/engine'));
export const { post } = /** @type {typeof import('#src/webhooks/post.js')} */ (await load('webhooks/post'));
export const { signedHeaders } = /** @type {typeof import('#src/webhooks/signature.js')} */ (
  await load('webhooks/signature')
);
