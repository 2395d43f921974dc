import type { OrderChange, OrderChangeKind, OrderChangeSource } from '../../generated/prisma/client.js';
import { decodeChangeCursor, encodeChangeCursor, findOrderChanges, readHead } from '../../mirror/read/order-changes.js';
import { principalOf } from '../access.js';
import type { Builder } from '../builder.js';
import type { GraphQLContext } from '../context.js';
import { type PageArguments, pageLimits, readPageArguments, toConnection } from '../pagination/page.js';
import { eventValue, untilEnded } from '../until-ended.js';
import type { addOrders } from './orders.js';

/** The changes of orders: their list, those of one order, and the subscription to them. */
export function addOrderChanges(builder: Builder, AmazonOrder: ReturnType<typeof addOrders>): void {
  const Kind = builder.enumType('OrderChangeKind', {
    values: {
      CREATED: { description: 'The order is new in the mirror.' },
      STATUS: { description: '`orderStatus` changed.' },
      ITEMS: { description: 'An item was added or removed, or its ordered quantity changed.' },
      PRICE: { description: 'An amount of the order or of an item changed.' },
      CANCELLED: {
        description: 'The order became CANCELLED (beside STATUS), or was when it was first read (beside CREATED).',
      },
      OTHER: { description: 'Any other field changed.' },
    } satisfies Record<OrderChangeKind, object>,
  });
  const Source = builder.enumType('OrderChangeSource', {
    values: {
      SYNC: { description: 'A run of kind ORDERS.' },
      NOTIFICATION: { description: 'A notification from Amazon.' },
      RESYNC: { description: '`resyncOrder`.' },
      CHECK: { description: 'The repair of a check.' },
    } satisfies Record<OrderChangeSource, object>,
  });

  const Change = builder.node(builder.objectRef<OrderChange>('OrderChange'), {
    description: 'What one transaction changed of an order.',
    id: { resolve: ({ id }) => String(id), parse: BigInt },
    loadManyWithoutCache: (ids, { loaders }) => Promise.all(ids.map(loaders.change)),
    fields: (t) => ({
      cursor: t.string({
        description: 'The position of the change: `after` of `orderChanges` and `orderChanged` continues from it.',
        resolve: encodeChangeCursor,
      }),
      at: t.expose('at', { type: 'DateTime', description: 'When Ordermirror received it from Amazon.' }),
      kinds: t.expose('kinds', { type: [Kind] }),
      source: t.expose('source', { type: Source }),
      amazonOrderId: t.exposeString('amazonOrderId'),
      marketplaceId: t.exposeString('marketplaceId', { description: 'The marketplace after the change.' }),
      fromStatus: t.exposeString('fromStatus', {
        nullable: true,
        description: 'The status before; null for a new order.',
      }),
      toStatus: t.exposeString('toStatus', {
        nullable: true,
        description: 'The status after; null if the order was listed under a second marketplace and no longer is.',
      }),
      changedFields: t.exposeStringList('changedFields', {
        description:
          'Names of the fields of `AmazonOrder` whose value changed; `items.title` for one of an item, `items` if an item was added or removed. `rawPayload`: only members that no field shows. Empty for a new order.',
      }),
      order: t.field({
        type: AmazonOrder,
        nullable: true,
        description: 'The order as it is now; null if it is no longer in the mirror.',
        resolve: async ({ orderId }, _args, { loaders }) => (await loaders.changedOrder(orderId)) ?? null,
      }),
    }),
  });

  const kindsArg = builder.args((t) => ({
    kinds: t.field({ type: [Kind], description: 'Changes of one of these kinds. Null: of any.' }),
  }));

  builder.queryField('orderChanges', (t) =>
    t.connection({
      type: Change,
      description: `Changes of orders in the order of their commits, oldest first; by default ${pageLimits.default}, at most ${pageLimits.max} a page. Loads of the history make none. On the last page, \`pageInfo.endCursor\` is the position of the last change of all, also if none matches: store it, and continue from it with \`after\`. CURSOR_EXPIRED if changes after a cursor are no longer kept.`,
      args: { ...kindsArg, amazonOrderId: t.arg.string() },
      resolve: (_root, { kinds, amazonOrderId, ...page }, context) =>
        findPage(context, page, { kinds: kinds ?? null, amazonOrderId: amazonOrderId ?? null }),
    }),
  );

  builder.objectField(AmazonOrder, 'changes', (t) =>
    t.connection({
      type: Change,
      description: 'The changes of this order, oldest first, under any marketplace.',
      extensions: { members: ['amazonOrderId'] },
      args: kindsArg,
      resolve: ({ amazonOrderId }, { kinds, ...page }, context) =>
        findPage(context, page, { kinds: kinds ?? null, amazonOrderId }),
    }),
  );

  builder.subscriptionField('orderChanged', (t) =>
    t.field({
      type: Change,
      description:
        'Sends each change after a cursor in the order of commits, then each new one when it is committed; none is left out or repeated. Without `after`: from now on.',
      args: { after: t.arg.string(), ...kindsArg },
      subscribe: async (_root, { after, kinds }, { accounts, changes, database, ...requester }) => {
        // Before the subscription is confirmed: a client may then cause a change, and waits for it.
        const position = after == null ? await readHead(database) : decodeChangeCursor(after);
        return untilEnded(accounts, principalOf(requester), (signal) =>
          changes.follow({ after: position, kinds: kinds ?? null }, signal),
        );
      },
      resolve: eventValue,
    }),
  );
}

async function findPage(
  { database }: GraphQLContext,
  page: PageArguments,
  which: { readonly kinds: readonly OrderChangeKind[] | null; readonly amazonOrderId: string | null },
) {
  const { after, before, limit, fromEnd } = readPageArguments(page);
  const found = await findOrderChanges(database.reader, {
    ...which,
    limit,
    fromEnd,
    after: after === null ? null : decodeChangeCursor(after),
    before: before === null ? null : decodeChangeCursor(before),
  });
  const connection = toConnection(found, encodeChangeCursor);
  if (!found.hasNext && found.head) connection.pageInfo.endCursor = encodeChangeCursor(found.head);
  return connection;
}
