import { createSpApiClient, type SpApiClientOptions } from './http/client.js';
import type { CallWatch, OrderSource } from './orders/order-source.js';
import { createOrderSource } from './orders/orders.js';
import { getMarketplaceParticipations, type Participation } from './sellers/sellers.js';

/** Amazon's Selling Partner API, for one seller in one region. Every method rejects with the signal's reason when aborted. */
export interface SpApi {
  readonly orders: OrderSource;
  readonly sellers: Sellers;
  /** Ends all connections, and what is still under way with them. */
  close(): void;
}

export interface Sellers {
  /** The marketplaces that the seller has to do with, of those that are known. @throws {SyncError} */
  getMarketplaceParticipations(watch: CallWatch): Promise<Participation[]>;
}

export function createSpApi(options: SpApiClientOptions): SpApi {
  const client = createSpApiClient(options);
  return {
    orders: createOrderSource(client),
    sellers: { getMarketplaceParticipations: (watch) => getMarketplaceParticipations(client, watch) },
    close: () => client.close(),
  };
}
