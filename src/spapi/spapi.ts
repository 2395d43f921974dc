import type { CallWatch } from './http/call-watch.js';
import { createSpApiClient, type SpApiClientOptions } from './http/client.js';
import { createNotificationsApi, type NotificationsApi } from './notifications/notifications-api.js';
import type { OrderSource } from './orders/order-source.js';
import { createOrderSource } from './orders/orders-api.js';
import type { ReportSource } from './reports/report-source.js';
import { createReportSource } from './reports/reports-api.js';
import { getMarketplaceParticipations, type Participation } from './sellers/sellers-api.js';

/** Amazon's Selling Partner API for one seller in one region. Methods reject with the signal's reason when aborted. */
export interface SpApi {
  readonly orders: OrderSource;
  readonly reports: ReportSource;
  readonly sellers: Sellers;
  readonly notifications: NotificationsApi;
  /** Aborts pending calls and closes the connections. */
  close(): void;
}

export interface Sellers {
  /** Returns the seller's documented marketplaces. @throws {SyncError} */
  getMarketplaceParticipations(watch: CallWatch): Promise<Participation[]>;
}

export function createSpApi(options: SpApiClientOptions): SpApi {
  const client = createSpApiClient(options);
  return {
    orders: createOrderSource(client),
    reports: createReportSource(client),
    sellers: { getMarketplaceParticipations: (watch) => getMarketplaceParticipations(client, watch) },
    notifications: createNotificationsApi(client),
    close: () => client.close(),
  };
}
