import type { Money, ProceedsRow, SimulatedItem } from '../orders/order-shape.js';
import { statusWord } from './vocabulary.js';
import { element, escapeRepeated, escapeXml } from './xml.js';

/** What a line's XML takes from its order. */
export interface ItemContext {
  status: unknown;
  /** Merchant-fulfilled orders show no price while pending (docs). */
  showsPrice: boolean;
  /** EU orders repeat amounts without VAT (seen in the field). */
  hasVat: boolean;
  /** Chooses among spellings. */
  variety: number;
}

/** How many units are in one package of the product (docs: number-of-items); the quantity doesn't count them. */
const PACK_SIZES: Readonly<Record<string, number>> = { B0SIM00009: 3, B0SIM00004: 50 };

/** Returns a line as an OrderItem element (element names seen in the field). */
export function itemXml(item: SimulatedItem, { status, showsPrice, hasVat, variety }: ItemContext): string {
  const { product, proceeds } = item;
  const hasPrice = showsPrice && proceeds !== undefined;
  const model = first<{ model?: string }>(item, 'tax', 'taxCollections')?.model;
  const isRequested = (item.cancellation as { cancellationRequest?: unknown } | undefined)?.cancellationRequest;
  return (
    '<OrderItem>' +
    element('AmazonOrderItemCode', item.orderItemId) +
    repeated('ASIN', product?.asin) +
    repeated('SKU', product?.sellerSku) +
    element('ItemStatus', itemStatus(item, status, variety)) +
    repeated('ProductName', product?.title) +
    element('Quantity', item.quantityOrdered) +
    element('NumberOfItems', PACK_SIZES[product?.asin ?? ''] ?? 1) +
    (hasPrice ? itemPrice(proceeds.breakdowns ?? [], proceeds.proceedsTotal, hasVat) : '') +
    promotion(item, hasPrice ? discounts(proceeds.breakdowns ?? []) : '') +
    element('TaxCollectionModel', model === 'MARKETPLACE_FACILITATOR' ? 'MarketplaceFacilitator' : model) +
    element('IsTransparency', item.programs?.includes('TRANSPARENCY') === true) +
    element('IsBuyerRequestedCancellation', isRequested !== undefined) +
    (item.futureField === undefined ? '' : '<FutureField><Line kind="unknown">not in the model</Line></FutureField>') +
    '</OrderItem>'
  );
}

function repeated(name: string, value: unknown): string {
  return typeof value === 'string' ? `<${name}>${escapeRepeated(value)}</${name}>` : '';
}

/** Seen in the field: a shipped order with a cancelled line that has its quantity and price. */
function itemStatus({ quantityOrdered }: SimulatedItem, status: unknown, variety: number): string | undefined {
  const isCancelled = quantityOrdered === 0 || (status === 'SHIPPED' && variety % 50 === 7);
  return statusWord(isCancelled ? 'CANCELLED' : status, variety);
}

/** The component of a category of proceeds, and of what a tax is on. */
const COMPONENTS: Readonly<Record<string, string>> = {
  ITEM: 'Principal',
  SHIPPING: 'Shipping',
  GIFT_WRAP: 'GiftWrap',
  COD_FEE: 'COD',
  OTHER: 'Other',
};
const TAXES: Readonly<Record<string, string>> = {
  ITEM: 'Tax',
  SHIPPING: 'ShippingTax',
  GIFT_WRAP: 'GiftWrapTax',
};

/** A line without an ITEM row is free. */
function itemPrice(rows: readonly ProceedsRow[], total: Money | undefined, hasVat: boolean): string {
  const isFree = total !== undefined && !rows.some(({ type }) => type === 'ITEM');
  const components = isFree ? component('Principal', { ...total, amount: zeroLike(total.amount) }) : '';
  const all = components + rows.map((row) => rowXml(row, hasVat)).join('');
  return all === '' ? '' : `<ItemPrice>${all}</ItemPrice>`;
}

function rowXml({ type, subtotal, detailedBreakdowns }: ProceedsRow, hasVat: boolean): string {
  if (type === 'TAX') {
    if (detailedBreakdowns === undefined) return component('Tax', subtotal);
    return detailedBreakdowns.map(({ subtype, value }) => component(TAXES[subtype] ?? `${subtype}Tax`, value)).join('');
  }
  const name = COMPONENTS[type];
  if (name === undefined) return '';
  return component(name, subtotal) + (hasVat ? component(`VatExclusive${name}`, withoutVat(subtotal)) : '');
}

function component(type: string, money: Money | undefined): string {
  if (typeof money?.amount !== 'string') return '';
  const amount = `<Amount currency="${escapeXml(String(money.currencyCode))}">${escapeXml(money.amount)}</Amount>`;
  return `<Component><Type>${type}</Type>${amount}</Component>`;
}

function zeroLike(amount: string): string {
  return amount.includes('.') ? '0.00' : '0';
}

function withoutVat(money: Money | undefined): Money | undefined {
  if (typeof money?.amount !== 'string') return undefined;
  return { ...money, amount: (Number(money.amount) / 1.2).toFixed(2) };
}

/** The item's discount and the shipping's, with the sign of the book's row. */
function discounts(rows: readonly ProceedsRow[]): string {
  const row = rows.find(({ type }) => type === 'DISCOUNT');
  if (typeof row?.subtotal?.amount !== 'string') return '';
  const parts = row.detailedBreakdowns ?? [{ subtype: 'ITEM', value: row.subtotal }];
  return parts
    .map(({ subtype, value }) => {
      const name = subtype === 'SHIPPING' ? 'ShipPromotionDiscount' : 'ItemPromotionDiscount';
      return element(name, value?.amount);
    })
    .join('');
}

function promotion(item: SimulatedItem, amounts: string): string {
  const breakdowns = (item.promotion as { breakdowns?: { promotionId?: string }[] } | undefined)?.breakdowns ?? [];
  const ids = breakdowns.map(({ promotionId }) => promotionId).join(',');
  if (ids === '' && amounts === '') return '';
  return `<Promotion>${ids === '' ? '' : element('PromotionIDs', ids)}${amounts}</Promotion>`;
}

function first<T>(item: SimulatedItem, member: string, list: string): T | undefined {
  return (item[member] as Record<string, T[] | undefined> | undefined)?.[list]?.[0];
}
