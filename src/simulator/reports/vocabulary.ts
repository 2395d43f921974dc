/** The reports' words where they aren't the API's in CamelCase; spellings differ (docs: unverified; seen in the field). */
const STATUSES: Readonly<Record<string, readonly string[]>> = {
  PARTIALLY_SHIPPED: ['Shipping', 'PartiallyShipped'],
  CANCELLED: ['Cancelled', 'Canceled'],
  PENDING_AVAILABILITY: ['PendingAvailability', 'Pending Availability'],
};

/** Easy Ship orders in India (seen in the field). */
const DELIVERED = 'Shipped - Delivered to Buyer';

/**
 * Returns the report's spelling of a status; one that isn't in capitals, as in Orders v0, stays.
 * @param variety chooses among several spellings
 */
export function statusWord(status: unknown, variety: number, easyShip = false): string | undefined {
  if (typeof status !== 'string') return undefined;
  if (status === 'SHIPPED' && easyShip) return DELIVERED;
  const spellings = STATUSES[status];
  return spellings?.[variety % spellings.length] ?? camelCase(status);
}

const words = new Map<string, string>();

/** Returns `PARTNER_NETWORK` as `PartnerNetwork`; undefined for a value that isn't text. */
export function camelCase(word: unknown): string | undefined {
  if (typeof word !== 'string') return undefined;
  const known = words.get(word) ?? converted(word);
  if (words.size < 1000) words.set(word, known);
  return known;
}

function converted(word: string): string {
  if (!/^[A-Z][A-Z_]*$/.test(word)) return word;
  return word
    .split('_')
    .map((part) => part.charAt(0) + part.slice(1).toLowerCase())
    .join('');
}
