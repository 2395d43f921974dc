import type { OrderItemRow, OrderRow } from '../../mirror/read/order-row.js';
import { type RejectedVersion, readOrder, readOrderStatuses } from '../../mirror/read/read-orders.js';
import type { Builder } from '../builder.js';
import { type addMoney, moneyOf } from './money.js';

/** The types of an order and its lines, and the query for one of them; src/graphql/order-list.ts has the list. */
export function addOrders(builder: Builder, Money: ReturnType<typeof addMoney>) {
  const AmazonOrderItem = builder.node(builder.objectRef<OrderItemRow>('AmazonOrderItem'), {
    description: 'A line of an order.',
    id: { resolve: ({ id }) => String(id), parse: BigInt },
    loadManyWithoutCache: (ids, { loaders }) => Promise.all(ids.map(loaders.item)),
    fields: (t) => ({
      orderItemId: t.exposeString('orderItemId'),
      amazonOrderId: t.exposeString('amazonOrderId'),
      marketplaceId: t.exposeString('marketplaceId'),
      sellerSku: t.exposeString('sellerSku', { nullable: true }),
      asin: t.exposeString('asin', { nullable: true }),
      title: t.exposeString('title', { nullable: true }),
      quantityOrdered: t.exposeInt('quantityOrdered'),
      itemPrice: t.field({
        type: Money,
        nullable: true,
        description: 'The subtotal of the line, all units together; null while Amazon has not said.',
        resolve: ({ itemPriceAmount, itemPriceCurrency }) => moneyOf(itemPriceAmount, itemPriceCurrency),
      }),
      rawPayload: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What Amazon sent, without personal data. For owners.',
        authScopes: { owner: true },
        resolve: ({ id }, _args, { loaders }) => loaders.itemPayload(id),
      }),
    }),
  });

  const RejectedVersionType = builder.objectRef<RejectedVersion>('RejectedVersion').implement({
    description: 'A version of an order that Ordermirror could not read, for want of an id or a date.',
    fields: (t) => ({
      reason: t.exposeString('reason', { description: 'Which places could not be read, and why; never their values.' }),
      rejectedAt: t.expose('rejectedAt', { type: 'DateTime' }),
    }),
  });

  const AmazonOrder = builder.node(builder.objectRef<OrderRow>('AmazonOrder'), {
    description: 'An order in a marketplace, as of its last update.',
    id: { resolve: ({ id }) => String(id), parse: BigInt },
    loadManyWithoutCache: (ids, { loaders }) => Promise.all(ids.map(loaders.order)),
    fields: (t) => ({
      amazonOrderId: t.exposeString('amazonOrderId'),
      marketplaceId: t.exposeString('marketplaceId'),
      purchaseDate: t.expose('purchaseDate', { type: 'DateTime' }),
      lastUpdateDate: t.expose('lastUpdateDate', { type: 'DateTime' }),
      orderStatus: t.exposeString('orderStatus', {
        description:
          'PENDING, UNSHIPPED, SHIPPED, CANCELLED …, or a new word of Amazon. UNKNOWN if it could not be read (see `notes`).',
      }),
      fulfilledBy: t.exposeString('fulfilledBy', { nullable: true }),
      orderTotal: t.field({
        type: Money,
        nullable: true,
        description: 'Null while Amazon has not said: never a made-up 0.',
        resolve: ({ orderTotalAmount, orderTotalCurrency }) => moneyOf(orderTotalAmount, orderTotalCurrency),
      }),
      items: t.field({
        type: [AmazonOrderItem],
        description: 'The lines, by their id; empty while they were never asked for.',
        resolve: ({ items }) => {
          if (items === null) throw new Error('An order was read without its lines, though they are asked for.');
          return items;
        },
      }),
      notes: t.stringList({
        description:
          "Places of Amazon's answer that could not be read, each with the reason; never their values. Such a member is null or keeps its known value.",
        resolve: ({ notes }) => notes ?? [],
      }),
      rejectedVersion: t.field({
        type: RejectedVersionType,
        nullable: true,
        description:
          'Set if the version of this order that Amazon sent last could not be read: the order is shown as of the version before.',
        resolve: ({ amazonOrderId }, _args, { loaders }) => loaders.rejectedVersion(amazonOrderId),
      }),
      rawPayload: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What Amazon sent, without personal data. For owners.',
        authScopes: { owner: true },
        resolve: ({ id }, _args, { loaders }) => loaders.orderPayload(id),
      }),
    }),
  });

  builder.queryField('order', (t) =>
    t.field({
      type: AmazonOrder,
      nullable: true,
      args: {
        amazonOrderId: t.arg.string({ required: true }),
        marketplaceId: t.arg.string({
          description: 'Without it, and when several have the order: the one bought last.',
        }),
      },
      resolve: (_root, { amazonOrderId, marketplaceId }, { database }) =>
        readOrder(database, amazonOrderId, marketplaceId ?? null),
    }),
  );

  builder.queryField('orderStatuses', (t) =>
    t.stringList({
      description: 'The statuses that orders in the mirror have, in alphabetical order.',
      resolve: (_root, _args, { database }) => readOrderStatuses(database),
    }),
  );

  return AmazonOrder;
}
