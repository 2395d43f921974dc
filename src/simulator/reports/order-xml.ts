import { MARKETPLACES, type Marketplace } from '../api/marketplaces.js';
import type { SimulatedOrder } from '../orders/order-shape.js';
import { type ItemContext, itemXml } from './item-xml.js';
import { camelCase, statusWord } from './vocabulary.js';
import { element } from './xml.js';

const BY_ID = new Map(MARKETPLACES.map((marketplace) => [marketplace.id, marketplace]));
const PENDING: readonly unknown[] = ['PENDING', 'PENDING_AVAILABILITY'];
/** The marketplaces whose amounts come with and without VAT. */
const WITH_VAT = ['GB', 'IE', 'ES', 'FR', 'BE', 'NL', 'DE', 'IT', 'SE', 'PL'];

/**
 * Returns an order as Amazon's all-orders reports have it (element names seen in the field): a Message element.
 * Times are in whole seconds. Personal data is recognisable as invented. A tip, which belongs to no line, is not in it.
 */
export function orderXml(order: SimulatedOrder): string {
  const { orderId, fulfillment = {} as Partial<NonNullable<SimulatedOrder['fulfillment']>>, programs = [] } = order;
  const { fulfillmentStatus: status, fulfilledBy } = fulfillment;
  const marketplace = BY_ID.get(order.salesChannel?.marketplaceId ?? '');
  const variety = Number(String(orderId).slice(8, 11)) || 0;
  const isEasyShip = marketplace?.countryCode === 'IN' && fulfilledBy === 'MERCHANT';
  const isBusiness = programs.includes('AMAZON_BUSINESS');
  const item: ItemContext = {
    status,
    variety,
    showsPrice: !(fulfilledBy === 'MERCHANT' && PENDING.includes(status)),
    hasVat: WITH_VAT.includes(marketplace?.countryCode ?? ''),
  };
  return (
    '<Message><Order>' +
    element('AmazonOrderID', orderId) +
    element('MerchantOrderID', order.orderAliases?.[0]?.aliasId ?? orderId) +
    element('PurchaseDate', seconds(order.createdTime)) +
    element('LastUpdatedDate', seconds(order.lastUpdatedTime)) +
    element('OrderStatus', statusWord(status, variety, isEasyShip)) +
    element('SalesChannel', salesChannel(order, marketplace)) +
    '<FulfillmentData>' +
    element('FulfillmentChannel', camelCase(fulfilledBy)) +
    element('ShipServiceLevel', camelCase(fulfillment.fulfillmentServiceLevel)) +
    (order.recipient === undefined ? '' : address(orderId, marketplace)) +
    '</FulfillmentData>' +
    element('IsBusinessOrder', isBusiness) +
    (isBusiness ? element('PurchaseOrderNumber', `PURCHASE-ORDER-SECRET-${orderId}`) : '') +
    associations(order) +
    element('IsIba', programs.includes('INVOICE_BY_AMAZON')) +
    (marketplace?.countryCode === 'BR' ? element('cpf', `CPF-SECRET-${orderId}`) : '') +
    (order.futureField === undefined
      ? ''
      : '<FutureField since="2026-12"><Word>not in the model</Word></FutureField>') +
    itemsXml(order, item) +
    '</Order></Message>\n'
  );
}

function itemsXml({ orderItems }: SimulatedOrder, context: ItemContext): string {
  let xml = '';
  for (const line of Array.isArray(orderItems) ? orderItems : []) {
    if (typeof line === 'object' && line !== null) xml += itemXml(line, context);
  }
  return xml;
}

/** Whole seconds, with the offset +00:00 (seen in the field); what isn't a time stays. */
function seconds(time: unknown): unknown {
  if (typeof time === 'string' && time.length === 24 && time.endsWith('Z')) return `${time.slice(0, 19)}+00:00`;
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? time : `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
}

/** `Amazon.de`, `Non-Amazon`, `Non-Amazon US` (seen in the field). */
function salesChannel({ salesChannel: channel }: SimulatedOrder, marketplace: Marketplace | undefined) {
  if (channel?.channelName !== 'NON_AMAZON') return marketplace?.name ?? channel?.marketplaceName;
  if (marketplace === undefined) return 'Non-Amazon';
  return `Non-Amazon ${marketplace.countryCode === 'GB' ? 'UK' : marketplace.countryCode}`;
}

function address(orderId: string, marketplace: Marketplace | undefined): string {
  const country = marketplace?.countryCode ?? 'US';
  return (
    `<Address><City>CITY-SECRET-${orderId}</City><State>STATE-SECRET-${orderId}</State>` +
    `<PostalCode>POSTAL-SECRET-${orderId}</PostalCode><Country>${country}</Country>` +
    '<AddressType>Residential</AddressType></Address>'
  );
}

function associations({ associatedOrders }: SimulatedOrder): string {
  const original = associatedOrders?.[0];
  const is = (type: string) => original?.associationType === `${type}_ORIGINAL_ID`;
  return (
    element('IsReplacementOrder', is('REPLACEMENT')) +
    element('IsExchangeOrder', is('EXCHANGE')) +
    element('OriginalOrderID', original?.orderId)
  );
}
