import { type Draft, type DraftItem, isNowhere, isOffAmazon } from './draft-order.js';
import type { Oddity } from './oddities.js';
import { orderExtras } from './order-extras.js';
import type { Step } from './order-history.js';
import { itemProceeds, orderProceeds, unitPrice } from './order-proceeds.js';
import type { SimulatedItem, SimulatedOrder } from './order-shape.js';

const HOUR = 3_600_000;

/** The order as Amazon tells it at this step of its life, with all data sets (model: orders_2026-01-01, `Order`). */
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
  // Seen in the field: a cancelled line may count no units any more.
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

/** Of a partly shipped order the first line is on its way, the others wait. */
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
