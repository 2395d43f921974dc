import { type SalesDay, salesByDay } from '../orders/sales-by-day.js';
import type { Builder } from './builder.js';
import { padAmount } from './money.js';

export function addSales(builder: Builder): void {
  const Day = builder.objectRef<SalesDay>('SalesDay').implement({
    description:
      "What was sold on Amazon on a day in a currency, cancelled orders left out. Days are the marketplaces' own.",
    fields: (t) => ({
      date: t.expose('date', { type: 'Date' }),
      currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217; XXX where nobody has said it.' }),
      orders: t.exposeInt('orders'),
      units: t.exposeInt('units'),
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
