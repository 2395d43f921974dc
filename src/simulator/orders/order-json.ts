import { type Draft, type DraftItem, isNowhere, isOffAmazon } from './draft-order.js';
import type { Oddity } from './oddities.js';
import type { Step } from './order-history.js';
import { itemProceeds, orderProceeds, unitPrice } from './order-proceeds.js';
import type { RawOrder, SimulatedItem, SimulatedOrder } from './order-shape.js';

const HOUR = 3_600_000;

/** Returns the order at this step with all data sets (model: orders_2026-01-01, `Order`). */
export function orderJson(draft: Draft, created: number, step: Step): SimulatedOrder {
  const { id, oddities } = draft;
  const has = (oddity: Oddity) => oddities.includes(oddity);
  const proceeds = orderProceeds(draft, step.price);
  return {
    orderId: id,
    ...(has('alias') && { orderAliases: [{ aliasId: `SHOP ${draft.number}/A`, aliasType: 'SELLER_ORDER_ID' }] }),
    createdTime: iso(created),
    lastUpdatedTime: iso(step.updated),
    programs: programs(draft),
    ...(has('replacement') && {
      associatedOrders: [{ orderId: draft.previousId, associationType: 'REPLACEMENT_ORIGINAL_ID' }],
    }),
    salesChannel: salesChannel(draft),
    ...orderExtras(draft, step),
    ...(proceeds && { proceeds }),
    fulfillment: {
      fulfillmentStatus: step.status,
      fulfilledBy: draft.fulfilledBy,
      fulfillmentServiceLevel: draft.number % 3 === 0 ? 'EXPEDITED' : 'STANDARD',
      shipByWindow: { earliestDateTime: iso(created), latestDateTime: iso(created + 48 * HOUR) },
      deliverByWindow: { earliestDateTime: iso(created + 72 * HOUR), latestDateTime: iso(created + 120 * HOUR) },
    },
    orderItems: draft.items.map((item, line) => itemJson(draft, item, line, step)),
    ...(has('futureField') && { futureField: { since: '2026-12', words: ['not', 'in', 'the', 'model'] } }),
  };
}

function itemJson(draft: Draft, item: DraftItem, line: number, step: Step): SimulatedItem {
  const { product, quantity } = item;
  const has = (oddity: Oddity) => draft.oddities.includes(oddity);
  // Seen in the field: a cancelled line may have 0 units.
  const ordered = step.status === 'CANCELLED' && step.price === 'zero' ? 0 : quantity;
  const sent = unitsSent(step.status, line, ordered);
  const price = unitPrice(draft, item, step.price);
  const proceeds = itemProceeds(draft, item, line, step.price);
  return {
    orderItemId: item.id,
    quantityOrdered: ordered,
    programs: draft.number % 7 === 0 ? ['SUBSCRIBE_AND_SAVE'] : [],
    product: {
      ...(!has('noAsin') && { asin: product.asin }),
      title: has('longTitle') ? `${product.title} — `.repeat(80) : product.title,
      ...(!has('noSku') && { sellerSku: product.sku }),
      condition: { conditionType: 'NEW', conditionSubtype: 'NEW', conditionNote: '' },
      ...(price && { price: { unitPrice: price } }),
      ...(has('customized') && {
        customization: { customizedUrl: `https://custom.example/CUSTOMIZED-URL-SECRET-${draft.number}-${line}` },
      }),
    },
    ...(proceeds && { proceeds }),
    ...(item.discount > 0 && { promotion: { breakdowns: [{ promotionId: 'SIM-15-OFF' }] } }),
    ...(step.status === 'CANCELLED' && {
      cancellation: { cancellationExecution: { cancelledBy: 'BUYER', cancelReason: 'CANCEL-REASON-SECRET' } },
    }),
    fulfillment: {
      quantityFulfilled: sent,
      quantityUnfulfilled: step.status === 'CANCELLED' ? 0 : ordered - sent,
      ...(has('gift') && {
        packing: {
          giftOption: { giftMessage: `GIFT-MESSAGE-SECRET-${draft.number}-${line}`, giftWrapLevel: 'STANDARD' },
        },
      }),
    },
    ...(has('futureField') && { futureField: line }),
  };
}

/** Of a partly shipped order only the first line is shipped. */
function unitsSent(status: string, line: number, ordered: number): number {
  if (status === 'SHIPPED') return ordered;
  return status === 'PARTIALLY_SHIPPED' && line === 0 ? ordered : 0;
}

function programs({ number, oddities }: Draft): string[] {
  if (oddities.includes('unknownProgram')) return ['PRIME', 'QUANTUM_DELIVERY'];
  if (oddities.includes('preorder')) return ['PREORDER'];
  return [...(number % 4 === 0 ? ['PRIME'] : []), ...(number % 9 === 0 ? ['AMAZON_BUSINESS'] : [])];
}

/** An order from elsewhere may have no marketplace (model: only channelName is required). */
function salesChannel({ oddities, marketplace }: Draft): SimulatedOrder['salesChannel'] {
  const channelName = isOffAmazon(oddities) ? 'NON_AMAZON' : 'AMAZON';
  if (isNowhere(oddities)) return { channelName };
  return { channelName, marketplaceId: marketplace.id, marketplaceName: marketplace.name };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Statuses with buyer and recipient (source: "Access Orders PII"). */
const WITH_BUYER = ['UNSHIPPED', 'PARTIALLY_SHIPPED', 'SHIPPED'];

/** Personal data and packages, which a client shouldn't request; recognisable as invented. */
function orderExtras(draft: Draft, { status }: Step): RawOrder {
  if (!WITH_BUYER.includes(status)) return {};
  const { number, fulfilledBy, marketplace, items } = draft;
  const byMerchant = fulfilledBy === 'MERCHANT';
  const sent = status === 'PARTIALLY_SHIPPED' ? items.slice(0, 1) : status === 'SHIPPED' ? items : [];
  return {
    buyer: {
      buyerName: `BUYER-NAME-SECRET-${number}`,
      ...(byMerchant && { buyerEmail: `BUYER-EMAIL-SECRET-${number}@marketplace.example` }),
    },
    recipient: {
      deliveryAddress: {
        name: `RECIPIENT-NAME-SECRET-${number}`,
        addressLine1: `STREET-SECRET-${number}`,
        city: 'Springfield',
        postalCode: `POSTCODE-SECRET-${number}`,
        countryCode: marketplace.countryCode,
        addressType: 'RESIDENTIAL',
      },
    },
    payment: { paymentExecutions: [{ paymentMethod: 'CreditCard' }] },
    packages: byMerchant && sent.length > 0 ? [packageOf(number, sent)] : [],
  };
}

function packageOf(number: number, items: Draft['items']): RawOrder {
  return {
    packageReferenceId: '1',
    packageStatus: { status: 'SHIPPED' },
    carrier: 'SIMULATED-POST',
    trackingNumber: `TRACKING-${number}`,
    packageItems: items.map(({ id, quantity }) => ({ orderItemId: id, quantity })),
  };
}
