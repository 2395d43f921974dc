/** `decimal` is exact; `instant` is in UTC; `list` is a list of texts. */
export type ColumnType = 'text' | 'integer' | 'decimal' | 'instant' | 'date' | 'list';

/** A column of an exported file. Names and types are documented in docs/api.md, and stay. */
export interface ExportColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly sql: string;
}

/** Of `salesStatement` AS s. */
export const salesColumns: readonly ExportColumn[] = [
  { name: 'from_date', type: 'date', sql: 's."from"' },
  { name: 'to_date', type: 'date', sql: 's."to"' },
  { name: 'currency', type: 'text', sql: 's."currencyCode"' },
  { name: 'marketplace_id', type: 'text', sql: 's."marketplaceId"' },
  { name: 'seller_sku', type: 'text', sql: 's."sellerSku"' },
  { name: 'asin', type: 'text', sql: 's.asin' },
  { name: 'title', type: 'text', sql: 's.title' },
  { name: 'fulfilled_by', type: 'text', sql: 's."fulfilledBy"' },
  { name: 'orders', type: 'integer', sql: 's.orders' },
  { name: 'units', type: 'integer', sql: 's.units' },
  { name: 'unknown_price_units', type: 'integer', sql: 's."unpricedUnits"' },
  { name: 'revenue', type: 'decimal', sql: 's.revenue' },
  { name: 'shipping', type: 'decimal', sql: 's.shipping' },
  { name: 'gift_wrap', type: 'decimal', sql: 's."giftWrap"' },
  { name: 'tax', type: 'decimal', sql: 's.tax' },
  { name: 'discount', type: 'decimal', sql: 's.discount' },
];

/** Columns of a table that are exported under their own names. */
function columnsOf(table: string, types: Readonly<Record<string, ColumnType>>): readonly ExportColumn[] {
  return Object.entries(types).map(([name, type]) => ({ name, type, sql: `${table}.${name}` }));
}

/** The day that the ledger (`order_items.order_date`) and the sales have, too. */
const purchaseDateLocal: ExportColumn = {
  name: 'purchase_date_local',
  type: 'date',
  sql: `(o.purchase_date AT TIME ZONE coalesce(m.time_zone, 'UTC'))::date`,
};

/** Of `amazon_order AS o` and `marketplaces AS m`: all columns of the order that hold one value. */
export const orderColumns: readonly ExportColumn[] = [
  ...columnsOf('o', { amazon_order_id: 'text', marketplace_id: 'text', marketplace_name: 'text' }),
  ...columnsOf('o', { purchase_date: 'instant' }),
  purchaseDateLocal,
  ...columnsOf('o', {
    last_update_date: 'instant',
    order_status: 'text',
    fulfilled_by: 'text',
    channel_name: 'text',
    order_total_amount: 'decimal',
    order_total_currency: 'text',
    seller_order_id: 'text',
    programs: 'list',
    fulfillment_service_level: 'text',
    ship_by_earliest: 'instant',
    ship_by_latest: 'instant',
    deliver_by_earliest: 'instant',
    deliver_by_latest: 'instant',
    label_printing_earliest: 'instant',
    label_printing_latest: 'instant',
    buyer_invoice_preference: 'text',
    invoice_status: 'text',
    source: 'text',
    notes: 'list',
    mirrored_at: 'instant',
  }),
];

/** Of the same and `amazon_order_item AS i`: what an order is found and summed by, and all columns of the item. */
export const itemColumns: readonly ExportColumn[] = [
  ...columnsOf('o', { amazon_order_id: 'text', marketplace_id: 'text', purchase_date: 'instant' }),
  purchaseDateLocal,
  ...columnsOf('o', {
    last_update_date: 'instant',
    order_status: 'text',
    fulfilled_by: 'text',
    channel_name: 'text',
  }),
  ...columnsOf('i', {
    order_item_id: 'text',
    seller_sku: 'text',
    asin: 'text',
    title: 'text',
    quantity_ordered: 'integer',
    quantity_fulfilled: 'integer',
    quantity_unfulfilled: 'integer',
    item_price_amount: 'decimal',
    item_price_currency: 'text',
    unit_price_amount: 'decimal',
    unit_price_currency: 'text',
    price_designation: 'text',
    proceeds_currency: 'text',
    proceeds_total_amount: 'decimal',
    tax_amount: 'decimal',
    item_tax_amount: 'decimal',
    shipping_price_amount: 'decimal',
    shipping_tax_amount: 'decimal',
    gift_wrap_price_amount: 'decimal',
    gift_wrap_tax_amount: 'decimal',
    discount_amount: 'decimal',
    item_discount_amount: 'decimal',
    shipping_discount_amount: 'decimal',
    cod_fee_amount: 'decimal',
    promotion_ids: 'list',
    points_granted: 'integer',
    points_value_amount: 'decimal',
    points_value_currency: 'text',
    programs: 'list',
    condition_type: 'text',
    condition_subtype: 'text',
    condition_note: 'text',
    serial_numbers: 'list',
    serial_number_requirement: 'text',
    measurement_unit: 'text',
    measurement_value: 'decimal',
    cancellation_requester: 'text',
    cancelled_by: 'text',
    substitution_type: 'text',
    gift_wrap_level: 'text',
    scheduled_delivery_earliest: 'instant',
    scheduled_delivery_latest: 'instant',
    pallet_delivery: 'text',
    cash_on_delivery: 'text',
    signature_confirmation: 'text',
    recipient_identity_verification: 'text',
    recipient_age_verification: 'text',
    ioss_number: 'text',
    tax_reporting_schemes: 'list',
  }),
];
