import type { Instant } from '../../database/json-rows.js';
import type { StoredPackage } from '../../mirror/read/mirrored-order.js';
import type {
  AssociatedItem,
  AssociatedOrder,
  OrderAlias,
  Payment,
  ProceedsBreakdown,
  SubstitutionOption,
  TaxCollection,
} from '../../spapi/orders/order-lists.js';
import type { ShipFrom } from '../../spapi/orders/packages.js';
import type { Builder } from '../builder.js';
import { type addMoney, type Money, moneyOf } from './money.js';

export type MoneyType = ReturnType<typeof addMoney>;
export type OrderParts = ReturnType<typeof addOrderParts>;

export interface Range {
  readonly earliestDateTime: Instant | null;
  readonly latestDateTime: Instant | null;
}

/** Returns null if neither bound is known. */
export function rangeOf(earliestDateTime: Instant | null, latestDateTime: Instant | null): Range | null {
  return earliestDateTime === null && latestDateTime === null ? null : { earliestDateTime, latestDateTime };
}

export interface Measurement {
  readonly unit: string | null;
  readonly value: string | null;
}

/** Returns null if neither unit nor value is known. */
export function measurementOf(unit: string | null, value: string | null): Measurement | null {
  return unit === null && value === null ? null : { unit, value };
}

export interface Proceeds {
  readonly total: Money | null;
  readonly breakdowns: readonly ProceedsBreakdown[];
}

/** Pads an amount that comes from the payload. */
const padded = (money: Money | null) => money && moneyOf(money.amount, money.currencyCode);

/** Registers the types of the parts of orders and items. */
export function addOrderParts(builder: Builder, Money: MoneyType) {
  const DateTimeRange = builder.objectRef<Range>('DateTimeRange').implement({
    description: 'A range of time; either bound may be unknown.',
    fields: (t) => ({
      earliestDateTime: t.expose('earliestDateTime', { type: 'DateTime', nullable: true }),
      latestDateTime: t.expose('latestDateTime', { type: 'DateTime', nullable: true }),
    }),
  });
  const Measurement = builder.objectRef<Measurement>('Measurement').implement({
    fields: (t) => ({
      unit: t.exposeString('unit', { nullable: true, description: 'COUNT, KILOGRAMS, …' }),
      value: t.expose('value', { type: 'Decimal', nullable: true }),
    }),
  });
  const OrderAlias = builder.objectRef<OrderAlias>('OrderAlias').implement({
    fields: (t) => ({
      aliasId: t.exposeString('aliasId', { nullable: true }),
      aliasType: t.exposeString('aliasType', { nullable: true, description: 'SELLER_ORDER_ID, …' }),
    }),
  });
  const AssociatedOrder = builder.objectRef<AssociatedOrder>('AssociatedOrder').implement({
    description: 'An order that this one replaces or was exchanged for.',
    fields: (t) => ({
      amazonOrderId: t.exposeString('amazonOrderId', { nullable: true }),
      associationType: t.exposeString('associationType', {
        nullable: true,
        description: 'REPLACEMENT_ORIGINAL_ID, EXCHANGE_ORIGINAL_ID, …',
      }),
    }),
  });
  const AssociatedOrderItem = builder.objectRef<AssociatedItem>('AssociatedOrderItem').implement({
    description: 'An item of another order that belongs to this one.',
    fields: (t) => ({
      amazonOrderId: t.exposeString('amazonOrderId', { nullable: true }),
      orderItemId: t.exposeString('orderItemId', { nullable: true }),
      associationType: t.exposeString('associationType', { nullable: true, description: 'VALUE_ADD_SERVICE, …' }),
    }),
  });
  const DetailedBreakdown = builder
    .objectRef<ProceedsBreakdown['detailedBreakdowns'][number]>('ProceedsDetailedBreakdown')
    .implement({
      fields: (t) => ({
        subtype: t.exposeString('subtype', { nullable: true, description: 'ITEM, SHIPPING, GIFT_WRAP, …' }),
        value: t.field({ type: Money, nullable: true, resolve: ({ value }) => padded(value) }),
      }),
    });
  const Breakdown = builder.objectRef<ProceedsBreakdown>('ProceedsBreakdown').implement({
    description: 'Proceeds of one type, with the sign that Amazon sent.',
    fields: (t) => ({
      type: t.exposeString('type', { nullable: true, description: 'ITEM, SHIPPING, TAX, DISCOUNT, …' }),
      status: t.exposeString('status', {
        nullable: true,
        description: 'PENDING or FINALIZED, for amounts that are charged separately, such as a delivery tip.',
      }),
      subtotal: t.field({ type: Money, nullable: true, resolve: ({ subtotal }) => padded(subtotal) }),
      detailedBreakdowns: t.expose('detailedBreakdowns', {
        type: [DetailedBreakdown],
        description: 'What the subtotal consists of; only items have it.',
      }),
    }),
  });
  const OrderProceeds = builder.objectRef<Proceeds>('OrderProceeds').implement({
    fields: (t) => ({
      grandTotal: t.field({ type: Money, nullable: true, resolve: ({ total }) => padded(total) }),
      breakdowns: t.expose('breakdowns', { type: [Breakdown] }),
    }),
  });
  const ItemProceeds = builder.objectRef<Proceeds>('ItemProceeds').implement({
    fields: (t) => ({
      proceedsTotal: t.field({ type: Money, nullable: true, resolve: ({ total }) => padded(total) }),
      breakdowns: t.expose('breakdowns', { type: [Breakdown] }),
    }),
  });
  const Payment = builder.objectRef<Payment>('OrderPayment').implement({
    fields: (t) => ({
      paymentMethod: t.exposeString('paymentMethod', { nullable: true }),
      paymentAmount: t.field({ type: Money, nullable: true, resolve: ({ paymentAmount }) => padded(paymentAmount) }),
    }),
  });
  const TaxCollection = builder.objectRef<TaxCollection>('TaxCollection').implement({
    description: 'Tax that another party collects, such as Amazon as the marketplace facilitator.',
    fields: (t) => ({
      model: t.exposeString('model', { nullable: true, description: 'MARKETPLACE_FACILITATOR, …' }),
      responsibleParty: t.exposeString('responsibleParty', { nullable: true }),
    }),
  });
  const SubstitutionOption = builder.objectRef<SubstitutionOption>('SubstitutionOption').implement({
    description: 'A product that the buyer accepts in place of the ordered one.',
    fields: (t) => ({
      asin: t.exposeString('asin', { nullable: true }),
      sellerSku: t.exposeString('sellerSku', { nullable: true }),
      title: t.exposeString('title', { nullable: true }),
      quantityOrdered: t.exposeInt('quantityOrdered', { nullable: true }),
      measurement: t.field({
        type: Measurement,
        nullable: true,
        resolve: ({ measurementUnit, measurementValue }) => measurementOf(measurementUnit, measurementValue),
      }),
    }),
  });
  const packages = addPackages(builder);
  return {
    ...{ DateTimeRange, Measurement, OrderAlias, AssociatedOrder, AssociatedOrderItem, OrderProceeds, ItemProceeds },
    ...{ Payment, TaxCollection, SubstitutionOption, ...packages },
  };
}

