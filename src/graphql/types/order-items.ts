import type { MirroredItem } from '../../mirror/read/mirrored-order.js';
import {
  associatedItems,
  breakdowns,
  payloadScope,
  substitutionOptions,
  taxCollections,
} from '../../spapi/orders/order-lists.js';
import type { Builder } from '../builder.js';
import { moneyOf } from './money.js';
import { type MoneyType, measurementOf, type OrderParts, rangeOf } from './order-parts.js';

type Condition = Pick<MirroredItem, 'conditionType' | 'conditionSubtype' | 'conditionNote'>;
type Cancellation = Pick<MirroredItem, 'cancellationRequester' | 'cancelledBy'>;
type Constraints = Pick<MirroredItem, (typeof constraints)[number]>;
type Points = Pick<MirroredItem, 'pointsGranted' | 'pointsValueAmount' | 'pointsValueCurrency'>;

const constraints = [
  'palletDelivery',
  'cashOnDelivery',
  'signatureConfirmation',
  'recipientIdentityVerification',
  'recipientAgeVerification',
] as const;

/** Returns the object if one of its members is known, else null. */
function ifKnown<Part extends object>(part: Part): Part | null {
  return Object.values(part).some((value) => value !== null) ? part : null;
}

/** Registers the type of items. */
export function addOrderItems(builder: Builder, Money: MoneyType, parts: OrderParts) {
  const types = addItemParts(builder, Money);
  return builder.node(builder.objectRef<MirroredItem>('AmazonOrderItem'), {
    description: 'An item of an order.',
    id: { resolve: ({ id }) => String(id), parse: BigInt },
    loadManyWithoutCache: (ids, { loaders }) => Promise.all(ids.map(loaders.item)),
    fields: (t) => {
      type Amount = Extract<keyof MirroredItem, `${string}Amount`>;
      /** An amount of the item's proceeds, for all units. */
      const proceeds = (amount: Amount, description: string) =>
        t.field({
          type: Money,
          nullable: true,
          description,
          extensions: { members: [amount, 'proceedsCurrency'] },
          resolve: (item) => moneyOf(item[amount], item.proceedsCurrency),
        });
      return {
        orderItemId: t.exposeString('orderItemId'),
        amazonOrderId: t.exposeString('amazonOrderId'),
        marketplaceId: t.exposeString('marketplaceId'),
        sellerSku: t.exposeString('sellerSku', { nullable: true }),
        asin: t.exposeString('asin', { nullable: true }),
        title: t.exposeString('title', { nullable: true }),
        quantityOrdered: t.exposeInt('quantityOrdered'),
        quantityFulfilled: t.exposeInt('quantityFulfilled', { nullable: true }),
        quantityUnfulfilled: t.exposeInt('quantityUnfulfilled', { nullable: true }),
        itemPrice: t.field({
          type: Money,
          nullable: true,
          description:
            'The subtotal of the item, for all units, before discounts; null while Amazon has not reported it.',
          extensions: { members: ['itemPriceAmount', 'itemPriceCurrency'] },
          resolve: ({ itemPriceAmount, itemPriceCurrency }) => moneyOf(itemPriceAmount, itemPriceCurrency),
        }),
        unitPrice: t.field({
          type: Money,
          nullable: true,
          description: 'The price of one unit.',
          extensions: { members: ['unitPriceAmount', 'unitPriceCurrency'] },
          resolve: ({ unitPriceAmount, unitPriceCurrency }) => moneyOf(unitPriceAmount, unitPriceCurrency),
        }),
        priceDesignation: t.exposeString('priceDesignation', {
          nullable: true,
          description: 'BUSINESS_PRICE, …',
        }),
        tax: proceeds('taxAmount', 'All tax of the item.'),
        itemTax: proceeds(
          'itemTaxAmount',
          'Tax on the price; null if Amazon reports one tax for price, shipping and fees together (`tax`).',
        ),
        shippingPrice: proceeds('shippingPriceAmount', 'What the buyer paid for shipping this item.'),
        shippingTax: proceeds('shippingTaxAmount', 'Tax on shipping.'),
        giftWrapPrice: proceeds('giftWrapPriceAmount', 'What the buyer paid for gift wrapping.'),
        giftWrapTax: proceeds('giftWrapTaxAmount', 'Tax on gift wrapping.'),
        discount: proceeds('discountAmount', 'All discounts on the item. Positive, whatever sign Amazon sends.'),
        itemDiscount: proceeds('itemDiscountAmount', 'Discount on the price. Positive.'),
        shippingDiscount: proceeds('shippingDiscountAmount', 'Discount on shipping. Positive.'),
        codFee: proceeds('codFeeAmount', 'Fee for cash on delivery.'),
        proceeds: t.field({
          type: parts.ItemProceeds,
          nullable: true,
          description: 'What the seller receives for the item, row by row as Amazon sent it.',
          extensions: { members: ['proceedsTotalAmount', 'proceedsCurrency'] },
          resolve: async ({ id, proceedsTotalAmount, proceedsCurrency }, _args, { loaders }) => {
            const sent = payloadScope(await loaders.itemPayload(id)).object('proceeds');
            if (sent.isAbsent && proceedsTotalAmount === null) return null;
            return { total: moneyOf(proceedsTotalAmount, proceedsCurrency), breakdowns: breakdowns(sent) };
          },
        }),
        promotionIds: t.stringList({ resolve: ({ promotionIds }) => promotionIds ?? [] }),
        pointsGranted: t.field({
          type: types.PointsGranted,
          nullable: true,
          description: 'Amazon Points that the buyer gets for the item (Japan).',
          extensions: { members: ['pointsGranted', 'pointsValueAmount', 'pointsValueCurrency'] },
          resolve: ({ pointsGranted, pointsValueAmount, pointsValueCurrency }) =>
            ifKnown({ pointsGranted, pointsValueAmount, pointsValueCurrency }),
        }),
        condition: t.field({
          type: types.ItemCondition,
          nullable: true,
          extensions: { members: ['conditionType', 'conditionSubtype', 'conditionNote'] },
          resolve: ({ conditionType, conditionSubtype, conditionNote }) =>
            ifKnown({ conditionType, conditionSubtype, conditionNote }),
        }),
        programs: t.stringList({
          description: 'TRANSPARENCY, SUBSCRIBE_AND_SAVE, …',
          resolve: ({ programs }) => programs ?? [],
        }),
        serialNumbers: t.stringList({ resolve: ({ serialNumbers }) => serialNumbers ?? [] }),
        serialNumberRequirement: t.exposeString('serialNumberRequirement', { nullable: true }),
        measurement: t.field({
          type: parts.Measurement,
          nullable: true,
          description: 'What one unit measures, for products that are sold by measure.',
          extensions: { members: ['measurementUnit', 'measurementValue'] },
          resolve: ({ measurementUnit, measurementValue }) => measurementOf(measurementUnit, measurementValue),
        }),
        associatedItems: t.field({
          type: [parts.AssociatedOrderItem],
          resolve: async ({ id }, _args, { loaders }) => associatedItems(payloadScope(await loaders.itemPayload(id))),
        }),
        cancellation: t.field({
          type: types.ItemCancellation,
          nullable: true,
          extensions: { members: ['cancellationRequester', 'cancelledBy'] },
          resolve: ({ cancellationRequester, cancelledBy }) => ifKnown({ cancellationRequester, cancelledBy }),
        }),
        substitutionType: t.exposeString('substitutionType', {
          nullable: true,
          description: 'What the buyer accepts if the product is missing: CUSTOMER_PREFERENCE, DO_NOT_SUBSTITUTE, …',
        }),
        substitutionOptions: t.field({
          type: [parts.SubstitutionOption],
          resolve: async ({ id }, _args, { loaders }) =>
            substitutionOptions(payloadScope(await loaders.itemPayload(id))),
        }),
        giftWrapLevel: t.exposeString('giftWrapLevel', { nullable: true }),
        scheduledDeliveryWindow: t.field({
          type: parts.DateTimeRange,
          nullable: true,
          extensions: { members: ['scheduledDeliveryEarliest', 'scheduledDeliveryLatest'] },
          resolve: ({ scheduledDeliveryEarliest, scheduledDeliveryLatest }) =>
            rangeOf(scheduledDeliveryEarliest, scheduledDeliveryLatest),
        }),
        shippingConstraints: t.field({
          type: types.ShippingConstraints,
          nullable: true,
          extensions: { members: [...constraints] },
          resolve: (item) =>
            ifKnown(Object.fromEntries(constraints.map((name) => [name, item[name]])) as unknown as Constraints),
        }),
        iossNumber: t.exposeString('iossNumber', {
          nullable: true,
          description: 'The number of the Import One-Stop Shop under which VAT was collected.',
        }),
        taxReportingSchemes: t.stringList({
          description: 'IOSS, UOSS, … Only if the data set TAX is requested.',
          resolve: ({ taxReportingSchemes }) => taxReportingSchemes ?? [],
        }),
        taxCollections: t.field({
          type: [parts.TaxCollection],
          description: 'Only if the data set TAX is requested.',
          resolve: async ({ id }, _args, { loaders }) => taxCollections(payloadScope(await loaders.itemPayload(id))),
        }),
        rawPayload: t.field({
          type: 'JSON',
          nullable: true,
          description: 'The answer of Amazon, without personal data. Owners only.',
          authScopes: { owner: true },
          resolve: ({ id }, _args, { loaders }) => loaders.itemPayload(id),
        }),
      };
    },
  });
}

