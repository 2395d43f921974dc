/**
 * Amazon has three vocabularies: Orders 2026-01-01 (`CANCELLED`), Orders v0 and notifications (`Canceled`, `PartiallyShipped`, `AFN`),
 * and the all-orders reports (`Cancelled`, `Shipped - Delivered to Buyer`, `Non-Amazon`). The words of 2026-01-01 stand for all
 * (docs: mapping of v0 to 2026-01-01). Words that are unknown in all three stay as they are.
 */
const STATUSES = new Map([
  ['pendingavailability', 'PENDING_AVAILABILITY'],
  ['pending', 'PENDING'],
  ['unshipped', 'UNSHIPPED'],
  ['partiallyshipped', 'PARTIALLY_SHIPPED'],
  ['shipped', 'SHIPPED'],
  ['shipping', 'SHIPPED'],
  ['cancelled', 'CANCELLED'],
  ['canceled', 'CANCELLED'],
  ['unfulfillable', 'UNFULFILLABLE'],
]);
const CHANNELS = new Map([
  ['amazon', 'AMAZON'],
  ['nonamazon', 'NON_AMAZON'],
]);
const FULFILLERS = new Map([
  ['amazon', 'AMAZON'],
  ['afn', 'AMAZON'],
  ['merchant', 'MERCHANT'],
  ['mfn', 'MERCHANT'],
]);

/** An order's status in the words of Orders 2026-01-01. */
export function orderStatus(word: string): string {
  // Reports detail a status: `Shipped - Picked Up`, `Pending - Waiting for Pick Up`.
  const [main = word] = word.split(' - ');
  return STATUSES.get(plain(main)) ?? word;
}

/** A sales channel in the words of Orders 2026-01-01. */
export function channelName(word: string): string {
  return CHANNELS.get(plain(word)) ?? word;
}

/** Who fulfils an order, in the words of Orders 2026-01-01. */
export function fulfiller(word: string): string {
  return FULFILLERS.get(plain(word)) ?? word;
}

function plain(word: string): string {
  return word.replace(/[\s_-]/g, '').toLowerCase();
}
