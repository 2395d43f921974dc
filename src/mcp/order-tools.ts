import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { UserError } from '../core/errors.js';
import { findOrders } from '../mirror/read/find-orders.js';
import { decodeOrderCursor, encodeOrderCursor, type OrderSort } from '../mirror/read/order-cursor.js';
import type { OrderFilter } from '../mirror/read/order-filter.js';
import { readOrdersToShip } from '../mirror/read/orders-to-ship.js';
import { readOrder } from '../mirror/read/read-orders.js';
import type { McpParts } from './parts.js';
import { SHOWN_MEMBERS, shownOrder } from './shown-order.js';
import { addTool, instant, marketplaceIds, marketplaces } from './tool.js';

const HOUR_MS = 3_600_000;
const limit = z.int().min(1).max(50).default(20).describe('Maximum number of orders.');
const cursor = z.string().max(500).optional().describe('`nextCursor` of the answer before, for the orders after it.');

export function addOrderTools(server: McpServer, parts: McpParts): void {
  addTool(server, parts, {
    name: 'find_orders',
    title: 'Find orders',
    description:
      'Finds orders by status, marketplace, purchase date, fulfilment, a part of an order id, SKU or ASIN, or words of a title; newest purchase first. Prices that Amazon has not reported yet are null.',
    input: {
      statuses: z
        .array(z.string().max(50))
        .max(20)
        .optional()
        .describe("Amazon's words: PENDING, UNSHIPPED, PARTIALLY_SHIPPED, SHIPPED, CANCELLED …"),
      marketplaces,
      purchasedAfter: instant.optional().describe('ISO 8601 instant, inclusive.'),
      purchasedBefore: instant.optional().describe('ISO 8601 instant, exclusive.'),
      fulfilledBy: z.enum(['AMAZON', 'MERCHANT']).optional().describe('Who ships.'),
      search: z.string().max(100).optional().describe('A part of an order id, SKU or ASIN, or words of a title.'),
      limit,
      cursor,
    },
    run: async (_parts, { marketplaces: names, fulfilledBy, limit, cursor, ...filter }) =>
      page(
        parts,
        { ...filter, fulfilledBy: fulfilledBy && [fulfilledBy], marketplaceIds: await marketplaceIds(parts, names) },
        { field: 'PURCHASE_DATE', direction: 'DESC' },
        { limit, cursor },
      ),
  });

  addTool(server, parts, {
    name: 'changed_orders',
    title: 'What changed',
    description:
      'Lists the orders that Amazon updated since an instant, oldest update first, each as it is now. To follow changes, pass `nextCursor` of the last answer.',
    input: { since: instant.describe('ISO 8601 instant, inclusive.'), marketplaces, limit, cursor },
    run: async (_parts, { since, marketplaces: names, limit, cursor }) =>
      page(
        parts,
        { updatedAfter: since, marketplaceIds: await marketplaceIds(parts, names) },
        { field: 'LAST_UPDATE_DATE', direction: 'ASC' },
        { limit, cursor },
      ),
  });

  addTool(server, parts, {
    name: 'get_order',
    title: 'One order',
    description: 'Returns one order with its items.',
    input: {
      amazonOrderId: z.string().max(100).describe('Such as 123-1234567-1234567.'),
      marketplace: z
        .string()
        .max(20)
        .optional()
        .describe('Id or country code, if several marketplaces have the order.'),
    },
    run: async ({ database }, { amazonOrderId, marketplace }) => {
      const [marketplaceId] = (await marketplaceIds(parts, marketplace ? [marketplace] : undefined)) ?? [];
      const order = await readOrder(database.reader, amazonOrderId.trim(), marketplaceId ?? null, SHOWN_MEMBERS);
      if (order) return { order: shownOrder(order) };
      throw new UserError(
        'NOT_FOUND',
        'The mirror has no such order. `data_completeness` says from when and until when it has all orders.',
      );
    },
  });

  addTool(server, parts, {
    name: 'orders_to_ship',
    title: 'What ships today',
    description:
      'Lists the orders that the seller (not Amazon) still has to ship within the next hours, by the latest time to ship, overdue ones first.',
    input: {
      withinHours: z.number().min(0).max(720).default(24).describe('0: only overdue ones.'),
      marketplaces,
      limit,
    },
    run: async ({ database, clock }, { withinHours, marketplaces: names, limit }) => {
      const now = clock.now();
      const { orders, total, withoutDate } = await readOrdersToShip(database.reader, {
        dueBefore: new Date(now.getTime() + withinHours * HOUR_MS),
        marketplaceIds: await marketplaceIds(parts, names),
        limit,
        selected: SHOWN_MEMBERS,
      });
      return {
        orders: orders.map((order) => ({
          ...shownOrder(order),
          overdue: order.shipByLatest !== null && new Date(order.shipByLatest) <= now,
        })),
        totalCount: total,
        cut: total > orders.length,
        ordersWithoutShipByDate: withoutDate,
      };
    },
  });
}

async function page(
  { database }: McpParts,
  filter: OrderFilter,
  sort: OrderSort,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
) {
  const { rows, hasNext, count } = await findOrders(database.reader, {
    filter,
    sort,
    limit,
    fromEnd: false,
    after: cursor === undefined ? null : decodeOrderCursor(sort, cursor),
    before: null,
    withCount: true,
    selected: SHOWN_MEMBERS,
  });
  const last = rows.at(-1);
  const at = sort.field === 'PURCHASE_DATE' ? last?.purchaseDate : last?.lastUpdateDate;
  return {
    orders: rows.map(shownOrder),
    totalCount: count,
    cut: hasNext,
    nextCursor: last && at ? encodeOrderCursor(sort, { at, id: last.id }) : (cursor ?? null),
  };
}
