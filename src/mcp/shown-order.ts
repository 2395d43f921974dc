import { moneyOf } from '../graphql/types/money.js';
import type { MirroredOrder, SelectedMembers } from '../mirror/read/mirrored-order.js';

const MAX_ITEMS = 20;
const MAX_TEXT_LENGTH = 200;

/** What `shownOrder` reads. */
export const SHOWN_MEMBERS: SelectedMembers = {
  order: new Set([
    'orderStatus',
    'fulfilledBy',
    'programs',
    'shipByLatest',
    'deliverByLatest',
    'orderTotalAmount',
    'orderTotalCurrency',
    'notes',
  ]),
  items: new Set(['sellerSku', 'asin', 'title', 'quantityOrdered', 'itemPriceAmount', 'itemPriceCurrency']),
};

/** An order as the tools return it: no payload, and texts of sellers shortened. */
export function shownOrder(order: MirroredOrder) {
  const items = order.items ?? [];
  return {
    amazonOrderId: order.amazonOrderId,
    marketplaceId: order.marketplaceId,
    status: order.orderStatus,
    fulfilledBy: order.fulfilledBy,
    purchasedAt: order.purchaseDate,
    updatedAt: order.lastUpdateDate,
    programs: order.programs ?? [],
    shipByLatest: order.shipByLatest,
    deliverByLatest: order.deliverByLatest,
    total: moneyOf(order.orderTotalAmount, order.orderTotalCurrency),
    items: items.slice(0, MAX_ITEMS).map((item) => ({
      sellerSku: item.sellerSku,
      asin: item.asin,
      title: shortened(item.title),
      quantity: item.quantityOrdered,
      price: moneyOf(item.itemPriceAmount, item.itemPriceCurrency),
    })),
    ...(items.length > MAX_ITEMS ? { itemsLeftOut: items.length - MAX_ITEMS } : {}),
    ...(order.notes ? { unreadableMembers: order.notes } : {}),
  };
}

export function shortened(text: string | null): string | null {
  return text !== null && text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}