function addItemParts(builder: Builder, Money: MoneyType) {
  const PointsGranted = builder.objectRef<Points>('PointsGranted').implement({
    fields: (t) => ({
      pointsNumber: t.int({ nullable: true, resolve: ({ pointsGranted }) => pointsGranted }),
      pointsMonetaryValue: t.field({
        type: Money,
        nullable: true,
        resolve: ({ pointsValueAmount, pointsValueCurrency }) => moneyOf(pointsValueAmount, pointsValueCurrency),
      }),
    }),
  });
  const ItemCondition = builder.objectRef<Condition>('ItemCondition').implement({
    fields: (t) => ({
      conditionType: t.exposeString('conditionType', { nullable: true, description: 'NEW, USED, …' }),
      conditionSubtype: t.exposeString('conditionSubtype', { nullable: true }),
      conditionNote: t.exposeString('conditionNote', { nullable: true, description: "The seller's note." }),
    }),
  });
  const ItemCancellation = builder.objectRef<Cancellation>('ItemCancellation').implement({
    description: 'Who asked for the cancellation of an item, and who cancelled it.',
    fields: (t) => ({
      requester: t.string({
        nullable: true,
        description: 'BUYER if the buyer asked for it.',
        resolve: ({ cancellationRequester }) => cancellationRequester,
      }),
      cancelledBy: t.exposeString('cancelledBy', { nullable: true, description: 'BUYER, MERCHANT or AMAZON.' }),
    }),
  });
  const ShippingConstraints = builder.objectRef<Constraints>('ShippingConstraints').implement({
    description: 'What the delivery of an item requires: MANDATORY, or null.',
    fields: (t) => Object.fromEntries(constraints.map((name) => [name, t.exposeString(name, { nullable: true })])),
  });
  return { PointsGranted, ItemCondition, ItemCancellation, ShippingConstraints };
}
