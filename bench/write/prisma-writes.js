/** @typedef {import('../../src/database/database.js').Database} Database */
/** @typedef {import('../../src/mirror/write/order-rows.js').OrderRow} OrderRow */
/** @typedef {OrderRow['items'][number]} ItemRow */

/**
 * The peer: what one writes first with Prisma, for new orders only. Orders, then their items, in a transaction a page.
 * @param {Database['prisma']} prisma
 * @param {readonly OrderRow[]} rows
 */
export async function createMany(prisma, rows) {
  await prisma.$transaction(async (transaction) => {
    const created = await transaction.amazonOrder.createManyAndReturn({
      data: rows.map(orderData),
      select: { id: true, amazonOrderId: true, marketplaceId: true },
    });
    const ids = new Map(created.map((order) => [keyOf(order), order.id]));
    await transaction.amazonOrderItem.createMany({
      data: rows.flatMap((row) => {
        const orderId = ids.get(keyOf(row)) ?? 0n;
        return row.items.map((item) => ({ orderId, ...itemData(row, item) }));
      }),
    });
  });
}

/**
 * The other peer, for orders old and new: an upsert an order, an upsert an item.
 * @param {Database['prisma']} prisma
 * @param {readonly OrderRow[]} rows
 */
export async function upsertEach(prisma, rows) {
  for (const row of rows) {
    const { amazonOrderId, marketplaceId } = row;
    const data = orderData(row);
    const { id: orderId } = await prisma.amazonOrder.upsert({
      where: { amazonOrderId_marketplaceId: { amazonOrderId, marketplaceId } },
      create: data,
      update: data,
      select: { id: true },
    });
    for (const item of row.items) {
      const { orderItemId } = item;
      const itemOfOrder = { orderId, ...itemData(row, item) };
      await prisma.amazonOrderItem.upsert({
        where: { orderItemId_amazonOrderId_marketplaceId: { orderItemId, amazonOrderId, marketplaceId } },
        create: itemOfOrder,
        update: itemOfOrder,
        select: { id: true },
      });
    }
  }
}

/** @param {{ amazonOrderId: string, marketplaceId: string }} order */
function keyOf({ amazonOrderId, marketplaceId }) {
  return `${amazonOrderId} ${marketplaceId}`;
}

/** @param {OrderRow} row */
function orderData({ items: _items, orderTotal, rawPayload, marketplaceName: _name, linesInDoubt, ...columns }) {
  return {
    ...columns,
    orderStatus: columns.orderStatus ?? 'UNKNOWN',
    channelName: columns.channelName ?? 'UNKNOWN',
    notes: [...columns.notes],
    rereadWanted: linesInDoubt,
    orderTotalAmount: orderTotal?.amount ?? null,
    orderTotalCurrency: orderTotal?.currencyCode ?? null,
    rawPayload: JSON.parse(rawPayload),
  };
}

/** @param {OrderRow} row @param {ItemRow} item */
function itemData({ amazonOrderId, marketplaceId }, { itemPrice, rawPayload, ...columns }) {
  return {
    ...columns,
    quantityOrdered: columns.quantityOrdered ?? 0,
    amazonOrderId,
    marketplaceId,
    itemPriceAmount: itemPrice?.amount ?? null,
    itemPriceCurrency: itemPrice?.currencyCode ?? null,
    rawPayload: JSON.parse(rawPayload),
  };
}
