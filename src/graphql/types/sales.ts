import type { GraphQLResolveInfo } from 'graphql';
import { UserError } from '../../core/errors.js';
import { readSales, type SalesRequest, type SalesRow, type SalesSum } from '../../mirror/read/sales.js';
import { type SalesDay, salesByDay } from '../../mirror/read/sales-by-day.js';
import type { Builder } from '../builder.js';
import { requestBudget } from '../limits/request-budget.js';
import { selectedNames } from '../selected-members.js';
import { padAmount } from './money.js';
import type { addSortDirection } from './sort-direction.js';

/** GraphQL's Int has 32 bits. */
const MAX_INT = 2_147_483_647;
const { maxSalesRows } = requestBudget;

function toInt(count: number | bigint): number {
  return Math.max(-MAX_INT, Math.min(Number(count), MAX_INT));
}

/** Registers `sales` and `salesByDay`. */
export function addSales(builder: Builder, SortDirection: ReturnType<typeof addSortDirection>): void {
  addSalesByDay(builder);
  const Row = addSalesRow(builder);
  const Interval = builder.enumType('SalesInterval', {
    values: {
      DAY: {},
      WEEK: { description: 'From Monday to Sunday (ISO 8601).' },
      MONTH: {},
      TOTAL: { description: 'The whole range in one.' },
    } as const,
  });
  const Dimension = builder.enumType('SalesDimension', {
    values: ['MARKETPLACE', 'SKU', 'ASIN', 'FULFILLED_BY'] as const,
  });
  const OrderField = builder.enumType('SalesOrderField', {
    values: {
      DATE: {},
      REVENUE: { description: 'Compares amounts of different currencies as plain numbers; see `currencyCode`.' },
      UNITS: {},
      ORDERS: {},
    } as const,
  });
  const Order = builder.inputType('SalesOrder', {
    description: 'Rows with equal values are sorted by date, currency and dimensions.',
    fields: (t) => ({
      field: t.field({ type: OrderField, required: true }),
      direction: t.field({ type: SortDirection, required: true, defaultValue: 'DESC' }),
    }),
  });

  builder.queryField('sales', (t) =>
    t.field({
      type: [Row],
      description: `Sales by interval, currency and the dimensions of \`by\`, both dates inclusive, at most 3,700 days and ${maxSalesRows} rows. Intervals without sales are omitted.`,
      args: {
        from: t.arg({ type: 'Date', required: true }),
        to: t.arg({ type: 'Date', required: true }),
        interval: t.arg({ type: Interval, required: true, defaultValue: 'DAY' }),
        by: t.arg({ type: [Dimension], description: 'Absent or empty: sums over all products and marketplaces.' }),
        marketplaceIds: t.arg.stringList({ description: 'Absent: all marketplaces. An empty list matches nothing.' }),
        currencyCode: t.arg.string({ description: 'Absent: a row for each currency.' }),
        orderBy: t.arg({ type: Order, description: 'Absent: by date, currency and dimensions.' }),
        first: t.arg.int({
          description: `Maximum number of rows, from 1 to ${maxSalesRows}: best sellers, with \`orderBy\`. Absent: all rows, or an error if there are more than ${maxSalesRows}.`,
        }),
      },
      resolve: (_root, args, { database }, info) => readRows(database.reader, args, info),
    }),
  );
}

type SalesArguments = Pick<SalesRequest, 'from' | 'to' | 'interval'> & {
  readonly [name in 'by' | 'marketplaceIds' | 'currencyCode' | 'orderBy']?: SalesRequest[name] | null | undefined;
} & { readonly first?: number | null | undefined };

/** @throws {UserError} BAD_USER_INPUT for a wrong range or `first`, and for more rows than are allowed */
async function readRows(
  sql: Parameters<typeof readSales>[0],
  { from, to, interval, first, ...args }: SalesArguments,
  info: GraphQLResolveInfo,
): Promise<SalesRow[]> {
  if (first != null && (first < 1 || first > maxSalesRows))
    throw new UserError('BAD_USER_INPUT', `\`first\` is ${first}; it must be between 1 and ${maxSalesRows}.`);
  const selected = selectedNames(info);
  const rows = await readSales(sql, {
    from,
    to,
    interval,
    by: args.by ?? [],
    marketplaceIds: args.marketplaceIds ?? null,
    currencyCode: args.currencyCode ?? null,
    orderBy: args.orderBy ?? null,
    limit: first ?? maxSalesRows + 1,
    sums: sumsOf(selected),
    withTitles: selected.has('title'),
  });
  if (rows.length > maxSalesRows) {
    throw new UserError(
      'BAD_USER_INPUT',
      `There are more than ${maxSalesRows} rows. Ask for the \`first\` ones, a shorter range, a longer interval or fewer dimensions.`,
    );
  }
  return rows;
}

