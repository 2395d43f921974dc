import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { padAmount } from '../graphql/types/money.js';
import { readSales } from '../mirror/read/sales.js';
import type { McpParts } from './parts.js';
import { shortened } from './shown-order.js';
import { addTool, marketplaceIds, marketplaces } from './tool.js';

const date = z.iso.date();

export function addSalesTool(server: McpServer, parts: McpParts): void {
  addTool(server, parts, {
    name: 'sales',
    title: 'Sales by product and period',
    description:
      'Adds up orders, units and revenue per currency, without cancelled orders: in total, by day, week or month, and by marketplace, SKU, ASIN or fulfilment. Best sellers: by SKU, sorted by UNITS or REVENUE. Days are in the time zone of each marketplace. Revenue is the price of the items before discounts; units whose price is unknown yet (`unpricedUnits`) add nothing to it.',
    input: {
      from: date.describe('First day, YYYY-MM-DD.'),
      to: date.describe('Last day, inclusive; at most 3,700 days after the first.'),
      interval: z.enum(['DAY', 'WEEK', 'MONTH', 'TOTAL']).default('TOTAL'),
      by: z
        .array(z.enum(['MARKETPLACE', 'SKU', 'ASIN', 'FULFILLED_BY']))
        .max(4)
        .default([]),
      marketplaces,
      currencyCode: z.string().length(3).optional().describe('Such as EUR. A row for each currency if absent.'),
      orderBy: z.enum(['DATE', 'REVENUE', 'UNITS', 'ORDERS']).default('DATE').describe('All but DATE: largest first.'),
      limit: z.int().min(1).max(200).default(50).describe('Maximum number of rows.'),
    },
    run: async ({ database }, { marketplaces: names, currencyCode = null, orderBy, limit, ...request }) => {
      const rows = await readSales(database.reader, {
        ...request,
        marketplaceIds: await marketplaceIds(parts, names),
        currencyCode,
        orderBy: { field: orderBy, direction: orderBy === 'DATE' ? 'ASC' : 'DESC' },
        limit: limit + 1,
        withTitles: true,
      });
      return { rows: rows.slice(0, limit).map(shownRow), cut: rows.length > limit };
    },
  });
}

function shownRow(row: Awaited<ReturnType<typeof readSales>>[number]) {
  const { currencyCode, marketplaceId, sellerSku, asin, fulfilledBy } = row;
  const dimensions = Object.entries({ marketplaceId, sellerSku, asin, fulfilledBy, title: shortened(row.title) });
  return {
    from: row.from,
    to: row.to,
    ...Object.fromEntries(dimensions.filter(([, value]) => value !== null)),
    orders: Number(row.orders),
    units: Number(row.units),
    unpricedUnits: Number(row.unpricedUnits),
    currencyCode,
    revenue: padAmount(row.revenue, currencyCode),
    shipping: padAmount(row.shipping, currencyCode),
    giftWrap: padAmount(row.giftWrap, currencyCode),
    tax: padAmount(row.tax, currencyCode),
    discount: padAmount(row.discount, currencyCode),
  };
}
