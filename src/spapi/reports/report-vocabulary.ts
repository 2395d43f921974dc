import { ownCopy } from '../../core/own-copy.js';
import { fulfiller, orderStatus } from '../orders/order-vocabulary.js';
import { marketplaceByName } from '../sellers/marketplaces.js';

/* The words of reports as those of Orders 2026-01-01. An unknown word is kept: `Waiting For Stock` as WAITING_FOR_STOCK. */

/** `Shipping`, `Cancelled`, `PartiallyShipped`, `Shipped - Delivered to Buyer` … */
export const reportedStatus = remembered((word) => {
  const known = orderStatus(word);
  return known === word ? snake(word) : known;
});

/** `Amazon` and `Merchant`, or AFN and MFN. */
export const reportedFulfiller = remembered((word) => {
  const known = fulfiller(word);
  return known === word ? snake(word) : known;
});

/** `SecondDay` as SECOND_DAY, `MarketplaceFacilitator` as MARKETPLACE_FACILITATOR. */
export const screamingSnake = remembered(snake);

function snake(word: string): string {
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
export const salesChannel = remembered((channel: string): SalesChannel => {
  if (channel === '') return {};
  if (/^non[\s_-]?amazon/i.test(channel)) return { channelName: 'NON_AMAZON', marketplaceName: channel };
  const marketplace = marketplaceByName(channel);
  if (marketplace === undefined)
    return { channelName: /^amazon\b/i.test(channel) ? 'AMAZON' : channel, marketplaceName: channel };
  const { marketplaceId, name } = marketplace;
  return { channelName: 'AMAZON', marketplaceId, marketplaceName: name };
});

const MAX_REMEMBERED = 1_000;
const MAX_LENGTH = 100;

/** The same function, which remembers its results: a report has a dozen words, millions of times. */
function remembered<Result>(read: (word: string) => Result): (word: string) => Result {
  const results = new Map<string, Result>();
  return (word) => {
    const known = results.get(word);
    if (known !== undefined) return known;
    const copy = ownCopy(word);
    const result = read(copy);
    if (results.size < MAX_REMEMBERED && copy.length <= MAX_LENGTH) results.set(copy, result);
    return result;
  };
}
