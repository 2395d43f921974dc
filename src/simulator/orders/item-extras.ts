import type { Draft, DraftItem } from './draft-order.js';
import { isoTime } from './iso-time.js';
import { money } from './money.js';
import type { Oddity } from './oddities.js';
import type { Step } from './order-history.js';
import type { RawOrder } from './order-shape.js';

const HOUR = 3_600_000;

/** Returns members of the line that few orders have: of the basic data, and of the data sets beside FULFILLMENT and PROCEEDS. */
export function itemExtras(draft: Draft, item: DraftItem, line: number, { status }: Step): RawOrder {
  const { number, id, marketplace } = draft;
  const has = (oddity: Oddity) => draft.oddities.includes(oddity);
  return {
    ...(has('measured') && { measurement: { unit: 'KILOGRAMS', value: 1.25 } }),
    ...(has('serviced') && {
      associatedOrderItems: [{ orderId: id, orderItemId: `${item.id}99`, associationType: 'VALUE_ADD_SERVICE' }],
    }),
    ...(has('points') && {
      expense: {
        pointsCost: {
          pointsGranted: {
            pointsNumber: 10 * item.quantity,
            pointsMonetaryValue: money(10 * item.quantity, marketplace.currency),
          },
        },
      },
    }),
    ...promotion(item, has('promotions')),
    ...cancellation(status, number, has('cancelRequested')),
    ...(has('taxed') && {
      tax: {
        taxCalculationBreakdowns: [{ reportingScheme: line === 0 ? 'IOSS' : 'UOSS' }],
        taxCollections: [{ model: 'MARKETPLACE_FACILITATOR', responsibleParty: 'Amazon Services, Inc.' }],
      },
    }),
  };
}

function promotion({ discount }: DraftItem, several: boolean): RawOrder {
  const ids = [...(discount > 0 ? ['SIM-15-OFF'] : []), ...(several ? ['SIM-FREE-SHIPPING', 'SIM 2 for 1 / Ä'] : [])];
  return ids.length > 0 ? { promotion: { breakdowns: ids.map((promotionId) => ({ promotionId })) } } : {};
}

function cancellation(status: string, number: number, requested: boolean): RawOrder {
  const isCancelled = status === 'CANCELLED';
  if (!isCancelled && !requested) return {};
  const cancelReason = 'CANCEL-REASON-SECRET';
  return {
    cancellation: {
      ...((requested || number % 20 === 14) && { cancellationRequest: { requester: 'BUYER', cancelReason } }),
      ...(isCancelled && { cancellationExecution: { cancelledBy: 'BUYER', cancelReason } }),
    },
  };
}

const USED: readonly [string, string, string][] = [
  ['USED', 'VERY_GOOD', 'Box opened; no scratches'],
  ['COLLECTIBLE', 'MINT', 'Signed @ the fair'],
  ['REFURBISHED', 'REFURBISHED_WARRANTY', ''],
];

/** Returns members of the line's `product` that few orders have, and its condition. */
export function productExtras({ number, oddities }: Draft, line: number): RawOrder {
  const [conditionType, conditionSubtype, conditionNote] = (oddities.includes('used') &&
    USED[Math.floor((number % 100) / 30)]) || ['NEW', 'NEW', ''];
  return {
    condition: { conditionType, conditionSubtype, conditionNote },
    ...(oddities.includes('serialised') && { serialNumbers: [`SN-${number}-${line}-1`, `SN-${number}-${line}-2`] }),
  };
}

/** Returns members of the line's `fulfillment` that few orders have. */
export function itemFulfillmentExtras(draft: Draft, item: DraftItem, line: number, created: number): RawOrder {
  const { number, oddities } = draft;
  const has = (oddity: Oddity) => oddities.includes(oddity);
  const packing = {
    ...(has('gift') && {
      giftOption: { giftMessage: `GIFT-MESSAGE-SECRET-${number}-${line}`, giftWrapLevel: 'STANDARD' },
    }),
    ...(has('serialised') && { serialNumberRequirement: { requirementType: 'REQUIRED' } }),
  };
  const shipping = {
    ...(has('scheduled') && {
      scheduledDeliveryWindow: {
        earliestDateTime: isoTime(created + 96 * HOUR),
        latestDateTime: isoTime(created + 98 * HOUR),
      },
    }),
    ...(has('constrained') && {
      shippingConstraints: {
        palletDelivery: 'MANDATORY',
        cashOnDelivery: 'MANDATORY',
        signatureConfirmation: 'MANDATORY',
        recipientIdentityVerification: 'MANDATORY',
        recipientAgeVerification: 'MANDATORY',
      },
    }),
    ...(has('crossBorder') && { internationalShipping: { iossNumber: `IM${String(number).padStart(10, '0')}` } }),
  };
  return {
    ...(has('substitutable') && { picking: { substitutionPreference: substitution(item) } }),
    ...(Object.keys(packing).length > 0 && { packing }),
    ...(Object.keys(shipping).length > 0 && { shipping }),
  };
}

function substitution({ product, quantity }: DraftItem): RawOrder {
  return {
    substitutionType: 'CUSTOMER_PREFERENCE',
    substitutionOptions: [
      {
        asin: 'B0SIM99999',
        quantityOrdered: quantity,
        sellerSku: `${product.sku}-2`,
        title: `${product.title} (2)`,
        measurement: { unit: 'COUNT', value: 2 },
      },
    ],
  };
}
