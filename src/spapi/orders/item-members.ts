import { type ItemAmounts, readItemAmounts } from './item-amounts.js';
import type { DateTimeRange, MemberScope } from './member-scope.js';
import { isZero, type Money } from './money.js';
import { code, count, decimalNumber, money, quantity, text } from './wire.js';

/** Members of an item beside those that the mirror itself needs. Null if absent or unreadable. */
export interface ItemMembers {
  readonly programs: readonly string[] | null;
  readonly quantityFulfilled: number | null;
  readonly quantityUnfulfilled: number | null;
  readonly unitPrice: Money | null;
  /** BUSINESS_PRICE … */
  readonly priceDesignation: string | null;
  readonly amounts: ItemAmounts;
  /** With includedData PROMOTION. */
  readonly promotionIds: readonly string[] | null;
  /** With includedData EXPENSE, as the next one. */
  readonly pointsGranted: number | null;
  readonly pointsValue: Money | null;
  readonly conditionType: string | null;
  readonly conditionSubtype: string | null;
  readonly conditionNote: string | null;
  readonly serialNumbers: readonly string[] | null;
  readonly serialNumberRequirement: string | null;
  readonly measurementUnit: string | null;
  /** A decimal number as text. */
  readonly measurementValue: string | null;
  /** BUYER. With includedData CANCELLATION, as the next one. */
  readonly cancellationRequester: string | null;
  /** BUYER, MERCHANT or AMAZON. */
  readonly cancelledBy: string | null;
  readonly substitutionType: string | null;
  readonly giftWrapLevel: string | null;
  readonly scheduledDelivery: DateTimeRange;
  /** MANDATORY (model: ConstraintType), as the next four. */
  readonly palletDelivery: string | null;
  readonly cashOnDelivery: string | null;
  readonly signatureConfirmation: string | null;
  readonly recipientIdentityVerification: string | null;
  readonly recipientAgeVerification: string | null;
  readonly iossNumber: string | null;
  /** IOSS, UOSS … With includedData TAX. */
  readonly taxReportingSchemes: readonly string[] | null;
}

/**
 * model: OrderItem.
 * @param zeroIsUnknown whether amounts of 0 mean unknown, as in pending and cancelled orders (field)
 */
export function readItemMembers(item: MemberScope, zeroIsUnknown: boolean): ItemMembers {
  const product = item.object('product');
  const price = product.object('price');
  const unitPrice = price.get(money, 'unitPrice');
  const condition = product.object('condition');
  const measurement = item.object('measurement');
  const points = item.object('expense').object('pointsCost').object('pointsGranted');
  const cancellation = item.object('cancellation');
  const fulfillment = item.object('fulfillment');
  const packing = fulfillment.object('packing');
  const shipping = fulfillment.object('shipping');
  const constraints = shipping.object('shippingConstraints');
  return {
    programs: item.texts('programs'),
    quantityFulfilled: fulfillment.get(quantity, 'quantityFulfilled'),
    quantityUnfulfilled: fulfillment.get(quantity, 'quantityUnfulfilled'),
    unitPrice: unitPrice && zeroIsUnknown && isZero(unitPrice) ? null : unitPrice,
    priceDesignation: price.get(code, 'priceDesignation'),
    amounts: readItemAmounts(item.object('proceeds'), zeroIsUnknown),
    promotionIds: codes(item.object('promotion').objects('breakdowns'), 'promotionId'),
    pointsGranted: points.get(count, 'pointsNumber'),
    pointsValue: points.get(money, 'pointsMonetaryValue'),
    conditionType: condition.get(code, 'conditionType'),
    conditionSubtype: condition.get(code, 'conditionSubtype'),
    conditionNote: condition.get(text, 'conditionNote'),
    serialNumbers: product.texts('serialNumbers'),
    serialNumberRequirement: packing.object('serialNumberRequirement').get(code, 'requirementType'),
    measurementUnit: measurement.get(code, 'unit'),
    measurementValue: measurement.get(decimalNumber, 'value'),
    cancellationRequester: cancellation.object('cancellationRequest').get(code, 'requester'),
    cancelledBy: cancellation.object('cancellationExecution').get(code, 'cancelledBy'),
    substitutionType: fulfillment.object('picking').object('substitutionPreference').get(code, 'substitutionType'),
    giftWrapLevel: packing.object('giftOption').get(code, 'giftWrapLevel'),
    scheduledDelivery: shipping.range('scheduledDeliveryWindow'),
    palletDelivery: constraints.get(code, 'palletDelivery'),
    cashOnDelivery: constraints.get(code, 'cashOnDelivery'),
    signatureConfirmation: constraints.get(code, 'signatureConfirmation'),
    recipientIdentityVerification: constraints.get(code, 'recipientIdentityVerification'),
    recipientAgeVerification: constraints.get(code, 'recipientAgeVerification'),
    iossNumber: shipping.object('internationalShipping').get(code, 'iossNumber'),
    taxReportingSchemes: codes(item.object('tax').objects('taxCalculationBreakdowns'), 'reportingScheme'),
  };
}

/** Returns a member of each row, without repetitions; null if there are none. */
function codes(rows: readonly MemberScope[], name: string): readonly string[] | null {
  const found = new Set(rows.map((row) => row.get(code, name)).filter((value) => value !== null));
  return found.size > 0 ? [...found] : null;
}
