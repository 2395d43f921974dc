import { type Draft, type DraftItem, isNowhere, isOffAmazon } from './draft-order.js';
import { isoTime } from './iso-time.js';
import { itemExtras, itemFulfillmentExtras, productExtras } from './item-extras.js';
import type { Oddity } from './oddities.js';
import { orderExtras } from './order-extras.js';
import type { Step } from './order-history.js';
import { itemProceeds, orderProceeds, unitPrice } from './order-proceeds.js';
import type { SimulatedItem, SimulatedOrder } from './order-shape.js';

const HOUR = 3_600_000;

/**
 * Returns the order at this step with all data sets (model: orders_2026-01-01, `Order`). Members are assigned one by one: a
 * million orders are made in a benchmark, and spreading conditional members took two thirds of the time.
 */
export function orderJson(draft: Draft, created: number, step: Step): SimulatedOrder {
  const { id, oddities } = draft;
  const has = (oddity: Oddity) => oddities.includes(oddity);
  const order = { orderId: id } as SimulatedOrder;
  if (has('alias')) order.orderAliases = [{ aliasId: `SHOP ${draft.number}/A`, aliasType: 'SELLER_ORDER_ID' }];
  order.createdTime = isoTime(created);
  order.lastUpdatedTime = isoTime(step.updated);
  order.programs = programs(draft);
  if (draft.previousId !== undefined) {
    const associationType = has('exchange') ? 'EXCHANGE_ORIGINAL_ID' : 'REPLACEMENT_ORIGINAL_ID';
    order.associatedOrders = [{ orderId: draft.previousId, associationType }];
  }
  order.salesChannel = salesChannel(draft);
  Object.assign(order, orderExtras(draft, created, step));
  const proceeds = orderProceeds(draft, step.price);
  if (proceeds) order.proceeds = proceeds;
  order.fulfillment = {
    fulfillmentStatus: step.status,
    fulfilledBy: draft.fulfilledBy,
    fulfillmentServiceLevel: draft.number % 3 === 0 ? 'EXPEDITED' : 'STANDARD',
    shipByWindow: { earliestDateTime: isoTime(created), latestDateTime: isoTime(created + 48 * HOUR) },
    deliverByWindow: {
      earliestDateTime: isoTime(created + 72 * HOUR),
      latestDateTime: isoTime(created + 120 * HOUR),
    },
  };
  // model: without a latestDateTime.
  if (has('easyShip')) {
    order.fulfillment.labelPrintingWindow = { earliestDateTime: isoTime(created + 4 * HOUR) };
  }
  order.orderItems = draft.items.map((item, line) => itemJson(draft, item, line, created, step));
  if (has('futureField')) order.futureField = { since: '2026-12', words: ['not', 'in', 'the', 'model'] };
  return order;
}

function itemJson(draft: Draft, draftItem: DraftItem, line: number, created: number, step: Step): SimulatedItem {
  const { quantity } = draftItem;
  const has = (oddity: Oddity) => draft.oddities.includes(oddity);
  // Seen in the field: a cancelled line may have 0 units.
  const ordered = step.status === 'CANCELLED' && step.price === 'zero' ? 0 : quantity;
  const sent = unitsSent(step.status, line, ordered);
  const proceeds = itemProceeds(draft, draftItem, line, step.price);
  const item: SimulatedItem = {
    orderItemId: draftItem.id,
    quantityOrdered: ordered,
    programs: itemPrograms(draft),
    product: productJson(draft, draftItem, line, step),
  };
  if (proceeds) item.proceeds = proceeds;
  Object.assign(item, itemExtras(draft, draftItem, line, step));
  item.fulfillment = {
    quantityFulfilled: sent,
    quantityUnfulfilled: step.status === 'CANCELLED' ? 0 : ordered - sent,
  };
  Object.assign(item.fulfillment, itemFulfillmentExtras(draft, draftItem, line, created));
  if (has('futureField')) item.futureField = line;
  return item;
}

function productJson(draft: Draft, item: DraftItem, line: number, { price }: Step): SimulatedItem['product'] {
  const has = (oddity: Oddity) => draft.oddities.includes(oddity);
  const { asin, title, sku } = item.product;
  const product: SimulatedItem['product'] = {};
  if (!has('noAsin')) product.asin = asin;
  product.title = has('longTitle') ? `${title} — `.repeat(80) : title;
  if (!has('noSku')) product.sellerSku = sku;
  Object.assign(product, productExtras(draft, line));
  const shown = unitPrice(draft, item, price);
  if (shown) product.price = { unitPrice: shown, ...(has('businessPrice') && { priceDesignation: 'BUSINESS_PRICE' }) };
  if (has('customized')) {
    product.customization = { customizedUrl: `https://custom.example/CUSTOMIZED-URL-SECRET-${draft.number}-${line}` };
  }
  return product;
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
