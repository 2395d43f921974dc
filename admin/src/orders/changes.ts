import type { ChangeFragment } from '../generated/operations.js';
import { plainWords } from './words.js';

export interface Change extends Pick<ChangeFragment, 'source' | 'fromStatus' | 'toStatus'> {
  readonly kinds: readonly ChangeFragment['kinds'][number][];
  readonly changedFields: readonly string[];
}

/** Fields in the seller's words; null for those that say nothing beside the others. */
const FIELDS: Readonly<Record<string, string | null>> = {
  orderStatus: null,
  lastUpdateDate: null,
  rawPayload: null,
  'items.rawPayload': null,
  orderTotal: 'order total',
  shipByWindow: 'time to ship',
  deliverByWindow: 'delivery date',
  labelPrintingWindow: 'label date',
  packages: 'packages',
  marketplaceId: 'marketplace',
  marketplaceName: 'marketplace',
  fulfilledBy: 'who ships it',
  fulfillmentServiceLevel: 'shipping service',
  programs: 'programs',
  invoiceStatus: 'invoice',
  notes: 'unreadable parts',
  source: 'where it was read',
  items: 'items',
  'items.quantityOrdered': 'quantities',
  'items.quantityFulfilled': 'shipped quantities',
  'items.quantityUnfulfilled': 'shipped quantities',
  'items.itemPrice': 'item prices',
  'items.unitPrice': 'item prices',
  'items.cancellation': 'cancellation request',
  'items.sellerSku': 'SKUs',
  'items.title': 'titles',
};
const AMOUNT = /^(proceeds|items\..*(price|tax|discount|fee|proceeds))$/i;

const SOURCES: Readonly<Record<ChangeFragment['source'], string | null>> = {
  SYNC: null,
  NOTIFICATION: 'by notification',
  RESYNC: 'read again',
  CHECK: 'found by a check',
};

/** What happened to an order, in a few words: "Shipped", "Amounts changed". */
export function changeTitle({ kinds, toStatus, changedFields }: Change): string {
  const status = plainWords(toStatus ?? '');
  if (kinds.includes('CREATED')) return `New order: ${status}`;
  if (kinds.includes('STATUS')) return status;
  if (toStatus === null) return 'No longer listed under a second marketplace';
  if (kinds.includes('ITEMS')) return 'Items changed';
  if (kinds.includes('PRICE')) return 'Amounts changed';
  const [first, ...others] = fieldWords(changedFields);
  if (first === undefined) return 'Updated at Amazon';
  return others.length > 0 ? 'Details changed' : `${first.charAt(0).toUpperCase()}${first.slice(1)} changed`;
}

/** What else there is to say of a change; empty if nothing. */
export function changeDetails(change: Change): string {
  const { kinds, source, fromStatus, changedFields } = change;
  const words = fieldWords(changedFields);
  return [
    kinds.includes('STATUS') && fromStatus ? `was ${plainWords(fromStatus)}` : null,
    words.length > 0 && changeTitle(change).toLowerCase() !== `${words.join()} changed`
      ? `changed: ${words.join(', ')}`
      : null,
    SOURCES[source],
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function fieldWords(fields: readonly string[]): string[] {
  const words = fields.map((field) => {
    const known = FIELDS[field];
    return known === undefined ? (AMOUNT.test(field) ? 'amounts' : 'other details') : known;
  });
  return [...new Set(words.filter((word) => word !== null))];
}
