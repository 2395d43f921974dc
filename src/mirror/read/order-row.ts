import { bigintColumn, decimalColumn, type Instant, instantColumn, jsonRows } from '../../database/json-rows.js';

/** An order as the API reads it: everything but its payload, which is read when it is asked for. Amounts are exact text. */
export interface OrderRow {
  readonly id: bigint;
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly purchaseDate: Instant;
  readonly lastUpdateDate: Instant;
  readonly orderStatus: string;
  readonly fulfilledBy: string | null;
  readonly orderTotalAmount: string | null;
  readonly orderTotalCurrency: string | null;
  /** Null: none. */
  readonly notes: readonly string[] | null;
  /** The lines by Amazon's item id; null where they were not read. */
  readonly items: readonly OrderItemRow[] | null;
}

/** A line of an order, without its payload. */
export interface OrderItemRow {
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

/** Of `amazon_order AS o`, without lines. */
export const orderRows = jsonRows<OrderRow>({ ...orderColumns, items: { sql: 'NULL' } });

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

/** Of `amazon_order_item AS i`. */
export const itemRows = jsonRows<OrderItemRow>({
  ...itemColumns,
  amazonOrderId: { sql: 'i.amazon_order_id' },
  marketplaceId: { sql: 'i.marketplace_id' },
});

/** Of `amazon_order_item AS i` beside its order, whose ids are not sent again with each line. */
const linesOfOrder = jsonRows<Omit<OrderItemRow, 'amazonOrderId' | 'marketplaceId'>>(itemColumns);

/** Of `amazon_order AS o`, with its lines. */
export const orderRowsWithItems = jsonRows<OrderRow>({
  ...orderColumns,
  items: {
    sql: `(SELECT json_agg(${linesOfOrder.sql} ORDER BY i.order_item_id, i.id)
      FROM amazon_order_item AS i WHERE i.order_id = o.id)`,
    read: (lines: readonly (readonly unknown[])[] | null, { amazonOrderId, marketplaceId }: OrderRow) =>
      (lines ?? []).map((values) => Object.assign(linesOfOrder.read(values), { amazonOrderId, marketplaceId })),
  },
});
