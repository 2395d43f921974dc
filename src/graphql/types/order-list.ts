import { countOrders, findOrders } from '../../mirror/read/find-orders.js';
import type { Builder } from '../builder.js';
import { cursorOf, ordersRequest } from '../pagination/orders-request.js';
import { pageLimits, toConnection } from '../pagination/page.js';
import { selects } from '../selects.js';
import type { addOrders } from './orders.js';

export function addOrderList(builder: Builder, AmazonOrder: ReturnType<typeof addOrders>): void {
  const { Filter, Sort } = addInputs(builder);

  builder.queryField('orders', (t) =>
    t.connection(
      {
        type: AmazonOrder,
        description: `A page of orders: ${pageLimits.default} unless told, at most ${pageLimits.max}. Orders that arrive between two pages shift neither.`,
        args: { filter: t.arg({ type: Filter }), orderBy: t.arg({ type: Sort }) },
        resolve: async (_root, args, { database }, info) => {
          const request = ordersRequest(args, selects(info, 'items'));
          const connection = toConnection(await findOrders(database, request), cursorOf(request));
          return { ...connection, count: () => countOrders(database, request.filter) };
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
