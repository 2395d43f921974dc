import type { DateRange } from './date-range.js';

/** Returns the address of the orders that were purchased in a range, of one marketplace or of all. */
export function ordersHref({ from, to }: DateRange, marketplaceId: string | null): string {
  const query = new URLSearchParams({ from, to, ...(marketplaceId && { marketplace: marketplaceId }) });
  return `/orders?${query}`;
}
