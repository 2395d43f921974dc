import { fulfiller, orderStatus } from '../orders/order-vocabulary.js';
import { marketplaceByName } from '../sellers/marketplaces.js';

/** The words of reports as those of Orders 2026-01-01; an unknown word is kept, in its spelling: `Waiting For Stock` as WAITING_FOR_STOCK. */

/** `Shipping`, `Cancelled`, `PartiallyShipped`, `Shipped - Delivered to Buyer` … */
export function reportedStatus(word: string): string {
  const known = orderStatus(word);
  return known === word ? screamingSnake(word) : known;
}

/** `Amazon` and `Merchant`, or AFN and MFN. */
export function reportedFulfiller(word: string): string {
  const known = fulfiller(word);
  return known === word ? screamingSnake(word) : known;
}

/** `SecondDay` as SECOND_DAY, `MarketplaceFacilitator` as MARKETPLACE_FACILITATOR. */
export function screamingSnake(word: string): string {
  if (word === '') return '';
  return word
    .replace(/([a-z\d])(?=[A-Z])/g, '$1_')
    .replace(/[\s_.,:;/-]+/g, '_')
    .replace(/^_|_$/g, '')
    .toUpperCase();
}

/** model: SalesChannel. */
export type SalesChannel = {
  readonly channelName?: string;
  readonly marketplaceId?: string;
  readonly marketplaceName?: string;
};

/**
 * Reads a sales channel (field: `Amazon.de`, `Non-Amazon`, `Non-Amazon US`). An order from outside of Amazon gets no
 * marketplace: its id would be one of undocumented ids (field), not the country's marketplace. Neither does an unknown domain.
 */
export function salesChannel(channel: string): SalesChannel {
  if (channel === '') return {};
  if (/^non[\s_-]?amazon/i.test(channel)) return { channelName: 'NON_AMAZON', marketplaceName: channel };
  const marketplace = marketplaceByName(channel);
  if (marketplace === undefined)
    return { channelName: /^amazon\b/i.test(channel) ? 'AMAZON' : channel, marketplaceName: channel };
  const { marketplaceId, name } = marketplace;
  return { channelName: 'AMAZON', marketplaceId, marketplaceName: name };
}
