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
  const orderId = ownCopy(textOf(order, 'AmazonOrderID'));
  const sellerOrderId = textOf(order, 'MerchantOrderID');
  const fulfillmentData = child(order, 'FulfillmentData') ?? NONE;
  const programs = PROGRAMS.filter(([name]) => isTrue(textOf(order, name))).map(([, program]) => program);
  const items = order.children.filter(({ name }) => name === 'OrderItem');
  const proceeds = items.map(itemProceeds);

  const json: Members = {};
  set(json, 'orderId', orderId);
  if (sellerOrderId !== orderId && sellerOrderId !== '')
    json.orderAliases = [{ aliasId: sellerOrderId, aliasType: 'SELLER_ORDER_ID' }];
  set(json, 'createdTime', textOf(order, 'PurchaseDate'));
  set(json, 'lastUpdatedTime', textOf(order, 'LastUpdatedDate'));
  if (programs.length > 0) json.programs = programs;
  set(json, 'associatedOrders', associatedOrders(order));
  json.salesChannel = salesChannel(textOf(order, 'SalesChannel'));
  set(json, 'proceeds', orderProceeds(proceeds));
  const fulfillment: Members = {};
  set(fulfillment, 'fulfillmentStatus', reportedStatus(textOf(order, 'OrderStatus')));
  set(fulfillment, 'fulfilledBy', reportedFulfiller(textOf(fulfillmentData, 'FulfillmentChannel')));
  set(fulfillment, 'fulfillmentServiceLevel', screamingSnake(textOf(fulfillmentData, 'ShipServiceLevel')));
  json.fulfillment = fulfillment;
  json.orderItems = items.map((item, index) => itemJson(item, proceeds[index] ?? null));
  return json as JsonObject;
}

/** JSON under construction: members are set one by one, since spreads take most of the time of a conversion. */
type Members = Record<string, unknown>;

/** Sets a member, unless the value is absent. */
function set(json: Members, name: string, value: unknown): void {
  if (value !== '' && value !== null) json[name] = value;
}

const NONE: XmlElement = { name: '', text: '', attributes: {}, children: [] };

const PROGRAMS = [
  ['IsBusinessOrder', 'AMAZON_BUSINESS'],
  ['IsPrime', 'PRIME'],
  ['IsPremiumOrder', 'PREMIUM'],
  ['IsIba', 'INVOICE_BY_AMAZON'],
] as const;

/** Returns the order that this one replaces, or was exchanged for; null if there is none. */
function associatedOrders(order: XmlElement): readonly Members[] | null {
  const isExchange = isTrue(textOf(order, 'IsExchangeOrder'));
  if (!isExchange && !isTrue(textOf(order, 'IsReplacementOrder'))) return null;
  const original: Members = {};
  set(original, 'orderId', textOf(order, 'OriginalOrderID'));
  original.associationType = isExchange ? 'EXCHANGE_ORIGINAL_ID' : 'REPLACEMENT_ORIGINAL_ID';
  return [original];
}

/**
 * model: OrderItem. `Quantity` is quantityOrdered, as v0's QuantityOrdered; `NumberOfItems` counts the pieces in one unit, as
 * v0's ProductInfo.NumberOfItems, which has no counterpart (docs). `ItemStatus` has none either.
 */
function itemJson(item: XmlElement, proceeds: ItemProceeds | null): Members {
  const quantity = textOf(item, 'Quantity');
  const priceDesignation = screamingSnake(textOf(item, 'PriceDesignation'));
  const taxModel = screamingSnake(textOf(item, 'TaxCollectionModel'));
  const promotions = promotionIds(item);

  const product: Members = {};
  set(product, 'asin', textOf(item, 'ASIN'));
  // As the seller wrote them, with their spaces.
  set(product, 'title', child(item, 'ProductName')?.text ?? null);
  set(product, 'sellerSku', child(item, 'SKU')?.text ?? null);
  if (priceDesignation !== '') product.price = { priceDesignation };

  const json: Members = {};
  set(json, 'orderItemId', textOf(item, 'AmazonOrderItemCode'));
  // An unreadable quantity is passed on, so that it is noted.
  set(json, 'quantityOrdered', /^\d{1,9}(\.0+)?$/.test(quantity) ? Number(quantity) : quantity);
  if (isTrue(textOf(item, 'IsTransparency'))) json.programs = ['TRANSPARENCY'];
  json.product = product;
  set(json, 'proceeds', proceeds);
  if (promotions.length > 0) json.promotion = { breakdowns: promotions.map((promotionId) => ({ promotionId })) };
  if (isTrue(textOf(item, 'IsBuyerRequestedCancellation')))
    json.cancellation = { cancellationRequest: { requester: 'BUYER' } };
  if (taxModel !== '') json.tax = { taxCollections: [{ model: taxModel }] };
  return json;
}

/** Returns the ids of all promotions; one element may list several. */
function promotionIds(item: XmlElement): readonly string[] {
  const ids: string[] = [];
  for (const { name, children } of item.children) {
    if (name !== 'Promotion') continue;
    for (const member of children) if (member.name === 'PromotionIDs') ids.push(...member.text.split(','));
  }
  return ids.map((id) => id.trim()).filter((id) => id !== '');
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
