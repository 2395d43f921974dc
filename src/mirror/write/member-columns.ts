import { type Column, instant, int, text } from '../../database/binary-columns.js';
import type { OptionalData } from '../../spapi/orders/data-sets.js';
import type { ItemMembers } from '../../spapi/orders/item-members.js';
import type { OrderMembers } from '../../spapi/orders/order-members.js';
import type { ItemRow, OrderRow } from './order-rows.js';

/** A column that a merge fills from a member of Amazon's order. */
export interface MemberColumn<Row> {
  readonly column: Column<Row>;
  /** SQL: converts the value that `column` sends to the type in the table. */
  readonly cast: string;
  /**
   * When a stored value stays although Amazon sent none: with a data set, if Amazon was not asked for it; AMOUNTS, unless
   * the item's amounts are complete; ALWAYS for an amount that never becomes unknown.
   */
  readonly stays?: OptionalData | 'AMOUNTS' | 'ALWAYS';
}

type MemberColumns<Row> = Readonly<Record<string, MemberColumn<Row>>>;
type Stays = MemberColumn<never>['stays'];

const plain = <Row>(column: Column<Row>, stays?: Stays, cast = ''): MemberColumn<Row> => ({
  column,
  cast,
  ...(stays && { stays }),
});
const numeric = <Row>(read: (row: Row) => string | null, stays?: Stays) => plain(text(read), stays, '::numeric');
const list = <Row>(read: (row: Row) => readonly string[] | null, stays?: Stays) =>
  plain(
    text((row: Row) => arrayLiteral(read(row))),
    stays,
    '::text[]',
  );

type MembersOfOrder = Pick<OrderRow, 'members' | 'marketplaceName'>;
const order =
  <Value>(read: (members: OrderMembers) => Value) =>
  (row: MembersOfOrder) =>
    read(row.members);

/** Columns of `amazon_order`, by name. */
export const orderMemberColumns: MemberColumns<MembersOfOrder> = {
  marketplace_name: plain(text((row) => row.marketplaceName)),
  seller_order_id: plain(text(order((o) => o.sellerOrderId))),
  programs: list(order((o) => o.programs)),
  fulfillment_service_level: plain(text(order((o) => o.fulfillmentServiceLevel))),
  ship_by_earliest: plain(instant(order((o) => o.shipBy.earliest))),
  ship_by_latest: plain(instant(order((o) => o.shipBy.latest))),
  deliver_by_earliest: plain(instant(order((o) => o.deliverBy.earliest))),
  deliver_by_latest: plain(instant(order((o) => o.deliverBy.latest))),
  label_printing_earliest: plain(instant(order((o) => o.labelPrinting.earliest))),
  label_printing_latest: plain(instant(order((o) => o.labelPrinting.latest))),
  buyer_invoice_preference: plain(text(order((o) => o.buyerInvoicePreference)), 'TAX'),
  invoice_status: plain(text(order((o) => o.invoiceStatus)), 'TAX'),
  packages: plain(text(order((o) => o.packages && JSON.stringify(o.packages))), 'PACKAGES', '::jsonb'),
};

type MembersOfItem = { readonly item: Pick<ItemRow, 'members'> };
const item =
  <Value>(read: (members: ItemMembers) => Value) =>
  (row: MembersOfItem) =>
    read(row.item.members);

