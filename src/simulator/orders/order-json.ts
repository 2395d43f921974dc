import { type Draft, type DraftItem, isNowhere, isOffAmazon } from './draft-order.js';
import { itemExtras, itemFulfillmentExtras, productExtras } from './item-extras.js';
import type { Oddity } from './oddities.js';
import { orderExtras } from './order-extras.js';
import type { Step } from './order-history.js';
import { itemProceeds, orderProceeds, unitPrice } from './order-proceeds.js';
import type { SimulatedItem, SimulatedOrder } from './order-shape.js';

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
    ...((has('replacement') || has('exchange')) && {
      associatedOrders: [
        {
          orderId: draft.previousId,
          associationType: has('exchange') ? 'EXCHANGE_ORIGINAL_ID' : 'REPLACEMENT_ORIGINAL_ID',
        },
      ],
    }),
    salesChannel: salesChannel(draft),
    ...orderExtras(draft, created, step),
    ...(proceeds && { proceeds }),
    fulfillment: {
      fulfillmentStatus: step.status,
      fulfilledBy: draft.fulfilledBy,
      fulfillmentServiceLevel: draft.number % 3 === 0 ? 'EXPEDITED' : 'STANDARD',
      shipByWindow: { earliestDateTime: iso(created), latestDateTime: iso(created + 48 * HOUR) },
      deliverByWindow: { earliestDateTime: iso(created + 72 * HOUR), latestDateTime: iso(created + 120 * HOUR) },
      // model: without a latestDateTime.
      ...(has('easyShip') && { labelPrintingWindow: { earliestDateTime: iso(created + 4 * HOUR) } }),
    },
    orderItems: draft.items.map((item, line) => itemJson(draft, item, line, created, step)),
    ...(has('futureField') && { futureField: { since: '2026-12', words: ['not', 'in', 'the', 'model'] } }),
  };
}

function itemJson(draft: Draft, item: DraftItem, line: number, created: number, step: Step): SimulatedItem {
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
    programs: itemPrograms(draft),
    product: {
      ...(!has('noAsin') && { asin: product.asin }),
      title: has('longTitle') ? `${product.title} — `.repeat(80) : product.title,
      ...(!has('noSku') && { sellerSku: product.sku }),
      ...productExtras(draft, line),
      ...(price && {
        price: { unitPrice: price, ...(has('businessPrice') && { priceDesignation: 'BUSINESS_PRICE' }) },
      }),
      ...(has('customized') && {
        customization: { customizedUrl: `https://custom.example/CUSTOMIZED-URL-SECRET-${draft.number}-${line}` },
      }),
    },
    ...(proceeds && { proceeds }),
    ...itemExtras(draft, item, line, step),
    fulfillment: {
      quantityFulfilled: sent,
      quantityUnfulfilled: step.status === 'CANCELLED' ? 0 : ordered - sent,
      ...itemFulfillmentExtras(draft, item, line, created),
    },
    ...(has('futureField') && { futureField: line }),
  };
}

/** Of a partly shipped order only the first line is shipped. */
function unitsSent(status: string, line: number, ordered: number): number {
  if (status === 'SHIPPED') return ordered;
  return status === 'PARTIALLY_SHIPPED' && line === 0 ? ordered : 0;
}

function itemPrograms({ number, oddities }: Draft): string[] {
  return [
    ...(oddities.includes('serialised') ? ['TRANSPARENCY'] : []),
    ...(number % 7 === 0 ? ['SUBSCRIBE_AND_SAVE'] : []),
  ];
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
