// What is measured: the compiled program (dist), with the types of its source. Nothing else here imports from it.

/** @param {string} path within dist */
const load = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);

/** @type {typeof import('../../src/app.js')} */
export const { startApp } = await load('app.js');
/** @type {typeof import('../../src/core/clock.js')} */
export const { systemClock } = await load('core/clock.js');
/** @type {typeof import('../../src/config/config.js')} */
export const { defaultSync, loadConfig } = await load('config/config.js');
/** @type {typeof import('../../src/connection/marketplaces.js')} */
export const { seedMarketplaces } = await load('connection/marketplaces.js');
/** @type {typeof import('../../src/database/database.js')} */
export const { openDatabase } = await load('database/database.js');
/** @type {typeof import('../../src/cli/demo/api-client.js')} */
export const { createApiClient } = await load('cli/demo/api-client.js');
/** @type {typeof import('../../src/core/logger.js')} */
export const { createLogger } = await load('core/logger.js');
/** @type {typeof import('../../src/mirror/read/order-cursor.js')} */
export const { encodeOrderCursor } = await load('mirror/read/order-cursor.js');
/** @type {typeof import('../../src/mirror/read/sales.js')} */
export const { refreshSalesDays } = await load('mirror/read/sales.js');
/** @type {typeof import('../../src/simulator/simulator.js')} */
export const { startSimulator } = await load('simulator/simulator.js');
/** @type {typeof import('../../src/spapi/orders/read-order.js')} */
export const { isUnreadable, readOrder } = await load('spapi/orders/read-order.js');
/** @type {typeof import('../../src/spapi/spapi.js')} */
export const { createSpApi } = await load('spapi/spapi.js');
/** @type {typeof import('../../src/spapi/http/usage-plan-store.js')} */
export const { createUsagePlanStore } = await load('spapi/http/usage-plan-store.js');
/** @type {typeof import('../../src/sync/engine.js')} */
export const { createSyncEngine } = await load('sync/engine.js');
/** @type {typeof import('../../src/mirror/write/order-rows.js')} */
export const { orderRows } = await load('mirror/write/order-rows.js');
/** @type {typeof import('../../src/runs/run-store.js')} */
export const { claimRun, createRun } = await load('runs/run-store.js');
/** @type {typeof import('../../src/mirror/write/save-orders.js')} */
export const { saveOrders, writeOrders } = await load('mirror/write/save-orders.js');
/** @type {typeof import('../../src/sync/read/save-page.js')} */
export const { savePage } = await load('sync/read/save-page.js');