/** Columns of `amazon_order_item`, by name. */
export const itemMemberColumns: MemberColumns<MembersOfItem> = {
  programs: list(item((i) => i.programs)),
  quantity_fulfilled: plain(int(item((i) => i.quantityFulfilled))),
  quantity_unfulfilled: plain(int(item((i) => i.quantityUnfulfilled))),
  unit_price_amount: numeric(
    item((i) => i.unitPrice?.amount ?? null),
    'ALWAYS',
  ),
  unit_price_currency: plain(text(item((i) => i.unitPrice?.currencyCode ?? null)), 'ALWAYS'),
  price_designation: plain(text(item((i) => i.priceDesignation))),
  proceeds_currency: plain(text(item((i) => i.amounts.currencyCode)), 'AMOUNTS'),
  proceeds_total_amount: numeric(
    item((i) => i.amounts.proceedsTotal),
    'AMOUNTS',
  ),
  tax_amount: numeric(
    item((i) => i.amounts.tax),
    'AMOUNTS',
  ),
  item_tax_amount: numeric(
    item((i) => i.amounts.itemTax),
    'AMOUNTS',
  ),
  shipping_price_amount: numeric(
    item((i) => i.amounts.shippingPrice),
    'AMOUNTS',
  ),
  shipping_tax_amount: numeric(
    item((i) => i.amounts.shippingTax),
    'AMOUNTS',
  ),
  gift_wrap_price_amount: numeric(
    item((i) => i.amounts.giftWrapPrice),
    'AMOUNTS',
  ),
  gift_wrap_tax_amount: numeric(
    item((i) => i.amounts.giftWrapTax),
    'AMOUNTS',
  ),
  discount_amount: numeric(
    item((i) => i.amounts.discount),
    'AMOUNTS',
  ),
  item_discount_amount: numeric(
    item((i) => i.amounts.itemDiscount),
    'AMOUNTS',
  ),
  shipping_discount_amount: numeric(
    item((i) => i.amounts.shippingDiscount),
    'AMOUNTS',
  ),
  cod_fee_amount: numeric(
    item((i) => i.amounts.codFee),
    'AMOUNTS',
  ),
  promotion_ids: list(
    item((i) => i.promotionIds),
    'PROMOTION',
  ),
  points_granted: plain(int(item((i) => i.pointsGranted)), 'EXPENSE'),
  points_value_amount: numeric(
    item((i) => i.pointsValue?.amount ?? null),
    'EXPENSE',
  ),
  points_value_currency: plain(text(item((i) => i.pointsValue?.currencyCode ?? null)), 'EXPENSE'),
  condition_type: plain(text(item((i) => i.conditionType))),
  condition_subtype: plain(text(item((i) => i.conditionSubtype))),
  condition_note: plain(text(item((i) => i.conditionNote))),
  serial_numbers: list(item((i) => i.serialNumbers)),
  serial_number_requirement: plain(text(item((i) => i.serialNumberRequirement))),
  measurement_unit: plain(text(item((i) => i.measurementUnit))),
  measurement_value: numeric(item((i) => i.measurementValue)),
  cancellation_requester: plain(text(item((i) => i.cancellationRequester)), 'CANCELLATION'),
  cancelled_by: plain(text(item((i) => i.cancelledBy)), 'CANCELLATION'),
  substitution_type: plain(text(item((i) => i.substitutionType))),
  gift_wrap_level: plain(text(item((i) => i.giftWrapLevel))),
  scheduled_delivery_earliest: plain(instant(item((i) => i.scheduledDelivery.earliest))),
  scheduled_delivery_latest: plain(instant(item((i) => i.scheduledDelivery.latest))),
  pallet_delivery: plain(text(item((i) => i.palletDelivery))),
  cash_on_delivery: plain(text(item((i) => i.cashOnDelivery))),
  signature_confirmation: plain(text(item((i) => i.signatureConfirmation))),
  recipient_identity_verification: plain(text(item((i) => i.recipientIdentityVerification))),
  recipient_age_verification: plain(text(item((i) => i.recipientAgeVerification))),
  ioss_number: plain(text(item((i) => i.iossNumber))),
  tax_reporting_schemes: list(
    item((i) => i.taxReportingSchemes),
    'TAX',
  ),
};

/** Returns what `unnestRows` sends. */
export function sentColumns<Row>(columns: MemberColumns<Row>): Readonly<Record<string, Column<Row>>> {
  return Object.fromEntries(Object.entries(columns).map(([name, { column }]) => [name, column]));
}

/** Returns SQL of the values of new rows. @param from alias of the rows that were sent */
export function sentValues(columns: MemberColumns<never>, from: string): string[] {
  return Object.entries(columns).map(([name, { cast }]) => `${from}.${name}${cast}`);
}

/**
 * Returns SQL of the values to store, by column.
 * @param from alias of the rows that were sent; those of items have `has_all_amounts`
 * @param stored alias of the stored rows, which may be missing
 * @param order alias of the orders that were sent, which have `lacking_data`
 */
export function mergedValues(
  columns: MemberColumns<never>,
  { from, stored, order }: { from: string; stored: string; order: string },
): (readonly [name: string, sql: string])[] {
  return Object.entries(columns).map(([name, { cast, stays }]) => {
    const sent = `${from}.${name}${cast}`;
    if (!stays) return [name, sent];
    if (stays === 'ALWAYS') return [name, `coalesce(${sent}, ${stored}.${name})`];
    const isComplete = stays === 'AMOUNTS' ? `${from}.has_all_amounts` : `${order}.lacking_data NOT LIKE '%${stays}%'`;
    return [name, `CASE WHEN ${isComplete} THEN ${sent} ELSE coalesce(${sent}, ${stored}.${name}) END`];
  });
}

/** Returns a PostgreSQL array literal. */
function arrayLiteral(texts: readonly string[] | null): string | null {
  return texts && `{${texts.map((each) => `"${each.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
