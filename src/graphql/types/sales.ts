import { type SalesDay, salesByDay } from '../../mirror/read/sales.js';
import type { Builder } from '../builder.js';
import { padAmount } from './money.js';

/** GraphQL's Int has 32 bits. */
const MAX_INT = 2_147_483_647;

export function addSales(builder: Builder): void {
  const Day = builder.objectRef<SalesDay>('SalesDay').implement({
    description:
      "What was sold on Amazon on a day in a currency, cancelled orders left out. Days are the marketplaces' own.",
    fields: (t) => ({
      date: t.expose('date', { type: 'Date' }),
      currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217; XXX where nobody has said it.' }),
      orders: t.exposeInt('orders'),
      units: t.int({
        description: `Units sold; ${MAX_INT} means that many or more, and \`exactUnits\` has the number.`,
        resolve: ({ units }) => Math.max(-MAX_INT, Math.min(units, MAX_INT)),
      }),
      exactUnits: t.field({
        type: 'Decimal',
        description: 'Units sold, also beyond what an Int holds.',
        resolve: ({ units }) => String(units),
      }),
      revenue: t.field({
        type: 'Decimal',
        description: 'Lines whose price is not known yet add nothing.',
        resolve: ({ revenue, currencyCode }) => padAmount(revenue, currencyCode),
      }),
    }),
  });

  builder.queryField('salesByDay', (t) =>
    t.field({
      type: [Day],
      description:
        'The sales ledger by day and currency, both bounds inclusive, at most 3,700 days. Days without sales are left out.',
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
