import type { JsonObject } from '../http/answer.js';
import type { OptionalData } from '../orders/data-sets.js';
import type { Order } from '../orders/order.js';
import type { UnreadableOrder } from '../orders/order-source.js';
import { isUnreadable, readOrder } from '../orders/read-order.js';
import { type ItemProceeds, itemProceeds, orderProceeds } from './report-amounts.js';
import { child, type OrderElement, type XmlElement } from './report-elements.js';
import { reportedFulfiller, reportedStatus, salesChannel, screamingSnake } from './report-vocabulary.js';

/** Data sets of which reports have nothing, or a part. */
const LACKING: readonly OptionalData[] = ['CANCELLATION', 'EXPENSE', 'PACKAGES', 'TAX', 'PAYMENT'];

/**
 * Reads an order of a report: turns it into the JSON of the Orders API and has that read, so that both sources give the same
 * columns and payload. An unreadable order is marked to be read again from the API. Never throws.
 */
export function readReportOrder(element: OrderElement): Order | UnreadableOrder {
  const wire = orderJson(element);
  const order = element.isMalformed ? malformed(wire) : readOrder(wire, LACKING);
  return isUnreadable(order) ? { ...order, isIncomplete: true } : order;
}

function malformed(payload: JsonObject): UnreadableOrder {
  const id = payload.orderId;
  const amazonOrderId = typeof id === 'string' ? id.slice(0, 200) : null;
  return {
    amazonOrderId,
    reason: 'The order is malformed XML.',
    payload: { orderId: amazonOrderId },
    isIncomplete: true,
  };
}

/** Returns the marketplace of an order; null if it has none or an unknown one. */
export function marketplaceOf(order: XmlElement): string | null {
  return salesChannel(textOf(order, 'SalesChannel')).marketplaceId ?? null;
}

/**
 * Returns an order as JSON of the Orders API (model: Order; docs: mapping of v0 to 2026-01-01). Takes the elements that it
 * knows (field: names of public extractors), so that no personal data is in it: not the address, nor PurchaseOrderNumber,
 * nor `cpf`.
 */
export function orderJson(order: XmlElement): JsonObject {
  const text = (name: string) => textOf(order, name);
  const fulfillment = child(order, 'FulfillmentData');
  const orderId = ownCopy(text('AmazonOrderID'));
  const sellerOrderId = text('MerchantOrderID');
  const programs = PROGRAMS.filter(([name]) => isTrue(text(name))).map(([, program]) => program);
  const items = order.children.filter(({ name }) => name === 'OrderItem');
  const proceeds = items.map(itemProceeds);
  const total = orderProceeds(proceeds);
  const status = text('OrderStatus');
  const fulfilledBy = fulfillment && textOf(fulfillment, 'FulfillmentChannel');
  const serviceLevel = fulfillment && textOf(fulfillment, 'ShipServiceLevel');
  return {
    ...(orderId && { orderId }),
    ...(sellerOrderId &&
      sellerOrderId !== orderId && { orderAliases: [{ aliasId: sellerOrderId, aliasType: 'SELLER_ORDER_ID' }] }),
    ...(text('PurchaseDate') && { createdTime: text('PurchaseDate') }),
    ...(text('LastUpdatedDate') && { lastUpdatedTime: text('LastUpdatedDate') }),
    ...(programs.length > 0 && { programs }),
    ...associatedOrders(order),
    salesChannel: salesChannel(text('SalesChannel')),
    ...(total && { proceeds: total as unknown as JsonObject }),
    fulfillment: {
      ...(status && { fulfillmentStatus: reportedStatus(status) }),
      ...(fulfilledBy && { fulfilledBy: reportedFulfiller(fulfilledBy) }),
      ...(serviceLevel && { fulfillmentServiceLevel: screamingSnake(serviceLevel) }),
    },
    orderItems: items.map((item, index) => itemJson(item, proceeds[index] ?? null)),
  };
}

const PROGRAMS = [
  ['IsBusinessOrder', 'AMAZON_BUSINESS'],
  ['IsPrime', 'PRIME'],
  ['IsPremiumOrder', 'PREMIUM'],
  ['IsIba', 'INVOICE_BY_AMAZON'],
] as const;

/** Returns the order that this one replaces, or was exchanged for. */
function associatedOrders(order: XmlElement): JsonObject {
  const isExchange = isTrue(textOf(order, 'IsExchangeOrder'));
  if (!isExchange && !isTrue(textOf(order, 'IsReplacementOrder'))) return {};
  const orderId = textOf(order, 'OriginalOrderID');
  const associationType = isExchange ? 'EXCHANGE_ORIGINAL_ID' : 'REPLACEMENT_ORIGINAL_ID';
  return { associatedOrders: [{ ...(orderId && { orderId }), associationType }] };
}

/**
 * model: OrderItem. `Quantity` is quantityOrdered, as v0's QuantityOrdered; `NumberOfItems` counts the pieces in one unit, as
 * v0's ProductInfo.NumberOfItems, which has no counterpart (docs). `ItemStatus` has none either.
 */
function itemJson(item: XmlElement, proceeds: ItemProceeds | null): JsonObject {
  const text = (name: string) => textOf(item, name);
  const quantity = text('Quantity');
  // As the seller wrote them, with their spaces.
  const title = child(item, 'ProductName')?.text;
  const sellerSku = child(item, 'SKU')?.text;
  const promotionIds = item.children
    .filter(({ name }) => name === 'Promotion')
    .flatMap(({ children }) => children.filter(({ name }) => name === 'PromotionIDs'))
    .flatMap((ids) => ids.text.split(','))
    .map((id) => id.trim())
    .filter((id) => id !== '');
  return {
    ...(text('AmazonOrderItemCode') && { orderItemId: text('AmazonOrderItemCode') }),
    // An unreadable quantity is passed on, so that it is noted.
    ...(quantity && { quantityOrdered: /^\d{1,9}(\.0+)?$/.test(quantity) ? Number(quantity) : quantity }),
    ...(isTrue(text('IsTransparency')) && { programs: ['TRANSPARENCY'] }),
    product: {
      ...(text('ASIN') && { asin: text('ASIN') }),
      ...(title && { title }),
      ...(sellerSku && { sellerSku }),
      ...(text('PriceDesignation') && { price: { priceDesignation: screamingSnake(text('PriceDesignation')) } }),
    },
    ...(proceeds && { proceeds: proceeds as unknown as JsonObject }),
    ...(promotionIds.length > 0 && { promotion: { breakdowns: promotionIds.map((promotionId) => ({ promotionId })) } }),
    ...(isTrue(text('IsBuyerRequestedCancellation')) && {
      cancellation: { cancellationRequest: { requester: 'BUYER' } },
    }),
    ...(text('TaxCollectionModel') && {
      tax: { taxCollections: [{ model: screamingSnake(text('TaxCollectionModel')) }] },
    }),
  };
}

function textOf(element: XmlElement, name: string): string {
  return child(element, name)?.text.trim() ?? '';
}

/** Field: flags are text; `true` in other systems' files also `Yes` or `1`. */
function isTrue(text: string): boolean {
  return /^(true|yes|y|1)$/i.test(text);
}

/** A part of a string keeps the whole in memory; ids are kept longest. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
