import { bigintColumn, decimalColumn, type Instant, instantColumn, jsonRows } from '../../database/json-rows.js';

/** An order as the API reads it, without its payload. Amounts are exact decimals as text. */
export interface MirroredOrder {
  readonly id: bigint;
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly purchaseDate: Instant;
  readonly lastUpdateDate: Instant;
  readonly orderStatus: string;
  readonly fulfilledBy: string | null;
  readonly orderTotalAmount: string | null;
  readonly orderTotalCurrency: string | null;
  /** Null if there are none. */
  readonly notes: readonly string[] | null;
  /** Sorted by Amazon's item id; null if the statement did not read them. */
  readonly items: readonly MirroredItem[] | null;
}

/** An item of an order, without its payload. */
export interface MirroredItem {
  readonly id: bigint;
  readonly orderItemId: string;
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly sellerSku: string | null;
  readonly asin: string | null;
  readonly title: string | null;
  readonly quantityOrdered: number;
  readonly itemPriceAmount: string | null;
  readonly itemPriceCurrency: string | null;
}

const orderColumns = {
  id: bigintColumn('o.id'),
  amazonOrderId: { sql: 'o.amazon_order_id' },
  marketplaceId: { sql: 'o.marketplace_id' },
  purchaseDate: instantColumn('o.purchase_date'),
  lastUpdateDate: instantColumn('o.last_update_date'),
  orderStatus: { sql: 'o.order_status' },
  fulfilledBy: { sql: 'o.fulfilled_by' },
  orderTotalAmount: decimalColumn('o.order_total_amount'),
  orderTotalCurrency: { sql: 'o.order_total_currency' },
  notes: { sql: 'o.notes' },
};

/** Selected from `amazon_order AS o`, without items. */
export const orderRows = jsonRows<MirroredOrder>({ ...orderColumns, items: { sql: 'NULL' } });

const itemColumns = {
  id: bigintColumn('i.id'),
  orderItemId: { sql: 'i.order_item_id' },
  sellerSku: { sql: 'i.seller_sku' },
  asin: { sql: 'i.asin' },
  title: { sql: 'i.title' },
  quantityOrdered: { sql: 'i.quantity_ordered' },
  itemPriceAmount: decimalColumn('i.item_price_amount'),
  itemPriceCurrency: { sql: 'i.item_price_currency' },
};

/** Selected from `amazon_order_item AS i`. */
export const itemRows = jsonRows<MirroredItem>({
  ...itemColumns,
  amazonOrderId: { sql: 'i.amazon_order_id' },
  marketplaceId: { sql: 'i.marketplace_id' },
});

/** Selected within their order, whose ids are not repeated for each item. */
const itemsOfOrder = jsonRows<Omit<MirroredItem, 'amazonOrderId' | 'marketplaceId'>>(itemColumns);

/** Selected from `amazon_order AS o`, with items. */
export const orderRowsWithItems = jsonRows<MirroredOrder>({
  ...orderColumns,
  items: {
    sql: `(SELECT json_agg(${itemsOfOrder.sql} ORDER BY i.order_item_id, i.id)
      FROM amazon_order_item AS i WHERE i.order_id = o.id)`,
    read: (items: readonly (readonly unknown[])[] | null, { amazonOrderId, marketplaceId }: MirroredOrder) =>
      (items ?? []).map((values) => Object.assign(itemsOfOrder.read(values), { amazonOrderId, marketplaceId })),
  },
});
