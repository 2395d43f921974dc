import { type SalesDay, salesByDay } from '../../mirror/read/sales.js';
import type { Builder } from '../builder.js';
import { padAmount } from './money.js';

/** GraphQL's Int has 32 bits. */
const MAX_INT = 2_147_483_647;

export function addSales(builder: Builder): void {
  const Day = builder.objectRef<SalesDay>('SalesDay').implement({
    description: "Sales of one day in one currency, without cancelled orders. Days are in the marketplace's time zone.",
    fields: (t) => ({
      date: t.expose('date', { type: 'Date' }),
      currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217; XXX if unknown.' }),
      orders: t.exposeInt('orders'),
      units: t.int({
        description: `Units sold, at most ${MAX_INT}; \`exactUnits\` has no limit.`,
        resolve: ({ units }) => Math.max(-MAX_INT, Math.min(units, MAX_INT)),
      }),
      exactUnits: t.field({
        type: 'Decimal',
        description: 'Units sold, without the limit of an Int.',
        resolve: ({ units }) => String(units),
      }),
      revenue: t.field({
        type: 'Decimal',
        description: 'Items without a known price are not included.',
        resolve: ({ revenue, currencyCode }) => padAmount(revenue, currencyCode),
      }),
    }),
  });

  builder.queryField('salesByDay', (t) =>
    t.field({
      type: [Day],
      description:
        'Sales by day and currency, both dates inclusive, at most 3,700 days. Days without sales are omitted.',
      args: {
        from: t.arg({ type: 'Date', required: true }),
        to: t.arg({ type: 'Date', required: true }),
        marketplaceId: t.arg.string(),
      },
      resolve: (_root, { from, to, marketplaceId }, { database }) =>
        salesByDay(database, { from, to, marketplaceId: marketplaceId ?? null }),
    }),
  );
}