/** The fields of a row, by the sums that they show. */
const FIELDS: Readonly<Record<SalesSum, readonly string[]>> = {
  units: ['units', 'exactUnits'],
  unpricedUnits: ['unknownPriceUnits'],
  revenue: ['revenue'],
  shipping: ['shipping'],
  giftWrap: ['giftWrap'],
  tax: ['tax'],
  discount: ['discount'],
};

function sumsOf(selected: ReadonlySet<string>): SalesSum[] {
  const sums = Object.keys(FIELDS) as SalesSum[];
  return sums.filter((sum) => FIELDS[sum].some((field) => selected.has(field)));
}

function addSalesRow(builder: Builder) {
  return builder.objectRef<SalesRow>('SalesRow').implement({
    description: `Sales of an interval in one currency. Days are in the time zone of each marketplace. Cancelled orders and orders that were not sold on Amazon are not included.`,
    fields: (t) => {
      const amount = (member: 'revenue' | 'shipping' | 'giftWrap' | 'tax' | 'discount', description: string) =>
        t.field({
          type: 'Decimal',
          description,
          resolve: (row) => padAmount(row[member], row.currencyCode),
        });
      const ofDimension = (member: 'marketplaceId' | 'sellerSku' | 'asin' | 'fulfilledBy', dimension: string) =>
        t.exposeString(member, {
          nullable: true,
          description: `Null unless \`by\` has ${dimension}, and for lines without one.`,
        });
      return {
        from: t.expose('from', { type: 'Date', description: 'First day of the interval within the requested range.' }),
        to: t.expose('to', { type: 'Date', description: 'Last day of the interval within the requested range.' }),
        currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217; XXX if unknown.' }),
        marketplaceId: ofDimension('marketplaceId', 'MARKETPLACE'),
        sellerSku: ofDimension('sellerSku', 'SKU'),
        asin: ofDimension('asin', 'ASIN'),
        title: t.exposeString('title', {
          nullable: true,
          description: 'Title of the SKU, or with ASIN alone of the ASIN, in the order that was mirrored last.',
        }),
        fulfilledBy: ofDimension('fulfilledBy', 'FULFILLED_BY'),
        orders: t.int({
          description: 'Orders with such a line; an order counts once a day in each marketplace.',
          resolve: ({ orders }) => toInt(orders),
        }),
        units: t.int({
          description: `Units sold, at most ${MAX_INT}; \`exactUnits\` has no limit.`,
          resolve: ({ units }) => toInt(units),
        }),
        exactUnits: t.field({
          type: 'Decimal',
          description: 'Units sold, without the limit of an Int.',
          resolve: ({ units }) => String(units),
        }),
        unknownPriceUnits: t.int({
          description: 'Units whose price Amazon has not reported; they are in `units`, but add nothing to `revenue`.',
          resolve: ({ unpricedUnits }) => toInt(unpricedUnits),
        }),
        revenue: amount(
          'revenue',
          'Item subtotals of all units, before discounts, as Amazon reports them: with or without tax depending on the marketplace.',
        ),
        shipping: amount('shipping', 'Shipping that was charged, as far as Amazon has reported it.'),
        giftWrap: amount('giftWrap', 'Gift wrap that was charged, as far as Amazon has reported it.'),
        tax: amount('tax', 'Tax, as far as Amazon has reported it.'),
        discount: amount('discount', 'Discounts that were given, as positive amounts; not subtracted from `revenue`.'),
      };
    },
  });
}

function addSalesByDay(builder: Builder): void {
  const Day = builder.objectRef<SalesDay>('SalesDay').implement({
    description: "Sales of one day in one currency, without cancelled orders. Days are in the marketplace's time zone.",
    fields: (t) => ({
      date: t.expose('date', { type: 'Date' }),
      currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217; XXX if unknown.' }),
      orders: t.exposeInt('orders'),
      units: t.int({
        description: `Units sold, at most ${MAX_INT}; \`exactUnits\` has no limit.`,
        resolve: ({ units }) => toInt(units),
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
        salesByDay(database.reader, { from, to, marketplaceId: marketplaceId ?? null }),
    }),
  );
}
