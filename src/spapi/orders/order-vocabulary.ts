/**
 * Amazon has three vocabularies: Orders 2026-01-01 (`CANCELLED`), Orders v0 and notifications (`Canceled`, `AFN`), and the
 * all-orders reports (`Cancelled`, `Shipped - Delivered to Buyer`). All are mapped to 2026-01-01 (docs: mapping of v0 to
 * 2026-01-01); unknown values are kept.
 */
const STATUSES = new Map([
  ['pendingavailability', 'PENDING_AVAILABILITY'],
  ['pending', 'PENDING'],
  ['unshipped', 'UNSHIPPED'],
  ['partiallyshipped', 'PARTIALLY_SHIPPED'],
  ['shipping', 'PARTIALLY_SHIPPED'],
  ['shipped', 'SHIPPED'],
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

/** Maps an order's status to Orders 2026-01-01. */
export function orderStatus(value: string): string {
  // Reports add a detail: `Shipped - Picked Up`, `Pending - Waiting for Pick Up`.
  const [main = value] = value.split(' - ');
  return STATUSES.get(normalise(main)) ?? value;
}

/** Maps a sales channel to Orders 2026-01-01. */
export function channelName(value: string): string {
  return CHANNELS.get(normalise(value)) ?? value;
}

/** Maps `fulfilledBy` to Orders 2026-01-01. */
export function fulfiller(value: string): string {
  return FULFILLERS.get(normalise(value)) ?? value;
}

function normalise(value: string): string {
  return value.replace(/[\s_-]/g, '').toLowerCase();
}
