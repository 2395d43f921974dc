import { findOrders } from '../../mirror/read/find-orders.js';
import type { MirroredOrder } from '../../mirror/read/mirrored-order.js';
import type { ToShip } from '../../mirror/read/order-filter.js';
import { countByStatus, readOrderTotals } from '../../mirror/read/order-totals.js';
import { type RejectedVersion, readOrder, readOrderStatuses } from '../../mirror/read/read-orders.js';
import {
  associatedOrders,
  breakdowns,
  fulfillmentOrderIds,
  orderAliases,
  payloadScope,
  payments,
} from '../../spapi/orders/order-lists.js';
import { money } from '../../spapi/orders/wire.js';
import type { Builder } from '../builder.js';
import { cursorOf, ordersRequest } from '../pagination/orders-request.js';
import { pageLimits, toConnection } from '../pagination/page.js';
import { selectedMembers, selectedNames } from '../selected-members.js';
import { moneyOf } from './money.js';
import { addOrderItems } from './order-items.js';
import { addOrderParts, type MoneyType, rangeOf } from './order-parts.js';
import { addOrderSums } from './order-sums.js';
import type { addSortDirection } from './sort-direction.js';

/** Registers orders and items, and the queries that read them. */
export function addOrders(builder: Builder, Money: MoneyType, SortDirection: ReturnType<typeof addSortDirection>) {
  const parts = addOrderParts(builder, Money);
  const AmazonOrderItem = addOrderItems(builder, Money, parts);

  const RejectedVersionType = builder.objectRef<RejectedVersion>('RejectedVersion').implement({
    description: 'A version of an order that could not be read, because its id or a date is missing or invalid.',
    fields: (t) => ({
      reason: t.exposeString('reason', {
        description: 'The members that could not be read, each with the reason; never their values.',
      }),
      rejectedAt: t.expose('rejectedAt', { type: 'DateTime' }),
    }),
  });

  const AmazonOrder = builder.node(builder.objectRef<MirroredOrder>('AmazonOrder'), {
    description: 'An order of a marketplace, as of its last update.',
    id: { resolve: ({ id }) => String(id), parse: BigInt },
    loadManyWithoutCache: (ids, { loaders }) => Promise.all(ids.map(loaders.order)),
    fields: (t) => ({
      amazonOrderId: t.exposeString('amazonOrderId'),
      marketplaceId: t.exposeString('marketplaceId'),
      purchaseDate: t.expose('purchaseDate', { type: 'DateTime' }),
      lastUpdateDate: t.expose('lastUpdateDate', { type: 'DateTime' }),
      orderStatus: t.exposeString('orderStatus', {
        description:
          'PENDING, UNSHIPPED, SHIPPED, CANCELLED …, or a new value of Amazon. UNKNOWN if it could not be read (see `notes`).',
      }),
      fulfilledBy: t.exposeString('fulfilledBy', { nullable: true }),
      sellerOrderId: t.exposeString('sellerOrderId', {
        nullable: true,
        description: "The seller's own id of the order, of `orderAliases`.",
      }),
      orderAliases: t.field({
        type: [parts.OrderAlias],
        resolve: async ({ id }, _args, { loaders }) => orderAliases(payloadScope(await loaders.orderPayload(id))),
      }),
      marketplaceName: t.exposeString('marketplaceName', { nullable: true, description: 'Amazon.com, …' }),
      channelName: t.exposeString('channelName', { description: 'AMAZON, NON_AMAZON, …' }),
      source: t.exposeString('source', { description: 'API, or REPORT.' }),
      programs: t.stringList({
        description: 'PRIME, AMAZON_BUSINESS, …',
        resolve: ({ programs }) => programs ?? [],
      }),
      fulfillmentServiceLevel: t.exposeString('fulfillmentServiceLevel', {
        nullable: true,
        description: 'STANDARD, EXPEDITED, …',
      }),
      shipByWindow: t.field({
        type: parts.DateTimeRange,
        nullable: true,
        extensions: { members: ['shipByEarliest', 'shipByLatest'] },
        resolve: ({ shipByEarliest, shipByLatest }) => rangeOf(shipByEarliest, shipByLatest),
      }),
      deliverByWindow: t.field({
        type: parts.DateTimeRange,
        nullable: true,
        extensions: { members: ['deliverByEarliest', 'deliverByLatest'] },
        resolve: ({ deliverByEarliest, deliverByLatest }) => rangeOf(deliverByEarliest, deliverByLatest),
      }),
      labelPrintingWindow: t.field({
        type: parts.DateTimeRange,
        nullable: true,
        extensions: { members: ['labelPrintingEarliest', 'labelPrintingLatest'] },
        resolve: ({ labelPrintingEarliest, labelPrintingLatest }) =>
          rangeOf(labelPrintingEarliest, labelPrintingLatest),
      }),
      associatedOrders: t.field({
        type: [parts.AssociatedOrder],
        resolve: async ({ id }, _args, { loaders }) => associatedOrders(payloadScope(await loaders.orderPayload(id))),
      }),
      proceeds: t.field({
        type: parts.OrderProceeds,
        nullable: true,
        description: 'What the seller receives for the order, row by row as Amazon sent it.',
        resolve: async ({ id }, _args, { loaders }) => {
          const proceeds = payloadScope(await loaders.orderPayload(id)).object('proceeds');
          if (proceeds.isAbsent) return null;
          return { total: proceeds.get(money, 'grandTotal'), breakdowns: breakdowns(proceeds) };
        },
      }),
      packages: t.field({
        type: [parts.OrderPackage],
        description: 'The packages of an order that the merchant ships.',
        resolve: ({ packages }) => packages ?? [],
      }),
      fulfillmentOrderIds: t.stringList({
        description: 'Only if the data set FULFILLMENT_ORDERS is requested.',
        resolve: async ({ id }, _args, { loaders }) =>
          fulfillmentOrderIds(payloadScope(await loaders.orderPayload(id))),
      }),
      payments: t.field({
        type: [parts.Payment],
        description: 'Only if the data set PAYMENT is requested.',
        resolve: async ({ id }, _args, { loaders }) => payments(payloadScope(await loaders.orderPayload(id))),
      }),
      buyerInvoicePreference: t.exposeString('buyerInvoicePreference', {
        nullable: true,
        description: 'INDIVIDUAL or BUSINESS. Only if the data set TAX is requested.',
      }),
      invoiceStatus: t.exposeString('invoiceStatus', {
        nullable: true,
        description: 'NOT_REQUIRED, PROCESSING, … Only if the data set TAX is requested.',
      }),
      orderTotal: t.field({
        type: Money,
        nullable: true,
        description: 'The total; null, never 0, while Amazon has not reported it.',
        extensions: { members: ['orderTotalAmount', 'orderTotalCurrency'] },
        resolve: ({ orderTotalAmount, orderTotalCurrency }) => moneyOf(orderTotalAmount, orderTotalCurrency),
      }),
      items: t.field({
        type: [AmazonOrderItem],
        description: 'The items, sorted by id; empty if no sync has included items yet.',
        resolve: ({ items }) => {
          if (items === null)
            throw new Error('The statement of an order did not read its items, although the operation selects them.');
          return items;
        },
      }),
      notes: t.stringList({
        description:
          'Members that could not be read, each with the reason; never their values. Such a member is null or keeps its known value.',
        resolve: ({ notes }) => notes ?? [],
      }),
      rejectedVersion: t.field({
        type: RejectedVersionType,
        nullable: true,
        description:
          'Set if the latest version of this order could not be read; the order is then shown as of the version before.',
        resolve: ({ amazonOrderId }, _args, { loaders }) => loaders.rejectedVersion(amazonOrderId),
      }),
      rawPayload: t.field({
        type: 'JSON',
        nullable: true,
        description: 'The answer of Amazon, without personal data. Owners only.',
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
          description: 'If absent, and if several marketplaces have the order: the order purchased last.',
        }),
      },
      resolve: (_root, { amazonOrderId, marketplaceId }, { database }, info) =>
        readOrder(database.reader, amazonOrderId, marketplaceId ?? null, selectedMembers(info)),
    }),
  );

  builder.queryField('orderStatuses', (t) =>
    t.stringList({
      description: 'The statuses of all mirrored orders, in alphabetical order.',
      resolve: (_root, _args, { database }) => readOrderStatuses(database.reader),
    }),
  );

  const { Filter, Sort } = addInputs(builder, SortDirection);
  const sums = addOrderSums(builder);

  builder.queryField('orders', (t) =>
    t.connection(
      {
        type: AmazonOrder,
        description: `A page of orders, by default ${pageLimits.default}, at most ${pageLimits.max}. Orders that arrive between two pages shift neither page.`,
        args: { filter: t.arg({ type: Filter }), orderBy: t.arg({ type: Sort }) },
        resolve: async (_root, args, { database }, info) => {
          const request = ordersRequest(args, selectedMembers(info), selectedNames(info).has('totalCount'));
          const found = await findOrders(database.reader, request);
          return { ...toConnection(found, cursorOf(request)), totalCount: found.count, filter: request.filter };
        },
      },
      {
        fields: (connection) => ({
          totalCount: connection.int({
            description: 'The number of orders that match the filter on all pages; counted only if selected.',
            // Counted, since it is selected.
            resolve: ({ totalCount }) => totalCount as number,
          }),
          totals: connection.field({
            type: [sums.OrderTotals],
            description: 'Sums of the orders that match the filter on all pages, a row a currency.',
            resolve: ({ filter }, _args, { database }) => readOrderTotals(database.reader, filter),
          }),
          statusCounts: connection.field({
            type: [sums.StatusCount],
            description: 'How many orders of each status match the conditions of the filter other than `statuses`.',
            resolve: ({ filter }, _args, { database }) => countByStatus(database.reader, filter),
          }),
        }),
      },
    ),
  );

  return AmazonOrder;
}

