/** The operations of the simulator: the login and three of the SP-API. */
export type Operation = 'token' | 'getMarketplaceParticipations' | 'searchOrders' | 'getOrder';

/** The operations that have a usage plan (the login has none). */
export type ApiOperation = Exclude<Operation, 'token'>;

export const API_OPERATIONS: readonly ApiOperation[] = ['getMarketplaceParticipations', 'searchOrders', 'getOrder'];

const ORDERS_PATH = '/orders/2026-01-01/orders';

/** The operation of a request. */
export type Route = { operation: Exclude<Operation, 'getOrder'> } | { operation: 'getOrder'; orderId: string };

/** Returns the route of a request; undefined for a path that Amazon doesn't serve. */
export function routeOf(method: string, path: string): Route | undefined {
  if (method === 'POST') return path === '/auth/o2/token' ? { operation: 'token' } : undefined;
  if (method !== 'GET') return undefined;
  if (path === '/sellers/v1/marketplaceParticipations') return { operation: 'getMarketplaceParticipations' };
  if (path === ORDERS_PATH) return { operation: 'searchOrders' };
  const orderId = path.startsWith(`${ORDERS_PATH}/`) ? path.slice(ORDERS_PATH.length + 1) : '';
  if (orderId === '' || orderId.includes('/')) return undefined;
  try {
    return { operation: 'getOrder', orderId: decodeURIComponent(orderId) };
  } catch {
    return undefined;
  }
}
