import { MemberReader } from './member-reader.js';
import { MemberScope } from './member-scope.js';
import type { Money } from './money.js';
import { code, decimalNumber, key, money, quantity, text } from './wire.js';

/*
 * Lists of objects, read from a stored payload when they are asked for. Unreadable members are null; an absent list is
 * empty.
 */

export interface OrderAlias {
  readonly aliasId: string | null;
  readonly aliasType: string | null;
}

/** An order that this one replaces, or was exchanged for. */
export interface AssociatedOrder {
  readonly amazonOrderId: string | null;
  /** REPLACEMENT_ORIGINAL_ID, EXCHANGE_ORIGINAL_ID … */
  readonly associationType: string | null;
}

export interface AssociatedItem extends AssociatedOrder {
  readonly orderItemId: string | null;
}

/** Rows of an order's or an item's proceeds, with the amounts and signs that Amazon sent. */
export interface ProceedsBreakdown {
  /** ITEM, SHIPPING, TAX, DISCOUNT … */
  readonly type: string | null;
  /** PENDING or FINALIZED; of charges that are settled separately, as a tip. Null for items. */
  readonly status: string | null;
  readonly subtotal: Money | null;
  /** Of items only. */
  readonly detailedBreakdowns: readonly { readonly subtype: string | null; readonly value: Money | null }[];
}

export interface Payment {
  readonly paymentMethod: string | null;
  readonly paymentAmount: Money | null;
}

export interface TaxCollection {
  readonly model: string | null;
  readonly responsibleParty: string | null;
}

export interface SubstitutionOption {
  readonly asin: string | null;
  readonly sellerSku: string | null;
  readonly title: string | null;
  readonly quantityOrdered: number | null;
  readonly measurementUnit: string | null;
  readonly measurementValue: string | null;
}

/** @param payload of an order or an item, as it is stored */
export function payloadScope(payload: unknown): MemberScope {
  return new MemberScope(payload, new MemberReader());
}

export function orderAliases(order: MemberScope): OrderAlias[] {
  return order
    .objects('orderAliases')
    .map((alias) => ({ aliasId: alias.get(code, 'aliasId'), aliasType: alias.get(code, 'aliasType') }));
}

export function associatedOrders(order: MemberScope): AssociatedOrder[] {
  return order.objects('associatedOrders').map((other) => ({
    amazonOrderId: other.get(key, 'orderId'),
    associationType: other.get(code, 'associationType'),
  }));
}

export function fulfillmentOrderIds(order: MemberScope): string[] {
  const ids = order.objects('fulfillmentOrders').map((each) => each.get(key, 'fulfillmentOrderId'));
  return ids.filter((id) => id !== null);
}

export function payments(order: MemberScope): Payment[] {
  return order
    .object('payment')
    .objects('paymentExecutions')
    .map((payment) => ({
      paymentMethod: payment.get(code, 'paymentMethod'),
      paymentAmount: payment.get(money, 'paymentAmount'),
    }));
}

/** @param proceeds of an order or an item */
export function breakdowns(proceeds: MemberScope): ProceedsBreakdown[] {
  return proceeds.objects('breakdowns').map((row) => ({
    type: row.get(code, 'type'),
    status: row.get(code, 'status'),
    subtotal: row.get(money, 'subtotal'),
    detailedBreakdowns: row
      .objects('detailedBreakdowns')
      .map((detail) => ({ subtype: detail.get(code, 'subtype'), value: detail.get(money, 'value') })),
  }));
}

export function associatedItems(item: MemberScope): AssociatedItem[] {
  return item.objects('associatedOrderItems').map((other) => ({
    amazonOrderId: other.get(key, 'orderId'),
    orderItemId: other.get(key, 'orderItemId'),
    associationType: other.get(code, 'associationType'),
  }));
}

export function taxCollections(item: MemberScope): TaxCollection[] {
  return item
    .object('tax')
    .objects('taxCollections')
    .map((tax) => ({ model: tax.get(code, 'model'), responsibleParty: tax.get(text, 'responsibleParty') }));
}

export function substitutionOptions(item: MemberScope): SubstitutionOption[] {
  const preference = item.object('fulfillment').object('picking').object('substitutionPreference');
  return preference.objects('substitutionOptions').map((option) => ({
    asin: option.get(code, 'asin'),
    sellerSku: option.get(code, 'sellerSku'),
    title: option.get(text, 'title'),
    quantityOrdered: option.get(quantity, 'quantityOrdered'),
    measurementUnit: option.object('measurement').get(code, 'unit'),
    measurementValue: option.object('measurement').get(decimalNumber, 'value'),
  }));
}
