import { countOrders, findOrders } from '../orders/find-orders.js';
import { decodeOrderCursor, encodeOrderCursor, type OrderSort } from '../orders/order-cursor.js';
import type { OrderFilter } from '../orders/order-filter.js';
import type { Builder } from './builder.js';
import type { addOrders } from './orders.js';
import { pageLimits, readPageArguments, toConnection } from './page.js';

export function addOrderList(builder: Builder, AmazonOrder: ReturnType<typeof addOrders>): void {
  const { Filter, Sort } = addInputs(builder);

  builder.queryField('orders', (t) =>
    t.connection(
      {
        type: AmazonOrder,
        description: `A page of orders: ${pageLimits.default} unless told, at most ${pageLimits.max}. Orders that arrive between two pages shift neither.`,
        args: { filter: t.arg({ type: Filter }), orderBy: t.arg({ type: Sort }) },
        resolve: async (_root, args, { database }) => {
          const { after, before, limit, fromEnd } = readPageArguments(args);
          const sort: OrderSort = args.orderBy ?? { field: 'PURCHASE_DATE', direction: 'DESC' };
          const filter: OrderFilter = args.filter ?? {};
          const page = await findOrders(database, {
            filter,
            sort,
            limit,
            fromEnd,
            after: after === null ? null : decodeOrderCursor(sort, after),
            before: before === null ? null : decodeOrderCursor(sort, before),
          });
          const connection = toConnection(page, ({ id, purchaseDate, lastUpdateDate }) =>
            encodeOrderCursor(sort, { id, at: sort.field === 'PURCHASE_DATE' ? purchaseDate : lastUpdateDate }),
          );
          return { ...connection, count: () => countOrders(database, filter) };
        },
      },
      {
        fields: (connection) => ({
          totalCount: connection.int({
            description: 'How many orders the filter lets through; counted only when it is asked for.',
            resolve: ({ count }) => count(),
          }),
        }),
      },
    ),
  );
}

function addInputs(builder: Builder) {
  const Filter = builder.inputType('OrderFilter', {
    description: 'Conditions that all have to hold. What is left out does not restrict; an empty list matches nothing.',
    fields: (t) => ({
      statuses: t.stringList(),
      marketplaceIds: t.stringList(),
      purchasedAfter: t.field({ type: 'DateTime', description: 'Inclusive.' }),
      purchasedBefore: t.field({ type: 'DateTime', description: 'Exclusive.' }),
      updatedAfter: t.field({ type: 'DateTime', description: 'Inclusive.' }),
      search: t.string({ description: 'The beginning of an order id, a SKU or an ASIN, whatever the case.' }),
    }),
  });
  const SortField = builder.enumType('OrderSortField', { values: ['PURCHASE_DATE', 'LAST_UPDATE_DATE'] as const });
  const SortDirection = builder.enumType('SortDirection', { values: ['ASC', 'DESC'] as const });
  const Sort = builder.inputType('OrderSort', {
    fields: (t) => ({
      field: t.field({ type: SortField, required: true, defaultValue: 'PURCHASE_DATE' }),
      direction: t.field({ type: SortDirection, required: true, defaultValue: 'DESC' }),
    }),
  });
  return { Filter, Sort };
}