function addInputs(builder: Builder, SortDirection: ReturnType<typeof addSortDirection>) {
  const ToShipEnum = builder.enumType('ToShip', {
    values: {
      OVERDUE: { description: 'The latest time to ship is past.' },
      TODAY: { description: "The same, or it is by the end of today in the marketplace's time zone." },
      ALL: { description: 'Any, also without a known time to ship.' },
    } satisfies Record<ToShip, object>,
  });
  const Filter = builder.inputType('OrderFilter', {
    description:
      'Conditions that are combined with AND. An absent condition does not restrict; an empty list matches nothing.',
    fields: (t) => ({
      statuses: t.stringList(),
      marketplaceIds: t.stringList(),
      purchasedAfter: t.field({ type: 'DateTime', description: 'Inclusive.' }),
      purchasedBefore: t.field({ type: 'DateTime', description: 'Exclusive.' }),
      updatedAfter: t.field({ type: 'DateTime', description: 'Inclusive.' }),
      purchasedFrom: t.field({
        type: 'Date',
        description: 'First day of purchase, in the time zone of each marketplace, as in `sales`.',
      }),
      purchasedTo: t.field({ type: 'Date', description: 'Last day of purchase, in the same time zones.' }),
      fulfilledBy: t.stringList({ description: 'AMAZON, MERCHANT.' }),
      programs: t.stringList({ description: 'Orders with one of these programs: PRIME, AMAZON_BUSINESS, …' }),
      amazonOrderIds: t.stringList(),
      hasUnknownPrice: t.boolean({
        description:
          'Whether the total, or the price of an item, is unknown. False for cancelled orders and those sold outside of Amazon.',
      }),
      toShip: t.field({ type: ToShipEnum, description: 'Orders that the seller, not Amazon, still has to ship.' }),
      search: t.string({
        description:
          'A part of an order id, a SKU or an ASIN, or words of a title; ignoring case. With one or two characters: the beginning of an order id, a SKU or an ASIN. A whole order id also without hyphens, and after `#`, `Order` or `Order ID:`.',
      }),
    }),
  });
  const SortField = builder.enumType('OrderSortField', {
    values: {
      PURCHASE_DATE: {},
      LAST_UPDATE_DATE: {},
      SHIP_BY: { description: 'The latest time to ship, unknown ones last; with the filter `toShip` only.' },
    } as const,
  });
  const Sort = builder.inputType('OrderSort', {
    fields: (t) => ({
      field: t.field({ type: SortField, required: true, defaultValue: 'PURCHASE_DATE' }),
      direction: t.field({ type: SortDirection, required: true, defaultValue: 'DESC' }),
    }),
  });
  return { Filter, Sort };
}
