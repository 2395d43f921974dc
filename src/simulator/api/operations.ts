/** The operations of the simulator: the login, six of the SP-API, and the download of a report's document. */
export type Operation = 'token' | ApiOperation | 'downloadReport';

/** The operations of the SP-API, which have a usage plan. */
export const API_OPERATIONS = [
  'getMarketplaceParticipations',
  'searchOrders',
  'getOrder',
  'createReport',
  'getReport',
  'getReportDocument',
] as const;

export type ApiOperation = (typeof API_OPERATIONS)[number];

/** The operation of a request; `id` is the order's, report's or document's. */
export interface Route {
  operation: Operation;
  id: string;
}

const ROUTES: readonly [method: string, path: string, operation: Operation][] = [
  ['POST', '/auth/o2/token', 'token'],
  ['GET', '/sellers/v1/marketplaceParticipations', 'getMarketplaceParticipations'],
  ['GET', '/orders/2026-01-01/orders', 'searchOrders'],
  ['GET', '/orders/2026-01-01/orders/{id}', 'getOrder'],
  ['POST', '/reports/2021-06-30/reports', 'createReport'],
  ['GET', '/reports/2021-06-30/reports/{id}', 'getReport'],
  ['GET', '/reports/2021-06-30/documents/{id}', 'getReportDocument'],
  ['GET', '/report-documents/{id}', 'downloadReport'],
];

/** Returns the route of a request; undefined for a path that Amazon doesn't serve. */
export function routeOf(method: string, path: string): Route | undefined {
  for (const [routeMethod, pattern, operation] of ROUTES) {
    if (routeMethod !== method) continue;
    if (pattern === path) return { operation, id: '' };
    const base = pattern.replace('{id}', '');
    const rest = path.slice(base.length);
    if (base === pattern || !path.startsWith(base) || rest === '' || rest.includes('/')) continue;
    const id = decode(rest);
    return id === undefined ? undefined : { operation, id };
  }
  return undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
