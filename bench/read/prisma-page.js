import { openDatabase } from '../lib/ordermirror.js';

const ORDERS = 50;

/**
 * The peer: one `findMany` with the items included and the payloads left out.
 * @param {import('../../src/config/config.js').DatabaseConfig} config
 */
export async function answerByPrisma(config) {
  const database = await openDatabase(config);
  const answer = async () => {
    const orders = await database.prisma.amazonOrder.findMany({
      orderBy: [{ purchaseDate: 'desc' }, { id: 'desc' }],
      take: ORDERS + 1,
      omit: { rawPayload: true },
      include: { items: { orderBy: { orderItemId: 'asc' }, omit: { rawPayload: true } } },
    });
    const shown = orders.slice(0, ORDERS);
    return {
      edges: shown.map((order) => ({ node: nodeOf(order) })),
      pageInfo: { hasNextPage: orders.length > ORDERS, endCursor: String(shown.at(-1)?.id) },
    };
  };
  return { answer, close: () => database.close() };
}

/** @param {any} order as Prisma gives it */
function nodeOf(order) {
  return {
    amazonOrderId: order.amazonOrderId,
    marketplaceId: order.marketplaceId,
    purchaseDate: order.purchaseDate,
    lastUpdateDate: order.lastUpdateDate,
    orderStatus: order.orderStatus,
    fulfilledBy: order.fulfilledBy,
    orderTotal: money(order.orderTotalAmount, order.orderTotalCurrency),
    items: order.items.map((/** @type {any} */ item) => ({
      orderItemId: item.orderItemId,
      sellerSku: item.sellerSku,
      asin: item.asin,
      title: item.title,
      quantityOrdered: item.quantityOrdered,
      itemPrice: money(item.itemPriceAmount, item.itemPriceCurrency),
    })),
  };
}

/** @param {{ toFixed(): string } | null} amount @param {string | null} currencyCode */
function money(amount, currencyCode) {
  return amount === null ? null : { amount: amount.toFixed(), currencyCode };
}
