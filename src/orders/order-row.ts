/** An order as the API reads it: everything but its payload, which is read when it is asked for. Amounts are exact text. */
export interface OrderRow {
  readonly id: bigint;
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly purchaseDate: Date;
  readonly lastUpdateDate: Date;
  readonly orderStatus: string;
  readonly fulfilledBy: string | null;
  readonly orderTotalAmount: string | null;
  readonly orderTotalCurrency: string | null;
  /** Null: none. */
  readonly notes: readonly string[] | null;
}

/** A line of an order, without its payload. */
export interface OrderItemRow {
  readonly id: bigint;
  readonly orderId: bigint;
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

/** For a SELECT from `amazon_order AS o`. */
export const orderColumns = `o.id, o.amazon_order_id AS "amazonOrderId", o.marketplace_id AS "marketplaceId",
  o.purchase_date AS "purchaseDate", o.last_update_date AS "lastUpdateDate", o.order_status AS "orderStatus",
  o.fulfilled_by AS "fulfilledBy", o.order_total_amount AS "orderTotalAmount",
  o.order_total_currency AS "orderTotalCurrency", o.notes`;

/** For a SELECT from `amazon_order_item AS i`. */
export const itemColumns = `i.id, i.order_id AS "orderId", i.order_item_id AS "orderItemId",
  i.amazon_order_id AS "amazonOrderId", i.marketplace_id AS "marketplaceId", i.seller_sku AS "sellerSku", i.asin, i.title,
  i.quantity_ordered AS "quantityOrdered", i.item_price_amount AS "itemPriceAmount",
  i.item_price_currency AS "itemPriceCurrency"`;