function addPackages(builder: Builder) {
  const ShipFromAddress = builder.objectRef<ShipFrom>('ShipFromAddress').implement({
    description: 'Where a package is sent from, without name, street and postal code.',
    fields: (t) => ({
      city: t.exposeString('city', { nullable: true }),
      districtOrCounty: t.exposeString('districtOrCounty', { nullable: true }),
      stateOrRegion: t.exposeString('stateOrRegion', { nullable: true }),
      municipality: t.exposeString('municipality', { nullable: true }),
      countryCode: t.exposeString('countryCode', { nullable: true }),
    }),
  });
  const PackageItem = builder.objectRef<StoredPackage['items'][number]>('OrderPackageItem').implement({
    fields: (t) => ({
      orderItemId: t.exposeString('orderItemId', { nullable: true }),
      quantity: t.exposeInt('quantity', { nullable: true }),
      transparencyCodes: t.exposeStringList('transparencyCodes'),
    }),
  });
  const OrderPackage = builder.objectRef<StoredPackage>('OrderPackage').implement({
    description: 'A package of an order that the merchant ships.',
    fields: (t) => ({
      packageReferenceId: t.exposeString('packageReferenceId', { nullable: true }),
      createdTime: t.expose('createdTime', { type: 'DateTime', nullable: true }),
      status: t.exposeString('status', {
        nullable: true,
        description: 'PENDING, IN_TRANSIT, SHIPPED, DELIVERED, CANCELLED, UNDELIVERABLE, …',
      }),
      detailedStatus: t.exposeString('detailedStatus', { nullable: true, description: 'Often absent.' }),
      carrier: t.exposeString('carrier', { nullable: true }),
      shipTime: t.expose('shipTime', { type: 'DateTime', nullable: true }),
      shippingService: t.exposeString('shippingService', { nullable: true }),
      trackingNumber: t.exposeString('trackingNumber', { nullable: true }),
      shipFromAddress: t.field({ type: ShipFromAddress, nullable: true, resolve: ({ shipFrom }) => shipFrom }),
      items: t.expose('items', { type: [PackageItem] }),
    }),
  });
  return { OrderPackage };
}
